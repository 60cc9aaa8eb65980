"""How many lines at head the replay and git blame give to the same commit, on a seeded sample of files."""

from __future__ import annotations

import random
import re
import subprocess
from collections import Counter

import click

_HEADER = re.compile(rb"([0-9a-f]{40,64}) (\d+) \d+(?: \d+)?")


@click.command()
@click.argument("path", default=".")
@click.option("--files", default=300, show_default=True, help="Files; 0 = all.")
@click.option("--seed", default=0, show_default=True, help="Seed of the sample.")
def main(path: str, files: int, seed: int) -> None:
    """Compare the repository at PATH with git blame, line by line."""
    from analyzer.blame.run import trace_lines
    from analyzer.history.commits import read_commit_graph
    from analyzer.history.repository import open_repository

    repository = open_repository(path)
    table = read_commit_graph(repository.git, repository.head)
    known = trace_lines(repository.git, repository.head, table, by_origin=False).lines
    ends = dict(zip(known.head_paths, known.head_counts.cumsum().tolist(), strict=True))
    chosen = [name for name, count in zip(known.head_paths, known.head_counts.tolist(), strict=True) if count]
    if files:
        random.Random(seed).shuffle(chosen)  # noqa: S311 - a sample, no secret
        chosen = chosen[:files]
    total, differ = 0, Counter[str]()
    for name in chosen:
        theirs = _blamed(path, repository.head, name)
        count = int(known.head_counts[known.head_paths.index(name)])
        ids = known.head_ids[ends[name] - count : ends[name]]
        ours = [(known.shas[c], n) for c, n in zip(known.commit[ids].tolist(), known.line[ids].tolist(), strict=True)]
        total += len(theirs)
        wrong = sum(a != b for a, b in zip(ours, theirs, strict=False)) + abs(len(ours) - len(theirs))
        if wrong:
            differ[name.decode(errors="replace")] = wrong
    same = 1 - differ.total() / max(total, 1)
    print(f"{len(chosen)} files, {total} lines, {differ.total()} differ: {same:.4%} agree")
    for file, wrong in differ.most_common(20):
        print(f"  {wrong:>6}  {file}")


def _blamed(path: str, head: str, name: bytes) -> list[tuple[bytes, int]]:
    command = [b"git", b"-C", path.encode(), b"blame", b"-s", b"--porcelain", head.encode(), b"--", name]
    lines = subprocess.run(command, capture_output=True, check=True).stdout.split(b"\n")
    found = (_HEADER.fullmatch(line) for line in lines if line[:1] != b"\t")
    return [(match[1], int(match[2])) for match in found if match]


if __name__ == "__main__":
    main()
