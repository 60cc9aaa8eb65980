"""How long a run takes that goes on from a stored one, and whether it does: cuts of a real history, tables compared."""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path

import click


@click.command()
@click.argument("path", default=".")
@click.option("--back", default=0, help="Cut so many first-parent commits before head, instead of at random.")
@click.option("--cuts", default=6, show_default=True, help="How many cuts.")
@click.option("--seed", default=0, show_default=True, help="Seed of random cuts.")
def main(path: str, back: int, cuts: int, seed: int) -> None:
    """Store the repository at PATH as of an ancestor, then run at head from there."""
    from analyzer.blame.run import trace_lines
    from analyzer.core.cachedir import CacheStore
    from analyzer.history.commits import read_commit_graph
    from analyzer.history.repository import open_repository

    repository = open_repository(path)
    table = read_commit_graph(repository.git, repository.head)
    started = time.perf_counter()
    whole = trace_lines(repository.git, repository.head, table)
    click.echo(f"whole history: {time.perf_counter() - started:.2f} s for {len(table)} commits")
    cut = open_repository(path, f"HEAD~{back}").head if back else ""
    shas = [cut] * cuts if back else random.Random(seed).sample(list(table["sha"]), cuts)  # noqa: S311 - a sample
    went_on, equal, seconds = 0, 0, []
    for sha in shas:
        with tempfile.TemporaryDirectory() as folder:
            store = CacheStore(Path(folder), "benchmark")
            trace_lines(repository.git, sha, read_commit_graph(repository.git, sha), store=store)
            started = time.perf_counter()
            again = trace_lines(
                repository.git, repository.head, read_commit_graph(repository.git, repository.head), store=store
            )
            seconds.append(time.perf_counter() - started)
        went_on += again.mode != "full"
        equal += all(
            getattr(again, name)(view).equals(getattr(whole, name)(view))
            for name in ("births", "deaths", "lines_at_head")
            for view in ("blame", "origin")
        )
    middle = sorted(seconds)[len(seconds) // 2]
    click.echo(f"{went_on} of {cuts} cuts went on, {equal} gave the same tables; median {middle:.2f} s")


if __name__ == "__main__":
    main()
