"""Cases of the corpus that live in objects: dates, names, messages, trees, merges, what is missing or damaged."""

from __future__ import annotations

import zlib
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from tests.conftest import git
from tests.validation.hostile.corpus import Case
from tests.validation.hostile.raw import PY, WHEN, WHO, Entry, Raw

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def cases() -> Iterator[Case]:
    """All of them."""
    parts = (
        _dates,
        _zones,
        _identities,
        _messages,
        _headers,
        _trees,
        _links,
        _merges,
        _roots,
        _missing,
        _loose,
        _packs,
    )
    return chain.from_iterable(part() for part in (*parts, _graphs))


def odd(raw: Raw, **fields: bytes) -> None:
    """An odd commit between two usual ones."""
    first = raw.commit(raw.files({b"a.py": PY}))
    second = raw.commit(raw.files({b"a.py": PY, b"b.py": PY}), first, **fields)
    raw.ref(raw.commit(raw.files({b"a.py": PY + b"x = 1\n", b"b.py": PY}), second))


_SECONDS = (
    *(b"0", b"1", b"-1", b"-99999999999", b"4102444800", b"253402300799", b"253402300800", b"2147483648"),
    *(b"99999999999999", b"9223372036854775807", b"18446744073709551615", b"9" * 40, b"", b"abc", b"1e9", b"0x10"),
)


def _dated(raw: Raw, field: str, who: bytes) -> None:
    if field == "author":
        odd(raw, author=who)
    else:
        odd(raw, committer=who)


def _dates() -> Iterator[Case]:
    for seconds in _SECONDS:
        who = WHO % (seconds + b" +0000")
        for field in ("author", "committer"):
            yield Case("dates", f"{field} {seconds!r}", partial(_dated, field=field, who=who))


def _zones() -> Iterator[Case]:
    for zone in (b"-0000", b"+1400", b"+9999", b"-9999", b"+99999999", b"0000", b"UTC", b"", b"+00:00", b"\xff", b"+5"):
        who = WHO % (b"1700000000 " + zone)
        yield Case("time zones", repr(zone), partial(odd, author=who, committer=who))


def _identities() -> Iterator[Case]:
    for who in (
        *(
            b"",
            b"<>",
            b"A",
            b"A <a@b",
            b"A a@b>",
            b"<a@b>",
            b"A <<<<a@b>>>>",
            b"   <   >",
            b"A\0B <a@b>",
            b"\xff\xfe <\xff@b>",
        ),
        *(
            b"a" * 100_000 + b" <a@b>",
            b"A <" + b"a" * 100_000 + b">",
            b"\x1b[2J <a@b>",
            "\u202eA <a@b>".encode(),
            b"A\tB\rC <a\r@b>",
        ),
        b"A <a@b> <c@d>",
    ):
        yield Case(
            "names and addresses", repr(who[:30]), partial(odd, author=who + b" " + WHEN, committer=who + b" " + WHEN)
        )


_CLAUDE = b"Co-authored-by: Claude <noreply@anthropic.com>\n"


def _messages() -> Iterator[Case]:
    bodies = {
        "empty": b"",
        "a NUL": b"before\0after\n\n" + _CLAUDE,
        "no UTF-8": b"\xff\xfe\xc3\n",
        "1 MB on a line": b"x" * 1_000_000,
        "1 MB of lines": b"x\n" * 500_000,
        "1 MB of blanks": b" " * 1_000_000,
        "blank lines": b"\n" * 500_000,
        "5,000 trailers": b"x\n\n" + _CLAUDE * 5_000,
        "20,000 other trailers": b"x\n\n" + b"".join(b"Key-%d: value\n" % n for n in range(20_000)),
        "a trailer of 1 MB": b"x\n\nCo-authored-by: " + b"a" * 1_000_000,
        "a folded trailer": b"x\n\nCo-authored-by: a\n" + b" b\n" * 100_000,
        "CRLF": b"x\r\n\r\n" + _CLAUDE.replace(b"\n", b"\r\n"),
        "lone CR": b"x\r\rCo-authored-by: Claude\r",
        "controls": bytes(range(1, 32)) + b"\x7f\x9b2J",
        "right to left": "\u202e\u2066x".encode(),
        "a byte order mark": b"\xef\xbb\xbfx\n",
        "surrogates": b"\xed\xa0\x80\xed\xb0\x80",
        "no newline": b"x",
        "a subject of 50,000 words": b"a " * 50_000,
        "nested quotes": b"> " * 100_000 + b"x",
    }
    for name, body in bodies.items():
        yield Case("messages", name, partial(odd, message=body))


