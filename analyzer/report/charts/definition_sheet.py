"""Chart of every definition of the AI share: marked share, estimate, and upper bound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer.report.charts.figure import Datum, Figure, FigureContent, not_drawn
from analyzer.report.charts.theme import BLUE, GREY, ORANGE, WIDTH, inline_data
from analyzer.report.format import percent
from analyzer.report.sections.shares import definition_table

if TYPE_CHECKING:
    from analyzer.report.contract import AnalysisResult


def _content(result: AnalysisResult) -> FigureContent:
    computed = [d for d in result.share.definitions if d.n]
    if not computed:
        return not_drawn("No definition has anything to count.")
    rows: list[Datum] = [
        {
            "title": d.title,
            "floor": d.marked,
            "ceiling": d.at_most,
            "low": None if d.estimate is None else d.estimate.low,
            "high": None if d.estimate is None else d.estimate.high,
        }
        for d in computed
    ]
    spread = result.share.spread
    span = f"from {percent(spread.low)} to {percent(spread.high)}, each true"
    alt = f"Marked share by definition, {span if spread.low != spread.high else percent(spread.low)}."
    if any(d.recorded_only for d in computed):
        alt += " Shares of recorded work alone (by line notes, by checkpoints) stand in no span."
    return FigureContent(alt, definition_table(computed), {"definitions": rows})


def _draw(layers: dict[str, list[Datum]]) -> Any:
    import altair as alt

    chart = alt.Chart(inline_data(layers["definitions"]))
    y = alt.Y("title:N", sort=None, title=None)
    scale = alt.Scale(domain=[0, 1])
    x: dict[str, Any] = {
        "scale": scale,
        "axis": alt.Axis(format=".0%", values=[0, 0.25, 0.5, 0.75, 1], title="marked (blue) … at most (end of grey)"),
    }
    unknown = chart.mark_bar(color=GREY, opacity=0.2, height=12).encode(alt.X("floor:Q", **x), alt.X2("ceiling:Q"), y)
    declared = chart.mark_bar(color=BLUE, opacity=0.9, height=12).encode(alt.X("floor:Q", **x), y)
    estimate = chart.mark_rule(color=ORANGE, strokeWidth=4).encode(alt.X("low:Q", **x), alt.X2("high:Q"), y)
    return (unknown + declared + estimate).properties(width=WIDTH - 140, height={"step": 24})


DEFINITION_SHEET = Figure(
    "definition_sheet",
    "One repository, many true shares",
    "A bar for each definition: blue is marked, grey is unmarked and not provably older than AI assistants; an "
    "orange line is an estimate's interval.",
    "Definitions are shares of different things; none is the right one.",
    _content,
    _draw,
)
