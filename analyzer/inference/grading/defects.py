"""Estimate of follow-up fixes → verdict on defects. We say "follow-up fix", never "bug".

Larger changes need more follow-up fixes without being worse, so the ratio per line must agree. People who use AI may
word their fixes differently, so a measure that ignores commit messages must agree before anything is called worse
(docs/method.md, "Defects").
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from analyzer.inference.defects import MAX_DETECTABLE_RATIO, MIN_MARKED, MIN_PEOPLE
from analyzer.inference.grading.quarterly import QUARTERLY_ALPHA
from analyzer.inference.grading.rules import INFORMATIVE, DefectFindings, defects_significant, grade_defects
from analyzer.inference.grading.sentences import UNSTEADY_RECALL
from analyzer.inference.grading.throughput import holm_adjusted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.inference.defects import ComparableCounts, Defects
    from analyzer.inference.matching import MatchedComparison
    from analyzer.inference.results import Grade, Placebo, SpillOver

# The interval of the label-free measure must reach at least this fraction of the effect.
_MIN_LABEL_FREE = 0.5
_MIN_WHOLE_PERCENT = 0.0995
# An interval whose ends are further apart than this factor is not printed: it says nothing.
_WIDEST_INTERVAL = 10.0


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
    counts: ComparableCounts | None = None,
    reverts_only: bool = False,
    by_change: MatchedComparison | None = None,
    by_line: MatchedComparison | None = None,
    label_free: MatchedComparison | None = None,
    family: Sequence[float] = (),
    recall_unsteady: bool = False,
    spill: SpillOver | None = None,
) -> DefectsVerdict:
    """Grade the association of a change's own mark with needing a follow-up fix.

    Parameters
    ----------
    any_marked : whether any change is marked.
    counts : what there is to compare, for the reason where there is no estimate.
    reverts_only : events are reverts, because file contents are missing.
    by_change, by_line, label_free : comparisons of the same changes (for their placebo tests), of production lines, and
        of changes half rewritten.
    family : p-values of the other verdicts' tests, of those that could run.
    recall_unsteady : marks are known to miss half of the AI commits, or a changing share of them.
    spill : association of the share with follow-ups of the same people's other changes; passed through.
    """
    if estimate is None:
        grade = grade_defects(DefectFindings(any_marked, people=0, recall_unsteady=recall_unsteady))
        slug, sentence = _no_estimate(counts, any_marked=any_marked, recall_unsteady=recall_unsteady)
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
    slug, sentence = "recall-unsteady", UNSTEADY_RECALL
    if not recall_unsteady:
        verb = "were reverted" if reverts_only else "needed a follow-up fix"
        slug, sentence = _reason_and_sentence(grade, findings, estimate, verb)
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


def _no_estimate(counts: ComparableCounts | None, *, any_marked: bool, recall_unsteady: bool) -> tuple[str, str]:
    if not any_marked:
        return "no-share-varies", "No change is marked as AI, so there is nothing to compare."
    if recall_unsteady:
        return "recall-unsteady", UNSTEADY_RECALL
    if counts is None or not counts.events:
        return (
            "too-few-follow-ups",
            "No change that is old enough needed a follow-up fix, so there is nothing to compare.",
        )
    people = f"{counts.people} {'person has' if counts.people == 1 else 'people have'} both kinds of changes"
    if counts.people_with_events >= MIN_PEOPLE:
        return "too-few-follow-ups", f"Too few marked changes to compare: {counts.marked:.0f}; {MIN_MARKED} are needed."
    if counts.people >= MIN_PEOPLE:
        people = f"{people}, and {counts.people_with_events} of them needed a fix"
    return "too-few-follow-ups", f"Too few fixes to compare: {people}; {MIN_PEOPLE} are needed."


def _reason_and_sentence(grade: Grade, findings: DefectFindings, estimate: Defects, verb: str) -> tuple[str, str]:
    """Return slug and sentence: the ratio with its interval, then what keeps it from saying more."""
    figure = _figure(estimate, verb)
    excludes_one = estimate.low > 1 or estimate.high < 1
    if defects_significant(findings) and grade not in INFORMATIVE:
        return _not_supported(findings, figure)
    if grade in INFORMATIVE:
        return _supported_sentence(grade, findings, figure)
    if grade == "says_nothing":
        return "near-zero", f"{figure} That is about as often."
    if not excludes_one and estimate.high > _WIDEST_INTERVAL * estimate.low:
        return "too-small-to-see", f"Too few fixes to compare: with {estimate.people} people, {_detectable(estimate)}"
    slug = "too-small-to-see" if grade == "unknown_too_little_history" else "nothing-detected"
    if excludes_one and findings.p is not None:
        return slug, f"{figure} p = {findings.p:.2f} after correcting for multiple tests."
    detectable = _detectable(estimate)
    return slug, f"{figure} {detectable[0].upper()}{detectable[1:]}"


def _figure(estimate: Defects, verb: str) -> str:
    """Return the ratio with its interval, both rates and the number of people."""
    return (
        f"Marked changes {verb} {estimate.ratio:.1f} times as often as the same people's other changes (95 % CI "
        f"{estimate.low:.1f} to {estimate.high:.1f}; {_percent(estimate.marked_rate.point)} vs "
        f"{_percent(estimate.unmarked.point)}; {estimate.people} people)."
    )


def _percent(rate: float) -> str:
    return f"{100 * rate:.0f} %" if rate >= _MIN_WHOLE_PERCENT else f"{100 * rate:.1f} %"


def _detectable(estimate: Defects) -> str:
    if math.isfinite(estimate.smallest_detectable):
        return f"only a ratio above {estimate.smallest_detectable:.1f} would be detected four times in five."
    return f"not even a ratio of {MAX_DETECTABLE_RATIO:.0f} would be detected four times in five."


def _not_supported(findings: DefectFindings, figure: str) -> tuple[str, str]:
    """Return why a significant ratio is not graded: the first check that disagrees."""
    if findings.placebo_failed:
        return "outcome-placebo-failed", f"{figure} But a placebo test with other marks finds a difference too."
    if findings.by_line is False:
        return "follow-ups-go-with-size", f"{figure} But not per line: larger changes need more fixes."
    return "follow-ups-by-label", f"{figure} But a measure that ignores commit messages does not agree."


def _supported_sentence(grade: Grade, findings: DefectFindings, figure: str) -> tuple[str, str]:
    if grade != "says_little":
        agree = "Line counts and a measure that ignores commit messages agree."
        return grade.replace("_", "-"), f"{figure} {agree}"
    missing = [
        text
        for available, text in ((findings.by_line, "per line"), (findings.label_free, "without commit messages"))
        if available is None
    ]
    return "says-little", f"{figure} There is no figure {' or '.join(missing)} to confirm it." if missing else figure
