"""Chart of the marked share of a fleet or a team over time, and of changes of the pooled grade."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from analyzer.report.charts.figure import Datum, Figure, FigureContent
from analyzer.report.charts.share_over_time import first_day
from analyzer.report.charts.theme import BLUE, INK, SOFT, WIDTH, day_axis, inline_data
from analyzer.report.format import GRADES, percent

if TYPE_CHECKING:
    from analyzer.report.blocks import Table

_MAX_PERIODS = 120
# Labels take turns on this many lines, so that neighbours do not overlap.
_LABEL_LINES = 3
_MONTHS = {"month": 1, "quarter": 3}


@dataclass(frozen=True, slots=True)
class FleetShareSeries:
    """Marked share of a fleet or team by period.

    Attributes
    ----------
    periods : name, marked share and number of merged changes of each period, oldest first.
    every : length of a period: "week", "month" or "quarter".
    as_of : as-of date.
    grades : quarter and grade of the pooled verdict, oldest first.
    table : the complete data.
    """

    periods: tuple[tuple[str, float, int], ...]
    every: str
    as_of: str
    grades: tuple[tuple[str, str], ...]
    table: Table


def _content(series: FleetShareSeries) -> FigureContent:
    # A period that is not over at the as-of date would be drawn as long as the others.
    complete = [
        row for row in series.periods if _next_period(first_day(row[0]), series.every) <= _next_day(series.as_of)
    ][-_MAX_PERIODS:]
    if len(complete) < 2:
        return FigureContent("", series.table, reason="Fewer than two whole periods can be shown.")
    rows: list[Datum] = [
        {"day": first_day(period), "end": _next_period(first_day(period), series.every), "floor": floor, "n": n}
        for period, floor, n in complete
    ]
    (first, low, _), (last, high, _) = complete[0], complete[-1]
    alt = f"Marked part of merged changes: {percent(low)} in {first}, {percent(high)} in {last}."
    grade_changes = _grade_changes(series.grades, str(rows[0]["day"]))
    if grade_changes:
        grade_texts = "; ".join(f"{mark['grade']} from {mark['quarter']}" for mark in grade_changes)
        alt += f" Grade of the pooled verdict: {grade_texts}."
    return FigureContent(alt, series.table, {"periods": rows, "grades": grade_changes})


def _next_period(day: str, every: str) -> str:
    """Return the first day of the period that follows the one beginning on `day`."""
    begun = date.fromisoformat(day)
    if every == "week":
        return (begun + timedelta(days=7)).isoformat()
    months = begun.year * 12 + begun.month - 1 + _MONTHS[every]
    return date(months // 12, months % 12 + 1, 1).isoformat()


def _next_day(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat()


def _grade_changes(grades: tuple[tuple[str, str], ...], first: str) -> list[Datum]:
    """Return the grade at the left edge of the chart and every later grade that differs from the one before."""
    changes: list[Datum] = []
    for quarter, grade in grades:
        word = GRADES[grade].lower()
        if not changes or changes[-1]["grade"] != word:
            changes.append({"day": max(first_day(quarter), first), "quarter": quarter, "grade": word})
    # Of the grades before the left edge, only the last one is drawn, at the edge.
    changes = [mark for k, mark in enumerate(changes) if k == len(changes) - 1 or str(changes[k + 1]["day"]) > first]
    return [{**mark, "row": k % _LABEL_LINES} for k, mark in enumerate(changes)]


def _draw(layers: dict[str, list[Datum]]) -> Any:
    import altair as alt

    x = day_axis(format="%Y-%m", labelOverlap=True)
    most = min(1.0, max(float(row["floor"] or 0) for row in layers["periods"]) * 1.5 + 0.02)
    axis = alt.Axis(format="%", title="of merged changes, marked", tickCount=5)
    y: dict[str, Any] = {"scale": alt.Scale(domain=[0, most]), "axis": axis}
    periods, end = alt.Chart(inline_data(layers["periods"])), alt.X2("end:T")
    declared = periods.mark_rect(color=BLUE, opacity=0.28, stroke=None).encode(
        x, end, alt.Y("floor:Q", **y), alt.Y2Datum(0)
    )
    floor = periods.mark_rule(color=BLUE, strokeWidth=2).encode(x, end, alt.Y("floor:Q", **y))
    chart = declared + floor
    if layers["grades"]:
        marks = alt.Chart(inline_data(layers["grades"]))
        level = alt.Y("row:O", axis=None, scale=alt.Scale(domain=list(range(3 * _LABEL_LINES))))
        rules = marks.mark_rule(color=SOFT, strokeWidth=1, strokeDash=[2, 2]).encode(x)
        names = marks.mark_text(align="left", dx=4, fontSize=11, color=INK).encode(x, level, text="grade:N")
        chart = alt.layer(chart, rules, names).resolve_scale(y="independent")
    return chart.properties(width=WIDTH, height=180)


FLEET_SHARE = Figure(
    "fleet_share",
    "Marked share over time",
    "Blue is what is marked, a floor; a period that is not drawn has too few people to be shown, or is not over. "
    "Where there is a dotted line, the grade of the pooled verdict became the one beside it in that quarter.",
    "A step in what is marked may be use, or marking, or other people. The axis ends above the largest share, not at "
    "100 %.",
    _content,
    _draw,
)
