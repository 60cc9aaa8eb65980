"""Forest plot of the matched differences of all outcomes that are shares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer.report.charts.figure import Datum, Figure, FigureContent
from analyzer.report.charts.theme import GREY, INK, VERMILION, WIDTH, inline_data
from analyzer.report.format import many, points
from analyzer.report.sections.outcomes import MAX_FALSE_DISCOVERY, outcome_tables

if TYPE_CHECKING:
    from analyzer.report.contract import AnalysisResult, Outcome

_SMALLEST_Q = 0.01
_STATES = ("stands out", "does not", "fails a placebo")


def _content(result: AnalysisResult) -> FigureContent:
    table, _ = outcome_tables(result.outcomes)
    outcomes = [o for o in result.outcomes or [] if not o.descriptive]
    shares = [o for o in outcomes if o.difference is not None and o.unit.startswith("share")]
    if not shares:
        reasons = " ".join(dict.fromkeys(o.note for o in outcomes))
        return FigureContent("", table, reason=f"No share could be compared. {reasons}")
    rows = [_datum(o) for o in shares]
    standing = [o for o in shares if _state(o) == _STATES[0] and o.difference is not None]
    names = "; ".join(f"{o.title} {points(o.difference.value)} points" for o in standing if o.difference) or "none"
    alt = f"{many(len(shares), 'difference')} between marked AI and the rest, in points. Standing out: {names}."
    return FigureContent(alt, table, {"differences": rows})


def _state(outcome: Outcome) -> str:
    if outcome.placebo.passed is False:
        return _STATES[2]
    d = outcome.difference
    settled = d is not None and (d.low > 0 or d.high < 0)
    return _STATES[0] if settled and outcome.q is not None and outcome.q < MAX_FALSE_DISCOVERY else _STATES[1]


def _datum(outcome: Outcome) -> Datum:
    d = outcome.difference
    if d is None:
        return {}
    q = "" if outcome.q is None else "q < 0.01" if outcome.q < _SMALLEST_Q else f"q {outcome.q:.2f}"
    return {
        "title": outcome.title,
        "value": d.value * 100,
        "low": d.low * 100,
        "high": d.high * 100,
        "state": _state(outcome),
        "q": q,
    }


def _draw(layers: dict[str, list[Datum]]) -> Any:
    import altair as alt

    chart = alt.Chart(inline_data(layers["differences"]))
    x: dict[str, Any] = {"axis": alt.Axis(title="points more (right) or fewer in marked AI, same person")}
    y = alt.Y("title:N", sort=None, title=None)
    color = alt.Color("state:N", scale=alt.Scale(domain=list(_STATES), range=[VERMILION, INK, GREY]))
    shape = alt.Shape("state:N", scale=alt.Scale(domain=list(_STATES), range=["circle", "circle", "cross"]))
    intervals = chart.mark_rule(strokeWidth=2).encode(alt.X("low:Q", **x), alt.X2("high:Q"), y, color=color)
    points = chart.mark_point(filled=True, size=60, opacity=1).encode(
        alt.X("value:Q", **x), y, color=color, shape=shape
    )
    q = chart.mark_text(align="left", dx=6, fontSize=11).encode(alt.X("high:Q", **x), y, text="q:N")
    zero = alt.Chart(inline_data([{"zero": 0}])).mark_rule(strokeDash=[2, 2]).encode(alt.X("zero:Q", **x))
    return (zero + intervals + points + q).properties(width=WIDTH - 240, height={"step": 24})


OUTCOMES = Figure(
    "outcomes",
    "What the marked work went on to do",
    "Each line is the 95 % interval of a difference within the same person's work of a quarter and kind of file; red "
    "stands out among all outcomes (q below 0.10), a grey cross fails a placebo and shows nothing.",
    "Unmarked work need not be human work: a difference between marked and unmarked work is what is shown. Outcomes in "
    "other units stand in the table.",
    _content,
    _draw,
)
