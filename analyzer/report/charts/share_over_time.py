"""The declared share by period, the most it can be, and when tools were adopted."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from analyzer.report.charts.figure import Datum, Figure, Shown, absent
from analyzer.report.charts.theme import BLUE, GREY, ORANGE, SOFT, WIDTH, data, days
from analyzer.report.format import many, percent
from analyzer.report.sections.shares import HEADLINE, period_table

if TYPE_CHECKING:
    from analyzer.report.contract import Result, SharePeriod

# Before the first declared change a year of months is enough to see that there was none.
_BEFORE, _FEWEST, _MOST = 12, 24, 240
_TOOLS, _LONGEST = 2, 16
# Months and quarters differ by up to three days in length.
_UNLIKE = 4
_QUARTER = re.compile(r"(\d{4})-Q([1-4])")


def begins(period: str) -> str:
    """First day of a period as its name tells: a month, a quarter, or the Monday a week or block starts."""
    if quarter := _QUARTER.fullmatch(period):
        return f"{quarter[1]}-{3 * int(quarter[2]) - 2:02d}-01"
    return f"{period}-01" if len(period) == len("2026-01") else period


def _shown(result: Result) -> Shown:
    rows = [p for p in result.share.by_period if p.definition == HEADLINE]
    known = [p for p in rows if p.floor is not None]
    if len(known) < 2:
        return absent("Fewer than two periods hold a merged change.")
    kept = _kept(rows)
    drawn = lasting([_datum(p) for p in kept])
    for row, after in pairwise(drawn):
        row["end"] = after["day"]
    drawn = drawn[:-1]
    marks = _adopted(result, kept)
    first = next(p for p in kept if p.floor is not None)
    last = next(p for p in reversed(kept) if p.floor is not None)
    alt = (
        f"Declared part of merged changes by {result.command.by}: {percent(first.floor)} in {first.period}, "
        f"{percent(last.floor)} in {last.period}; at most {percent(last.ceiling)} then. "
        f"{many(len(kept), 'period')} of {len(rows)} drawn."
    )
    definition = next(d for d in result.share.definitions if d.id == HEADLINE)
    table = period_table(definition, rows, result.command.by)
    return Shown(alt, table, {"periods": drawn, "adoption": marks})


def _kept(rows: list[SharePeriod]) -> list[SharePeriod]:
    first = next((n for n, p in enumerate(rows) if p.floor), len(rows))
    begin = max(0, min(first - _BEFORE, len(rows) - _FEWEST), len(rows) - _MOST)
    return rows[begin:]


def _datum(period: SharePeriod) -> Datum:
    return {"day": begins(period.period), "floor": period.floor, "ceiling": period.ceiling, "n": period.n}


def ends(periods: list[str]) -> str:
    """Last day of the last of several periods, taking it to be as long as the one before."""
    before, last = (date.fromisoformat(begins(period)) for period in periods[-2:])
    return (last + (last - before) - timedelta(days=_UNLIKE)).isoformat()


def lasting(rows: list[Datum]) -> list[Datum]:
    """The rows and one more that ends the last period, as long as the one before: a step has a width."""
    before, last = (date.fromisoformat(str(row["day"])) for row in rows[-2:])
    return [*rows, {**rows[-1], "day": (last + (last - before)).isoformat()}]


def _adopted(result: Result, kept: list[SharePeriod]) -> list[Datum]:
    """Tools by the first day of a file of theirs; several of one month stand together."""
    days: dict[str, list[str]] = {}
    for found in result.disclosure.adoption or []:
        if found.first is not None and found.first >= begins(kept[0].period):
            days.setdefault(found.first[:7], []).append(found.tool)
    shown = sorted(days.items())
    return [
        {"day": f"{month}-01", "tools": _named(sorted(set(tools))), "row": k % 3}
        for k, (month, tools) in enumerate(shown)
    ]


def _named(tools: list[str]) -> str:
    """Two of them by name: a label is part of the picture's width."""
    more = f" + {len(tools) - _TOOLS}" if len(tools) > _TOOLS else ""
    return ", ".join(tool[:_LONGEST] for tool in tools[:_TOOLS]) + more


def _draw(layers: dict[str, list[Datum]]) -> Any:
    import altair as alt

    x = days(format="%Y-%m", labelOverlap=True)
    y: dict[str, Any] = {"scale": alt.Scale(domain=[0, 1]), "axis": alt.Axis(format=".0%", title="of merged changes")}
    periods = alt.Chart(data(layers["periods"]))
    end, nought = alt.X2("end:T"), alt.Y2Datum(0)
    known = periods.transform_filter("isValid(datum.floor)")
    unknown = known.mark_rect(color=GREY, opacity=0.16, stroke=None).encode(
        x, end, alt.Y("floor:Q", **y), alt.Y2("ceiling:Q")
    )
    most = known.mark_rule(color=SOFT, strokeDash=[4, 3], strokeWidth=1.5).encode(x, end, alt.Y("ceiling:Q", **y))
    declared = known.mark_rect(color=BLUE, opacity=0.28, stroke=None).encode(x, end, alt.Y("floor:Q", **y), nought)
    floor = known.mark_rule(color=BLUE, strokeWidth=2).encode(x, end, alt.Y("floor:Q", **y))
    found = unknown + most + declared + floor
    if layers["adoption"]:
        marks = alt.Chart(data(layers["adoption"]))
        level = alt.Y("row:O", axis=None, scale=alt.Scale(domain=[0, 1, 2, 3, 4, 5, 6, 7, 8]))
        rules = marks.mark_rule(color=ORANGE, strokeWidth=1.5).encode(x)
        names = marks.mark_text(align="left", dx=4, fontSize=11).encode(x, level, text="tools:N")
        found = alt.layer(found, rules, names).resolve_scale(y="independent")
    return found.properties(width=WIDTH, height=210)


SHARE_OVER_TIME = Figure(
    "share_over_time",
    "Declared share over time",
    "Blue is what is declared, a floor. Grey, up to the dashed line, is undeclared and could be AI or human work. An "
    "orange line marks the first file of an AI tool.",
    "A step in what is declared may be use, or marking, or other people. A period with few changes jumps.",
    _shown,
    _draw,
)
