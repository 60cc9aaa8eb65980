"""Whether following lines costs the same per commit however long the history is: CPU time by tenths of one replay.

`python benchmarks/synthetic.py TARGET.git --commits 1000000` makes a history whose last commits are like its first;
the replay is the one of `aishare analyze`, from git's first stream to the settled lines.
"""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path
from typing import NamedTuple

import click

_TICKS = os.sysconf("SC_CLK_TCK")


class Spent(NamedTuple):
    """CPU seconds of this process and of git, and MiB of this process."""

    own: float
    git: float
    memory: float


def spent() -> Spent:
    """Up to now; processes that still run are asked of /proc."""
    own, ended = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text("ascii").split()
    git = ended.ru_utime + ended.ru_stime + sum(map(_of_process, children))
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return Spent(own.ru_utime + own.ru_stime, git, pages * resource.getpagesize() / (1 << 20))


def _of_process(number: str) -> float:
    try:
        fields = Path(f"/proc/{number}/stat").read_text("ascii", "replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _TICKS


class Tenths:
    """A progress that notes what was spent at each tenth of `commits`."""

    def __init__(self, commits: int, parts: int = 10) -> None:
        """Nothing was read yet."""
        self.marks = [commits * k // parts for k in range(parts + 1)]
        self.seen: list[tuple[int, Spent]] = []

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Hear of commits replayed."""
        del total  # it was said at the beginning
        if len(self.seen) == len(self.marks):
            return
        if stage == "settling lines":
            done = self.marks[-1]
        elif stage != "following lines":
            return
        if done >= self.marks[len(self.seen)]:
            self.seen.append((done, spent()))

    def costs(self) -> list[tuple[int, float, float, float]]:
        """Commits, own and git's CPU seconds, and MiB at the end, of each part."""
        pairs = zip(self.seen, self.seen[1:], strict=False)
        return [(b - a, y.own - x.own, y.git - x.git, y.memory) for (a, x), (b, y) in pairs]


@click.command()
@click.argument("path")
def main(path: str) -> None:
    """Follow every line of the repository at PATH."""
    from analyzer.blame.run import trace_lines
    from analyzer.history.commits import read_commit_graph
    from analyzer.history.repository import open_repository

    repository = open_repository(path)
    table = read_commit_graph(repository.git, repository.head)
    tenths = Tenths(len(table))
    began, before = time.perf_counter(), spent()
    known = trace_lines(repository.git, repository.head, table, progress=tenths)
    after = spent()
    print("| tenth | commits | ours µs a commit | git µs a commit | all | MiB |\n|---|---|---|---|---|---|")
    costs = tenths.costs()
    for k, (commits, own, git, memory) in enumerate(costs):
        figures = (1e6 * value / commits for value in (own, git, own + git))
        print("| {} | {:,} | {:.0f} | {:.0f} | {:.0f} | {:,.0f} |".format(k + 1, commits, *figures, memory))
    settled = after.own - tenths.seen[-1][1].own
    each = [(own + git) / commits for commits, own, git, _ in costs]
    ours = [own / commits for commits, own, _, _ in costs]
    print(f"last tenth ÷ second: {each[-1] / each[1]:.2f} all, {ours[-1] / ours[1]:.2f} ours")
    print(
        f"settling: {settled:.1f} s CPU; lines ever added {len(known.lines.commit):,}, at head {len(known.lines.head_ids):,}"
    )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    whole = after.own - before.own + after.git - before.git
    print(f"whole: {time.perf_counter() - began:.0f} s wall, {whole:.0f} s CPU, peak {peak:,.0f} MiB of this process")


if __name__ == "__main__":
    main()
