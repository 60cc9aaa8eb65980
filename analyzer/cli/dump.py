"""`aishare dump`: the raw tables behind a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from analyzer import absent
from analyzer.cli import options

if TYPE_CHECKING:
    import pandas as pd

TABLES = ("commits", "evidence", "units")
_TABLE_HELP = f"One of {', '.join(TABLES)}; not in this version: {', '.join(absent.TABLES)}."


@click.command("dump", short_help="Write a raw table as CSV or Parquet.")
@click.argument("table", type=click.Choice((*TABLES, *absent.TABLES)), metavar="TABLE", help=_TABLE_HELP)
@options.PATH
@options.history_options
@click.option(
    "--format",
    "format_",
    type=click.Choice(["csv", "parquet"]),
    default=None,
    help="Parquet is exact; CSV is for spreadsheets.  [default: by FILE's ending]",
)
@click.option(
    "--raw-csv", is_flag=True, help="CSV with the exact text, also where a spreadsheet would run it as a formula."
)
@click.option("-o", "--output", default="-", metavar="FILE", help="Write to FILE instead of stdout.")
def command(
    table: str, path: str, format_: str | None, raw_csv: bool, output: str, quiet: bool, **flags: object
) -> None:
    """Write TABLE of the history at PATH. People stand as keyed hashes, never by name.

    \b
    Examples:
      aishare dump commits > commits.csv
      aishare dump units ../app --format parquet --output units.parquet
    """
    if table in absent.TABLES:
        raise absent.refuse(f"The table {table}")
    from analyzer.pipeline import dump_commits
    from analyzer.reading import read

    repository, settings = options.opened(path, flags)
    with options.progress(quiet=quiet) as hear:
        history = read(repository, settings, hear)
    frame = {"evidence": history.evidence, "units": history.units}.get(table)
    chosen = format_ or ("parquet" if output.endswith(".parquet") else "csv")
    options.write(_encoded(dump_commits(history) if frame is None else frame, chosen, raw_csv=raw_csv), output)


def _encoded(frame: pd.DataFrame, format_: str | None, *, raw_csv: bool) -> bytes:
    from analyzer.export import csv_bytes, parquet_bytes

    return parquet_bytes(frame) if format_ == "parquet" else csv_bytes(frame, exact=raw_csv)
