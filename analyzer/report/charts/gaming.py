"""Chart of the tests of gaming, each in units of the smallest value that counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer.report.charts.figure import Datum, Figure, FigureContent, not_drawn
from analyzer.report.charts.theme import BLUE, INK, ORANGE, VERMILION, WIDTH, inline_data
from analyzer.report.format import many
from analyzer.report.sections.gaming import gaming_table, result_word

if TYPE_CHECKING:
    from analyzer.inference.results import GoodhartFlag
    from analyzer.report.contract import AnalysisResult

_STATES = ("flag", "divergence", "nothing")
_MAX_FLOORS = 4.0


def _content(result: AnalysisResult) -> FigureContent:
    tests = result.gaming
    if tests is None:
        return not_drawn("Fewer than six people could be compared, so no test of gaming ran.")
    run_flags = [f for f in tests.flags if f.flagged is not None and f.value is not None]
    if not run_flags:
        return FigureContent("", gaming_table(tests), reason="None of the tests could be run.")
    fired = [f.title for f in run_flags if result_word(f) != "nothing"]
    name = "flags" if tests.label == "goodhart" else "divergences"
    alt = f"{many(len(run_flags), 'test')} ran of {len(tests.flags)}; {name}: {', '.join(fired) or 'none'}."
    return FigureContent(alt, gaming_table(tests), {"flags": [_datum(f) for f in run_flags]})


def _datum(flag: GoodhartFlag) -> Datum:
    """Return value and interval in units of the floor, clipped to the range of the chart."""
    ends = (flag.value, flag.low, flag.high)
    value, low, high = (max(-_MAX_FLOORS, min(_MAX_FLOORS, (end or 0.0) / flag.threshold)) for end in ends)
    return {"title": flag.title, "value": value, "low": low, "high": high, "state": result_word(flag)}


def _draw(layers: dict[str, list[Datum]]) -> Any:
    import altair as alt

    chart = alt.Chart(inline_data(layers["flags"]))
    x: dict[str, Any] = {
        "scale": alt.Scale(domain=[-_MAX_FLOORS, _MAX_FLOORS]),
        "axis": alt.Axis(title="value ÷ smallest value that counts"),
    }
    y = alt.Y("title:N", sort=None, title=None)
    color = alt.Color("state:N", scale=alt.Scale(domain=list(_STATES), range=[VERMILION, ORANGE, BLUE]))
    intervals = chart.mark_rule(strokeWidth=2).encode(alt.X("low:Q", **x), alt.X2("high:Q"), y, color=color)
    shape = alt.Shape("state:N", scale=alt.Scale(domain=list(_STATES), range=["triangle-up", "diamond", "circle"]))
    points = chart.mark_point(filled=True, size=60, opacity=1).encode(
        alt.X("value:Q", **x), y, color=color, shape=shape
    )
    floor = alt.Chart(inline_data([{"floor": 1}])).mark_rule(color=INK, strokeDash=[2, 2]).encode(alt.X("floor:Q", **x))
    return (floor + intervals + points).properties(width=WIDTH - 200, height={"step": 26})


GAMING = Figure(
    "gaming",
    "Tests of gaming",
    "Each test's value in units of the smallest value that counts (dashed line at 1), with its interval. Red triangles "
    "are flags: beyond that line, and q below 0.05 over all that ran. Without an announced target they are divergences "
    "(orange diamonds).",
    "A flag is consistent with gaming and has other explanations, named in the table. Ends beyond ±4 are cut.",
    _content,
    _draw,
)
