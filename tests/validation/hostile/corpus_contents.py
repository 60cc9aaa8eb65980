"""Cases of the corpus that live in files: paths, lines, renames, stores of records, settings that are committed."""

from __future__ import annotations

from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from tests.validation.hostile.corpus import Case
from tests.validation.hostile.raw import PY, Raw

if TYPE_CHECKING:
    from collections.abc import Iterator


def cases() -> Iterator[Case]:
    """All of them."""
    records = (_notes, _checkpoints, _other_records)
    parts = (_paths, _collisions, _deep, _lines, _renames, _wide, *records, _prompts, _committed)
    return chain.from_iterable(part() for part in parts)


def with_files(raw: Raw, *steps: dict[bytes, bytes]) -> None:
    """Two usual commits, and one per step."""
    raw.grown({b"src/a.py": PY}, {b"src/b.py": PY}, *steps)


def entry(raw: Raw, name: bytes, mode: str = "100644", contents: bytes = PY) -> None:
    """A tree's entry of any name, there in one commit and gone in the next."""
    first = raw.usual()[-1]
    found = raw.blob(contents)
    second = raw.commit(raw.tree((mode, name, found), ("100644", b"zz.py", found)), first)
    raw.ref(raw.commit(raw.tree(("100644", b"zz.py", found)), second))


def _paths() -> Iterator[Case]:
    for name in (
        *(
            b"\xff.py",
            b"a\nb.py",
            b"a\tb.py",
            b'a"b.py',
            b"a\\b.py",
            b"a:b",
            b"con",
            b"nul.txt",
            b"aux.py.",
            b"a. ",
            b" ",
        ),
        *(
            b".git",
            b".GIT",
            b".git ",
            b"git~1",
            b"..",
            b".",
            b"",
            b"a/b.py",
            b"/etc/passwd",
            b"../x.py",
            b"-x",
            b"--all",
        ),
        *(
            b"x" * 255 + b".py",
            b"x" * 5_000,
            "\u202e.py".encode(),
            "\U0001f600.py".encode(),
            b"\x1b[2J.py",
            b"a b c.py",
        ),
        *(b"*?[a].py", b"\xed\xa0\x80.py", b"{a => b}.py", b"a => b.py", b"\x01\x02\x03"),
    ):
        yield Case("paths", f"{name[:20]!r}, {len(name)} bytes", partial(entry, name=name))


def _collisions() -> Iterator[Case]:
    pairs = (
        (b"A.py", b"a.py"),
        (b"D/a.py", b"d/a.py"),
        ("é.py".encode(), "e\u0301.py".encode()),
        (b"a", b"a.py"),
        (b"a.", b"a"),
    )
    for one, two in pairs:
        yield Case("colliding paths", f"{one!r} {two!r}", partial(_pair, one=one, two=two))


def _pair(raw: Raw, one: bytes, two: bytes) -> None:
    with_files(raw, {one: PY, two: PY + b"x = 1\n"}, {one: b"y = 1\n"})


def _deep() -> Iterator[Case]:
    def folders(raw: Raw, depth: int) -> None:
        found = raw.tree(("100644", b"a.py", raw.blob(PY)))
        for _ in range(depth):
            found = raw.tree(("40000", b"d", found))
        raw.ref(raw.commit(found, raw.usual()[-1]))

    for depth in (10, 100, 500, 1_000, 2_040, 3_000):
        yield Case("deep paths", f"{depth} folders", partial(folders, depth=depth))


_TEXTS = {
    "1 MB on a line": b"x" * 1_000_000,
    "1 MB on a line, in quotes": b'x = "' + b"a" * 1_000_000 + b'"\n',
    "no newline": b"x",
    "nothing": b"",
    "one newline": b"\n",
    "CRLF": b"a = 1\r\nb = 2\r\n",
    "lone CR": b"a = 1\rb = 2\r",
    "a late NUL": b"a = 1\n" * 2_000 + b"\0" + b"a = 1\n",
    "an early NUL": b"\0a = 1\n",
    "form feeds": b"a\x0cb\x0bc\x1c\x1d\x1e\x85\n" * 20,
    "a patch": b"diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,9 +1,9 @@\n-a\n+b\n\\ No newline at end of file\n" * 9,
    "a combined patch": b"@@@ -1,2 -1,2 +1,3 @@@\n++x\n :100644 100644 0000 1111 M\ta.py\n",
    "records of git log": b"\x01" + b"0" * 40 + b"\n\0commit " + b"1" * 40 + b"\n",
    "UTF-16": "a = 1\nb = 2\n".encode("utf-16"),
    "no UTF-8": b"\xff\xfe\xc3\x28\n" * 10,
    "100,000 lines": b"".join(b"v%d = 1\n" % n for n in range(100_000)),
    "100,000 equal lines": b"x = 1\n" * 100_000,
    "brackets": b"(" * 50_000 + b"\n",
    "nested blocks": b"".join(b" " * n + b"if x:\n" for n in range(300)),
}


