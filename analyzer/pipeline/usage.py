"""Usage data joined with a history: calibration of marks, and the treatment of the throughput verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analyzer.core.constants import BLOCK_DAYS
from analyzer.core.rows import by_people, is_merge
from analyzer.panel.usage_cells import usage_panels, with_commit_usage, with_person_usage
from analyzer.usage.calibration import MarksOnDays, marks_on_days, recall_by_usage
from analyzer.usage.join import Usage, change_shares, join_usage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from analyzer.evidence.recall import Recall
    from analyzer.panel import Panel
    from analyzer.panel.alternatives import AlternativePanel
    from analyzer.pipeline.load import History
    from analyzer.share.time_window import TimeWindow
    from analyzer.usage.tables import UsageTable


class UsageCalibration(NamedTuple):
    """What usage data say of marks: recall by month from data per commit, a bound from data per person and day."""

    recall: Recall | None = None
    on_days: MarksOnDays | None = None


class UsageTreatment:
    """Usage data as the treatment of a panel: AI lines of merged changes where a file lists commits, else days.

    Attributes
    ----------
    names : names of the files it comes from.
    """

    def __init__(self, history: History, usage: Usage) -> None:
        """Choose the data. `usage` must have some of this history's."""
        per = "commit" if len(usage.commits) else "person-day"
        self.names = tuple(f.usage.name for f in usage.files if f.usage.format.per == per and f.matched)
        self._days = usage.days
        self._shares = change_shares(usage, history.merged_change_of) if per == "commit" else None

    def on_panel(self, panel: Panel, changes: pd.DataFrame, days: int = BLOCK_DAYS) -> Panel:
        """Return the panel of these merged changes, with periods of `days`, with usage as its treatment."""
        if self._shares is None:
            return with_person_usage(panel, self._days, days)
        return with_commit_usage(panel, changes, self._shares, days)

    def alternatives(
        self, changes_by_maturity: dict[int, pd.DataFrame], people: Sequence[str], regimes: Sequence[str]
    ) -> Iterator[AlternativePanel]:
        """Yield the panels of the specification curve."""
        return usage_panels(changes_by_maturity, people, regimes, self.on_panel)

    def sentence(self, panel: Panel) -> str:
        """Say what the treatment is, and which part of the eligible people and periods it covers."""
        eligible = panel.select_eligible()
        known = np.nan_to_num(eligible.n) > 0
        people, periods = int(known.any(axis=1).sum()), int(known.any(axis=0).sum())
        files = ", ".join(self.names)
        return (
            f"AI use is taken from {files}, not from marks; it covers {people} of {len(eligible.people)} eligible "
            f"people and {periods} of {len(panel.periods)} four-week periods."
        )


def join_history(history: History, tables: Sequence[UsageTable]) -> Usage:
    """Join usage tables with a history."""
    if not tables:
        return Usage()
    return join_usage(tables, history.commits, history.labels, history.directory, history.repository.name)


def usage_treatment(history: History, usage: Usage) -> UsageTreatment | None:
    """Return the treatment if the settings ask for usage and the data have some of this history; else None."""
    has_data = len(usage.commits) > 0 or len(usage.days) > 0
    return UsageTreatment(history, usage) if history.settings.treatment == "usage" and has_data else None


def usage_calibration(history: History, usage: Usage, window: TimeWindow) -> UsageCalibration:
    """Return what usage data say of the marks in the range."""
    if not usage.files:
        return UsageCalibration()
    committed = history.committed
    people = by_people(history.labels).to_numpy(bool) & ~is_merge(history.commits).to_numpy(bool)
    inside = set(committed.index[window.contains(committed)]) & set(history.labels["sha"][people])
    return UsageCalibration(
        recall_by_usage(usage, history.labels, committed, inside),
        marks_on_days(usage, history.commits, history.labels, inside),
    )
