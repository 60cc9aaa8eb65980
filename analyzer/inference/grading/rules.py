"""Grades: one of nine for every input; the first rule that matches wins (docs/method.md, "Grades").

A condition whose input is missing is not met. A cap whose input is missing is named in the sentence. "Unknown" is the
most common grade, and an honest one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.core.constants import ALPHA

if TYPE_CHECKING:
    from analyzer.inference.results import Grade

INFORMATIVE: frozenset[Grade] = frozenset({"says_little", "says_something", "says_a_lot"})
# Gaming flags, each on evidence of its own, that make a share misleading.
MIN_GAMING_FLAGS = 2
MIN_PEOPLE = 6
MIN_PERIODS = 12
NEAR_ZERO = 0.10
MAX_DETECTABLE = 0.30
# A history that detects nothing below tenfold rests on a handful of marks, and grades nothing.
MAX_GRADABLE = 9.0
MIN_SOMETHING, MIN_A_LOT, MIN_INFORMATION = 0.05, 0.20, 0.10
MIN_SAME_SIGN = 0.75
RATIO_LOW, RATIO_HIGH, MAX_DETECTABLE_RATIO, MIN_RATIO_A_LOT = 0.91, 1.10, 1.30, 1.5


@dataclass(frozen=True, slots=True)
class ThroughputFindings:
    """What the throughput verdict is graded on; None = not computed, or not computable on this input.

    Attributes
    ----------
    share_varies : whether any share varies at all.
    people, periods : people behind the estimate, and periods that they span.
    recall_unsteady : marks are known to find less than half of the AI commits, or a changing share of them.
    p : Holm-adjusted p-value.
    low, high : interval of the effect within people (relative change per +50 points).
    beyond_low, beyond_high : interval of the effect beyond each person's own trend.
    smallest : smallest detectable effect within people.
    placebo_failed : a placebo test that caps the grade has failed.
    landing_habits_moved : how changes are merged moves with the share.
    misleading : more is merged while less of it lasts, or the share is gamed.
    arithmetic_artefact : the effect is explained by sums of sizes.
    same_sign : share of specifications with the sign of the effect.
    durable_agrees : changes that last have an effect of the same sign.
    both_halves_agree : the effect has the same sign in both halves of the history.
    defects_upper : upper end of the risk ratio of follow-ups.
    information_low : lower end of the share's within R².
    gaming_flags : tests of gaming that fired.
    alpha : level of the test.
    """

    share_varies: bool
    people: int
    periods: int
    recall_unsteady: bool = False
    p: float | None = None
    low: float | None = None
    high: float | None = None
    beyond_low: float | None = None
    beyond_high: float | None = None
    smallest: float | None = None
    placebo_failed: bool = False
    landing_habits_moved: bool = False
    misleading: bool = False
    arithmetic_artefact: bool = False
    same_sign: float | None = None
    durable_agrees: bool | None = None
    both_halves_agree: bool | None = None
    defects_upper: float | None = None
    information_low: float | None = None
    gaming_flags: tuple[str, ...] = ()
    alpha: float = ALPHA


def grade_throughput(findings: ThroughputFindings) -> Grade:
    """Return the grade; every input has exactly one."""
    rules: tuple[tuple[bool, Grade], ...] = (
        (
            not findings.share_varies or findings.recall_unsteady or findings.landing_habits_moved,
            "unknown_not_measurable",
        ),
        (findings.people < MIN_PEOPLE or findings.periods < MIN_PERIODS, "unknown_too_little_history"),
        (findings.misleading, "misleading"),
        (findings.smallest is not None and findings.smallest > MAX_GRADABLE, "unknown_too_little_history"),
        (throughput_significant(findings) and findings.arithmetic_artefact, "artefact"),
        (throughput_significant(findings), _informative_throughput(findings)),
        (_near_zero(findings), "says_nothing"),
        (findings.smallest is None or not findings.smallest <= MAX_DETECTABLE, "unknown_too_little_history"),
    )
    return next((grade for matches, grade in rules if matches), "nothing_detected")


def throughput_significant(findings: ThroughputFindings) -> bool:
    """Return whether p is below `alpha` and the interval excludes 0: if they disagree, the weaker one counts."""
    if (
        findings.p is None
        or findings.low is None
        or findings.high is None
        or not math.isfinite(findings.low + findings.high)
    ):
        return False
    return findings.p < findings.alpha and (findings.low > 0 or findings.high < 0)


def holds_beyond_trends(findings: ThroughputFindings) -> bool:
    """Return whether the effect beyond each person's own trend excludes 0, with the sign of the one within people."""
    if findings.beyond_low is None or findings.beyond_high is None or findings.low is None:
        return False
    return findings.beyond_low > 0 if findings.low > 0 else findings.beyond_high < 0