def _headers() -> Iterator[Case]:
    for name, more in {
        "encoding of nobody": b"encoding klingon\n",
        "encoding UTF-16": b"encoding UTF-16\n",
        "encoding Latin-1": b"encoding ISO-8859-1\n",
        "a signature cut off": b"gpgsig -----BEGIN PGP SIGNATURE-----\n",
        "a tag that was merged": b"mergetag object 0\n type commit\n",
        "an unknown one": b"change-id \xff\xff\n",
        "1,000 unknown ones": b"x y\n" * 1_000,
        "a second tree": b"tree " + b"0" * 40 + b"\n",
        "a late parent": b"parent " + b"1" * 40 + b"\n",
    }.items():
        yield Case("commit headers", name, partial(odd, more=more, message=b"caf\xe9\n"))

    def bare(raw: Raw, text: bytes) -> None:
        first = raw.usual()[-1].encode()
        raw.ref(raw.put("commit", text.replace(b"HEAD", first).replace(b"TREE", raw.files({b"a.py": PY}).encode())))

    who = b"A <a@b> 1700000000 +0000\n"
    for name, text in {
        "nothing": b"",
        "no tree": b"parent HEAD\nauthor " + who + b"committer " + who + b"\nx\n",
        "no author": b"tree TREE\nparent HEAD\ncommitter " + who + b"\nx\n",
        "no committer": b"tree TREE\nparent HEAD\nauthor " + who + b"\nx\n",
        "neither": b"tree TREE\nparent HEAD\n\nx\n",
        "a parent cut off": b"tree TREE\nparent HE\nauthor " + who + b"\nx\n",
        "no blank line": b"tree TREE\nparent HEAD\nauthor " + who + b"committer " + who,
        "two authors": b"tree TREE\nparent HEAD\nauthor " + who + b"author " + who + b"committer " + who + b"\nx\n",
    }.items():
        yield Case("commit headers", name, partial(bare, text=text))


def _tree(raw: Raw, entries: Callable[[Raw, str], str | None]) -> None:
    """An odd tree between two usual ones."""
    first = raw.usual()[-1]
    found = entries(raw, raw.blob(PY))
    second = raw.commit(found or raw.tree(), first)
    raw.ref(raw.commit(raw.files({b"src/a.py": PY}), second))


def _trees() -> Iterator[Case]:
    def entry(mode: str, name: bytes = b"z.py", missing: str = "") -> Callable[[Raw, str], str]:
        return lambda raw, blob: raw.tree((mode, name, missing or blob))

    for mode in ("000000", "100664", "100000", "0100644", "120777", "160000", "40000", "644", "777777"):
        yield Case("trees", f"mode {mode}", partial(_tree, entries=entry(mode)))
    doubled: dict[str, Callable[[Raw, str], str]] = {
        "empty": lambda raw, _: raw.tree(),
        "out of order": lambda raw, b: raw.tree(("100644", b"z", b), ("100644", b"a", b), ordered=False),
        "twice the same name": lambda raw, b: raw.tree(("100644", b"a.py", b), ("100644", b"a.py", raw.blob(b"x\n"))),
        "a file and a folder of one name": lambda raw, b: raw.tree(
            ("100644", b"a", b), ("40000", b"a", raw.tree(("100644", b"b", b)))
        ),
        "cut off": lambda raw, _: raw.put("tree", b"100644 a.py\0\x01\x02"),
        "no NUL": lambda raw, _: raw.put("tree", b"100644 a.py"),
        "garbage": lambda raw, _: raw.put("tree", bytes(range(256))),
        "an empty folder": lambda raw, _: raw.tree(("40000", b"d", raw.tree())),
        "a null id": lambda raw, _: raw.tree(("100644", b"a.py", "0" * 40)),
    }
    for name, build in doubled.items():
        yield Case("trees", name, partial(_tree, entries=build))


