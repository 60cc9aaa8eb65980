"""Bounded answers in plain words: "lines rewritten within 30 days: 0.1 to 8.3 points fewer"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.inference.matching import MIN_CLUSTERS, MIN_MARKED, MIN_PEOPLE

if TYPE_CHECKING:
    from analyzer.inference.matching import MatchedComparison
    from analyzer.inference.results import BoundedAnswer
    from analyzer.outcomes.base import AnswerDefinition

_FIRST_WHOLE = 9.95
_SMALLEST = 0.05


def answer_sentence(answer: BoundedAnswer, definition: AnswerDefinition) -> str:
    """Return the sentence of an answer with an interval."""
    note = "" if answer.graded else "; graded in defects"
    if answer.size_may_explain:
        note = f" (marked changes also differ in size, which may explain it){note}"
    return f"{capitalized(answer_phrase(answer, definition))}{note}."


def answer_phrase(answer: BoundedAnswer, definition: AnswerDefinition) -> str:
    """Return subject, interval and conclusion of an answer with an interval: "tests touched: 8.0 to 21 points more"."""
    low, high = answer.low or 0.0, answer.high or 0.0
    subject = f"{answer.title} at the same size" if answer.same_size else answer.title
    unit = " points" if answer.scale == "share" else " %"
    if answer.kind == "difference" or low > 0 or high < 0:
        nearer, farther = sorted((abs(low), abs(high)))
        direction = definition.more if high > 0 else definition.fewer
        return f"{subject}: {_size(nearer)} to {_size(farther)}{unit} {direction}{_conclusion(answer)}"
    second_unit = "" if answer.scale == "share" else unit
    lower, upper = f"{_size(-low)}{unit} {definition.fewer}", f"{_size(high)}{second_unit} {definition.more}"
    return f"{subject}: between {lower} and {upper}{_conclusion(answer)}"


def _conclusion(answer: BoundedAnswer) -> str:
    if answer.kind == "no_large_difference":
        return ", so no large difference"
    if answer.kind == "inconclusive" and ((answer.low or 0.0) > 0 or (answer.high or 0.0) < 0):
        return ", not beyond chance among the outcomes compared"
    return ""


def why_unknown(comparison: MatchedComparison | None) -> str:
    """Return why an outcome has no answer, in words; of a comparison with an interval, that it says nothing."""
    if comparison is None:
        return "this clone or range lacks what it reads"
    if comparison.reason == "too few marked":
        return _too_few_marked(comparison)
    people = "1 person" if comparison.people == 1 else f"{comparison.people} people"
    if comparison.reason == "too few people and weeks":
        spells = f"{comparison.clusters} spells of four weeks"
        return f"{people} in {spells} can be compared, {MIN_PEOPLE} people or {MIN_CLUSTERS} spells are needed"
    if comparison.reason is not None or (comparison.difference is not None and not comparison.difference.se > 0):
        return "it happened to none of them, or to all"
    if comparison.failed:
        names = " and ".join(name.replace("_", " ") for name in comparison.failed)
        return f"the placebo test {names} finds a difference too"
    return f"{round(comparison.n_ai)} marked of {people}: too few for a useful interval"


def _too_few_marked(comparison: MatchedComparison) -> str:
    if not round(comparison.n_ai):
        return "no marked change can be compared"
    people = "1 person" if comparison.people == 1 else f"{comparison.people} people"
    return f"{round(comparison.n_ai)} marked of {people} can be compared, {MIN_MARKED} are needed"


def capitalized(text: str) -> str:
    """Return a text with its first letter in upper case."""
    return text[:1].upper() + text[1:]


def _size(fraction: float) -> str:
    """Return the size of a difference in points or percent, with a decimal below 10."""
    size = abs(fraction) * 100
    if 0 < size < _SMALLEST:
        return "under 0.1"
    return f"{size:.1f}" if size < _FIRST_WHOLE else f"{size:.0f}"
