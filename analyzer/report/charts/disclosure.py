"""Chart of the marked share of commits, its lasting changes, and the recall of marks where records know it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer.report.charts.figure import Datum, Figure, FigureContent, not_drawn
from analyzer.report.charts.share_over_time import extend_last_period, first_day
from analyzer.report.charts.theme import BLUE, ORANGE, VERMILION, WIDTH, day_axis, inline_data
from analyzer.report.format import many, percent, spaced
from analyzer.report.sections.disclosure import recall_table

if TYPE_CHECKING:
    from analyzer.report.contract import AnalysisResult

_COMMITS, _BEFORE = "commits", 12


def _content(result: AnalysisResult) -> FigureContent:
    disclosure = result.marking
    periods = [p for p in result.share.by_period if p.definition == _COMMITS and p.marked is not None]
    first = next((n for n, p in enumerate(periods) if p.marked), None)
    if first is None or len(periods) - first < 2:
        return not_drawn("Fewer than two periods hold a marked commit.")
    recent = periods[max(0, first - _BEFORE) :]
    rows = extend_last_period([{"day": first_day(p.period), "floor": p.marked} for p in recent])
    marks: list[Datum] = [
        {"day": f"{c.period}-01", "kind": spaced(c.kind), "before": c.before, "after": c.after, "row": n % 3}
        for n, c in enumerate(disclosure.changes)
    ]
    recall: list[Datum] = [
        {"day": f"{p.period}-01", "recall": p.recall, "low": p.low, "high": p.high}
        for p in disclosure.recall_by_period or []
        if p.recall is not None
    ]
    change_texts = "; ".join(
        f"{c.period} {percent(c.before)} to {percent(c.after)}, {spaced(c.kind)}" for c in disclosure.changes
    )
    alt = f"{many(len(marks), 'change')} of what is marked" + (f": {change_texts}" if change_texts else "")
    alt += f"; what marks find is known in {many(len(recall), 'month')}."
    return FigureContent(alt, recall_table(disclosure), {"periods": rows, "changes": marks, "recall": recall})


def _draw(layers: dict[str, list[Datum]]) -> Any:
    import altair as alt

    x = day_axis(format="%Y-%m", labelOverlap=True)
    y: dict[str, Any] = {"scale": alt.Scale(domain=[0, 1]), "axis": alt.Axis(format=".0%", title="of commits")}
    periods = alt.Chart(inline_data(layers["periods"]))
    chart = periods.mark_line(color=BLUE, strokeWidth=2, interpolate="step-after").encode(x, alt.Y("floor:Q", **y))
    recall = alt.Chart(inline_data(layers["recall"])) if layers["recall"] else None
    if recall is not None:
        intervals = recall.mark_rule(color=VERMILION).encode(x, alt.Y("low:Q", **y), alt.Y2("high:Q"))
        points = recall.mark_point(color=VERMILION, shape="diamond", filled=True, size=60, opacity=1)
        chart = chart + intervals + points.encode(x, alt.Y("recall:Q", **y))
    if layers["changes"]:
        marks = alt.Chart(inline_data(layers["changes"]))
        level = alt.Y("row:O", axis=None, scale=alt.Scale(domain=list(range(9))))
        rule = marks.mark_rule(color=ORANGE, strokeWidth=1.5).encode(x)
        name = marks.mark_text(align="left", dx=4, fontSize=11).encode(x, level, text="kind:N")
        chart = alt.layer(chart, rule, name).resolve_scale(y="independent")
    return chart.properties(width=WIDTH, height=180)


DISCLOSURE = Figure(
    "disclosure",
    "Is it use that changed, or marking?",
    "Blue is the marked part of commits. An orange line is a month from which it changed for good, and what the "
    "change was held to be. A red diamond is what part of AI commits the marks found, where line-level records say so.",
    "Without such records, or squashes, defaults and sizes that tell, a change is open: use and marking look alike.",
    _content,
    _draw,
)
