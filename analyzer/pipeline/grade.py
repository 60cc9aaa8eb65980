"""history → the verdicts on throughput (panel of merged changes), defects (follow-ups) and quality (all outcomes)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from analyzer.inference.defects import comparable_counts
from analyzer.inference.goodhart import fired_variants
from analyzer.inference.grading.defects import DefectsVerdict, defects_verdict
from analyzer.inference.grading.quality import QualityVerdict, quality_verdict
from analyzer.inference.grading.rules import INFORMATIVE
from analyzer.inference.grading.spillover import estimate_spill_over
from analyzer.inference.grading.throughput import ThroughputVerdict, output_rises, throughput_verdict
from analyzer.inference.grading.usage import verdict_by_usage
from analyzer.outcomes.follow_ups import FOLLOW_UP_LINES, FOLLOW_UPS, HALF_REWRITTEN_OR_REVERTED
from analyzer.outcomes.revert_detection import cancelled_changes, detect_reverts
from analyzer.outcomes.reverts import REVERTS
from analyzer.panel import panel_from_changes, regime_starts
from analyzer.panel.alternatives import MATURITIES, alternative_panels
from analyzer.panel.dump_table import table_from_panel
from analyzer.pipeline.gaming import run_gaming_tests
from analyzer.pipeline.usage import usage_treatment
from analyzer.share.line_counts import lines_by_change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.evidence.recall import Recall
    from analyzer.inference.results import Goodhart
    from analyzer.pipeline.compare_outcomes import ComparedOutcomes
    from analyzer.pipeline.load import History
    from analyzer.share.disclosure_changes import MarkingChange
    from analyzer.share.time_window import TimeWindow
    from analyzer.usage.join import Usage


class Verdicts(NamedTuple):
    """The verdicts, and what they rest on.

    Attributes
    ----------
    throughput, defects, quality : the graded verdicts.
    cancelled_changes : number of changes that reverts cancel; they do not count as throughput.
    regimes : first days of another way of merging.
    gaming : results of the gaming tests; None where they could not run.
    """

    throughput: ThroughputVerdict
    defects: DefectsVerdict
    quality: QualityVerdict
    cancelled_changes: int
    regimes: tuple[str, ...]
    gaming: Goodhart | None


def grade(
    history: History,
    merged_changes: pd.DataFrame,
    outcomes: ComparedOutcomes,
    window: TimeWindow,
    marking_changes: list[MarkingChange],
    recalls: Sequence[Recall | None],
    usage: Usage,
) -> Verdicts:
    """Grade the association of the AI share with throughput and defects, and what marked changes did.

    Parameters
    ----------
    merged_changes : table `merged_changes`, those of the range.
    outcomes : outcomes compared by mark.
    marking_changes : changes of the marked rate.
    recalls : recall of the marks by line-level records, and by usage data; None where there are none.
    usage : usage data joined with the history.
    """
    # Marks that are known to miss much, or whose recall varies over time, cannot support a verdict.
    unsteady_recall = any(recall is not None and recall.unsteady for recall in recalls)
    as_of = None if window.as_of is None else pd.Timestamp(window.as_of)
    by_change = outcomes.matched_comparison(_graded_outcome(outcomes))
    defect_estimates = None if by_change is None else by_change.ratio
    # A range that holds every change has been searched for reverts already.
    all_changes = len(merged_changes) == len(history.merged_changes)
    net_changes, reverts = _net_of_reverts(history, merged_changes, outcomes.reverts if all_changes else None)
    regimes = regime_starts(merged_changes)
    net_changes = _with_lines_added(history, net_changes)
    mature_changes = {} if as_of is None else _mature_changes(history, merged_changes, reverts, as_of)
    panel = panel_from_changes(net_changes, outcomes.durable_probability)
    gaming = run_gaming_tests(history, net_changes, panel, regimes, marking_changes, as_of)
    treatment = usage_treatment(history, usage)
    compared = panel if treatment is None else treatment.on_panel(panel, net_changes)
    alternatives = alternative_panels if treatment is None else treatment.alternatives
    throughput = throughput_verdict(
        compared,
        seed=history.settings.seed,
        family=[] if defect_estimates is None else [defect_estimates.p],
        recall_unsteady=unsteady_recall and treatment is None,
        regimes=regimes,
        specifications=lambda people: alternatives(mature_changes, people, regimes),
        defects_upper=None if defect_estimates is None else defect_estimates.high,
        gaming_flags=() if gaming is None or treatment is not None else fired_variants(gaming),
    )
    if treatment is not None:
        throughput = verdict_by_usage(throughput, treatment.sentence(compared))
    any_marked = bool((merged_changes["ai"] > 0).any())
    defects = _grade_defects(outcomes, throughput.tests, any_marked=any_marked, recall_unsteady=unsteady_recall)
    quality = quality_verdict(outcomes.comparisons, any_marked=any_marked, recall_unsteady=unsteady_recall)
    aligned = _align_misleading(throughput, defects)
    return Verdicts(*aligned, quality, len(merged_changes) - len(net_changes), regimes, gaming)


def _graded_outcome(outcomes: ComparedOutcomes) -> str:
    """Return the id of the outcome that the verdict on defects grades: reverts where file contents are missing."""
    return FOLLOW_UPS.id if FOLLOW_UPS.id in outcomes.tables else REVERTS.id


def _grade_defects(
    outcomes: ComparedOutcomes, family: Sequence[float], *, any_marked: bool, recall_unsteady: bool
) -> DefectsVerdict:
    graded_id = _graded_outcome(outcomes)
    table, by_change = outcomes.tables.get(graded_id), outcomes.matched_comparison(graded_id)
    return defects_verdict(
        None if by_change is None else by_change.ratio,
        any_marked=any_marked,
        counts=None if table is None else comparable_counts(table),
        reverts_only=graded_id == REVERTS.id,
        by_change=by_change,
        by_line=outcomes.matched_comparison(FOLLOW_UP_LINES.id),
        label_free=outcomes.matched_comparison(HALF_REWRITTEN_OR_REVERTED.id),
        family=family,
        recall_unsteady=recall_unsteady,
        spill=None if table is None else estimate_spill_over(table),
    )


def _net_of_reverts(
    history: History, merged_changes: pd.DataFrame, reverts: pd.DataFrame | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the changes that reverts do not cancel, and the table of reverts (`detect_reverts`).

    `reverts`: that table, where it is at hand.
    """
    if reverts is None:
        reverts = detect_reverts(
            history.merged_changes, history.commits, history.merged_change_of, history.reversible_patches
        )
    cancelled = cancelled_changes(reverts, history.merged_changes, history.merged_change_of)
    return merged_changes[~merged_changes["merged_change"].isin(cancelled)], reverts


