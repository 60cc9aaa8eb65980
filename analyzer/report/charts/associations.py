"""The verdicts' figures on one scale of ratios, with what this history could have shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer.report.charts.figure import Datum, Figure, Shown, absent
from analyzer.report.charts.theme import BLUE, GREY, INK, LINE, WIDTH, data
from analyzer.report.format import many
from analyzer.report.sections.estimates import association_table, figures

if TYPE_CHECKING:
    from analyzer.report.contract import Result

# Ratios beyond these ends are drawn at the end; the table has them.
_LEAST, _MOST = 0.1, 10.0


def _shown(result: Result) -> Shown:
    found = [f for verdict in result.verdicts for f in figures(verdict)]
    if not found:
        reasons = " ".join(dict.fromkeys(v.sentence for v in result.verdicts))
        return absent(f"No figure could be estimated. {reasons}")
    rows: list[Datum] = [
        {
            "name": f.name,
            "value": inside(f.ratio),
            "low": inside(f.low),
            "high": inside(f.high),
            "least": None if f.smallest is None else 1.0,
            "most": None if f.smallest is None else inside(f.smallest),
            "graded": f.graded,
        }
        for f in found
    ]
    told = "; ".join(f.told for f in found if f.graded) or "none"
    alt = f"{many(len(found), 'figure')} as ratios with 95 % intervals. Graded: {told}."
    return Shown(alt, association_table(found), {"figures": rows})


def inside(ratio: float | None) -> float:
    """A ratio, or the end of the scale beyond which it lies."""
    return _MOST if ratio is None else min(max(ratio, _LEAST), _MOST)


def multiples(title: str) -> dict[str, Any]:
    """Scale and axis of ratios around ×1."""
    import altair as alt

    ticks = [_LEAST, 0.2, 0.5, 1, 2, 5, _MOST]
    axis = alt.Axis(values=ticks, labelExpr="'×' + format(datum.value, '~g')", title=title)
    return {"scale": alt.Scale(type="log", domain=[_LEAST, _MOST]), "axis": axis}


def _draw(layers: dict[str, list[Datum]]) -> Any:
    import altair as alt

    chart = alt.Chart(data(layers["figures"]))
    x = multiples("with +50 points of share, or marked against other changes")
    y = alt.Y("name:N", sort=None, title=None)
    color = alt.condition("datum.graded", alt.value(BLUE), alt.value(GREY))
    could = chart.mark_bar(color=LINE, opacity=0.6, height=14).encode(alt.X("least:Q", **x), alt.X2("most:Q"), y)
    reach = chart.mark_rule(strokeWidth=2).encode(alt.X("low:Q", **x), alt.X2("high:Q"), y, color=color)
    point = chart.mark_point(filled=True, size=70, opacity=1).encode(alt.X("value:Q", **x), y, color=color)
    one = alt.Chart(data([{"one": 1.0}])).mark_rule(color=INK, strokeDash=[2, 2]).encode(alt.X("one:Q", **x))
    return (could + one + reach + point).properties(width=WIDTH - 160, height={"step": 30})


ASSOCIATIONS = Figure(
    "associations",
    "What the share goes with, and what could have been seen",
    "Points are estimates, lines their 95 % intervals, on a scale of ratios; ×1 is no link. The grey band "
    "ends at the smallest increase that this history shows four times in five; smaller ones it misses more often. What "
    "was found is told by the interval alone. Grey points grade nothing.",
    '"Goes with", not "causes". What is beyond the ends of the scale is drawn at its end.',
    _shown,
    _draw,
)
