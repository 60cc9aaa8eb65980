"""Chart of the survival of marked and other lines (Kaplan-Meier), at the ages of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer.report.charts.figure import Datum, Figure, FigureContent, not_drawn
from analyzer.report.charts.theme import BLUE, VERMILION, WIDTH, inline_data
from analyzer.report.format import percent
from analyzer.report.sections.outcomes import survival_table

if TYPE_CHECKING:
    from analyzer.inference.results import Survival
    from analyzer.report.contract import AnalysisResult

_NAMES = {"marked": "marked AI", "unmarked": "the rest"}
_YEAR = 365


def _content(result: AnalysisResult) -> FigureContent:
    curves = [c for c in result.survival or [] if c.lines and any(a.alive is not None for a in c.ages)]
    if not curves:
        return not_drawn("This clone or range has no lines to follow.")
    rows = [datum for curve in curves for datum in _points(curve)]
    rates = "; ".join(f"{_NAMES[c.label]}: {_at_a_year(c)}" for c in curves)
    return FigureContent(
        f"Part of lines alive by age. After a year, {rates}.", survival_table(result.survival), {"ages": rows}
    )


def _points(curve: Survival) -> list[Datum]:
    birth: Datum = {"days": 0, "alive": 1.0, "low": 1.0, "high": 1.0, "side": _NAMES[curve.label]}
    estimated = [a for a in curve.ages if a.alive is not None]
    return [
        birth,
        *({"days": a.days, "alive": a.alive, "low": a.low, "high": a.high, "side": birth["side"]} for a in estimated),
    ]


def _at_a_year(curve: Survival) -> str:
    year = next((a for a in curve.ages if a.days == _YEAR), None)
    return percent(None if year is None else year.alive)


def _draw(layers: dict[str, list[Datum]]) -> Any:
    import altair as alt

    sides = ["marked AI", "the rest"]
    axis = alt.Axis(title="days since written", values=[0, 30, 90, 180, 365, 730], grid=False)
    oldest = max(int(row["days"] or 0) for row in layers["ages"])
    chart = alt.Chart(inline_data(layers["ages"])).encode(
        alt.X("days:Q", axis=axis, scale=alt.Scale(domain=[0, oldest], nice=False)),
        color=alt.Color("side:N", scale=alt.Scale(domain=sides, range=[VERMILION, BLUE])),
    )
    y: dict[str, Any] = {"scale": alt.Scale(domain=[0, 1]), "axis": alt.Axis(format=".0%", title="lines alive")}
    band = chart.mark_area(opacity=0.18).encode(alt.Y("low:Q", **y), alt.Y2("high:Q"))
    dash = alt.StrokeDash("side:N", scale=alt.Scale(domain=sides, range=[[1, 0], [5, 3]]))
    line = chart.mark_line(strokeWidth=2).encode(alt.Y("alive:Q", **y), strokeDash=dash)
    dots = chart.mark_point(filled=True, size=28, opacity=1).encode(alt.Y("alive:Q", **y))
    return (band + line + dots).properties(width=WIDTH, height=190)


SURVIVAL = Figure(
    "survival",
    "How long lines live",
    "The part of lines still alive at an age (Kaplan and Meier), with 95 % intervals over people. Red is marked as AI, "
    "blue and dashed is the rest; between the dots lines are straight.",
    "Not matched: marked lines are younger and by other people, so the two curves are no comparison.",
    _content,
    _draw,
)
