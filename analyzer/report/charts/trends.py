"""Chart of outcomes by quarter, one panel per outcome, with marked work and the rest as bands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer.report.blocks import Table
from analyzer.report.charts.figure import Datum, Figure, FigureContent, not_drawn
from analyzer.report.charts.share_over_time import first_day
from analyzer.report.charts.theme import BLUE, INK, VERMILION, WIDTH, day_axis, inline_data
from analyzer.report.format import many, number, percent

if TYPE_CHECKING:
    from analyzer.inference.results import Trend, TrendRate
    from analyzer.report.contract import AnalysisResult

# A page has room for six panels; the table has every outcome.
_CHARTED = ("merged_changes_per_person", "follow_ups_90d", "undone_35d", "churn_21d", "rewritten_90d", "released_30d")
_MAX_QUARTERS = 20
_SIDES = {"marked": "marked AI", "unmarked": "the rest", "all": "all"}


def _content(result: AnalysisResult) -> FigureContent:
    trends = [t for t in result.trends if t.points]
    charted = [t for t in trends if t.id in _CHARTED and len({p.period for p in t.points}) > 1]
    if not charted:
        return not_drawn("No two quarters have five people on a side; fewer are not shown.")
    quarters = sorted({p.period for t in charted for p in t.points})[-_MAX_QUARTERS:]
    rows = [row for t in charted for row in _rows(t, quarters)]
    alt = f"{many(len(charted), 'outcome')} by quarter, {quarters[0]} to {quarters[-1]}: " + "; ".join(
        t.title for t in charted
    )
    return FigureContent(f"{alt}.", _table(trends), {"points": rows})


def _rows(trend: Trend, quarters: list[str]) -> list[Datum]:
    """Return the rows of these quarters; a missing quarter is a gap that no line crosses."""
    rows = []
    for side in dict.fromkeys(p.side for p in trend.points):
        by_quarter = {p.period: p for p in trend.points if p.side == side}
        for quarter in _quarters_between(quarters):
            if quarter in by_quarter:
                rows.append(_datum(trend, by_quarter[quarter]))
            else:
                gap: Datum = dict.fromkeys(("value", "low", "high"))
                rows.append({**gap, "title": _title(trend), "day": first_day(quarter), "side": _SIDES[side]})
    return rows


def _quarters_between(quarters: list[str]) -> list[str]:
    """Return every quarter from the first to the last."""
    first, last = (int(q[:4]) * 4 + int(q[-1]) - 1 for q in (quarters[0], quarters[-1]))
    return [f"{n // 4}-Q{n % 4 + 1}" for n in range(first, last + 1)]


def _title(trend: Trend) -> str:
    return trend.title + (", %" if trend.unit.startswith("share") else "")


def _datum(trend: Trend, point: TrendRate) -> Datum:
    scale = 100 if trend.unit.startswith("share") else 1
    return {
        "title": _title(trend),
        "day": first_day(point.period),
        "side": _SIDES[point.side],
        "value": point.value * scale,
        "low": point.low * scale,
        "high": point.high * scale,
    }


def _table(trends: list[Trend]) -> Table:
    rows = tuple(
        (
            t.title,
            p.period,
            _SIDES[p.side],
            _value_text(t, p.value),
            f"{_value_text(t, p.low)} … {_value_text(t, p.high)}",
            number(round(p.n)),
            str(p.people),
        )
        for t in trends
        for p in reversed(t.points)
    )
    columns = ("outcome", "quarter", "of", "value", "95 % interval", "lines or changes", "people")
    note = (
        "Not matched: other people and files stand behind each side and quarter, so this is a course and no "
        "comparison. Newest first; quarters with fewer than five people on a side are left out, and the first "
        "and last may be cut."
    )
    return Table("Outcomes by quarter", columns, rows, frozenset({3, 4, 5, 6}), note=note)


def _value_text(trend: Trend, value: float) -> str:
    return (
        percent(value) if trend.unit.startswith("share") else number(round(value)) if value >= 100 else f"{value:.2f}"
    )


def _draw(layers: dict[str, list[Datum]]) -> Any:
    import altair as alt

    chart = alt.Chart().encode(
        day_axis(format="%Y", tickCount="year"),
        color=alt.Color(
            "side:N",
            scale=alt.Scale(domain=["marked AI", "the rest", "all"], range=[VERMILION, BLUE, INK]),
        ),
    )
    y: dict[str, Any] = {"title": None, "scale": alt.Scale(zero=True), "axis": alt.Axis(tickCount=4)}
    band = chart.mark_area(opacity=0.18).encode(alt.Y("low:Q", **y), alt.Y2("high:Q"))
    line = chart.mark_line(strokeWidth=1.5).encode(
        alt.Y("value:Q", **y),
        strokeDash=alt.StrokeDash(
            "side:N", scale=alt.Scale(domain=["marked AI", "the rest", "all"], range=[[1, 0], [5, 3], [1, 0]])
        ),
    )
    dots = chart.mark_point(filled=True, size=18, opacity=1).encode(alt.Y("value:Q", **y))
    layer = alt.layer(band, line, dots, data=inline_data(layers["points"])).properties(
        width=(WIDTH - 60) // 2, height=110
    )
    titles = list(dict.fromkeys(str(row["title"]) for row in layers["points"]))
    title = alt.Facet("title:N", sort=titles, header=alt.Header(title=None))
    return layer.facet(title, columns=2).resolve_scale(y="independent")


TRENDS = Figure(
    "trends",
    "Outcomes by quarter",
    "One panel an outcome. Red is marked work, blue and dashed is the rest, black is all; bands are 95 % intervals "
    "over people.",
    "Not matched, so no comparison: the table of matched differences is one. Marked AI is a part of AI work.",
    _content,
    _draw,
)
