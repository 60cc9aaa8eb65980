"""`aishare infer`: estimate and grade an association from a panel that the user supplies."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import click

from analyzer.cli import console, options
from analyzer.cli.renamed import RenamedOption
from analyzer.errors import UsageError

if TYPE_CHECKING:
    from analyzer.custom_panel.table import Columns


@click.command("infer", short_help="The inference alone, on a panel you bring (CSV or Parquet).")
@click.argument("panel", help="CSV or Parquet file, one row per unit and period; - reads standard input.")
@click.option("--unit", metavar="COL", help="Column that names the unit (a person, a team).")
@click.option("--period", metavar="COL", help="Column that orders the periods; consecutive ones.")
@click.option(
    "--treatment",
    cls=RenamedOption,
    old=["--exposure"],
    metavar="COL",
    help="AI share of the period itself, 0 to 1; needed without --event.",
)
@click.option("--outcome", metavar="COL", help="A count, such as merged changes, or an amount; a+b is a sum.")
@click.option(
    "--treatment-n",
    cls=RenamedOption,
    old=["--exposure-n"],
    metavar="COL",
    help="Number of changes behind each share, for the estimate of AI use; may be the outcome's column.",
)
@click.option("--event", metavar="COL", help="Period of adoption, empty for never: adds an event study.")
@click.option("--controls", default="", metavar="COL,…", help="Covariates; rows without one are left out, and counted.")
@click.option("--log", "logged", default="", metavar="COL,…", help="Controls that enter as log(1 + x).")
@click.option("--cluster", metavar="COL", help="Repository or team of a unit: one pooled estimate over all of them.")
@click.option("--where", metavar="EXPR", help="Keep these rows: \"stars >= 10 and adopted != ''\".")
@click.option("--all-rows", is_flag=True, help="Also use rows with 0 in the column eligible, where there is one.")
@click.option("--count", is_flag=True, help="The outcome is a count: PPML; else least squares of log(1 + outcome).")
@click.option(
    "--lag", type=click.IntRange(0, 12), default=1, show_default=True, help="Periods between share and outcome."
)
@click.option(
    "--permutations",
    cls=RenamedOption,
    old=["--swaps"],
    type=click.IntRange(99, 99_999),
    default=9_999,
    show_default=True,
    help="Permutations of people's shares.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the random draws.")
@click.option("--json", "as_json", is_flag=True, help="The same for scripts.")
@click.option("-o", "--output", default="-", metavar="FILE", help="Write to FILE instead of stdout.")
@options.VERBOSE
def command(
    panel: str,
    unit: str | None,
    period: str | None,
    treatment: str | None,
    outcome: str | None,
    treatment_n: str | None,
    event: str | None,
    controls: str,
    logged: str,
    cluster: str | None,
    where: str | None,
    all_rows: bool,
    count: bool,
    lag: int,
    permutations: int,
    seed: int,
    as_json: bool,
    output: str,
) -> None:
    """Estimate the association of a recorded share with an outcome: figure, interval, permutation p, placebos, grade.

    A table of `aishare dump panel` needs no options and gives the throughput figure of `aishare analyze`. Any other
    panel needs --unit, --period, --outcome and --treatment or --event. Where there is a column eligible, only rows with
    1 in it are used. --event adds an event study against not-yet- and never-adopters.

    \b
    Examples:
      aishare dump panel --people-ok -o panel.csv && aishare infer panel.csv
      aishare infer p.csv --unit person --period block --treatment share --outcome merged --treatment-n merged --count
      aishare infer p.csv --unit team --period month --treatment share --outcome hours
      aishare infer repos.csv --unit repo --period month --event adopted --outcome commits --controls age,stars
    """
    from analyzer.custom_panel import estimate_panel
    from analyzer.custom_panel.render import render

    names = _ColumnNames(unit, period, outcome, treatment, treatment_n)
    any_named = any(name is not None for name in names)
    columns = _columns(names, event, cluster, _split_names(controls), _split_names(logged))
    answer = estimate_panel(
        panel,
        columns,
        count=count or not any_named,
        lag=lag,
        permutations=permutations,
        seed=seed,
        where=where,
        all_rows=all_rows,
        columns_named=any_named,
    )
    console.write(render(answer, as_json=as_json or output.endswith(".json")), output)


class _ColumnNames(NamedTuple):
    """Columns as the options name them; all None = those of `aishare dump panel`."""

    unit: str | None
    period: str | None
    outcome: str | None
    treatment: str | None
    size: str | None


def _columns(
    names: _ColumnNames, event: str | None, cluster: str | None, controls: tuple[str, ...], logged: tuple[str, ...]
) -> Columns:
    """Return the columns; raise `UsageError("bad-panel")` if some are named and a necessary one is not."""
    from analyzer.custom_panel.dumped_panel import DUMP_COLUMNS as DUMPED
    from analyzer.custom_panel.table import Columns

    if all(name is None for name in names):
        names = _ColumnNames(DUMPED.unit, DUMPED.period, DUMPED.outcome, DUMPED.treatment, DUMPED.size)
    if names.unit is None or names.period is None or names.outcome is None:
        missing = next(name for name in ("unit", "period", "outcome") if getattr(names, name) is None)
        raise UsageError("bad-panel", f"--{missing} is missing.", "Name --unit, --period and --outcome, or no column.")
    if names.treatment is None and event is None:
        raise UsageError(
            "bad-panel", "There is nothing to relate.", "Name the share with --treatment, the adoption with --event."
        )
    return Columns(
        names.unit, names.period, names.outcome, names.treatment, names.size, event, cluster, controls, logged
    )


def _split_names(text: str) -> tuple[str, ...]:
    """Return the names of a comma-separated list, each once."""
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