def _informative_throughput(findings: ThroughputFindings) -> Grade:
    nearest_bound = min(abs(findings.low or 0.0), abs(findings.high or 0.0))
    robust = (
        holds_beyond_trends(findings)
        and nearest_bound >= MIN_SOMETHING
        and (findings.same_sign or 0) >= MIN_SAME_SIGN
        and findings.durable_agrees is True
        and not findings.placebo_failed
    )
    if not robust:
        return "says_little"
    large = nearest_bound >= MIN_A_LOT or (findings.information_low or 0.0) >= MIN_INFORMATION
    a_lot = (
        large
        and findings.both_halves_agree is True
        and findings.defects_upper is not None
        and findings.defects_upper < 1.10
    )
    return "says_a_lot" if a_lot else "says_something"


def _near_zero(findings: ThroughputFindings) -> bool:
    """Return whether the effect lies within ±10 %, and each person's own trend does not hide another one."""
    if findings.low is None or findings.high is None:
        return False
    hidden = (findings.beyond_low or 0.0) > 0 or (findings.beyond_high or 0.0) < 0
    return findings.low > -NEAR_ZERO and findings.high < NEAR_ZERO and not hidden


@dataclass(frozen=True, slots=True)
class DefectFindings:
    """What the defects verdict is graded on; None = not computable on this input.

    Attributes
    ----------
    any_marked : whether any change is marked.
    people : people who have both kinds of changes, and follow-up fixes.
    p : Holm-adjusted p-value.
    low, high : interval of the risk ratio.
    smallest : smallest detectable ratio.
    by_line : whether the ratio per line has the same sign and is as clear as the one per change.
    label_free : whether the measure that ignores commit messages agrees.
    placebo_failed : whether permuted or borrowed marks find something as well.
    alpha : level of the test.
    """

    any_marked: bool
    people: int
    recall_unsteady: bool = False
    p: float | None = None
    low: float | None = None
    high: float | None = None
    smallest: float | None = None
    by_line: bool | None = None
    label_free: bool | None = None
    placebo_failed: bool = False
    alpha: float = ALPHA


def grade_defects(findings: DefectFindings) -> Grade:
    """Return the grade; without both checks (by line, and without labels) it is SAYS LITTLE at most."""
    bounded = findings.low is not None and findings.high is not None and math.isfinite(findings.low + findings.high)
    low, high = (findings.low or 0.0, findings.high or 0.0) if bounded else (0.0, math.inf)
    rules: tuple[tuple[bool, Grade], ...] = (
        (not findings.any_marked or findings.recall_unsteady, "unknown_not_measurable"),
        (findings.people < MIN_PEOPLE, "unknown_too_little_history"),
        (
            defects_significant(findings) and _supported(findings, worse=low > 1),
            _informative_defects(findings, low, high),
        ),
        (low >= RATIO_LOW and high <= RATIO_HIGH, "says_nothing"),
        (findings.smallest is None or not findings.smallest <= MAX_DETECTABLE_RATIO, "unknown_too_little_history"),
    )
    return next((grade for matches, grade in rules if matches), "nothing_detected")


def _informative_defects(findings: DefectFindings, low: float, high: float) -> Grade:
    """Return the grade by the distance of the interval from 1, if both checks agree with the ratio."""
    if findings.by_line is not True or findings.label_free is not True:
        return "says_little"
    if low >= MIN_RATIO_A_LOT or high <= 1 / MIN_RATIO_A_LOT:
        return "says_a_lot"
    return "says_something" if low >= RATIO_HIGH or high <= RATIO_LOW else "says_little"


def _supported(findings: DefectFindings, *, worse: bool) -> bool:
    """Return whether lines agree, no placebo test failed and, for a higher risk, the label-free measure agrees."""
    return (
        not findings.placebo_failed and findings.by_line is not False and not (worse and findings.label_free is False)
    )


def defects_significant(findings: DefectFindings) -> bool:
    """Return whether the ratio per change is significant: p below `alpha` and an interval without 1."""
    low, high = findings.low or 0.0, math.inf if findings.high is None else findings.high
    return findings.p is not None and findings.p < findings.alpha and (low > 1 or high < 1)
