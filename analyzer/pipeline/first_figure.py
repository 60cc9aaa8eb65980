"""The first figure of a run: how much of the latest work is marked, from commits and marks alone.

It is known long before lines are followed. It counts as the whole analysis does, with one exception: a change that was
picked onto a second line of history counts twice, because only its lines show that it is one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from analyzer.pipeline.inputs import time_window
from analyzer.report.format import many, percent
from analyzer.share.attribution import attribute_changes
from analyzer.share.definition import ShareInputs
from analyzer.share.main_definitions import COMMITS, MERGED_CHANGES
from analyzer.share.time_window import period_of

if TYPE_CHECKING:
    import pandas as pd

    from analyzer.pipeline.commit_history import CommitHistory
    from analyzer.share.definition import Definition
    from analyzer.share.time_window import TimeWindow

DAYS = 90
LEAST_CHANGES = 100
MONTHS = 12
# git's dates begin in 1970; an earlier --as-of has nothing before it, and its months may have no name.
_FIRST_YEAR = 1971


@dataclass(frozen=True, slots=True)
class MarkedShare:
    """The marked share of `n` items of one unit ("change", "commit"); `marked` is None where there are none."""

    unit: str
    n: int
    marked: float | None


@dataclass(frozen=True, slots=True)
class MonthlyShare:
    """The marked shares of one calendar month ("2026-01")."""

    month: str
    merged_changes: MarkedShare
    commits: MarkedShare


@dataclass(frozen=True, slots=True)
class FirstFigure:
    """How much of the latest work is marked.

    Attributes
    ----------
    since, until : first and last day of the range: 90 days, or as many as the last 100 merged changes took, whichever
        is longer, and never from before --since.
    days : 90 if the range has that length, else None.
    merged_changes, commits : shares in the range; automation is in neither, merges are not in commits.
    months : the last twelve calendar months up to `until`, oldest first; the last one need not be over.
    """

    since: str
    until: str
    days: int | None
    merged_changes: MarkedShare
    commits: MarkedShare
    months: tuple[MonthlyShare, ...]

    def sentence(self) -> str:
        """Return the figure as one sentence, without a full stop, for a person who waits for the rest."""
        changes = self.merged_changes
        period = f"From {self.since} to {self.until}" if self.days is None else f"{self.days} days to {self.until}"
        if changes.marked is None:
            return f"{period}: no merged changes"
        verb = "is" if changes.n == 1 else "are"
        return f"{period}: {percent(changes.marked)} of {many(changes.n, 'merged change')} {verb} marked as AI"


def first_figure(early: CommitHistory) -> FirstFigure | None:
    """Return the first figure of a history.

    None where --include or --exclude choose by lines, and where no commit has a date before the end of the range.
    """
    window = time_window(early)
    end = min((day for day in (window.until, window.as_of) if day is not None), default=None)
    if early.settings.include or early.settings.exclude or end is None or end.year < _FIRST_YEAR:
        return None
    months = _last_months(end)
    start = end - timedelta(days=DAYS)
    changes = _items(early, MERGED_CHANGES, window, min(start, _first_day(months[0])), end)
    if (changes["when"] >= start).sum() < LEAST_CHANGES:
        changes = _items(early, MERGED_CHANGES, window, None, end)
        start = min(start, _day_of_hundredth_last(changes) or start)
    if window.since is not None:
        start = max(start, window.since)
    commits = _items(early, COMMITS, window, min(start, _first_day(months[0])), end)
    by_month = [dict(iter(items.groupby(period_of(items["when"], "month")))) for items in (changes, commits)]
    return FirstFigure(
        since=f"{start:%Y-%m-%d}",
        until=f"{end - timedelta(days=1):%Y-%m-%d}",
        days=DAYS if end - start == timedelta(days=DAYS) else None,
        merged_changes=_share(MERGED_CHANGES, changes[changes["when"] >= start]),
        commits=_share(COMMITS, commits[commits["when"] >= start]),
        months=tuple(
            MonthlyShare(
                month,
                _share(MERGED_CHANGES, by_month[0].get(month, changes[:0])),
                _share(COMMITS, by_month[1].get(month, commits[:0])),
            )
            for month in months
        ),
    )


def _last_months(end: datetime) -> list[str]:
    """Return the months up to the one that holds the last instant before `end`, oldest first."""
    last = end - timedelta(seconds=1)
    number = last.year * 12 + last.month - 1
    return [f"{n // 12:04}-{n % 12 + 1:02}" for n in range(number - MONTHS + 1, number + 1)]


def _first_day(month: str) -> datetime:
    return datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)


def _day_of_hundredth_last(changes: pd.DataFrame) -> datetime | None:
    """Return the beginning of the day of the 100th last change, of the first one if there are fewer; None if none."""
    latest = changes["when"].sort_values().iloc[-LEAST_CHANGES:]
    return None if latest.empty else latest.iloc[0].normalize().to_pydatetime()


def _items(
    early: CommitHistory, definition: Definition, window: TimeWindow, start: datetime | None, end: datetime
) -> pd.DataFrame:
    """Return the dated items of a definition between two instants; `start` None = from the beginning."""
    committed = early.commits["committed"]
    is_between = (committed < end) & (True if start is None else committed >= start)
    landed = set(early.commits["sha"][is_between])
    if definition is COMMITS:
        merged_changes, needed = [], landed
    else:
        merged_changes = [change for change in early.changes if change.mainline_commit in landed]
        needed = landed.union(*(change.members for change in merged_changes), (c.sha for c in merged_changes))
    commits = early.commits[early.commits["sha"].isin(needed)]
    labels = early.labels[early.labels["sha"].isin(needed)]
    inputs = ShareInputs(
        commits=commits,
        labels=labels,
        merged_changes=attribute_changes(merged_changes, commits, labels, early.directory),
        lines=None,
    )
    items = definition.items(inputs)
    assert items is not None  # noqa: S101 - this definition needs no lines
    return items[window.contains(items["when"])]


def _share(definition: Definition, items: pd.DataFrame) -> MarkedShare:
    marked = float(items["marked"].mean()) if len(items) else None
    return MarkedShare(definition.unit, len(items), marked)
