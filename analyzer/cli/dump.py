"""`aishare dump`: the raw tables behind a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import click

from analyzer.cli import console, options
from analyzer.cli.renamed import RenamedChoice
from analyzer.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from analyzer.core.progress import Progress
    from analyzer.pipeline.configured_repository import ConfiguredRepository

TABLES = ("commits", "evidence", "merged_changes")
# Tables of the loaded history that rest on the replay of its lines, so that the cache helps.
COUNT_TABLES = ("file_changes", "surviving")
PEOPLE_TABLES = ("panel",)
FUNCTION_TABLES = ("function_changes",)
LINE_TABLES = ("births", "deaths", "lines_at_head")
CACHED_TABLES = (*COUNT_TABLES, *FUNCTION_TABLES, *LINE_TABLES, *PEOPLE_TABLES)
ALL_TABLES = (*TABLES, *CACHED_TABLES)


@click.command("dump", short_help="Write a raw table as CSV or Parquet.")
@click.argument(
    "table",
    type=RenamedChoice(ALL_TABLES, old={"units": "merged_changes"}),
    metavar="TABLE",
    help=f"One of {', '.join(ALL_TABLES)}.",
)
@options.PATH
@options.history_options
@click.option(
    "--format",
    "format_",
    type=click.Choice(["csv", "parquet"]),
    default=None,
    help="Parquet is exact; CSV is for spreadsheets.  [default: from the file extension]",
)
@click.option(
    "--raw-csv", is_flag=True, help="CSV with the exact text, also where a spreadsheet would run it as a formula."
)
@click.option(
    "--lines",
    "view",
    type=click.Choice(["blame", "origin"]),
    default=None,
    help="Line tables: as git blame, or with moved, restored and reformatted lines at their origin.  [default: blame]",
)
@options.STRUCTURE_FILES
@click.option("--people-ok", is_flag=True, help="Table panel: write rows by person (keyed hashes), which it has.")
@options.cache_options
@click.option("-o", "--output", default="-", metavar="FILE", help="Write to FILE instead of stdout.")
def command(
    table: str,
    path: str,
    format_: str | None,
    raw_csv: bool,
    view: Literal["blame", "origin"] | None,
    people_ok: bool,
    no_cache: bool,
    cache_dir: str | None,
    output: str,
    quiet: bool,
    **flags: object,
) -> None:
    """Write TABLE of the history at PATH. People are keyed hashes, never names.

    \b
    Examples:
      aishare dump commits > commits.csv
      aishare dump merged_changes ../app --format parquet --output changes.parquet
      aishare dump lines_at_head --lines origin -o lines.parquet
    """
    if table in PEOPLE_TABLES and not people_ok:
        raise UsageError(
            "people-not-ok",
            f"The table {table} has a row for every person and four weeks.",
            "It is for estimating, not for rating anyone; if that is understood, add --people-ok.",
        )
    if table not in PEOPLE_TABLES:
        options.reject_ineffective(PEOPLE_TABLES, table, people_ok=people_ok)
    if table not in CACHED_TABLES:
        options.reject_ineffective(CACHED_TABLES, table, no_cache=no_cache, cache_dir=cache_dir)
    if table not in LINE_TABLES:
        options.reject_ineffective(LINE_TABLES, table, lines=view)
    if table not in FUNCTION_TABLES:
        options.reject_ineffective(FUNCTION_TABLES, table, structure_files=flags["structure_files"])
    cache_path = options.resolve_cache_dir(cache_dir, no_cache=no_cache)
    with console.progress(quiet=quiet) as progress:
        frame, notes = _table(table, options.open_configured(path, flags), view or "blame", cache_path, progress)
    console.print_notes(notes, quiet=quiet)
    file_format = format_ or ("parquet" if output.endswith(".parquet") else "csv")
    console.write(_encode(frame, file_format, raw_csv=raw_csv), output)


def _table(
    table: str,
    opened: ConfiguredRepository,
    view: Literal["blame", "origin"],
    cache_dir: Path | None,
    progress: Progress,
) -> tuple[pd.DataFrame, list[str]]:
    """Return the table, and notes on how the history was read."""
    from analyzer.pipeline import dumps
    from analyzer.pipeline.load import load_history

    if table in LINE_TABLES:
        return dumps.line_table(opened, table, view, cache_dir, progress)
    # The other tables need no cache, which would only be filled for them.
    history = load_history(opened, cache_dir if table in CACHED_TABLES else None, progress)
    return dumps.HISTORY_TABLES[table](history), []


def _encode(frame: pd.DataFrame, format_: str | None, *, raw_csv: bool) -> bytes:
    """Return the table as Parquet or CSV."""
    from analyzer.core.export import csv_bytes, parquet_bytes

    return parquet_bytes(frame) if format_ == "parquet" else csv_bytes(frame, exact=raw_csv)