def panel_table(history: History, merged_changes: pd.DataFrame, durable_probability: pd.Series | None) -> pd.DataFrame:
    """Return table `panel`, from which throughput is estimated (`dump_table.table_from_panel`).

    durable_probability : probability to last, by change; None without contents.
    """
    net_changes, _ = _net_of_reverts(history, merged_changes)
    panel = panel_from_changes(_with_lines_added(history, net_changes), durable_probability)
    return table_from_panel(panel, regime_starts(merged_changes))


def _with_lines_added(history: History, changes: pd.DataFrame) -> pd.DataFrame:
    """Return the changes with the lines that each added; unchanged without contents."""
    if history.file_changes is None:
        return changes
    lines = lines_by_change(history.file_changes, history.change_of_lines)
    return changes.assign(lines_added=changes["merged_change"].map(lines))


def _mature_changes(
    history: History, merged_changes: pd.DataFrame, reverts: pd.DataFrame, as_of: pd.Timestamp
) -> dict[int, pd.DataFrame]:
    """Return, for each maturity in days, the changes at least that old and not reverted within that time."""
    by_maturity = {}
    for days in MATURITIES:
        age = pd.Timedelta(days=days)
        cancelled = cancelled_changes(reverts, history.merged_changes, history.merged_change_of, age)
        by_maturity[days] = merged_changes[
            ~merged_changes["merged_change"].isin(cancelled) & (merged_changes["merged"] <= as_of - age)
        ]
    return by_maturity


def _align_misleading(
    throughput: ThroughputVerdict, defects: DefectsVerdict
) -> tuple[ThroughputVerdict, DefectsVerdict]:
    """Grade both verdicts misleading if either is: more is merged while less of it lasts or more of it needs fixes."""
    if throughput.grade == "misleading":
        return throughput, replace(defects, grade="misleading", slug=throughput.slug)
    t, d = throughput.estimates, defects.estimates
    rises = t is not None and output_rises(t, throughput.p_holm)
    if rises and d is not None and defects.grade in INFORMATIVE and d.ratio > 1:
        sentence = f"{throughput.sentence} {defects.sentence}"
        slug = "more-followed-up"
        return (
            replace(throughput, grade="misleading", slug=slug, sentence=sentence),
            replace(defects, grade="misleading", slug=slug),
        )
    return throughput, defects
