"""Grades: one of nine for every input, first rule that matches wins (docs/method.md, "Grades").

A condition whose input is absent is not met; a cap whose input is absent is named in the sentence. "Unknown" is the
modal answer, and an honest one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Grade = Literal[
    "unknown_not_measurable",
    "unknown_too_little_history",
    "artefact",
    "says_nothing",
    "nothing_detected",
    "says_little",
    "says_something",
    "says_a_lot",
    "misleading",
]

FOUND: frozenset[Grade] = frozenset({"says_little", "says_something", "says_a_lot"})
ALPHA = 0.05
# So many flags of gaming, on different evidence, make a share misleading.
FLAGS = 2
FEWEST_SWAPPABLE = 6
FEWEST_PERIODS = 12
NEAR_ZERO = 0.10
TOO_COARSE = 0.30
SOMETHING, A_LOT, TELLING = 0.05, 0.20, 0.10
SAME_SIGN = 0.75
RATIO_LOW, RATIO_HIGH, RATIO_COARSE, RATIO_A_LOT = 0.91, 1.10, 1.30, 1.5


@dataclass(frozen=True, slots=True)
class Findings:
    """What the throughput verdict is graded on; None = not computed or not computable on this input.

    low, high: interval of the recorded figure (+50 points, relative change). use_low, use_high, use_smallest: the use
    figure, None without one. p: Holm-adjusted swap p. same_sign: share of specifications. durable_agrees: same sign
    and not misleading. capped: a placebo that caps has fired. recall_unsteady: marks are known to find less than
    half of the AI commits, or a share that moves. alpha: level of the swap p.
    """

    varies: bool
    swappable: int
    periods: int
    recall_unsteady: bool = False
    p: float | None = None
    low: float | None = None
    high: float | None = None
    use_low: float | None = None
    use_high: float | None = None
    use_smallest: float | None = None
    capped: bool = False
    habit_fired: bool = False
    misleading: bool = False
    coupled_sum: bool = False
    same_sign: float | None = None
    durable_agrees: bool | None = None
    both_halves_agree: bool | None = None
    defects_upper: float | None = None
    information_low: float | None = None
    gamed: tuple[str, ...] = ()
    alpha: float = ALPHA


def grade(f: Findings) -> Grade:
    """The one grade of these findings: a total function."""
    rules: tuple[tuple[bool, Grade], ...] = (
        (not f.varies or f.recall_unsteady or f.habit_fired, "unknown_not_measurable"),
        (f.swappable < FEWEST_SWAPPABLE or f.periods < FEWEST_PERIODS, "unknown_too_little_history"),
        (f.misleading, "misleading"),
        (significant(f) and f.coupled_sum, "artefact"),
        (significant(f), _informative(f)),
        (_near_zero(f), "says_nothing"),
        (f.use_smallest is None or not f.use_smallest <= TOO_COARSE, "unknown_too_little_history"),
    )
    return next((given for met, given in rules if met), "nothing_detected")


def significant(f: Findings) -> bool:
    """Swap p below 5 % and an interval without 0: where the two disagree the weaker counts."""
    if f.p is None or f.low is None or f.high is None or not math.isfinite(f.low + f.high):
        return False
    return f.p < f.alpha and (f.low > 0 or f.high < 0)


def _informative(f: Findings) -> Grade:
    least = min(abs(f.low or 0.0), abs(f.high or 0.0))
    worth = least >= SOMETHING and (f.same_sign or 0) >= SAME_SIGN and f.durable_agrees is True and not f.capped
    if not worth:
        return "says_little"
    large = least >= A_LOT or (f.information_low or 0.0) >= TELLING
    a_lot = large and f.both_halves_agree is True and f.defects_upper is not None and f.defects_upper < 1.10
    return "says_a_lot" if a_lot else "says_something"


def _near_zero(f: Findings) -> bool:
    if f.use_low is None or f.use_high is None:
        return False
    return f.use_low > -NEAR_ZERO and f.use_high < NEAR_ZERO


@dataclass(frozen=True, slots=True)
class DefectFindings:
    """What the defects verdict is graded on: Holm-adjusted p, interval of the risk ratio, smallest detectable ratio.

    by_line: the same sign, and as clear, by line as by change; label_free: what reads no word of a fix agrees. None
    where it cannot be computed: a cap whose input is absent, which the sentence names. placebo_failed: marks that are
    not the changes' own find something as well.
    """

    declared: bool
    authors: int
    recall_unsteady: bool = False
    p: float | None = None
    low: float | None = None
    high: float | None = None
    smallest: float | None = None
    by_line: bool | None = None
    label_free: bool | None = None
    placebo_failed: bool = False
    alpha: float = ALPHA


def grade_defects(f: DefectFindings) -> Grade:
    """The one grade of these findings; without both checks, by line and without labels, SAYS LITTLE is the top one."""
    known = f.low is not None and f.high is not None and math.isfinite(f.low + f.high)
    low, high = (f.low or 0.0, f.high or 0.0) if known else (0.0, math.inf)
    rules: tuple[tuple[bool, Grade], ...] = (
        (not f.declared or f.recall_unsteady, "unknown_not_measurable"),
        (f.authors < FEWEST_SWAPPABLE, "unknown_too_little_history"),
        (found_defects(f) and _holds(f, worse=low > 1), _informative_defects(f, low, high)),
        (low >= RATIO_LOW and high <= RATIO_HIGH, "says_nothing"),
        (f.smallest is None or not f.smallest <= RATIO_COARSE, "unknown_too_little_history"),
    )
    return next((given for met, given in rules if met), "nothing_detected")


def _informative_defects(f: DefectFindings, low: float, high: float) -> Grade:
    """By how far the ratio's interval is from 1, where lines and what reads no labels both say the same."""
    if f.by_line is not True or f.label_free is not True:
        return "says_little"
    if low >= RATIO_A_LOT or high <= 1 / RATIO_A_LOT:
        return "says_a_lot"
    return "says_something" if low >= RATIO_HIGH or high <= RATIO_LOW else "says_little"


def _holds(f: DefectFindings, *, worse: bool) -> bool:
    """Whether lines say the same, no placebo does, and for more of them what reads no labels agrees."""
    return not f.placebo_failed and f.by_line is not False and not (worse and f.label_free is False)


def found_defects(f: DefectFindings) -> bool:
    """Whether the ratio by change is significant: p below 5 % and an interval without 1."""
    low, high = f.low or 0.0, math.inf if f.high is None else f.high
    return f.p is not None and f.p < f.alpha and (low > 1 or high < 1)
