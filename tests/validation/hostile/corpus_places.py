"""Cases of the corpus that live in the git directory: refs, configuration, alternates, and what is no repository."""

from __future__ import annotations

from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from tests.validation.hostile.corpus import Case

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.validation.hostile.raw import Raw


def cases() -> Iterator[Case]:
    """All of them."""
    return chain.from_iterable(
        part() for part in (_refs, _heads, _configurations, _borrowed, _shallow, _replaced, _shapes)
    )


def wrote(raw: Raw, files: dict[str, bytes]) -> None:
    """A usual history, and files of the git directory; HEAD stands for its id."""
    head = raw.usual()[-1].encode()
    for name, contents in files.items():
        raw.write(name, contents.replace(b"HEAD", head) if name != "HEAD" else contents)


def _refs() -> Iterator[Case]:
    def packed(raw: Raw, kind: str, count: int) -> None:
        head = raw.usual()[-1].encode()
        raw.write("packed-refs", b"".join(b"%s refs/%s/v%d.0\n" % (head, kind.encode(), n) for n in range(count)))

    def loose(raw: Raw, kind: str, count: int) -> None:
        head = raw.usual()[-1]
        for n in range(count):
            raw.ref(head, f"refs/{kind}/x{n}")

    def tags(raw: Raw, what: str, depth: int) -> None:
        made = raw.usual()[0]
        found = {"commit": made, "tree": raw.tree(), "blob": raw.blob(b"x" * 100_000), "nothing": "1" * 40}[what]
        kind = "commit" if what == "nothing" else what
        for _ in range(depth):
            found = raw.put("tag", b"object %s\ntype %s\ntag v\n\nx\n" % (found.encode(), kind.encode()))
            kind = "tag"
        raw.ref(found, "refs/tags/v1.0")

    yield Case("branches and tags", "5,000 packed tags", partial(packed, kind="tags", count=5_000))
    yield Case("branches and tags", "5,000 packed branches", partial(packed, kind="heads", count=5_000))
    yield Case("branches and tags", "2,000 loose branches", partial(loose, kind="heads", count=2_000))
    yield Case("branches and tags", "2,000 loose tags", partial(loose, kind="tags", count=2_000))
    for what in ("commit", "tree", "blob", "nothing"):
        for depth in (0, 1, 60):
            yield Case("branches and tags", f"a tag on a {what}, {depth} deep", partial(tags, what=what, depth=depth))
    for name, files in {
        "a packed line cut off": {"packed-refs": b"HEAD refs/heads/x\n1234 refs/h"},
        "packed garbage": {"packed-refs": b"\xff\0\n\n\n^^^\n"},
        "packed names of any bytes": {"packed-refs": b"HEAD refs/heads/\xff\x01\nHEAD refs/tags/v1.\xff\n"},
        "a ref in circles": {"refs/heads/a": b"ref: refs/heads/b\n", "refs/heads/b": b"ref: refs/heads/a\n"},
        "an empty ref": {"refs/heads/a": b""},
        "a ref of garbage": {"refs/heads/a": b"\xff" * 100, "refs/tags/v1": b"nonsense\n"},
        "a ref that leaves": {"refs/heads/a": b"ref: ../../../etc/passwd\n"},
        "a tag of no id": {"refs/tags/v1.0": b"0" * 40 + b"\n"},
    }.items():
        yield Case("branches and tags", name, partial(wrote, files=files))


def _heads() -> Iterator[Case]:
    for text in (
        *(b"", b"\n", b"nonsense\n", b"ref: refs/heads/none\n", b"ref: ../../etc/passwd\n", b"ref: refs/heads/\xff\n"),
        *(
            b"ref:refs/heads/main",
            b"ref: refs/heads/main\0x",
            b"1" * 40 + b"\n",
            b"0" * 40 + b"\n",
            b"ref: HEAD\n",
            b"\xff" * 99,
        ),
    ):
        yield Case("HEAD", repr(text[:30]), partial(wrote, files={"HEAD": text}))

    def circle(raw: Raw) -> None:
        wrote(
            raw,
            {
                "refs/heads/a": b"ref: refs/heads/b\n",
                "refs/heads/b": b"ref: refs/heads/a\n",
                "HEAD": b"ref: refs/heads/a\n",
            },
        )

    def detached(raw: Raw, kind: str) -> None:
        raw.usual()
        raw.write("HEAD", {"blob": raw.blob(b"x"), "tree": raw.tree()}[kind].encode() + b"\n")

    yield Case("HEAD", "in circles", circle)
    yield Case("HEAD", "a blob", partial(detached, kind="blob"))
    yield Case("HEAD", "a tree", partial(detached, kind="tree"))


_CORE = b"[core]\n\trepositoryformatversion = %d\n\tbare = true\n"


