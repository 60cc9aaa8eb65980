"""Repositories written object by object, as no git would write them: any bytes in any place, and no process."""

from __future__ import annotations

import hashlib
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

Entry = tuple[str, bytes, str]
WHO = b"Ada <ada@example.org> %s"
WHEN = b"1700000000 +0000"
PY = b"".join(b"value_%d = compute(%d)\n" % (n, n) for n in range(8))


class Raw:
    """A bare repository under construction."""

    def __init__(self, folder: Path) -> None:
        """`folder` is made."""
        self.folder = folder
        for name in ("objects/info", "objects/pack", "refs/heads", "refs/tags"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self.write("HEAD", b"ref: refs/heads/main\n")
        self.write("config", b"[core]\n\trepositoryformatversion = 0\n\tbare = true\n")

    def write(self, name: str, contents: bytes) -> None:
        """A file of the git directory."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(contents)

    def path(self, found: str) -> Path:
        """File of a loose object."""
        return self.folder / "objects" / found[:2] / found[2:]

    def put(self, kind: str, data: bytes) -> str:
        """A loose object; its id."""
        whole = b"%s %d\0%s" % (kind.encode(), len(data), data)
        found = hashlib.sha1(whole, usedforsecurity=False).hexdigest()
        self.path(found).parent.mkdir(exist_ok=True)
        self.path(found).write_bytes(zlib.compress(whole, 1))
        return found

    def blob(self, data: bytes) -> str:
        """A blob."""
        return self.put("blob", data)

    def tree(self, *entries: Entry, ordered: bool = True) -> str:
        """A tree of (mode, name, id)."""
        rows = sorted(entries, key=lambda e: e[1] + (b"/" if e[0] == "40000" else b"")) if ordered else entries
        return self.put("tree", b"".join(b"%s %s\0%s" % (m.encode(), n, bytes.fromhex(i)) for m, n, i in rows))

    def files(self, files: dict[bytes, bytes]) -> str:
        """A tree of path → contents, folders made as needed."""
        below: dict[bytes, dict[bytes, bytes]] = {}
        entries: list[Entry] = []
        for path, contents in files.items():
            top, slash, rest = path.partition(b"/")
            if slash:
                below.setdefault(top, {})[rest] = contents
            else:
                entries.append(("100644", top, self.blob(contents)))
        entries += [("40000", name, self.files(inner)) for name, inner in below.items()]
        return self.tree(*entries)

    def commit(
        self,
        tree: str,
        *parents: str,
        message: bytes = b"work\n",
        author: bytes = WHO % WHEN,
        committer: bytes = WHO % WHEN,
        more: bytes = b"",
    ) -> str:
        """A commit, on no ref."""
        head = b"tree %s\n" % tree.encode() + b"".join(b"parent %s\n" % p.encode() for p in parents)
        return self.put("commit", head + b"author %s\ncommitter %s\n%s\n%s" % (author, committer, more, message))

    def ref(self, found: str, name: str = "refs/heads/main") -> str:
        """A ref."""
        self.write(name, found.encode() + b"\n")
        return found

    def grown(self, *steps: dict[bytes, bytes]) -> list[str]:
        """Commits on main, each with the files of a step and of all before it; their ids."""
        files: dict[bytes, bytes] = {}
        made: list[str] = []
        for number, step in enumerate(steps):
            files |= step
            when = WHO % (b"%d +0000" % (1_700_000_000 + 86_400 * number))
            made.append(self.commit(self.files(files), *made[-1:], author=when, committer=when))
        self.ref(made[-1])
        return made

    def usual(self) -> list[str]:
        """Three usual commits."""
        return self.grown({b"src/a.py": PY}, {b"src/b.py": PY}, {b"src/a.py": PY + b"more = 1\n"})

    def note(self, contents: bytes, commit: str, ref: str = "refs/notes/ai") -> str:
        """A note on a commit."""
        return self.ref(self.commit(self.tree(("100644", commit.encode(), self.blob(contents)))), ref)
