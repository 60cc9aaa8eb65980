"""A history of any length for scale: a seeded git fast-import stream whose last commits are like its first.

Files come, go, are renamed, grow and shrink around a steady mean; a core of them changes often. Topic branches run
beside the main line and merge back: some with files that both sides changed, so that the merge has a file no parent
has. People come and go; from two thirds of the history on some commits carry an agent's trailer. Format:
git-fast-import(1).

    python benchmarks/synthetic.py TARGET.git --commits 1000000
"""

from __future__ import annotations

import os
import random
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

START, YEARS = 1_000_000_000, 20
PEOPLE_AT_ONCE = 40
FILES, LINES = 1_500, 80
FOLDERS = 60
CHURN, RENAMING = 0.06, 0.02
TOPICS = 6
_ENDINGS = (".py", ".rb", ".js", ".go", ".md", ".yml")
_TRAILER = b"\n\nCo-Authored-By: Claude <noreply@anthropic.com>"
_WORDS = (
    b"if ready(%d):",
    b"return item_%d",
    b"value_%d = load(value)",
    b"def run_%d(self):",
    b"emit(signal_%d)",
    b"}",
)

Halves = tuple[tuple[bytes, ...], tuple[bytes, ...]]


@dataclass(slots=True)
class Topic:
    """An open branch: where it stands, what it changed, and how many commits it still gets."""

    slot: int
    left: int
    files: dict[bytes, Halves] = field(default_factory=dict)
    begun: int | None = None
    tip: int = 0


