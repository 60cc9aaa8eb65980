"""`python -m validation`: run the release gates (`make gates`); resumable, one row per gate."""

from __future__ import annotations

from pathlib import Path

import click

from validation.gates import MIN_HISTORIES
from validation.page import all_gates, gate_results, markdown


@click.command()
@click.option(
    "--panels",
    default=MIN_HISTORIES,
    show_default=True,
    help="Most histories a world; fewer than a gate needs counts as not run.",
)
@click.option(
    "--store", default="reports/local/trials.jsonl", show_default=True, help="Where finished trials are kept."
)
@click.option("--output", default="reports/gates.md", show_default=True, help="The page to write.")
@click.option("--only", default="", help="Only gates whose id starts with this.")
@click.option("--workers", default=2, show_default=True, help="Processes.")
def main(panels: int, store: str, output: str, only: str, workers: int) -> None:
    """Run the release gates and write their figures; a stopped run goes on where it was."""
    results = []
    for row, seconds in gate_results([g for g in all_gates() if g.id.startswith(only)], panels, Path(store), workers):
        results.append((row, seconds))
        click.echo(f"{row.id:<36} {row.observed:<44} {row.bound:<14} {seconds:6.0f} s  {row.passed}")
        Path(output).write_text(markdown(results), "utf-8")


if __name__ == "__main__":
    main()