def _links() -> Iterator[Case]:
    def turns(raw: Raw, modes: tuple[tuple[str, bytes], ...]) -> None:
        parents: list[str] = []
        for mode, contents in modes:
            found = "1" * 40 if mode == "160000" else raw.blob(contents)
            entries: list[Entry] = [(mode, b"a.py", found), ("100644", b"b.py", raw.blob(PY + contents))]
            parents = [raw.commit(raw.tree(*entries), *parents)]
        raw.ref(parents[0])

    file, run, link, gitlink = ("100644", PY), ("100755", PY), ("120000", b"/etc/passwd"), ("160000", b"")
    for one, two in (
        (file, run),
        (file, link),
        (file, gitlink),
        (link, gitlink),
        (run, link),
        (link, ("120000", b"a.py")),
    ):
        yield Case("links, modules, modes", f"{one[0]} to {two[0]}", partial(turns, modes=(one, two)))
        yield Case("links, modules, modes", f"{two[0]} to {one[0]} and back", partial(turns, modes=(two, one, two)))
    for target in (b"", b"\0", b"x" * 10_000, b"\xff\n"):
        yield Case(
            "links, modules, modes", f"a link to {target[:5]!r}", partial(turns, modes=(file, ("120000", target)))
        )


def _merge(raw: Raw, sides: int, twice: int = 1, keep: int = 0) -> None:
    """A merge of many sides, each with a file of its own."""
    base = raw.usual()[-1]
    files = {b"src/a.py": PY}
    tips = [raw.commit(raw.files(files | {b"f%d.py" % n: PY}), base, message=b"side %d\n" % n) for n in range(sides)]
    joined = files | {b"f%d.py" % n: PY for n in range(keep, sides)}
    raw.ref(raw.commit(raw.files(joined), *tips * twice, message=b"Merge\n"))


def _crossed(raw: Raw, depth: int) -> None:
    """Two branches that merge each other again and again."""
    one = two = raw.usual()[-1]
    for n in range(depth):
        files = {b"src/a.py": PY + b"n = %d\n" % n}
        left = raw.commit(raw.files(files | {b"l.py": PY}), one, message=b"left %d\n" % n)
        right = raw.commit(raw.files(files | {b"r.py": PY}), two, message=b"right %d\n" % n)
        both = raw.files(files | {b"l.py": PY, b"r.py": PY})
        one, two = (raw.commit(both, *tips, message=b"Merge branch 'x'\n") for tips in ((left, right), (right, left)))
    raw.ref(raw.commit(raw.files({b"src/a.py": PY}), one, two))


def _merges() -> Iterator[Case]:
    for sides in (2, 3, 8, 17, 40):
        yield Case("merges", f"of {sides} sides", partial(_merge, sides=sides))
    yield Case("merges", "of one side, twice", partial(_merge, sides=1, twice=2))
    yield Case("merges", "of three sides, three times", partial(_merge, sides=3, twice=3))
    yield Case("merges", "that drop what they merge", partial(_merge, sides=4, keep=4))
    for depth in (1, 5, 30):
        yield Case("merges", f"criss-cross, {depth} deep", partial(_crossed, depth=depth))

    def strange(raw: Raw, parent: str) -> None:
        first = raw.usual()[-1]
        other = {"blob": raw.blob(PY), "tree": raw.files({b"a": PY}), "nothing": "1" * 40}[parent]
        raw.ref(raw.commit(raw.files({b"a.py": PY}), first, other))

    for parent in ("blob", "tree", "nothing"):
        yield Case("merges", f"with a {parent}", partial(strange, parent=parent))


def _roots() -> Iterator[Case]:
    def many(raw: Raw, roots: int, *, same: bool) -> None:
        tips = [
            raw.commit(raw.files({b"a.py" if same else b"f%d.py" % n: PY}), message=b"r%d\n" % n) for n in range(roots)
        ]
        while len(tips) > 1:
            tips = [*tips[2:], raw.commit(raw.files({b"a.py": PY}), *tips[:2], message=b"join %d\n" % len(tips))]
        raw.ref(tips[0])

    def empty(raw: Raw, commits: int, files: dict[bytes, bytes]) -> None:
        tips: list[str] = []
        for n in range(commits):
            tips = [raw.commit(raw.files(files), *tips, message=b"%d\n" % n)]
        raw.ref(tips[0])

    for roots in (1, 2, 9, 60):
        yield Case("roots", f"{roots}, files of their own", partial(many, roots=roots, same=False))
        yield Case("roots", f"{roots}, one file", partial(many, roots=roots, same=True))
    for commits in (1, 40):
        yield Case("empty commits", f"{commits} of nothing", partial(empty, commits=commits, files={}))
        yield Case("empty commits", f"{commits} of the same", partial(empty, commits=commits, files={b"a.py": PY}))
        yield Case(
            "empty commits", f"{commits} of an empty file", partial(empty, commits=commits, files={b"a.py": b""})
        )


