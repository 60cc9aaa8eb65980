"""`aishare infer`: estimate and grade an association from a panel that the user supplies."""

from __future__ import annotations

import click

from analyzer.cli import console, options
from analyzer.cli.renamed import RenamedOption
from analyzer.errors import UsageError


@click.command("infer", short_help="The inference alone, on a panel you bring (CSV or Parquet).")
@click.argument("panel", help="CSV or Parquet file, one row per unit and period.")
@click.option("--unit", required=True, metavar="COL", help="Column that names the unit (a person, a team).")
@click.option("--period", required=True, metavar="COL", help="Column that orders the periods; consecutive ones.")
@click.option(
    "--treatment",
    cls=RenamedOption,
    old=["--exposure"],
    metavar="COL",
    help="AI share of the period itself, 0 to 1; needed without --event.",
)
@click.option(
    "--outcome", required=True, metavar="COL", help="A count, such as merged changes, or an amount; a+b is a sum."
)
@click.option(
    "--treatment-n",
    cls=RenamedOption,
    old=["--exposure-n"],
    metavar="COL",
    help="Number of changes behind each share; needed for the estimate of AI use.",
)
@click.option("--event", metavar="COL", help="Period of adoption, empty for never: adds an event study.")
@click.option("--controls", default="", metavar="COL,…", help="Covariates; rows without one are left out, and counted.")
@click.option("--log", "logged", default="", metavar="COL,…", help="Controls that enter as log(1 + x).")
@click.option("--cluster", metavar="COL", help="Repository or team of a unit: one pooled estimate over all of them.")
@click.option("--where", metavar="EXPR", help="Keep these rows: \"stars >= 10 and adopted != ''\".")
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
    unit: str,
    period: str,
    treatment: str | None,
    outcome: str,
    treatment_n: str | None,
    event: str | None,
    controls: str,
    logged: str,
    cluster: str | None,
    where: str | None,
    count: bool,
    lag: int,
    permutations: int,
    seed: int,
    as_json: bool,
    output: str,
) -> None:
    """Estimate the association of a recorded share with an outcome: figure, interval, permutation p, placebos, grade.

    All rows are used; filter first with --where. --event adds an event study against not-yet- and never-adopters.

    \b
    Examples:
      aishare infer panel.csv --unit person --period block --treatment share --outcome merged --count
      aishare infer panel.csv --unit team --period month --treatment share --outcome hours
      aishare infer p.parquet --unit team --period month --treatment ai --treatment-n n --outcome merged --count
      aishare infer repos.csv --unit repo --period month --event adopted --outcome commits --controls age,stars
    """
    from analyzer.custom_panel import estimate_panel
    from analyzer.custom_panel.render import render
    from analyzer.custom_panel.table import Columns

    if treatment is None and event is None:
        raise UsageError(
            "bad-panel", "There is nothing to relate.", "Name the share with --treatment, the adoption with --event."
        )
    columns = Columns(
        unit, period, outcome, treatment, treatment_n, event, cluster, _split_names(controls), _split_names(logged)
    )
    answer = estimate_panel(panel, columns, count=count, lag=lag, permutations=permutations, seed=seed, where=where)
    console.write(render(answer, as_json=as_json or output.endswith(".json")), output)


def _split_names(text: str) -> tuple[str, ...]:
    """Return the names of a comma-separated list, each once."""
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
