"""Bounded answers → verdict on quality: what marked changes did, compared with the same people's other changes.

An association of a change's own mark among the same people's work of the same kind and time; never a cause. Sizes are
context: they cap a grade and are never a finding. Reverts and follow-up fixes are quoted, and graded in `defects`
alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from analyzer.inference.grading.answer_sentences import answer_phrase, capitalized
from analyzer.inference.grading.answers import judge_outcomes
from analyzer.inference.grading.quality_rules import QualityFindings, grade_quality
from analyzer.inference.grading.quarterly import QUARTERLY_ALPHA
from analyzer.inference.grading.sentences import UNSTEADY_RECALL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.inference.comparison import OutcomeComparison
    from analyzer.inference.grading.answers import JudgedOutcome
    from analyzer.inference.results import BoundedAnswer, Grade

# Answers that the sentence of the verdict quotes.
_QUOTED = 2
_RANK = ("difference", "no_large_difference", "inconclusive")


@dataclass(frozen=True, slots=True)
class QualityVerdict:
    """The grade, its reason as a slug, its sentence, and every answer in the order of the registry."""

    grade: Grade
    slug: str
    sentence: str
    answers: tuple[BoundedAnswer, ...] = ()
    quarterly: Grade = "unknown_too_little_history"


def quality_verdict(
    comparisons: Sequence[OutcomeComparison], *, any_marked: bool, recall_unsteady: bool = False
) -> QualityVerdict:
    """Grade what marked changes did.

    Parameters
    ----------
    comparisons : every outcome compared by mark, sizes included.
    any_marked : whether any change is marked.
    recall_unsteady : marks are known to miss half of the AI commits, or a changing share of them.
    """
    judged = judge_outcomes(comparisons)
    graded = [outcome for outcome in judged if outcome.answer.graded]
    findings = QualityFindings(any_marked, tuple(o.findings for o in graded if o.findings is not None), recall_unsteady)
    grade = grade_quality(findings)
    if grade == "unknown_not_measurable":
        slug, sentence = _not_measurable(any_marked=any_marked)
    elif any(outcome.answer.kind != "unknown" for outcome in graded):
        slug, sentence = _reason_and_sentence(grade, graded, comparisons)
    else:
        slug, sentence = "too-few-matched", _too_few(graded)
    quarterly = grade_quality(replace(findings, alpha=QUARTERLY_ALPHA))
    return QualityVerdict(grade, slug, sentence, tuple(outcome.answer for outcome in judged), quarterly)


def _not_measurable(*, any_marked: bool) -> tuple[str, str]:
    if any_marked:
        return "recall-unsteady", UNSTEADY_RECALL
    return "no-share-varies", "No change is marked as AI, so there is nothing to compare."


def _too_few(graded: Sequence[JudgedOutcome]) -> str:
    """Return why nothing can be answered: the reason of the outcome with the most marked changes to compare."""
    closest = max((o.answer for o in graded), key=lambda answer: answer.n_marked, default=None)
    why = "no outcome could be computed" if closest is None else f"{closest.title}: {closest.reason}"
    return f"No outcome can be compared with the same people's other changes ({why})."


def _reason_and_sentence(
    grade: Grade, graded: Sequence[JudgedOutcome], comparisons: Sequence[OutcomeComparison]
) -> tuple[str, str]:
    """Return slug and sentence of a verdict with answers: the most informative two, then what caps the grade."""
    definitions = {c.measure.id: c.measure.answer for c in comparisons if c.measure.answer is not None}
    answered = sorted((o for o in graded if o.answer.kind in _RANK), key=_uninformative)
    failed = _failed_placebos(graded)
    if grade == "unknown_too_little_history":
        best = answer_phrase(answered[0].answer, definitions[answered[0].answer.id])
        return "answers-too-wide", f"Too few changes to exclude a large difference ({best}).{failed}"
    quoted = [outcome.answer for outcome in answered if outcome.answer.kind != "inconclusive"][:_QUOTED]
    phrases = "; ".join(answer_phrase(answer, definitions[answer.id]) for answer in quoted)
    slug, caveat = _reason(grade, answered)
    figures = f"{capitalized(phrases)}, compared with the same people's other changes."
    return slug, f"{figures}{caveat}{_size_caution(quoted)}{failed}"


def _uninformative(outcome: JudgedOutcome) -> tuple[int, bool, float]:
    """Return the sort key of an answer: differences, uncapped and large ones first; then by the farther end."""
    rank, findings = _RANK.index(outcome.answer.kind), outcome.findings
    if findings is None or not findings.bound > 0:
        return rank, True, 0.0
    nearer, farther = (end / findings.bound for end in sorted((abs(findings.low), abs(findings.high))))
    is_difference = rank == 0
    return rank, is_difference and not findings.robust, -nearer if is_difference else farther


def _reason(grade: Grade, answered: Sequence[JudgedOutcome]) -> tuple[str, str]:
    """Return the slug of the grade, and a sentence on what caps it."""
    first = answered[0]
    reasons = {
        "says_nothing": ("marked-changes-alike", f" None of {len(answered)} outcomes differs much."),
        "nothing_detected": ("no-difference-detected", ""),
    }
    if grade in reasons or first.findings is None or first.findings.robust:
        caveat = " It may be less than half of what counts as large." if grade == "says_little" else ""
        return reasons.get(grade, ("marked-changes-differ", caveat))
    if first.findings.few_people:
        people = first.answer.n_people
        who = "one person" if people == 1 else f"{people} people"
        return "few-people-matched", f" Only {who} could be compared."
    if first.findings.size_may_explain:
        return "difference-may-be-size", ""
    return "one-commit-decides", " Without one commit the sign would be the other."


def _size_caution(quoted: Sequence[BoundedAnswer]) -> str:
    """Return a sentence on the quoted differences that size may explain; "" if there are none."""
    titles = [answer.title for answer in quoted if answer.size_may_explain]
    what = "this" if len(titles) == len(quoted) else " and ".join(titles)
    return f" Marked changes also differ in size, which may explain {what}." if titles else ""


def _failed_placebos(graded: Sequence[JudgedOutcome]) -> str:
    """Return a sentence on the outcomes that are not graded because they fail a placebo test; "" if none does."""
    titles = [outcome.answer.title for outcome in graded if outcome.placebo_failed]
    return f" Not graded, because a placebo test failed: {', '.join(titles)}." if titles else ""
