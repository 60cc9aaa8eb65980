"""history → the inputs of shares, outcomes and tests of marking."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.config import parse_date
from analyzer.errors import NoShareError
from analyzer.evidence.line_truth import recorded_commits
from analyzer.history.file_classes import COUNTED_CLASSES
from analyzer.outcomes.history_view import OutcomeInputs
from analyzer.share import SHARES
from analyzer.share.bounds import has_items
from analyzer.share.definition import OlderLines, ShareInputs
from analyzer.share.line_counts import (
    lines_by_commit,
    noted_lines_by_commit,
    surviving_90d_by_commit,
    surviving_by_commit,
)
from analyzer.share.time_window import TimeWindow
from analyzer.share.vendor_definitions import role_weights

if TYPE_CHECKING:
    from analyzer.evidence.public_policies import Policy
    from analyzer.evidence.recall import Recall
    from analyzer.pipeline.commit_history import CommitHistory
    from analyzer.pipeline.estimate_style import StyleSample
    from analyzer.pipeline.line_history import LineTables
    from analyzer.pipeline.load import History
    from analyzer.share.disclosure_changes import MarkingChange


def time_window(history: History | CommitHistory) -> TimeWindow:
    """Return the range that the settings ask for, and its as-of date."""
    settings, as_of = history.settings, as_of_date(history)
    since = None if settings.since is None else parse_date(settings.since, "--since")
    ends = [
        parse_date(text, option, end_of_day=True)
        for option, text in (("--until", settings.until), ("--as-of", settings.as_of))
        if text
    ]
    as_of_end = parse_date(as_of, "--as-of", end_of_day=True) if as_of else None
    return TimeWindow(since, min(ends, default=None), as_of_end, settings.by)


def as_of_date(history: History | CommitHistory) -> str:
    """Return --as-of, else the committer date of the analysed commit, else of the newest dated one; never today's."""
    if history.settings.as_of is not None:
        return history.settings.as_of
    committed = history.committed
    at_head = committed[history.repository.head]
    day = at_head if pd.notna(at_head) else committed.max()
    return "" if pd.isna(day) else day.strftime("%Y-%m-%d")


def merged_in(history: History, window: TimeWindow) -> pd.DataFrame:
    """Return the merged changes of the range."""
    inside: pd.DataFrame = history.merged_changes[window.contains(history.merged_changes["merged"])]
    return inside


def share_inputs(history: History, window: TimeWindow, style: StyleSample | None = None) -> ShareInputs:
    """Return everything that definitions of the share read; functions only with a `style` sample.

    Raises `NoShareError("nothing-in-range")` where no definition has anything to count.
    """
    inputs = _with_lines(history, commit_inputs(history), window)
    if style is not None:
        inputs = replace(inputs, functions=style.functions)
    if not has_items(inputs, SHARES, window):
        raise NoShareError(
            "nothing-in-range",
            "Nothing is left to count: no commit but merges, automation and what the range or filters leave out.",
            "Widen --since and --until, or change --include and --exclude.",
        )
    return inputs


def commit_inputs(history: History) -> ShareInputs:
    """Return what definitions read of commits and merged changes; lines are not counted yet."""
    commits = history.commits
    if history.selected_commits is not None:
        commits = commits[commits["sha"].isin(history.selected_commits)]
    counts = None if history.checkpoints is None else history.checkpoints.counts
    return ShareInputs(
        commits=commits, labels=history.labels, merged_changes=history.merged_changes, lines=None, checkpoints=counts
    )


def _with_lines(history: History, inputs: ShareInputs, window: TimeWindow) -> ShareInputs:
    lines = history.lines
    if lines is None:
        return inputs
    surviving_90d = None
    if window.as_of is not None:
        surviving_90d = surviving_90d_by_commit(lines.lifetimes, history.committed, pd.Timestamp(window.as_of))
    noted = None
    if history.notes is not None:
        noted = noted_lines_by_commit(lines.changes, history.notes.truth, history.notes.noted_commits)
    return replace(
        inputs,
        lines=lines_by_commit(lines.changes),
        surviving=surviving_by_commit(lines.surviving),
        surviving_90d=surviving_90d,
        noted_lines=noted,
        blamed=surviving_by_commit(lines.blamed),
        weights=role_weights(history.evidence),
        older=None if lines.start is None else _older_lines(lines, lines.start),
    )


