"""How many of the active people had a marked change: a sentence on the last full month, and a table of all months."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import TYPE_CHECKING

from analyzer.core.constants import SMALLEST_GROUP
from analyzer.report.blocks import Sentence, Table
from analyzer.report.format import number, percent

if TYPE_CHECKING:
    from analyzer.report.blocks import Block
    from analyzer.report.contract import AnalysisResult, Command
    from analyzer.report.contract_breakdowns import BreadthMonth


def breadth_sentence(result: AnalysisResult) -> list[Block]:
    """Return a sentence on the last full month of the range, compared with the same month a year before."""
    period = last_full_month(result.command)
    months = {month.period: month for month in result.breadth}
    month = None if period is None else months.get(period)
    if period is None or month is None:
        return []
    if month.people is None or month.with_marked is None:
        text = f"Fewer than {SMALLEST_GROUP} people merged a change in {period}, the last full month: not broken down."
        return [Sentence(text, "people", first_screen=False)]
    year_before = f"{int(period[:4]) - 1}{period[4:]}"
    earlier = _of_people(months.get(year_before)) if _is_full(year_before, result.command) else None
    compared = "" if earlier is None else f" ({earlier} a year before)"
    text = f"In {period}, the last full month, {_of_people(month)} active people had a marked change{compared}."
    return [Sentence(text, "people")]


def breadth_table(result: AnalysisResult) -> list[Block]:
    """Return a table of all months with merged changes, newest first; nothing without any."""
    if not result.breadth:
        return []
    rows = tuple(
        (m.period, "not shown", "not shown", "not shown")
        if m.people is None
        else (m.period, number(m.people), number(m.with_marked), percent(m.share))
        for m in reversed(result.breadth)
    )
    note = (
        "People who merged a change in the month (UTC), and those of them with a marked one; never who. Newest first. "
        f"Not shown: months with fewer than {SMALLEST_GROUP} people. The first and last may be cut by the range."
    )
    columns = ("month", "active people", "with a marked change", "share")
    return [Table("People with a marked change, by month", columns, rows, frozenset({1, 2, 3}), note=note)]


def last_full_month(command: Command) -> str | None:
    """Return the last calendar month that lies in the range as a whole, up to the as-of date; None without one."""
    ends = [text for text in (command.as_of, command.until) if text]
    if not ends:
        return None
    end = date.fromisoformat(min(ends))
    if end.day < monthrange(end.year, end.month)[1]:
        if (end.year, end.month) == (date.min.year, date.min.month):
            return None
        end = end.replace(day=1) - timedelta(days=1)
    period = f"{end.year:04}-{end.month:02}"
    return period if _is_full(period, command) else None


def _is_full(period: str, command: Command) -> bool:
    """Return whether a month does not start before the range."""
    return command.since is None or command.since <= f"{period}-01"


def _of_people(month: BreadthMonth | None) -> str | None:
    if month is None or month.people is None:
        return None
    return f"{number(month.with_marked)} of {number(month.people)}"
