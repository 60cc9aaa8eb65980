"""Build the part of the `Result` on how AI use is marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from analyzer.core.sanitize import plain
from analyzer.core.tables import records
from analyzer.evidence.recall import wilson_interval
from analyzer.report import contract_marking as r
from analyzer.report.sections.disclosure import explain_change

if TYPE_CHECKING:
    from analyzer.evidence.possible_counts import PossibleAi
    from analyzer.evidence.public_policies import Policy
    from analyzer.evidence.recall import Recall
    from analyzer.report.analysis_tables import AnalysisTables
    from analyzer.share.disclosure_changes import MarkingChange
    from analyzer.usage.calibration import MarksOnDays
    from analyzer.usage.join import JoinedFile


def marking_result(tables: AnalysisTables) -> r.Marking:
    """Return what the marks, records, files of tools and rules say of marking."""
    return r.Marking(
        changes=[_marking_step(change) for change in tables.marking_changes],
        adoption=None if tables.adoption is None else [_adoption(row) for row in records(tables.adoption)],
        recall_by_period=None if tables.recall is None else _recall(tables.recall),
        drift=tables.marking_changed,
        possible=_possible(tables.possible),
        policies=[_policy(policy) for policy in tables.policies],
        usage=[_usage_file(file) for file in tables.usage.files],
        recall_by_usage=None if tables.recall_by_usage is None else _recall(tables.recall_by_usage),
        marks_by_use=None if tables.marks_on_days is None else _marks_by_use(tables.marks_on_days),
    )


def _possible(possible: PossibleAi) -> r.Possible:
    return r.Possible(
        accounts=[r.PossibleAgent(a.name, a.commits, a.reason, a.rule) for a in possible.accounts],
        n_accounts=possible.n_accounts,
        account_commits=possible.account_commits,
        branches=[r.AgentBranches(b.folder, b.commits, b.marked) for b in possible.branches],
        merges=possible.merges,
    )


def _marking_step(change: MarkingChange) -> r.MarkingStep:
    policies = [_policy(policy) for policy in change.policies]
    return r.MarkingStep(change.period, change.kind, change.before, change.after, explain_change(change), policies)


def _policy(policy: Policy) -> r.MarkingPolicy:
    return r.MarkingPolicy(
        policy.date, policy.within, policy.asks, policy.expects, policy.text, policy.path, policy.sha, policy.source
    )


def _adoption(row: dict[str, Any]) -> r.Adoption:
    day = None if pd.isna(row["first"]) else row["first"].strftime("%Y-%m-%d")
    return r.Adoption(row["tool"], plain(row["path"]), row["sha"], day, row["kind"])


def _usage_file(file: JoinedFile) -> r.UsageFileCounts:
    usage = file.usage
    return r.UsageFileCounts(
        usage.name,
        usage.format.id,
        usage.format.per,
        usage.records,
        usage.invalid,
        usage.repeated,
        file.matched,
        file.unmatched,
        file.subjects,
        usage.first_day,
        usage.last_day,
    )


def _marks_by_use(counts: MarksOnDays) -> r.MarksByUse:
    n, marked = counts.with_use, counts.marked_with_use
    low, high = wilson_interval(marked, n) if n else (None, None)
    return r.MarksByUse(*counts, at_least=marked / n if n else None, low=low, high=high)


def _recall(recall: Recall) -> list[r.RecallPeriod]:
    rows = []
    for month in records(recall.months):
        n, marked, marks = int(month["n"]), int(month["marked"]), int(month["marks"])
        low, high = wilson_interval(marked, n) if n else (None, None)
        precision = marked / marks if marks else None
        rows.append(r.RecallPeriod(month["period"], n, marked / n if n else None, low, high, marks, precision))
    return rows