def _older_lines(lines: LineTables, start: pd.Timestamp) -> OlderLines:
    surviving, blamed = (
        int(table.loc[table["sha"].isna() & table["path_class"].isin(COUNTED_CLASSES), "lines"].sum())
        for table in (lines.surviving, lines.blamed)
    )
    return OlderLines(start, surviving, blamed)


def with_lines(history: History, window: TimeWindow) -> TimeWindow:
    """Return the part of the range in which lines are followed."""
    start = None if history.lines is None or history.lines.start is None else history.lines.start.to_pydatetime()
    return window.starting(start)


def outcome_inputs(history: History, shares: ShareInputs, window: TimeWindow, as_of: pd.Timestamp) -> OutcomeInputs:
    """Return what outcomes read of commits and merged changes in the range; releases are not read yet.

    What became of older changes is unknown if the history of lines begins later, so they are left out.
    """
    window = with_lines(history, window)
    dated = shares.counted_commits[
        window.contains(shares.counted_commits["when"]) & shares.counted_commits["when"].notna()
    ]
    commits = dated.merge(history.labels[["sha", "person"]], on="sha")
    return OutcomeInputs(
        commits=commits[["sha", "person", "when", "ai"]],
        lifetimes=None if history.lines is None else history.lines.lifetimes,
        file_changes=history.file_changes,
        merged_changes=merged_in(history, window),
        merged_change_of=history.merged_change_of,
        change_of_lines=history.change_of_lines,
        all_commits=history.commits,
        as_of=as_of,
        patch_ids=history.reversible_patches,
    )


def outcome_inputs_as_of(history: History, as_of: pd.Timestamp) -> OutcomeInputs:
    """Return what outcomes read of everything before a date, releases left out."""
    window = TimeWindow(None, None, as_of.to_pydatetime(), history.settings.by)
    return outcome_inputs(history, commit_inputs(history), window, as_of)


def recall_in_range(history: History, window: TimeWindow) -> Recall | None:
    """Return how many commits with AI lines carry a mark, in the range; None without line-level records there."""
    from analyzer.evidence.recall import measure_recall  # it needs scipy, which the first figure need not wait for

    recorded, with_ai = recorded_commits(history.notes, history.checkpoints)
    committed = history.committed
    inside = recorded & set(committed.index[window.contains(committed)])
    return measure_recall(history.labels, committed, inside, with_ai) if inside else None


def policies_in(history: History, window: TimeWindow) -> list[Policy]:
    """Return the rules on AI marks whose day is in the range, oldest first; a later rule explains nothing before it."""
    as_of = as_of_date(history)
    policies = [policy for policy in history.policies.policies if policy.date <= as_of]
    days = pd.Series([policy.date for policy in policies], dtype="str")
    inside = window.contains(pd.to_datetime(days, utc=True).dt.as_unit("s"))
    return [policy for policy, is_inside in zip(policies, inside, strict=True) if is_inside]


def marking_changes_in_range(
    history: History, shares: ShareInputs, window: TimeWindow, recall: Recall | None
) -> tuple[list[MarkingChange], int]:
    """Return the changes of the marked rate in the range, and over how many months with commits they were sought."""
    from analyzer.share.disclosure_changes import WorkHistory, find_marking_changes  # as above

    inside = shares.counted_commits[
        window.contains(shares.counted_commits["when"]) & window.period(shares.counted_commits["when"]).notna()
    ]
    commits = inside.merge(history.labels[["sha", "person", "tool"]], on="sha")
    if shares.lines is None:
        commits["size"] = pd.Series(pd.NA, index=commits.index, dtype="Float64")
    else:
        lines = commits["sha"].map(shares.lines.set_index("sha")["lines_added"]).astype("Float64")
        commits["size"] = np.log1p(lines)
    work = WorkHistory(commits, merged_in(history, window), recall, tuple(policies_in(history, window)))
    return find_marking_changes(work), commits["when"].dt.strftime("%Y-%m").nunique()