def _lines() -> Iterator[Case]:
    for name, text in _TEXTS.items():
        steps = ({b"t.py": text}, {b"t.py": text + PY}, {b"t.py": PY})
        options = () if len(text) > 600_000 else ("--style",)
        yield Case("lines", name, partial(_stepped, steps=steps), options)


def _stepped(raw: Raw, steps: tuple[dict[bytes, bytes], ...]) -> None:
    with_files(raw, *steps)


def _renames() -> Iterator[Case]:
    def moved(raw: Raw, files: int, change: bytes) -> None:
        first = raw.commit(raw.files({b"old/f%d.py" % n: PY + b"n = %d\n" % n for n in range(files)}))
        second = raw.commit(raw.files({b"new/f%d.py" % n: PY + b"n = %d\n" % n + change for n in range(files)}), first)
        raw.ref(second)

    def rotated(raw: Raw, files: int, steps: int) -> None:
        made: list[str] = []
        for step in range(steps):
            found = {b"f%d.py" % n: PY + b"own = %d\n" % ((n + step) % files) * 9 for n in range(files)}
            made = [raw.commit(raw.files(found), *made, message=b"%d\n" % step)]
        raw.ref(made[0])

    for files in (10, 500, 3_000):
        yield Case("renames", f"{files} files", partial(moved, files=files, change=b""))
        yield Case("renames", f"{files} files, changed", partial(moved, files=files, change=b"new = 1\n"))
    for files, steps in ((2, 2), (3, 30), (30, 3)):
        yield Case("renames", f"{files} files in a ring, {steps} times", partial(rotated, files=files, steps=steps))


def _wide() -> Iterator[Case]:
    def many(raw: Raw, files: int, contents: bytes) -> None:
        blob = raw.blob(contents)
        raw.ref(raw.commit(raw.tree(*(("100644", b"f%d.py" % n, blob) for n in range(files))), raw.usual()[-1]))

    for files, contents in ((1_000, PY), (20_000, b"x = 1\n"), (20_000, b"")):
        yield Case("many files", f"{files} of {len(contents)} bytes", partial(many, files=files, contents=contents))
    yield Case("many files", "10,000 in a tree that repeats itself", partial(_repeated, depth=4))


def _repeated(raw: Raw, depth: int) -> None:
    found = raw.tree(*(("100644", b"f%d.py" % n, raw.blob(b"x = 1\n")) for n in range(10)))
    for _ in range(depth - 1):
        found = raw.tree(*(("40000", b"d%d" % n, found) for n in range(10)))
    raw.ref(raw.commit(found, raw.usual()[-1]))


_JSON = {
    "empty": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "null": b"null",
    "no UTF-8": b'{"\xff": 1}',
    "deep": b"[" * 50_000,
    "large numbers": b'{"initial_attribution": {"agent_lines": 1e999, "total_committed": 99999999999999999999999}}',
    "NULs": b"\0" * 1_000,
    "1 MB": b'{"a": "' + b"x" * 1_000_000 + b'"}',
    "wrong types": b'{"initial_attribution": [], "agent": {}, "prompts": 1, "type": [], "message": null}',
}


def _notes() -> Iterator[Case]:
    def noted(raw: Raw, text: bytes) -> None:
        raw.note(text, raw.usual()[-1])

    def stored(raw: Raw, name: bytes, mode: str) -> None:
        raw.usual()
        found = raw.blob(b"x") if mode == "100644" else raw.tree()
        raw.ref(raw.commit(raw.tree((mode, name, found))), "refs/notes/ai")

    head = b"src/a.py\n  s_abc "
    ranges = (b"1-99999999999999999999", b"-5--1", b"9-1", b"0-0", b"a-b", b"1,2,,3", b"1-2," * 50_000, b"\xff")
    for text in (*(head + r + b"\n---\n{}" for r in ranges), *(head + b"1-2\n---\n" + j for j in _JSON.values())):
        yield Case("line-level notes", repr(text[:40] + text[-9:]), partial(noted, text=text))
    for name, mode in (
        (b"x", "100644"),
        (b"\xff" * 20, "100644"),
        (b"0" * 40, "40000"),
        (b"ab", "40000"),
        (b"0" * 39, "100644"),
    ):
        yield Case("line-level notes", f"a store with {name!r} {mode}", partial(stored, name=name, mode=mode))

    def blob(raw: Raw) -> None:
        raw.usual()
        raw.ref(raw.blob(b"x"), "refs/notes/ai")

    yield Case("line-level notes", "a store that is a blob", blob)


