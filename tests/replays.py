"""Replayed histories, and the names of their parts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import strategies as st

from analyzer.blame.run import trace_lines
from analyzer.history.commits import read_commits
from analyzer.history.repository import open_repository
from tests.conftest import imported

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from analyzer.blame.run import Provenance


def traced(folder: Path, *, rev: str = "HEAD", by_origin: bool = True) -> Provenance:
    """Every line's history of a repository."""
    repository = open_repository(str(folder), rev)
    commits = read_commits(repository.git, repository.head, lambda _: None)
    return trace_lines(repository.git, repository.head, commits, by_origin=by_origin)


# A small language of histories: each step changes one branch, or merges another into it.
STEP = st.tuples(
    st.sampled_from(["edit", "edit", "edit", "rename", "swap", "delete", "link", "merge", "octopus", "ours", "copy"]),
    st.integers(0, 2),
    st.integers(0, 3),
    st.integers(0, 40),
)


class Builder:
    """Turns steps into a fast-import stream; contents are kept here, so that merges can be composed by hand.

    A subclass can give the files a suffix, and each commit its author and message.
    """

    suffix = ""

    def __init__(self) -> None:
        """Four files on three branches."""
        self.stream, self.mark = b"", 0
        self.tips: dict[int, int] = {}
        self.trees: dict[int, dict[str, tuple[str, str]]] = {0: {}, 1: {}, 2: {}}
        self.commit(
            0, {f"f{k}{self.suffix}": ("100644", "".join(f"start {k} {n}\n" for n in range(6))) for k in range(4)}, []
        )
        for branch in (1, 2):
            self.tips[branch], self.trees[branch] = self.tips[0], dict(self.trees[0])

    def author(self) -> str:
        """Name and address of the author of the commit in the making."""
        return "A <a@b>"

    def message(self) -> str:
        """Message of the commit in the making."""
        return "x"

    def commit(self, branch: int, tree: dict[str, tuple[str, str]], others: list[int]) -> None:
        """One commit with the whole tree given."""
        self.mark += 1
        parents = [self.tips[branch]] if branch in self.tips else []
        when = f"{1700000000 + self.mark} +0000\n"
        lines = f"commit refs/heads/b{branch}\nmark :{self.mark}\nauthor {self.author()} {when}committer A <a@b> {when}"
        lines += f"data {len(self.message())}\n{self.message()}\n" + "".join(f"from :{parent}\n" for parent in parents)
        lines += "".join(f"merge :{parent}\n" for parent in others) + "deleteall\n"
        for path, (mode, text) in tree.items():
            lines += f"M {mode} inline {path}\ndata {len(text.encode())}\n{text}\n"
        self.stream += lines.encode()
        self.tips[branch], self.trees[branch] = self.mark, tree

    def step(self, what: str, branch: int, which: int, number: int) -> None:
        """Do one step; what makes no sense does nothing."""
        tree = dict(self.trees[branch])
        names = sorted(tree)
        path = names[which % len(names)] if names else f"f0{self.suffix}"
        mode, text = tree.get(path, ("100644", ""))
        lines = text.splitlines(keepends=True)
        if what == "edit":
            at = number % (len(lines) + 1)
            cut = (number // 7) % 3
            lines[at : at + cut] = [f"line {self.mark} {n}\n" for n in range(number % 4)]
            tree[path] = ("100644", "".join(lines))
        elif what == "rename" and f"g{number}{self.suffix}" not in tree and path in tree:
            tree[f"g{number}{self.suffix}"] = tree.pop(path)
        elif what == "swap" and len(names) > 1:
            other = names[(which + 1) % len(names)]
            tree[path], tree[other] = tree[other], tree[path]
        elif what == "delete" and len(names) > 1:
            tree.pop(path)
        elif what == "link":
            tree[path] = ("100644", "back\n" * number) if mode == "120000" else ("120000", "target")
        elif what == "copy" and lines:
            tree[f"c{number}{self.suffix}"] = ("100644", text + "more\n")
        others = [k for k in range(3) if k != branch and self.tips[k] != self.tips[branch]]
        if what in {"merge", "octopus", "ours"} and others:
            self.merge(branch, others[: 2 if what == "octopus" else 1], number, ours=what == "ours")
        elif tree != self.trees[branch]:
            self.commit(branch, tree, [])

    def merge(self, branch: int, others: list[int], number: int, *, ours: bool) -> None:
        """A merge that takes files from either side, sometimes mixed line by line, sometimes with lines of its own."""
        tree = dict(self.trees[branch])
        for other in [] if ours else others:
            for n, (path, entry) in enumerate(sorted(self.trees[other].items())):
                mine = tree.get(path)
                if mine is None or (n + number) % 3 == 0:
                    tree[path] = entry
                elif mine != entry and (n + number) % 3 == 1 and mine[0] == entry[0] == "100644":
                    half = mine[1].splitlines(keepends=True), entry[1].splitlines(keepends=True)
                    mixed = [*half[0][: number % 5], f"evil {number}\n", *half[1][number % 5 :]]
                    tree[path] = ("100644", "".join(mixed))
        self.commit(branch, tree, [self.tips[other] for other in others])


def built(steps: list[tuple[str, int, int, int]], folder: Path, builder_class: Callable[[], Builder] = Builder) -> Path:
    """The history of these steps, with every branch merged in at the end."""
    builder = builder_class()
    for step in steps:
        builder.step(*step)
    for other in (1, 2):
        if builder.tips[other] != builder.tips[0]:
            builder.merge(0, [other], other, ours=False)
    stream = builder.stream + f"reset refs/heads/main\nfrom :{builder.tips[0]}\n\n".encode()
    return imported(folder, stream)
