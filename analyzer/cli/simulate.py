"""`aishare simulate`: write a git repository whose AI use is known, to check this or any other tool."""

from __future__ import annotations

import json

import click

from analyzer.cli import options

_SHARE = click.FloatRange(0, 1)


@click.command("simulate", short_help="Write a git repository with planted truth.")
@click.argument("folder", metavar="DIR", help="A folder that does not exist yet, or an empty one.")
@click.option("--people", type=click.IntRange(1, 200), default=12, show_default=True, help="People who land changes.")
@click.option("--months", type=click.IntRange(1, 60), default=12, show_default=True, help="Length of the history.")
@click.option("--share", type=_SHARE, default=0.4, show_default=True, help="Mean share of changes made with AI.")
@click.option("--disclosure", type=_SHARE, default=0.9, show_default=True, help="Share of AI changes that say so.")
@click.option(
    "--effect",
    type=click.FloatRange(-0.8, 3),
    default=0.0,
    show_default=True,
    help="Relative change of output per +50 points of share.",
)
@click.option(
    "--acts",
    type=click.Choice(["recorded", "use"]),
    default="recorded",
    show_default=True,
    help="What output follows: the share recorded four weeks earlier, or use itself.",
)
@click.option("--reverts", type=_SHARE, default=0.04, show_default=True, help="Share of changes taken back.")
@click.option(
    "--ratio",
    type=click.FloatRange(0, 20),
    default=1.0,
    show_default=True,
    help="Risk of AI changes to that of others.",
)
@click.option(
    "--landing",
    type=click.Choice(["mixed", "merge", "squash", "rebase", "direct"]),
    default="mixed",
    show_default=True,
    help="How changes come in.",
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Seed of the random draws.")
@options.VERBOSE
def command(folder: str, **planted: object) -> None:
    """Write a repository to DIR whose truth is known: AI use, marks, effect on output, reverts.

    The truth of every change stands in DIR/.git/aishare-truth.json; its totals are printed as JSON. About five
    changes a person and four weeks; AI changes are longer, which is no effect.

    \b
    Examples:
      aishare simulate /tmp/none && aishare analyze /tmp/none
      aishare simulate /tmp/half --people 25 --months 24 --effect 0.5 --disclosure 0.5
    """
    from analyzer.simulation.project_plan import Plan
    from analyzer.simulation.repository import write_repository

    truth = write_repository(Plan(**planted), folder)  # type: ignore[arg-type]  # click checked each of them
    click.echo(json.dumps({name: value for name, value in truth.items() if name != "each"}, indent=2))