def _checkpoints() -> Iterator[Case]:
    def kept(raw: Raw, text: bytes) -> None:
        files = {b"ab/0123456789/0/metadata.json": text, b"ab/0123456789/metadata.json": text}
        files |= {b"ab/0123456789/0/full.jsonl": text, b"ab/0123456789/0/prompt.txt": text}
        raw.ref(raw.commit(raw.files(files)), "refs/heads/entire/checkpoints/v1")
        first = raw.usual()[-1]
        raw.ref(raw.commit(raw.files({b"c.py": PY}), first, message=b"x\n\nEntire-Checkpoint: ab0123456789\n"))

    for name, text in _JSON.items():
        yield Case("checkpoints", name, partial(kept, text=text), ("--effort",))


def _other_records() -> Iterator[Case]:
    """The same bytes in every other store of line-level records, each where its tool puts it."""

    def planted(raw: Raw, text: bytes) -> None:
        first, second, third = raw.usual()
        raw.note(text, first, "refs/notes/exceeds-ink")
        raw.note(text, second, "refs/notes/whogitit")
        raw.note(text, third, "refs/notes/agentblame")
        raw.ref(raw.blob(text), f"refs/ai/authorship/{first}")
        raw.ref(raw.commit(raw.files({b"0/metadata.json": text})), f"refs/entire/checkpoints/A3/{_ULID.decode()}")
        message = b"x\n\nEntire-Checkpoint: %s\n" % _ULID
        raw.ref(raw.commit(raw.files({b"c.py": PY, b".agent-trace/traces.jsonl": text}), third, message=message))

    for name, text in {**_JSON, "many lines": b'{"files":[]}\n' * 50_000}.items():
        yield Case("other line-level records", name, partial(planted, text=text))


_ULID = b"01KXEWS08ZG9WXQPFE4QDA4GA3"


def _prompts() -> Iterator[Case]:
    names = (
        b".specstory/history/2026-01-01_00-00Z-x.md",
        b".aider.chat.history.md",
        b".claude/projects/x/y.jsonl",
        b".codex/sessions/x.jsonl",
    )
    for name, text in {
        **_JSON,
        "headings": b"# aider chat started at \xff\n#### \n" * 5_000,
        "markers": b"_**User**_\n" * 5_000,
    }.items():
        files = dict.fromkeys(names, text)
        yield Case(
            "kept prompts", name, partial(_stepped, steps=(files, dict.fromkeys(names, text + text))), ("--effort",)
        )


_SETTINGS = {
    b".mailmap": (
        b"\xff <a@b> <c@d>\n",
        b"\0" * 99,
        b"A <a@b> <ada@example.org>\n" * 20_000,
        b"<" * 100_000,
        b"A <a@b> A <a@b>\n",
    ),
    b".gitattributes": (
        *(
            b"\xff -diff\n",
            b"\0",
            b"* " + b"a" * 100_000 + b"\n",
            b"[attr]a b\n[attr]b a\n* a\n",
            b'"unclosed linguist-generated\n',
        ),
        *(
            b"* linguist-generated=\xff\n",
            b"!* linguist-vendored\n",
            b"*.py linguist-vendored\n" * 20_000,
            b"* -text -diff binary\n",
        ),
    ),
    b"aishare.toml": (
        *(
            b"\xff",
            b"\0",
            b"[",
            b"a = " + b"[" * 5_000,
            b"exclude = 1\n",
            b"exclude = ['" + b"**/" * 2_000 + b"x']\n",
            b"x" * 2_000_000,
        ),
        *(b"since = 9999-99-99\n", b"seed = -1\n", b"by = 'x'\n", b"exclude = ['[', '\\u0000']\n"),
    ),
    b"pyproject.toml": (b"\xff", b"[tool.aishare]\nnonsense = 1\n", b"[tool]\naishare = 1\n", b"[[tool.aishare]]\n"),
    b".git-blame-ignore-revs": (
        b"\xff\n",
        b"\0",
        b"HEAD\n",
        b"0" * 40 + b"\n",
        b"g" * 40 + b"\n",
        b"# x\n" * 100_000,
        b"a" * 1_000_000,
    ),
}


def _committed() -> Iterator[Case]:
    for file, texts in _SETTINGS.items():
        family = f"committed {file.decode()}"
        for text in texts:
            yield Case(family, repr(text[:30]), partial(_stepped, steps=({file: text}, {b"gen/x.py": PY})))
        for mode in ("120000", "40000", "160000"):
            yield Case(family, f"mode {mode}", partial(_moded, name=file, mode=mode))


def _moded(raw: Raw, name: bytes, mode: str) -> None:
    first = raw.usual()[-1]
    found = {"120000": raw.blob(b"/etc/passwd"), "40000": raw.files({b"x": PY}), "160000": "1" * 40}[mode]
    raw.ref(raw.commit(raw.tree((mode, name, found), ("100644", b"c.py", raw.blob(PY))), first))
