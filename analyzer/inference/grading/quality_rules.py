"""Rules of the verdict on quality: from intervals and their caveats to a grade; the first rule that matches wins."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.core.constants import ALPHA

if TYPE_CHECKING:
    from analyzer.inference.results import Grade

# Outcomes without a large difference that SHOWN TO BE NEAR ZERO needs, of the eight that are graded.
MIN_ALIKE = 4
# Part of the equivalence bound that the nearer end of an interval must reach for SAYS SOMETHING; all of it says a lot.
MIN_SOMETHING_OF_BOUND = 0.5


@dataclass(frozen=True, slots=True)
class OutcomeFindings:
    """A graded outcome with an interval that passes its placebo tests; 0 is no difference.

    Attributes
    ----------
    low, high : 95 % interval of the difference.
    bound : largest difference that is not large, declared in advance.
    allowance : what equivalence takes off the bound, because the base rate that the bound depends on is an estimate.
    p : p of no difference, Holm-adjusted over the graded outcomes.
    few_people : clusters are spells of work of fewer than six people.
    size_may_explain : larger changes have the same difference, and marked changes are larger, or nobody knows.
    one_commit : without one commit the difference has the other sign.
    placebo_missing : a placebo test could not run.
    """

    low: float
    high: float
    bound: float
    p: float | None
    allowance: float = 0.0
    few_people: bool = False
    size_may_explain: bool = False
    one_commit: bool = False
    placebo_missing: bool = False

    @property
    def robust(self) -> bool:
        """Whether nothing caps a difference at SAYS LITTLE."""
        return not (self.few_people or self.size_may_explain or self.one_commit)


@dataclass(frozen=True, slots=True)
class QualityFindings:
    """What the verdict on quality is graded on.

    Attributes
    ----------
    any_marked : whether any change is marked.
    outcomes : graded outcomes with an interval that pass their placebo tests.
    recall_unsteady : marks are known to find less than half of the AI commits, or a changing share of them.
    alpha : level of the tests.
    """

    any_marked: bool
    outcomes: tuple[OutcomeFindings, ...]
    recall_unsteady: bool = False
    alpha: float = ALPHA


def grade_quality(findings: QualityFindings) -> Grade:
    """Return the grade; every input has exactly one."""
    different = [outcome for outcome in findings.outcomes if differs(outcome, findings.alpha)]
    alike = [outcome for outcome in findings.outcomes if is_alike(outcome)]
    shown_alike = len(alike) == len(findings.outcomes) >= MIN_ALIKE and not any(o.few_people for o in alike)
    rules: tuple[tuple[bool, Grade], ...] = (
        (not findings.any_marked or findings.recall_unsteady, "unknown_not_measurable"),
        (any(_is_far(o, 1.0) and not o.placebo_missing for o in different), "says_a_lot"),
        (any(_is_far(o, MIN_SOMETHING_OF_BOUND) for o in different), "says_something"),
        (bool(different), "says_little"),
        (shown_alike, "says_nothing"),
        (bool(alike), "nothing_detected"),
    )
    return next((grade for matches, grade in rules if matches), "unknown_too_little_history")


def differs(outcome: OutcomeFindings, alpha: float = ALPHA) -> bool:
    """Return whether the adjusted p is below `alpha` and the interval excludes 0."""
    return (
        outcome.p is not None
        and outcome.p < alpha
        and math.isfinite(outcome.low + outcome.high)
        and (outcome.low > 0 or outcome.high < 0)
    )


def is_alike(outcome: OutcomeFindings) -> bool:
    """Return whether the interval lies within the equivalence bound, less its allowance."""
    bound = outcome.bound - outcome.allowance
    return -bound < outcome.low <= outcome.high < bound


def _is_far(outcome: OutcomeFindings, fraction: float) -> bool:
    """Return whether a difference that nothing caps is at least a fraction of the bound at its nearer end."""
    nearest = min(abs(outcome.low), abs(outcome.high))
    return outcome.robust and outcome.bound > 0 and nearest >= fraction * outcome.bound