class Project:
    """The main line and its open branches; `commits` yields the stream.

    A file is two halves. While a branch holds a file, the branch changes its lower half and the main line its upper
    one, so that every merge has one right result.
    """

    def __init__(self, commits: int, seed: int, files: int = FILES, churn: float = CHURN) -> None:
        """`files`: how many there are at once, after the first commit, which adds them all.

        `churn`: of the main line's commits that add or delete one.
        """
        self.commits, self.count, self.churn = commits, files, churn
        self.rng = random.Random(seed)  # noqa: S311 - a sample, no secret
        self.files: dict[bytes, Halves] = {}
        self.order: list[bytes] = []  # the first ones change most
        self.held: dict[bytes, Topic] = {}
        self.topics: list[Topic] = []
        self.free = list(range(TOPICS))
        self.mark = self.named = self.line = 0
        self.main = 0

    def stream(self) -> Iterator[bytes]:
        """The whole fast-import stream, commit by commit."""
        for _ in range(self.count):
            path = self._name()
            self.files[path] = self._fresh()
            self.order.append(path)
        yield self._commit(b"main", b"Begin", b"", dict(self.files))
        self.main = self.mark
        while self.mark + len(self.topics) < self.commits:
            yield self._next()
        while self.topics:
            yield self._merge(self.topics[0])

    def _next(self) -> bytes:
        draw = self.rng.random()
        ended = next((topic for topic in self.topics if not topic.left), None)
        if ended is not None and draw < 0.5:
            return self._merge(ended)
        open_ = [topic for topic in self.topics if topic.left]
        if open_ and draw < 0.7:
            return self._on_topic(self.rng.choice(open_))
        room = self.mark + len(self.topics) + 2 <= self.commits
        if self.free and room and draw < 0.8:
            self.topics.append(Topic(self.free.pop(), self.rng.randint(1, 6), begun=self.main))
            return self._on_topic(self.topics[-1])
        return self._on_main()

    def _on_main(self) -> bytes:
        changed: dict[bytes, Halves | None] = {}
        draw = self.rng.random()
        moved = b""
        if draw < self.churn:
            changed |= self._grown_or_shrunk()
        elif draw < self.churn + RENAMING and (path := self._pick(free=True)):
            moved = path
            changed |= self._renamed(path)
        for _ in range(1 + (self.rng.random() < 0.3)):
            path = self._pick()
            if path and path not in changed and path != moved:
                changed[path] = self._edited(self.files[path], lower=path not in self.held, upper=True)
        for path, halves in changed.items():
            if halves is None:
                self._forget(path)
            elif path not in self.files:
                self.files[path] = halves
                self.order.insert(self.rng.randrange(len(self.order) + 1), path)
            else:
                self.files[path] = halves
        text = self._commit(b"main", self._message(), b"", changed)
        self.main = self.mark
        return text

    def _on_topic(self, topic: Topic) -> bytes:
        mine = list(topic.files)
        path = self.rng.choice(mine) if mine and self.rng.random() < 0.5 else self._pick(free=True)
        if path and path not in topic.files:
            self.held[path] = topic
            topic.files[path] = self.files[path]
        if path:
            topic.files[path] = self._edited(topic.files[path], lower=True, upper=False)
        topic.left -= 1
        changed = {path: topic.files[path]} if path else {}
        begin = b"" if topic.begun is None else b"from :%d\n" % topic.begun
        topic.begun = None
        text = self._commit(b"topic%d" % topic.slot, self._message(), begin, changed)
        topic.tip = self.mark
        return text

    def _merge(self, topic: Topic) -> bytes:
        """The branch's lower halves under the main line's upper ones: what git itself would make of both."""
        changed: dict[bytes, Halves | None] = {}
        for path, (_, lower) in topic.files.items():
            self.files[path] = changed[path] = (self.files[path][0], lower)
            del self.held[path]
        self.topics.remove(topic)
        self.free.append(topic.slot)
        text = self._commit(b"main", b"Merge branch 'topic%d'" % topic.slot, b"merge :%d\n" % topic.tip, changed)
        self.main = self.mark
        return text

    def _grown_or_shrunk(self) -> dict[bytes, Halves | None]:
        if self.rng.random() * 2 * self.count > len(self.files):
            return {self._name(): self._fresh()}
        path = self._pick(free=True, often=False)
        return {path: None} if path else {}

    def _renamed(self, path: bytes) -> dict[bytes, Halves | None]:
        return {path: None, self._name(): self.files[path]}

    def _forget(self, path: bytes) -> None:
        del self.files[path]
        self.order.remove(path)

    def _pick(self, *, free: bool = False, often: bool = True) -> bytes:
        """A file, of those that no branch holds with `free`; b"" after some vain tries."""
        for _ in range(20):
            draw = self.rng.random()
            path = self.order[int(len(self.order) * (draw**3 if often else draw))]
            if not free or path not in self.held:
                return path
        return b""

    def _name(self) -> bytes:
        self.named += 1
        folder = self.rng.randrange(FOLDERS)
        ending = _ENDINGS[self.named % len(_ENDINGS)]
        return b"part%02d/unit%02d/file%d%s" % (folder // 8, folder, self.named, ending.encode())

    def _texts(self, count: int) -> tuple[bytes, ...]:
        self.line += count
        words = self.rng.choices(_WORDS, k=count)
        return tuple(b"    " + (word % (self.line - k) if b"%" in word else word) for k, word in enumerate(words))

    def _fresh(self) -> Halves:
        size = min(int(self.rng.lognormvariate(0, 0.8) * LINES * 0.73) + 2, 1_000)
        return self._texts(size // 2), self._texts(size - size // 2)

    def _edited(self, halves: Halves, *, lower: bool, upper: bool) -> Halves:
        """Lines replaced, added or removed in one or two places; sizes drift back to the mean."""
        both = [list(half) for half in halves]
        for _ in range(1 + (self.rng.random() < 0.5)):
            half = both[1 if lower and (not upper or self.rng.random() < 0.5) else 0]
            at = self.rng.randrange(len(half) + 1)
            old = min(int(self.rng.expovariate(0.4)), len(half) - at)
            pull = 0.8 if len(half) > LINES / 2 else 1.25
            new = int(self.rng.expovariate(0.4) * pull)
            half[at : at + old] = self._texts(new if old or new else 1)
        return tuple(both[0]), tuple(both[1])

    def _message(self) -> bytes:
        declared = self.mark > self.commits * 2 / 3 and self.rng.random() < 0.3
        return b"Change %d" % self.mark + (_TRAILER if declared else b"")

    def _commit(
        self,
        branch: bytes,
        message: bytes,
        parent: bytes,
        changed: dict[bytes, Halves | None] | dict[bytes, Halves],
    ) -> bytes:
        self.mark += 1
        when = START + self.mark * YEARS * 365 * 86_400 // self.commits
        # One person after the other goes, and another comes: some hundred over the whole history.
        who = self.mark * 300 // self.commits + int(PEOPLE_AT_ONCE * self.rng.random() ** 2)
        parts = [
            b"commit refs/heads/%b\nmark :%d\ncommitter Person %d <p%d@example.org> %d +0000\ndata %d\n%b\n%b"
            % (branch, self.mark, who, who, when, len(message), message, parent)
        ]
        for path, halves in changed.items():
            if halves is None:
                parts.append(b"D %b\n" % path)
            else:
                text = b"\n".join(halves[0] + halves[1]) + b"\n" if halves[0] or halves[1] else b""
                parts.append(b"M 100644 inline %b\ndata %d\n%b\n" % (path, len(text), text))
        return b"".join(parts)


def make(target: Path, commits: int, seed: int, files: int = FILES, churn: float = CHURN) -> None:
    """A bare repository at `target` with so many commits."""
    nobody = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | nobody
    subprocess.run(
        ["git", "init", "--quiet", "--bare", "--initial-branch=main", str(target)], env=environment, check=True
    )
    command = ["git", "--git-dir", str(target), "fast-import", "--quiet", "--force"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=environment) as process:
        assert process.stdin is not None  # noqa: S101 - it is a pipe
        for part in Project(commits, seed, files, churn).stream():
            process.stdin.write(part)
        process.stdin.close()
        if process.wait():
            raise click.ClickException("git fast-import failed.")


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--commits", default=1_000_000, show_default=True)
@click.option("--files", default=FILES, show_default=True, help="Files at once.")
@click.option("--churn", default=CHURN, show_default=True, help="Commits of the main line that add or delete a file.")
@click.option("--seed", default=0, show_default=True)
def main(target: Path, commits: int, files: int, churn: float, seed: int) -> None:
    """Make a history at TARGET, a bare repository."""
    make(target, commits, seed, files, churn)


if __name__ == "__main__":
    main()