_LOST = (
    *("HEAD", "HEAD~1", "HEAD~2", "HEAD^{tree}", "HEAD:src", "HEAD~1^{tree}", "HEAD~2:src"),
    *("HEAD:src/a.py", "HEAD:src/b.py", "HEAD~1:src/a.py", "refs/notes/ai", "refs/notes/ai^{tree}", "refs/tags/v1"),
)


def _lost(raw: Raw, revision: str) -> str:
    """Id of an object of a usual history with a note and a tag."""
    made = raw.usual()
    raw.note(b"src/a.py\n  s_abc 1-2\n---\n{}\n", made[-1])
    tag = b"object %s\ntype commit\ntag v1\ntagger A <a@b> 1700000000 +0000\n\nx\n" % made[0].encode()
    raw.ref(raw.put("tag", tag), "refs/tags/v1")
    return git("--git-dir", raw.folder, "rev-parse", revision).strip()


def _missing() -> Iterator[Case]:
    def take(raw: Raw, revision: str) -> None:
        raw.path(_lost(raw, revision)).unlink()

    for revision in _LOST:
        yield Case("missing objects", revision, partial(take, revision=revision))


def _loose() -> Iterator[Case]:
    def damage(raw: Raw, revision: str, how: Callable[[bytes], bytes]) -> None:
        path = raw.path(_lost(raw, revision))
        path.write_bytes(how(path.read_bytes()))

    ways: dict[str, Callable[[bytes], bytes]] = {
        "empty": lambda _: b"",
        "cut off": lambda data: data[: len(data) // 2],
        "garbage": lambda data: b"\xff" * len(data),
        "of another type": lambda _: zlib.compress(b"blob 3\0abc"),
        "of a size that lies": lambda _: zlib.compress(b"commit 999999999999\0tree"),
        "flipped": lambda data: data[:-6] + bytes([data[-6] ^ 0x55]) + data[-5:],
    }
    for revision in ("HEAD", "HEAD~1", "HEAD^{tree}", "HEAD:src/a.py", "HEAD~1:src/a.py"):
        for name, how in ways.items():
            yield Case("damaged objects", f"{revision} {name}", partial(damage, revision=revision, how=how))


def _packed(raw: Raw, suffix: str, how: Callable[[bytes], bytes] | None) -> None:
    """A usual history in one pack, of which one file is changed or taken away."""
    raw.usual()
    git("--git-dir", raw.folder, "repack", "-a", "-d", "-q")
    for path in (raw.folder / "objects").rglob("*" + suffix):
        contents = path.read_bytes()
        path.unlink()
        if how:
            path.write_bytes(how(contents))


def _at(part: float, mask: int = 0x55) -> Callable[[bytes], bytes]:
    """A byte flipped at a part of the file."""

    def flipped(data: bytes) -> bytes:
        at = int(part * (len(data) - 1))
        return data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :]

    return flipped


def _cut(part: float) -> Callable[[bytes], bytes]:
    """The file up to a part of it."""
    return lambda data: data[: int(part * len(data))]


def _packs() -> Iterator[Case]:
    for suffix in (".pack", ".idx"):
        yield Case("packs", f"no {suffix}", partial(_packed, suffix=suffix, how=None))
        for part in (0.0, 0.1, 0.5, 0.9, 0.99):
            yield Case("packs", f"{suffix} cut at {part}", partial(_packed, suffix=suffix, how=_cut(part)))
            yield Case("packs", f"{suffix} flipped at {part}", partial(_packed, suffix=suffix, how=_at(part)))


def _graphs() -> Iterator[Case]:
    def graph(raw: Raw, how: Callable[[bytes], bytes], what: str) -> None:
        raw.grown(*({b"a.py": PY + b"n = %d\n" % n} for n in range(12)))
        git("--git-dir", raw.folder, "repack", "-a", "-d", "-q")
        git("--git-dir", raw.folder, what, "write", *(("--reachable",) if what == "commit-graph" else ()))
        name = "info/commit-graph" if what == "commit-graph" else "pack/multi-pack-index"
        path = raw.folder / "objects" / name
        contents = path.read_bytes()
        path.unlink()
        path.write_bytes(how(contents))

    for what in ("commit-graph", "multi-pack-index"):
        for part in (0.02, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95):
            yield Case("indexes of git", f"{what} flipped at {part}", partial(graph, how=_at(part, 1), what=what))
        for part in (0.0, 0.5, 0.95):
            yield Case("indexes of git", f"{what} cut at {part}", partial(graph, how=_cut(part), what=what))
