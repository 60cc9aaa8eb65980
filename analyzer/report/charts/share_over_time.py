"""Chart of the marked share by period, its upper bound, and the adoption of AI tools."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from analyzer.report.charts.figure import Datum, Figure, FigureContent, not_drawn
from analyzer.report.charts.theme import BLUE, GREY, ORANGE, SOFT, WIDTH, day_axis, inline_data
from analyzer.report.format import many, percent
from analyzer.report.sections.shares import HEADLINE, period_table

if TYPE_CHECKING:
    from analyzer.report.contract import AnalysisResult, SharePeriod

# A year of months before the first marked change is enough to show that there was none before.
_PERIODS_BEFORE, _MIN_PERIODS, _MAX_PERIODS = 12, 24, 240
_MAX_TOOLS, _TOOL_WIDTH = 2, 16
# Lengths of months, and of quarters, differ by less than this many days.
_DAYS_OF_DIFFERENCE = 4
_QUARTER = re.compile(r"(\d{4})-Q([1-4])")


def first_day(period: str) -> str:
    """Return the first day of a period from its name: a month, a quarter, or the Monday of a week or block."""
    if quarter := _QUARTER.fullmatch(period):
        return f"{quarter[1]}-{3 * int(quarter[2]) - 2:02d}-01"
    return f"{period}-01" if len(period) == len("2026-01") else period


def _content(result: AnalysisResult) -> FigureContent:
    rows = [p for p in result.share.by_period if p.definition == HEADLINE]
    with_share = [p for p in rows if p.marked is not None]
    if len(with_share) < 2:
        return not_drawn("Fewer than two periods hold a merged change.")
    periods = _recent_periods(rows)
    steps = extend_last_period([_datum(p) for p in periods])
    for step, next_step in pairwise(steps):
        step["end"] = next_step["day"]
    steps = steps[:-1]
    adoption = _adoption_rows(result, periods)
    first = next(p for p in periods if p.marked is not None)
    last = next(p for p in reversed(periods) if p.marked is not None)
    alt = (
        f"Marked part of merged changes by {result.command.by}: {percent(first.marked)} in {first.period}, "
        f"{percent(last.marked)} in {last.period}; at most {percent(last.at_most)} then. "
        f"{many(len(periods), 'period')} of {len(rows)} drawn."
    )
    definition = next(d for d in result.share.definitions if d.id == HEADLINE)
    table = period_table(definition, rows, result.command.by)
    return FigureContent(alt, table, {"periods": steps, "adoption": adoption})


def _recent_periods(periods: list[SharePeriod]) -> list[SharePeriod]:
    first = next((n for n, p in enumerate(periods) if p.marked), len(periods))
    begin = max(0, min(first - _PERIODS_BEFORE, len(periods) - _MIN_PERIODS), len(periods) - _MAX_PERIODS)
    return periods[begin:]


def _datum(period: SharePeriod) -> Datum:
    return {"day": first_day(period.period), "floor": period.marked, "ceiling": period.at_most, "n": period.n}


def end_of_last_period(periods: list[str]) -> str:
    """Return the last day of the last of several periods, assuming the length of the period before."""
    before, last = (date.fromisoformat(first_day(period)) for period in periods[-2:])
    return (last + (last - before) - timedelta(days=_DAYS_OF_DIFFERENCE)).isoformat()


def extend_last_period(rows: list[Datum]) -> list[Datum]:
    """Return the rows with one more at the end of the last period, so that its step has a width."""
    before, last = (date.fromisoformat(str(row["day"])) for row in rows[-2:])
    return [*rows, {**rows[-1], "day": (last + (last - before)).isoformat()}]


def _adoption_rows(result: AnalysisResult, periods: list[SharePeriod]) -> list[Datum]:
    """Return one row per month in which the first file of a tool appears, with all tools of that month."""
    tools_by_month: dict[str, list[str]] = {}
    for adoption in result.marking.adoption or []:
        if adoption.kind != "assistant" or adoption.first is None:
            continue  # a reviewer writes no code
        if adoption.first >= first_day(periods[0].period):
            tools_by_month.setdefault(adoption.first[:7], []).append(adoption.tool)
    months = sorted(tools_by_month.items())
    return [
        {"day": f"{month}-01", "tools": _tool_names(sorted(set(tools))), "row": k % 3}
        for k, (month, tools) in enumerate(months)
    ]


def _tool_names(tools: list[str]) -> str:
    """Return the names of two tools and the number of the others; longer labels would widen the chart."""
    more = f" + {len(tools) - _MAX_TOOLS}" if len(tools) > _MAX_TOOLS else ""
    return ", ".join(tool[:_TOOL_WIDTH] for tool in tools[:_MAX_TOOLS]) + more


def _draw(layers: dict[str, list[Datum]]) -> Any:
    import altair as alt

    x = day_axis(format="%Y-%m", labelOverlap=True)
    y: dict[str, Any] = {"scale": alt.Scale(domain=[0, 1]), "axis": alt.Axis(format=".0%", title="of merged changes")}
    periods = alt.Chart(inline_data(layers["periods"]))
    end, zero = alt.X2("end:T"), alt.Y2Datum(0)
    nonempty = periods.transform_filter("isValid(datum.floor)")
    unknown = nonempty.mark_rect(color=GREY, opacity=0.16, stroke=None).encode(
        x, end, alt.Y("floor:Q", **y), alt.Y2("ceiling:Q")
    )
    ceiling = nonempty.mark_rule(color=SOFT, strokeDash=[4, 3], strokeWidth=1.5).encode(x, end, alt.Y("ceiling:Q", **y))
    declared = nonempty.mark_rect(color=BLUE, opacity=0.28, stroke=None).encode(x, end, alt.Y("floor:Q", **y), zero)
    floor = nonempty.mark_rule(color=BLUE, strokeWidth=2).encode(x, end, alt.Y("floor:Q", **y))
    chart = unknown + ceiling + declared + floor
    if layers["adoption"]:
        marks = alt.Chart(inline_data(layers["adoption"]))
        level = alt.Y("row:O", axis=None, scale=alt.Scale(domain=[0, 1, 2, 3, 4, 5, 6, 7, 8]))
        rules = marks.mark_rule(color=ORANGE, strokeWidth=1.5).encode(x)
        names = marks.mark_text(align="left", dx=4, fontSize=11).encode(x, level, text="tools:N")
        chart = alt.layer(chart, rules, names).resolve_scale(y="independent")
    return chart.properties(width=WIDTH, height=210)


SHARE_OVER_TIME = Figure(
    "share_over_time",
    "Marked share over time",
    "Blue is what is marked, a floor. Grey, up to the dashed line, is unmarked and could be AI or human work. An "
    "orange line marks the first file of an AI tool.",
    "A step in what is marked may be use, or marking, or other people. A period with few changes jumps.",
    _content,
    _draw,
)
