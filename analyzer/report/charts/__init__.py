"""Registry of figures. A new figure is one module here and one line in a tuple. Only this package uses Altair.

`FIGURES` belong to the report of one repository, `FLEET_FIGURES` to the pages of many repositories.
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
    from analyzer.report.contract import AnalysisResult

T = TypeVar("T")
FIGURES: tuple[Figure[AnalysisResult], ...] = (
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


def chart(id_: str, result: AnalysisResult) -> Chart:
    """Return the block of one figure in the report of a repository."""
    return build_chart(_OF_RESULTS[id_], result)


def build_chart(figure: Figure[T], subject: T) -> Chart:
    """Return the block of a figure: its texts, its table, and the rows to draw."""
    content = figure.content(subject)
    text = f"Not drawn here. {content.reason}" if content.reason else content.alt
    return Chart(
        figure.id,
        figure.title,
        text,
        figure.reads,
        figure.limits,
        content.table,
        None if content.reason else content.layers,
    )


def chart_svg(block: Chart) -> str:
    """Return the picture of a block as inline SVG; "" if nothing is drawn."""
    return "" if block.data is None else svg(_BY_ID[block.id].draw(block.data))
