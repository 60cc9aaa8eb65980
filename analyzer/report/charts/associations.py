"""Chart of the verdicts' estimates as ratios, with the smallest effect that this history could have detected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer.report.charts.figure import Datum, Figure, FigureContent, not_drawn
from analyzer.report.charts.theme import BLUE, GREY, INK, LINE, WIDTH, inline_data
from analyzer.report.format import many
from analyzer.report.sections.estimates import association_table, ratio_estimates

if TYPE_CHECKING:
    from analyzer.report.contract import AnalysisResult

# Ratios outside this range are drawn at its end; the table has their values.
_MIN_RATIO, _MAX_RATIO = 0.1, 10.0


def _content(result: AnalysisResult) -> FigureContent:
    estimates = [f for verdict in result.verdicts for f in ratio_estimates(verdict)]
    if not estimates:
        reasons = " ".join(dict.fromkeys(v.sentence for v in result.verdicts if not v.answers))
        return not_drawn(f"No figure could be estimated. {reasons}")
    rows: list[Datum] = [
        {
            "name": f.name,
            "value": clamp_ratio(f.ratio),
            "low": clamp_ratio(f.low),
            "high": clamp_ratio(f.high),
            "least": None if f.smallest is None else 1.0,
            "most": None if f.smallest is None else clamp_ratio(f.smallest),
            "graded": f.graded,
        }
        for f in estimates
    ]
    graded = "; ".join(f.text for f in estimates if f.graded) or "none"
    alt = f"{many(len(estimates), 'figure')} as ratios with 95 % intervals. Graded: {graded}."
    return FigureContent(alt, association_table(estimates), {"figures": rows})


def clamp_ratio(ratio: float | None) -> float:
    """Return a ratio, or the nearest end of the scale if it is outside; None is above all ratios."""
    return _MAX_RATIO if ratio is None else min(max(ratio, _MIN_RATIO), _MAX_RATIO)


def ratio_scale(title: str) -> dict[str, Any]:
    """Return scale and axis of an encoding for ratios around ×1."""
    import altair as alt

    ticks = [_MIN_RATIO, 0.2, 0.5, 1, 2, 5, _MAX_RATIO]
    axis = alt.Axis(values=ticks, labelExpr="'×' + format(datum.value, '~g')", title=title)
    return {"scale": alt.Scale(type="log", domain=[_MIN_RATIO, _MAX_RATIO]), "axis": axis}


def _draw(layers: dict[str, list[Datum]]) -> Any:
    import altair as alt

    chart = alt.Chart(inline_data(layers["figures"]))
    x = ratio_scale("with +50 points of share, or marked against other changes")
    y = alt.Y("name:N", sort=None, title=None)
    color = alt.condition("datum.graded", alt.value(BLUE), alt.value(GREY))
    undetectable = chart.mark_bar(color=LINE, opacity=0.6, height=14).encode(alt.X("least:Q", **x), alt.X2("most:Q"), y)
    intervals = chart.mark_rule(strokeWidth=2).encode(alt.X("low:Q", **x), alt.X2("high:Q"), y, color=color)
    points = chart.mark_point(filled=True, size=70, opacity=1).encode(alt.X("value:Q", **x), y, color=color)
    no_link = alt.Chart(inline_data([{"one": 1.0}])).mark_rule(color=INK, strokeDash=[2, 2]).encode(alt.X("one:Q", **x))
    return (undetectable + no_link + intervals + points).properties(width=WIDTH - 160, height={"step": 30})


ASSOCIATIONS = Figure(
    "associations",
    "What the share goes with, and what could have been seen",
    "Points are estimates, lines their 95 % intervals, on a scale of ratios; ×1 is no link. The grey band "
    "ends at the smallest increase that this history shows four times in five; smaller ones it misses more often. What "
    "was found is told by the interval alone. Grey points grade nothing.",
    '"Goes with", not "causes". What is beyond the ends of the scale is drawn at its end.',
    _content,
    _draw,
)
