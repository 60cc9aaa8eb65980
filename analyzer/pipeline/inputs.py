"""history → what measures read of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.outcomes.history_view import Seen
from analyzer.share.definition import Known
from analyzer.share.time_window import Window

if TYPE_CHECKING:
    import pandas as pd

    from analyzer.pipeline.load import History


def known_commits(history: History) -> Known:
    """What definitions and measures read of commits and changes; lines are not counted yet."""
    commits = history.commits
    if history.touched is not None:
        commits = commits[commits["sha"].isin(history.touched)]
    counts = None if history.checkpoints is None else history.checkpoints.counts
    return Known(commits=commits, labels=history.labels, units=history.units, lines=None, checkpoints=counts)


def seen_by_measures(history: History, known: Known, window: Window, clock: pd.Timestamp) -> Seen:
    """What measures read, for commits and changes in the range; releases are not read yet."""
    plain = known.plain[window.holds(known.plain["when"]) & known.plain["when"].notna()]
    commits = plain.merge(history.labels[["sha", "author"]], on="sha")
    landed = history.units[window.holds(history.units["merged"])]
    return Seen(
        commits=commits[["sha", "author", "when", "ai"]],
        lifetimes=None if history.lines is None else history.lines.lifetimes,
        changes=None if history.lines is None else history.lines.changes,
        units=landed,
        unit_of=history.unit_of,
        every=history.commits,
        clock=clock,
        patches={} if history.lines is None else history.lines.reversible,
    )


def seen_at(history: History, clock: pd.Timestamp) -> Seen:
    """What measures read of everything before a clock, releases left out."""
    window = Window(None, None, clock.to_pydatetime(), history.settings.by)
    return seen_by_measures(history, known_commits(history), window, clock)
