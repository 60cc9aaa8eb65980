"""`aishare infer`: the inference alone, on a panel the user brings."""

from __future__ import annotations

import click

from analyzer.cli import options


@click.command("infer", short_help="The inference alone, on a panel you bring (CSV or Parquet).")
@click.argument("panel", help="CSV or Parquet file, one row a unit and period.")
@click.option("--unit", required=True, metavar="COL", help="Column that names the unit (a person, a team).")
@click.option("--period", required=True, metavar="COL", help="Column that orders the periods; consecutive ones.")
@click.option("--exposure", required=True, metavar="COL", help="Share of the period itself, 0 to 1.")
@click.option(
    "--outcome", required=True, metavar="COL", help="What to explain: a count, such as merged changes, or an amount."
)
@click.option("--exposure-n", metavar="COL", help="Units behind each share; without it there is no use figure.")
@click.option("--count", is_flag=True, help="The outcome is a count: PPML; else least squares of log(1 + outcome).")
@click.option(
    "--lag", type=click.IntRange(0, 12), default=1, show_default=True, help="Periods between share and outcome."
)
@click.option("--swaps", type=click.IntRange(99, 99_999), default=9_999, show_default=True, help="Author swaps drawn.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the random draws.")
@click.option("--json", "as_json", is_flag=True, help="The same for scripts.")
@click.option("-o", "--output", default="-", metavar="FILE", help="Write to FILE instead of stdout.")
@options.VERBOSE
def command(
    panel: str,
    unit: str,
    period: str,
    exposure: str,
    outcome: str,
    exposure_n: str | None,
    count: bool,
    lag: int,
    swaps: int,
    seed: int,
    as_json: bool,
    output: str,
) -> None:
    """Estimate what a recorded share goes with on a PANEL: figure, interval, swap p, placebo, grade.

    All units enter: choosing them is yours. Rows are the unit's observed periods.

    \b
    Examples:
      aishare infer panel.csv --unit person --period block --exposure share --outcome units --count
      aishare infer panel.csv --unit team --period month --exposure share --outcome hours
      aishare infer p.parquet --unit team --period month --exposure ai --exposure-n n --outcome merged --count
    """
    from analyzer.infer import Columns, inferred, rendered

    columns = Columns(unit, period, exposure, outcome, exposure_n)
    answer = inferred(panel, columns, count=count, lag=lag, swaps=swaps, seed=seed)
    options.write(rendered(answer, as_json=as_json or output.endswith(".json")), output)
