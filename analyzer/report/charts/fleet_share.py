"""The declared share of many repositories or of a team by period, and when the pooled grade changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from analyzer.report.charts.figure import Datum, Figure, Shown
from analyzer.report.charts.share_over_time import begins
from analyzer.report.charts.theme import BLUE, INK, SOFT, WIDTH, data, days
from analyzer.report.format import GRADES, percent

if TYPE_CHECKING:
    from analyzer.report.blocks import Table

_MOST = 120
# Words that stand side by side would cover each other: in turn they stand on so many lines.
_LINES = 3
_MONTHS = {"month": 1, "quarter": 3}


@dataclass(frozen=True, slots=True)
class Course:
    """Periods (name, declared share, merged changes), oldest first, each a week, month or quarter (`every`).

    as_of: the clock. grades: (quarter, grade) of the pooled verdict, oldest first. table: the same in full.
    """

    periods: tuple[tuple[str, float, int], ...]
    every: str
    as_of: str
    grades: tuple[tuple[str, str], ...]
    table: Table


def _shown(course: Course) -> Shown:
    # What is not over at the clock would be drawn as long as the others.
    over = [row for row in course.periods if _after(begins(row[0]), course.every) <= _next_day(course.as_of)][-_MOST:]
    if len(over) < 2:
        return Shown("", course.table, absent="Fewer than two whole periods can be shown.")
    rows: list[Datum] = [
        {"day": begins(period), "end": _after(begins(period), course.every), "floor": floor, "n": n}
        for period, floor, n in over
    ]
    (first, low, _), (last, high, _) = over[0], over[-1]
    alt = f"Declared part of merged changes: {percent(low)} in {first}, {percent(high)} in {last}."
    marks = _changes(course.grades, str(rows[0]["day"]))
    if marks:
        told = "; ".join(f"{mark['grade']} from {mark['quarter']}" for mark in marks)
        alt += f" Grade of the pooled verdict: {told}."
    return Shown(alt, course.table, {"periods": rows, "grades": marks})


def _after(day: str, every: str) -> str:
    """First day of the period after the one that begins on `day`."""
    begun = date.fromisoformat(day)
    if every == "week":
        return (begun + timedelta(days=7)).isoformat()
    months = begun.year * 12 + begun.month - 1 + _MONTHS[every]
    return date(months // 12, months % 12 + 1, 1).isoformat()


def _next_day(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def _changes(grades: tuple[tuple[str, str], ...], first: str) -> list[Datum]:
    """The grade at the left edge, and each one that is another than that of the quarter before."""
    found: list[Datum] = []
    for quarter, grade in grades:
        word = GRADES[grade].lower()
        if not found or found[-1]["grade"] != word:
            found.append({"day": max(begins(quarter), first), "quarter": quarter, "grade": word})
    # Of those before the left edge the last one stands there.
    found = [mark for k, mark in enumerate(found) if k == len(found) - 1 or str(found[k + 1]["day"]) > first]
    return [{**mark, "row": k % _LINES} for k, mark in enumerate(found)]


def _draw(layers: dict[str, list[Datum]]) -> Any:
    import altair as alt

    x = days(format="%Y-%m", labelOverlap=True)
    most = min(1.0, max(float(row["floor"] or 0) for row in layers["periods"]) * 1.5 + 0.02)
    axis = alt.Axis(format="%", title="of merged changes, declared", tickCount=5)
    y: dict[str, Any] = {"scale": alt.Scale(domain=[0, most]), "axis": axis}
    periods, end = alt.Chart(data(layers["periods"])), alt.X2("end:T")
    declared = periods.mark_rect(color=BLUE, opacity=0.28, stroke=None).encode(
        x, end, alt.Y("floor:Q", **y), alt.Y2Datum(0)
    )
    floor = periods.mark_rule(color=BLUE, strokeWidth=2).encode(x, end, alt.Y("floor:Q", **y))
    found = declared + floor
    if layers["grades"]:
        marks = alt.Chart(data(layers["grades"]))
        level = alt.Y("row:O", axis=None, scale=alt.Scale(domain=list(range(3 * _LINES))))
        rules = marks.mark_rule(color=SOFT, strokeWidth=1, strokeDash=[2, 2]).encode(x)
        names = marks.mark_text(align="left", dx=4, fontSize=11, color=INK).encode(x, level, text="grade:N")
        found = alt.layer(found, rules, names).resolve_scale(y="independent")
    return found.properties(width=WIDTH, height=180)


FLEET_SHARE = Figure(
    "fleet_share",
    "Declared share over time",
    "Blue is what is declared, a floor; a period that is not drawn has too few people to be shown, or is not over. "
    "Where there is a dotted line, the grade of the pooled verdict became the one beside it in that quarter.",
    "A step in what is declared may be use, or marking, or other people. The axis ends above the largest share, not at "
    "100 %.",
    _shown,
    _draw,
)
