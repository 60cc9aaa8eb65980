"""Tests of gaming on one scale: how far each is from what would make it a flag."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer.report.charts.figure import Datum, Figure, Shown, absent
from analyzer.report.charts.theme import BLUE, INK, VERMILION, WIDTH, data
from analyzer.report.format import many
from analyzer.report.sections.gaming import gaming_table

if TYPE_CHECKING:
    from analyzer.report.contract import Result
    from analyzer.report.contract_verdicts import GoodhartFlag

_STATES = ("flag", "no flag")
_MOST = 4.0


def _shown(result: Result) -> Shown:
    found = result.goodhart
    if found is None:
        return absent("Fewer than six people could be compared, so no test of gaming ran.")
    ran = [f for f in found.flags if f.fired is not None and f.value is not None]
    if not ran:
        return Shown("", gaming_table(found), absent="None of the tests could be run.")
    fired = [f.title for f in ran if f.fired]
    alt = f"{many(len(ran), 'test')} ran of {len(found.flags)}; flags: {', '.join(fired) or 'none'}."
    return Shown(alt, gaming_table(found), {"flags": [_datum(f) for f in ran]})


def _datum(flag: GoodhartFlag) -> Datum:
    """Value and interval in units of the floor, cut where the picture ends."""
    parts = (flag.value, flag.low, flag.high)
    value, low, high = (max(-_MOST, min(_MOST, (part or 0.0) / flag.floor)) for part in parts)
    return {"title": flag.title, "value": value, "low": low, "high": high, "state": _STATES[not flag.fired]}


def _draw(layers: dict[str, list[Datum]]) -> Any:
    import altair as alt

    chart = alt.Chart(data(layers["flags"]))
    x: dict[str, Any] = {
        "scale": alt.Scale(domain=[-_MOST, _MOST]),
        "axis": alt.Axis(title="value ÷ the least that makes a flag"),
    }
    y = alt.Y("title:N", sort=None, title=None)
    color = alt.Color("state:N", scale=alt.Scale(domain=list(_STATES), range=[VERMILION, BLUE]))
    reach = chart.mark_rule(strokeWidth=2).encode(alt.X("low:Q", **x), alt.X2("high:Q"), y, color=color)
    shape = alt.Shape("state:N", scale=alt.Scale(domain=list(_STATES), range=["triangle-up", "circle"]))
    point = chart.mark_point(filled=True, size=60, opacity=1).encode(alt.X("value:Q", **x), y, color=color, shape=shape)
    floor = alt.Chart(data([{"floor": 1}])).mark_rule(color=INK, strokeDash=[2, 2]).encode(alt.X("floor:Q", **x))
    return (floor + reach + point).properties(width=WIDTH - 200, height={"step": 26})


GAMING = Figure(
    "gaming",
    "Tests of gaming",
    "Each test's value in units of the least that makes a flag (dashed line at 1), with its interval. Red triangles "
    "are flags: beyond that line, and q below 0.05 over all that ran.",
    '"Consistent with", never "is": each has other explanations, named in the table. Ends beyond ±4 are cut.',
    _shown,
    _draw,
)
