"""Reason of a throughput verdict as a slug, and the verdict as sentences that a reader can act on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.core.constants import SHARE_STEP
from analyzer.inference.checks.power import people_needed, smallest_detectable_by
from analyzer.inference.grading.rules import (
    MAX_DETECTABLE,
    MIN_GAMING_FLAGS,
    MIN_PEOPLE,
    MIN_PERIODS,
    MIN_SAME_SIGN,
    MIN_SOMETHING,
    ThroughputFindings,
    holds_beyond_trends,
    throughput_significant,
)
from analyzer.inference.linalg.log_change import relative_change
from analyzer.inference.throughput import MIN_VARYING_PEOPLE

if TYPE_CHECKING:
    from analyzer.inference.effect import EffectEstimate
    from analyzer.inference.results import Grade
    from analyzer.inference.throughput import Throughput

_MULTIPLE_FROM, _MAX_MULTIPLE = 9, 100
# An interval whose ends differ by this factor says nothing, so it is not printed.
_UNINFORMATIVE_RATIO = 25
# One that excludes 0 says at least the direction, unless it is as wide as this.
_UNBOUNDED_RATIO = 100
UNSTEADY_RECALL = (
    "Line-level records show that marks miss half of the AI commits or more, or a changing part of them, so the share "
    "measures marking rather than use."
)
# Why a failed check caps the grade, by id of the check.
_THREATS = {
    "timing": "Busy periods may use more AI, or the other way round.",
    "earlier_share": "AI may be taken up shortly before busy periods, or in cycles.",
    "leavers": "It rests on people who left and faded out.",
    "influence": "Without one person its sign turns.",
}


def _not_measurable(findings: ThroughputFindings, estimates: Throughput | None) -> tuple[str, str]:
    if findings.recall_unsteady:
        return "recall-unsteady", UNSTEADY_RECALL
    if findings.landing_habits_moved and estimates is not None:
        return "habit-moves", _landing_habits_sentence(estimates)
    return "no-share-varies", "No change is marked as AI, so there is nothing to compare."


def _too_few(estimates: Throughput | None, periods: int, candidates: int, eligible: int) -> str:
    """Return what is missing, and only if it would be enough, how many people are needed."""
    if eligible < MIN_PEOPLE:
        verb = "was" if eligible == 1 else "were"
        people = f"Only {eligible} of {candidates} people" if eligible < candidates else f"Only {eligible} people"
        return (
            f"{people} {verb} active long enough to compare. At least {MIN_PEOPLE} are needed"
            f"{_power_of_six(estimates)}."
        )
    if estimates is None or estimates.people < MIN_PEOPLE:
        return (
            f"{eligible} people were active long enough to compare, but the AI share moves within fewer than "
            f"{MIN_VARYING_PEOPLE if estimates is None else MIN_PEOPLE} of them."
        )
    return f"The comparison covers {periods} four-week periods. At least {MIN_PERIODS} are needed."


def _power_of_six(estimates: Throughput | None) -> str:
    """Return what the least number of people would show, if they were like those here; empty where unknown."""
    if estimates is None:
        return ""
    smallest = smallest_detectable_by(estimates.within.smallest_detectable, estimates.people, MIN_PEOPLE)
    return f"; {MIN_PEOPLE} people like these would show only effects {_above(smallest)}"


def _landing_habits_sentence(estimates: Throughput) -> str:
    """Return the sentence on the landing habit that moved with the share, and the effect adjusted for it."""
    if estimates.habit is None:
        return ""
    adjusted = estimates.habit.adjusted
    adjusted_change = (
        "Adjusted for that, the association cannot be fitted."
        if adjusted is None
        else f"Adjusted for that, it is {format_change(relative_change(SHARE_STEP * adjusted.point))}."
    )
    return (
        f"How people merge ({estimates.habit.id}) changes along with the AI share, so "
        f"{format_change(estimates.within.change)} merged changes per +50 points may be the same work, split "
        f"differently. {adjusted_change}"
    )


def reason_and_sentence(
    grade: Grade, findings: ThroughputFindings, estimates: Throughput | None, candidates: int, eligible: int
) -> tuple[str, str]:
    """Return slug and sentence: the effect with its interval, then what limits it, then what would help."""
    if grade == "unknown_not_measurable":
        return _not_measurable(findings, estimates)
    if estimates is None or findings.people < MIN_PEOPLE or findings.periods < MIN_PERIODS:
        return "too-few-people", _too_few(estimates, findings.periods, candidates, eligible)
    figure = _figure(estimates)
    reasons = {
        "misleading": _misleading(findings, estimates, figure),
        "unknown_too_little_history": ("too-small-to-see", _too_small_to_see(findings, estimates)),
        "nothing_detected": ("nothing-detected", _nothing_detected(findings, estimates)),
        "says_nothing": (
            "near-zero",
            f"Output does not move with AI share by 10 % or more: {_interval(estimates.within)} per +50 points.",
        ),
        "says_something": ("says-something", f"{figure} Worth watching next to what lasts; not a target."),
        "says_a_lot": (
            "says-a-lot",
            f"{figure} It lasts, and marked changes do not need more follow-up fixes. Not a target.",
        ),
    }
    return reasons.get(grade, ("says-little", f"{figure} {_why_little(findings, estimates)}"))


def _figure(estimates: Throughput) -> str:
    """Return both effects in words; an interval that says nothing is not printed."""
    within, beyond = estimates.within, estimates.beyond_trends
    if _is_uninformative(within):
        return f"How output moves with AI share cannot be estimated here ({estimates.people} people)."
    figure = (
        f"People merged {_more_or_fewer(within.change)} changes per +50 points of AI share ({_ci(within)}, "
        f"{estimates.people} people)"
    )
    if beyond is None or _is_uninformative(beyond):
        return f"{figure}. Their own trends cannot be separated from it."
    return f"{figure}; beyond each person's own trend {format_change(beyond.change)} ({_range(beyond)})."


def _more_or_fewer(change: float) -> str:
    size = format_change(abs(change)).lstrip("+")
    if change >= _MULTIPLE_FROM:
        return f"{size} as many"
    return f"{size} {'more' if change >= 0 else 'fewer'}"


def _interval(effect: EffectEstimate) -> str:
    return f"{format_change(effect.change)} ({_ci(effect)})"


def _ci(effect: EffectEstimate) -> str:
    return f"95 % CI {_range(effect)}"


def _range(effect: EffectEstimate) -> str:
    """Return both ends; the sign of per cent is printed once where both have it."""
    low, high = format_change(effect.low), format_change(effect.high)
    return f"{low.removesuffix(' %') if high.endswith(' %') else low} to {high}"


def _is_uninformative(effect: EffectEstimate) -> bool:
    """Return whether the ends of the interval are so far apart that it says nothing, or not even how much."""
    ratio = (1 + effect.high) / max(1 + effect.low, 1e-12)
    return ratio > (_UNINFORMATIVE_RATIO if effect.low <= 0 <= effect.high else _UNBOUNDED_RATIO)


def _nothing_detected(findings: ThroughputFindings, estimates: Throughput) -> str:
    if _may_be_chance(findings, estimates):
        return _chance(findings, estimates)
    within = _interval(estimates.within)
    return f"Output does not visibly move with AI share: {within} per +50 points. {_detectable(estimates)}"


def _may_be_chance(findings: ThroughputFindings, estimates: Throughput) -> bool:
    """Return whether the interval excludes 0 although the test does not reject it."""
    within = estimates.within
    return (within.low > 0 or within.high < 0) and not throughput_significant(findings)


def _chance(findings: ThroughputFindings, estimates: Throughput) -> str:
    p = "" if findings.p is None else f" (p = {findings.p:.2f} after correcting for multiple tests)"
    return f"{_figure(estimates)} That may be chance{p}."


def _too_small_to_see(findings: ThroughputFindings, estimates: Throughput) -> str:
    """Return the smallest effect that the history detects, and how many people would detect 30 %."""
    within = estimates.within
    if _is_uninformative(within):
        return (
            f"How output moves with AI share cannot be estimated here: {estimates.people} people over "
            f"{estimates.periods} four-week periods would only show effects "
            f"{_above(within.smallest_detectable)}.{_needed(estimates)}"
        )
    if _may_be_chance(findings, estimates):
        return f"{_chance(findings, estimates)}{_needed(estimates)}"
    if throughput_significant(findings):
        return f"{_figure(estimates)} It rests on too few marks to grade. {_detectable(estimates)}"
    return (
        f"Output does not visibly move with AI share: {_interval(within)} per +50 points, {estimates.people} people. "
        f"{_detectable(estimates)}{_needed(estimates)}"
    )


def _detectable(estimates: Throughput) -> str:
    return f"This history detects changes {_above(estimates.within.smallest_detectable)} four times in five."


def _above(change: float) -> str:
    return f"above {format_change(change).removeprefix('over ')}"


def _needed(estimates: Throughput) -> str:
    """Return how many such people would show an effect of 30 %; empty where that is beyond any team."""
    needed = people_needed(estimates.within.smallest_detectable, estimates.people, MAX_DETECTABLE)
    if needed is None:
        return ""
    return f" Detecting {format_change(MAX_DETECTABLE)} would take about {needed} people like these."


def _misleading(findings: ThroughputFindings, estimates: Throughput, figure: str) -> tuple[str, str]:
    if len(findings.gaming_flags) >= MIN_GAMING_FLAGS:
        names = ", ".join(name.replace("_", " ") for name in findings.gaming_flags)
        return "gamed", f"{figure} The share itself may have been inflated ({names}). Do not use it as a target."
    return "less-lasts", f"{figure} But {_less_lasts(estimates)}. Do not use the share as a target."


def _why_little(findings: ThroughputFindings, estimates: Throughput) -> str:
    """Return why an association is graded no higher: the first condition that is not met, or is unknown."""
    rises = estimates.within.change >= 0
    if not holds_beyond_trends(findings):
        grew, grow = ("grew", "made them grow") if rises else ("slowed down", "slowed them down")
        return f"People who {grew} may have taken AI up, or it {grow}."
    failed = [placebo.id for placebo in (estimates.timing, *estimates.placebos) if placebo and placebo.passed is False]
    if failed:
        return _failed_check(failed[0], rises=rises)
    if min(abs(findings.low or 0.0), abs(findings.high or 0.0)) < MIN_SOMETHING:
        return f"It may be less than {MIN_SOMETHING * 100:.0f} %."
    if findings.same_sign is None or findings.same_sign < MIN_SAME_SIGN:
        return _other_specifications(findings.same_sign)
    if findings.durable_agrees is None:
        return f"Whether the {'extra' if rises else 'missing'} changes would last is unknown."
    return f"The number of changes that last does not {'rise' if rises else 'fall'} with it."


def _other_specifications(same_sign: float | None) -> str:
    if same_sign is None:
        return "No other specification could be fitted."
    return f"Only {same_sign * 100:.0f} % of specifications have the same sign."


def _failed_check(id_: str, *, rises: bool) -> str:
    """Return what a failed check may mean for an association that rises or falls with the share."""
    if id_ == "change_size":
        size, number = ("smaller", "more") if rises else ("larger", "fewer")
        return f"Changes get {size} along with it, so the same work may be cut into {number} of them."
    return _THREATS.get(id_, f"The placebo test {id_.replace('_', ' ')} finds an effect too.")


def _less_lasts(estimates: Throughput) -> str:
    """Return by how much less of the merged work lasts."""
    if estimates.durable is None or estimates.durable.ratio is None:
        return "less of it lasts"
    ratio = estimates.durable.ratio
    low, point, high = (
        f"{100 * value:+.0f}".replace("-", "\u2212") for value in (ratio.low, ratio.per_50_points, ratio.high)
    )
    return f"fewer of them last 30 days ({point} points, 95 % CI {low} to {high})"


def format_change(change: float) -> str:
    """Format a relative change with its sign (typographic minus); from tenfold on, format it as a multiple."""
    if change >= _MULTIPLE_FROM:
        return f"×{1 + change:.0f}" if change < _MAX_MULTIPLE else f"over ×{_MAX_MULTIPLE}"
    return f"{change * 100:+.0f} %".replace("-", "\u2212")