def _configurations() -> Iterator[Case]:
    for name, text in {
        "empty": b"",
        "broken": b"[core\nx",
        "garbage": bytes(range(256)),
        "no UTF-8": _CORE % 0 + b'[remote "\xff"]\n\turl = \xff\xfe\n',
        "version 99": _CORE % 99,
        "an unknown extension": _CORE % 1 + b"[extensions]\n\tmagic = true\n",
        "SHA-256, and it is not": _CORE % 1 + b"[extensions]\n\tobjectFormat = sha256\n",
        "reftable, and it is not": _CORE % 1 + b"[extensions]\n\trefStorage = reftable\n",
        "a partial clone of nobody": _CORE % 1 + b"[extensions]\n\tpartialClone = origin\n",
        "a promisor without URL": _CORE % 0 + b'[remote "origin"]\n\tpromisor = true\n',
        "worktree's own": _CORE % 1 + b"[extensions]\n\tworktreeConfig = true\n",
        "an include of itself": _CORE % 0 + b"[include]\n\tpath = config\n",
        "an include of a folder": _CORE % 0 + b"[include]\n\tpath = /\n",
        "1 MB": _CORE % 0 + b"[a]\n" + b"\tb = c\n" * 150_000,
        "a line of 1 MB": _CORE % 0 + b"[a]\n\tb = " + b"c" * 1_000_000 + b"\n",
        "numbers that are none": _CORE % 0
        + b"[core]\n\tcompression = x\n\tpackedGitLimit = y\n\tbigFileThreshold = z\n",
        "a URL of controls": _CORE % 0 + b'[remote "origin"]\n\turl = "x\\n\\t\x1b[2J/y.git"\n',
        "a URL twice": _CORE % 0 + b'[remote "origin"]\n\turl = a/b\n\turl = c/d\n',
        "not bare": b"[core]\n\tbare = false\n\tworktree = /nowhere\n",
    }.items():
        yield Case("git's configuration", name, partial(wrote, files={"config": text}))


def _borrowed() -> Iterator[Case]:
    def chain_of(raw: Raw, length: int) -> None:
        raw.usual()
        here = raw.folder / "objects"
        for n in range(length):
            there = here.rename(raw.folder / f"lent{n}")
            (raw.folder / "objects" / "info").mkdir(parents=True)
            (raw.folder / "objects" / "info" / "alternates").write_text(f"{there}\n")

    for length in (1, 3, 5, 7):
        yield Case("alternates", f"{length} in a row", partial(chain_of, length=length))
    for name, text in {
        "nowhere": b"/nowhere\n",
        "itself": b".\n../objects\n",
        "garbage": b"\xff\0\n" * 1_000,
        "quotes": b'"unclosed\n"\\777"\n',
        "a file": b"/etc/passwd\n",
    }.items():
        yield Case("alternates", name, partial(wrote, files={"objects/info/alternates": text}))


def _shallow() -> Iterator[Case]:
    for text in (b"", b"HEAD\n", b"0" * 40 + b"\n", b"nonsense\n", b"\xff\0"):
        yield Case("shallow", repr(text[:20]), partial(wrote, files={"shallow": text}))


def _replaced() -> Iterator[Case]:
    for name, files in {
        "a graft": {"info/grafts": b"HEAD\n"},
        "grafts of garbage": {"info/grafts": b"\xff\nnonsense\n"},
        "a commit by itself": {"refs/replace/" + "1" * 40: b"HEAD\n"},
        "a name that is no id": {"refs/replace/x": b"HEAD\n"},
        "attributes of garbage": {"info/attributes": b"\xff\0 -diff\n* binary\n"},
        "an index of garbage": {"index": b"DIRC\0\0\0\x02\xff\xff\xff\xff"},
    }.items():
        yield Case("grafts, replacements, index", name, partial(wrote, files=files))


def _shapes() -> Iterator[Case]:
    def file(raw: Raw, text: bytes) -> Path:
        raw.usual()
        folder = raw.folder.parent / "w"
        folder.mkdir()
        (folder / ".git").write_bytes(text.replace(b"THERE", bytes(raw.folder)))
        return folder

    def emptied(raw: Raw, name: str, *, is_file: bool) -> None:
        raw.usual()
        (raw.folder / name).rename(raw.folder.parent / "away")
        if is_file:
            raw.write(name, b"x")

    for text in (
        b"",
        b"gitdir: .\n",
        b"gitdir: .git\n",
        b"gitdir: /nowhere\n",
        b"nonsense\n",
        b"gitdir: THERE\n",
        b"\xff\0",
        b"x" * 2_000_000,
    ):
        yield Case("what is no repository", f".git of {text[:20]!r}", partial(file, text=text))
    for name in ("objects", "refs", "HEAD", "config"):
        yield Case("what is no repository", f"no {name}", partial(emptied, name=name, is_file=False))
        if name in {"objects", "refs"}:
            yield Case("what is no repository", f"{name} is a file", partial(emptied, name=name, is_file=True))
    yield Case("what is no repository", "a common folder elsewhere", partial(wrote, files={"commondir": b"/nowhere\n"}))
