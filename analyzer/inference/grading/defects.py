"""Estimate of follow-ups → verdict on defects. We say "followed up", never "bugs".

Larger changes are followed up more often without being worse, so the ratio per line must agree. People who use AI may
word their fixes differently, so a measure that ignores commit messages must agree before anything is called worse (R4
of docs/method.md).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from analyzer.inference.defects import MAX_DETECTABLE_RATIO
from analyzer.inference.grading.quarterly import QUARTERLY_ALPHA
from analyzer.inference.grading.rules import MIN_PEOPLE, DefectFindings, defects_significant, grade_defects
from analyzer.inference.grading.sentences import UNSTEADY_RECALL
from analyzer.inference.grading.throughput import holm_adjusted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.inference.defects import Defects
    from analyzer.inference.matching import MatchedComparison
    from analyzer.inference.results import Grade, Placebo, SpillOver

# The interval of the label-free measure must reach at least this fraction of the effect.
_MIN_LABEL_FREE = 0.5


@dataclass(frozen=True, slots=True)
class DefectsVerdict:
    """The grade and what it is based on; `estimates` is None where nothing could be estimated."""

    grade: Grade
    slug: str
    sentence: str
    estimates: Defects | None
    p_holm: float | None
    placebos: tuple[Placebo, ...] = ()
    spill: SpillOver | None = None
    quarterly: Grade = "unknown_too_little_history"


def defects_verdict(
    estimate: Defects | None,
    *,
    any_marked: bool,
    follow_up_count: int = 0,
    by_change: MatchedComparison | None = None,
    by_line: MatchedComparison | None = None,
    label_free: MatchedComparison | None = None,
    family: Sequence[float] = (),
    recall_unsteady: bool = False,
    spill: SpillOver | None = None,
) -> DefectsVerdict:
    """Grade the association of a change's own mark with being followed up.

    Parameters
    ----------
    any_marked : whether any change is marked.
    follow_up_count : changes followed up, in total.
    by_change, by_line, label_free : matched comparisons of the same changes (for their placebo tests), of production
        lines, and of changes half rewritten.
    family : p-values of the other verdicts.
    recall_unsteady : marks are known to miss half of the AI commits, or a changing share of them.
    spill : association of the share with follow-ups of the same people's other changes; passed through.
    """
    if estimate is None:
        grade = grade_defects(DefectFindings(any_marked, people=0, recall_unsteady=recall_unsteady))
        slug, sentence = _no_estimate(follow_up_count, any_marked=any_marked, recall_unsteady=recall_unsteady)
        return DefectsVerdict(grade, slug, sentence, None, None, quarterly=grade)
    p_holm = holm_adjusted(estimate.p, family)
    findings = DefectFindings(
        any_marked,
        estimate.people,
        recall_unsteady,
        p_holm,
        estimate.low,
        estimate.high,
        estimate.smallest_detectable,
        by_line=_agrees_by_line(estimate, by_line),
        label_free=_agrees_without_labels(estimate, label_free),
        placebo_failed=by_change is not None and bool(by_change.failed),
    )
    grade = grade_defects(findings)
    slug, sentence = (
        ("recall-unsteady", UNSTEADY_RECALL) if recall_unsteady else _reason_and_sentence(grade, findings, estimate)
    )
    placebos = () if by_change is None else by_change.placebos
    return DefectsVerdict(
        grade,
        slug,
        sentence,
        estimate,
        p_holm,
        placebos,
        spill,
        grade_defects(replace(findings, alpha=QUARTERLY_ALPHA)),
    )


def _agrees_by_line(estimate: Defects, by_line: MatchedComparison | None) -> bool | None:
    """Return whether the difference per line has the same sign, significantly; None without an estimate."""
    if by_line is None or by_line.difference is None:
        return None
    difference = by_line.difference
    return difference.low > 0 if estimate.ratio > 1 else difference.high < 0


def _agrees_without_labels(estimate: Defects, label_free: MatchedComparison | None) -> bool | None:
    """Return whether the label-free difference has the same sign and may reach half the effect; None if unknown."""
    if label_free is None or label_free.difference is None or label_free.other is None:
        return None
    unmarked_risk = label_free.other.point
    if not unmarked_risk > 0:
        return None
    label_free_effect = (
        label_free.difference.high / unmarked_risk if estimate.ratio > 1 else -label_free.difference.low / unmarked_risk
    )
    effect = estimate.ratio - 1 if estimate.ratio > 1 else 1 - estimate.ratio
    return label_free.difference.point * (estimate.ratio - 1) > 0 and label_free_effect >= _MIN_LABEL_FREE * effect


def _no_estimate(follow_up_count: int, *, any_marked: bool, recall_unsteady: bool) -> tuple[str, str]:
    if not any_marked:
        return "no-share-varies", "No change is marked as AI, so there is nothing to compare."
    if recall_unsteady:
        return "recall-unsteady", UNSTEADY_RECALL
    if not follow_up_count:
        return "too-few-follow-ups", "No change old enough was followed up; nothing to compare."
    count = f"{follow_up_count} changes were followed up"
    return (
        "too-few-follow-ups",
        f"{count}; fewer than two people have both kinds, one followed up, in the same four weeks.",
    )


def _reason_and_sentence(grade: Grade, findings: DefectFindings, estimate: Defects) -> tuple[str, str]:
    high = f"{estimate.high:.1f}" if math.isfinite(estimate.high) else "no upper end"
    figure = f"marked changes are followed up ×{estimate.ratio:.1f} as often ({estimate.low:.1f} … {high})"
    smallest = (
        f"×{estimate.smallest_detectable:.1f}"
        if math.isfinite(estimate.smallest_detectable)
        else f"none up to ×{MAX_DETECTABLE_RATIO:.0f}"
    )
    detectable = f"could have shown {smallest}"
    excludes_one = estimate.low > 1 or estimate.high < 1
    if excludes_one and findings.p is not None and findings.p >= findings.alpha:
        figure = f"{figure}, p {findings.p:.2f} beside the other tests"
    if estimate.people < MIN_PEOPLE:
        return (
            "too-few-follow-ups",
            f"{estimate.people} people have both kinds in the same four weeks; {MIN_PEOPLE} are needed.",
        )
    if (defects_significant(findings) and not grade.startswith("says_")) or (
        grade == "says_nothing" and defects_significant(findings)
    ):
        if findings.placebo_failed:
            return "outcome-placebo-failed", f"{figure}, but marks that are not their own find as much."
        if findings.by_line is False:
            return "follow-ups-go-with-size", f"{figure}, but not by line: follow-ups go with the size of changes."
        return "follow-ups-by-label", f"{figure}, but without labels of fixes nothing of it is left: words differ."
    reasons = {
        "unknown_too_little_history": ("too-small-to-see", f"{figure}; {detectable}."),
        "says_nothing": ("near-zero", f"{figure}: essentially as often."),
        "nothing_detected": ("nothing-detected", f"{figure}; {detectable}, four times in five."),
    }
    if grade in {"says_something", "says_a_lot"}:
        return grade.replace("_", "-"), f"{figure}, by line and without labels of fixes as well; {detectable}."
    missing = [
        text
        for available, text in ((findings.by_line, "by line"), (findings.label_free, "without labels of fixes"))
        if available is None
    ]
    missing_note = f" There is no figure {' or '.join(missing)}." if missing else ""
    return reasons.get(grade, ("says-little", f"{figure}; {detectable}.{missing_note}"))
