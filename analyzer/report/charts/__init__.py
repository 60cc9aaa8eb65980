"""Figures of the pages. A new one is one file here and one line in a tuple; the only place that knows Altair.

`FIGURES` are of a repository's report, `FLEET_FIGURES` of many repositories.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from analyzer.report.blocks import Chart
from analyzer.report.charts.associations import ASSOCIATIONS
from analyzer.report.charts.definition_sheet import DEFINITION_SHEET
from analyzer.report.charts.disclosure import DISCLOSURE
from analyzer.report.charts.fleet_share import FLEET_SHARE
from analyzer.report.charts.forest import REPOSITORIES, TEAMS
from analyzer.report.charts.gaming import GAMING
from analyzer.report.charts.outcomes import OUTCOMES
from analyzer.report.charts.placebos import PLACEBOS
from analyzer.report.charts.power import POWER
from analyzer.report.charts.share_over_time import SHARE_OVER_TIME
from analyzer.report.charts.specification_curve import CURVE
from analyzer.report.charts.survival import SURVIVAL
from analyzer.report.charts.theme import svg
from analyzer.report.charts.trends import TRENDS

if TYPE_CHECKING:
    from analyzer.report.charts.figure import Figure
    from analyzer.report.contract import Result

T = TypeVar("T")
FIGURES: tuple[Figure[Result], ...] = (
    SHARE_OVER_TIME,
    DEFINITION_SHEET,
    ASSOCIATIONS,
    OUTCOMES,
    TRENDS,
    SURVIVAL,
    CURVE,
    PLACEBOS,
    POWER,
    DISCLOSURE,
    GAMING,
)
FLEET_FIGURES: tuple[Figure[Any], ...] = (FLEET_SHARE, REPOSITORIES, TEAMS)
_OF_RESULTS = {figure.id: figure for figure in FIGURES}
_BY_ID: dict[str, Figure[Any]] = {figure.id: figure for figure in (*FIGURES, *FLEET_FIGURES)}


def chart(id_: str, result: Result) -> Chart:
    """The block of one figure of a repository's report."""
    return build_chart(_OF_RESULTS[id_], result)


def build_chart(figure: Figure[T], subject: T) -> Chart:
    """The block of a figure: its words, its table, and the rows to draw."""
    content = figure.show(subject)
    text = f"Not drawn here. {content.absent}" if content.absent else content.alt
    return Chart(
        figure.id, figure.title, text, figure.reads, figure.limits, content.table, None if content.absent else content.data
    )


def chart_svg(block: Chart) -> str:
    """The block's picture as inline SVG; empty where nothing is drawn."""
    return "" if block.data is None else svg(_BY_ID[block.id].draw(block.data))
