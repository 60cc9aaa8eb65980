"""history → the two verdicts: throughput on a panel of what was shipped, defects on changes that were followed up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from analyzer.core.constants import ALPHA
from analyzer.inference.defects import estimate_defects
from analyzer.inference.goodhart import fired_variants
from analyzer.inference.grading.defects import DefectsVerdict, defects_verdict
from analyzer.inference.grading.rules import INFORMATIVE
from analyzer.inference.grading.spillover import estimate_spill_over
from analyzer.inference.grading.throughput import ThroughputVerdict, throughput_verdict
from analyzer.outcomes.follow_ups import FOLLOW_UP_LINES, FOLLOW_UPS, HALF_REWRITTEN_OR_REVERTED
from analyzer.outcomes.revert_detection import cancelled_changes, detect_reverts
from analyzer.outcomes.reverts import REVERTS
from analyzer.panel import panel_from_changes, regime_starts, split_by_regimes
from analyzer.panel.alternatives import MATURITIES, alternative_panels
from analyzer.pipeline.gaming import gamed
from analyzer.share.line_counts import lines_by_change

if TYPE_CHECKING:
    from analyzer.evidence.recall import Recall
    from analyzer.inference.results import Goodhart
    from analyzer.pipeline.compare_outcomes import ComparedOutcomes
    from analyzer.pipeline.load import History
    from analyzer.share.disclosure_changes import MarkingChange
    from analyzer.share.time_window import TimeWindow


class Verdicts(NamedTuple):
    """Both verdicts, how many changes were no throughput, and the days on which another way of landing set in."""

    throughput: ThroughputVerdict
    defects: DefectsVerdict
    netted: int
    regimes: tuple[str, ...]
    goodhart: Goodhart | None


def grade(
    history: History,
    landed: pd.DataFrame,
    compared: ComparedOutcomes,
    window: TimeWindow,
    disclosed: list[MarkingChange],
    recall: Recall | None,
) -> Verdicts:
    """Grade what the share says about throughput and defects, from the merged changes of the range."""
    # Marks that are known to miss much, or to come and go, cannot carry a verdict.
    unsteady = recall is not None and recall.unsteady
    as_of = None if window.as_of is None else pd.Timestamp(window.as_of)
    followed = compared.tables.get(FOLLOW_UPS.id, compared.tables.get(REVERTS.id))
    found = None if followed is None else estimate_defects(followed)
    shipped, back = _shipped(history, landed)
    regimes = regime_starts(landed)
    if history.file_changes is not None:
        shipped = shipped.assign(
            lines_added=shipped["merged_change"].map(lines_by_change(history.file_changes, history.merged_change_of))
        )
    mature = {} if as_of is None else _mature(history, landed, back, as_of)
    panel = panel_from_changes(shipped, compared.lasting)
    gaming = gamed(history, shipped, panel, regimes, disclosed)
    throughput = throughput_verdict(
        panel,
        seed=history.settings.seed,
        family=[] if found is None else [found.p],
        recall_unsteady=unsteady,
        regimes=regimes,
        specifications=lambda people: alternative_panels(mature, people, regimes),
        defects_upper=None if found is None else found.high,
        gaming_flags=() if gaming is None else fired_variants(gaming),
    )
    defects = defects_verdict(
        found,
        any_marked=bool((landed["ai"] > 0).any()),
        follow_up_count=0 if followed is None else int((followed["events"] > 0).sum()),
        by_change=compared.found(FOLLOW_UPS.id),
        by_line=compared.found(FOLLOW_UP_LINES.id),
        label_free=compared.found(HALF_REWRITTEN_OR_REVERTED.id),
        family=throughput.tests,
        recall_unsteady=unsteady,
        spill=None if followed is None else estimate_spill_over(followed),
    )
    return Verdicts(*_together(throughput, defects), len(landed) - len(shipped), regimes, gaming)


def _shipped(history: History, landed: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Of the changes that landed those that add up to something, and what was taken back (`detect_reverts`)."""
    back = detect_reverts(history.merged_changes, history.commits, history.merged_change_of, history.reversible_patches)
    return landed[~landed["merged_change"].isin(cancelled_changes(back, history.merged_changes, history.merged_change_of))], back


def panel_table(history: History, landed: pd.DataFrame) -> pd.DataFrame:
    """Table `panel`: what the verdict on throughput is estimated from, one row a person and four weeks of the span.

    Columns unit (person and regime), author, period, share (of the period itself; NA without changes), n, outcome,
    eligible (1 where the person enters the verdict). `aishare infer` reads it.
    """
    shipped, _ = _shipped(history, landed)
    regimes = regime_starts(landed)
    whole = panel_from_changes(shipped)
    eligible = set(whole.select_eligible().people)
    panel = split_by_regimes(whole, regimes)
    rows, columns = panel.span.nonzero()
    share = pd.Series(panel.ai[rows, columns]) / pd.Series(panel.n[rows, columns]).where(panel.n[rows, columns] > 0)
    authors = pd.Series([panel.people[k] for k in rows], dtype="str")
    periods = pd.Series([panel.periods[k] for k in columns], dtype="str")
    begun = periods.map(lambda day: sum(day >= cut for cut in regimes)).astype("str")
    return pd.DataFrame(
        {
            "unit": authors + "/" + begun,
            "person": authors,
            "period": periods,
            "share": share.astype("Float64"),
            "n": panel.n[rows, columns].astype(int),
            "outcome": panel.y[rows, columns].astype(int),
            "eligible": authors.isin(eligible).astype(int),
        }
    )


def _mature(history: History, landed: pd.DataFrame, back: pd.DataFrame, as_of: pd.Timestamp) -> dict[int, pd.DataFrame]:
    """Changes old enough, and not taken back, by how many days they had for that."""
    found = {}
    for days in MATURITIES:
        age = pd.Timedelta(days=days)
        gone = cancelled_changes(back, history.merged_changes, history.merged_change_of, age)
        found[days] = landed[~landed["merged_change"].isin(gone) & (landed["merged"] <= as_of - age)]
    return found


def _together(throughput: ThroughputVerdict, defects: DefectsVerdict) -> tuple[ThroughputVerdict, DefectsVerdict]:
    """Misleading is said of both: more is merged while less of it lasts, or while more of it is followed up."""
    if throughput.grade == "misleading":
        return throughput, replace(defects, grade="misleading", slug=throughput.slug)
    t, d = throughput.estimates, defects.estimates
    rises = t is not None and (throughput.p_holm or 1.0) < ALPHA and t.recorded.low > 0
    if rises and d is not None and defects.grade in INFORMATIVE and d.ratio > 1:
        both = f"{throughput.sentence} {defects.sentence}"
        slug = "more-followed-up"
        return (
            replace(throughput, grade="misleading", slug=slug, sentence=both),
            replace(defects, grade="misleading", slug=slug),
        )
    return throughput, defects
