"""Reason of a throughput verdict as a slug, and the verdict as one sentence that a reader can act on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.core.constants import SHARE_STEP
from analyzer.inference.grading.rules import (
    MIN_EXCHANGEABLE,
    MIN_GAMING_FLAGS,
    MIN_PERIODS,
    MIN_SAME_SIGN,
    MIN_SOMETHING,
    ThroughputFindings,
)
from analyzer.inference.linalg.log_change import relative_change
from analyzer.inference.throughput import MIN_VARYING_PEOPLE
from analyzer.panel import MIN_ACTIVE_PERIODS, MIN_ACTIVE_SINCE_AI

if TYPE_CHECKING:
    from analyzer.inference.results import Grade
    from analyzer.inference.throughput import Throughput

_MULTIPLE_FROM, _MAX_MULTIPLE = 9, 100
UNSTEADY_RECALL = (
    "Records show that marks miss half of the AI commits, or now more, now fewer: the share is one of marking."
)


def _not_measurable(findings: ThroughputFindings, estimates: Throughput | None) -> tuple[str, str]:
    if findings.recall_unsteady:
        return "recall-unsteady", UNSTEADY_RECALL
    if findings.landing_habits_moved and estimates is not None:
        return "habit-moves", _landing_habits_sentence(estimates)
    return "no-share-varies", "No marked share varies here, so there is nothing to compare."


def _too_few(findings: ThroughputFindings, estimates: Throughput | None, candidates: int, eligible: int) -> str:
    have = f"{MIN_ACTIVE_PERIODS} active 4-week periods, {MIN_ACTIVE_SINCE_AI} since the first"
    count = f"{eligible} of {candidates} people have {have} AI mark;"
    if estimates is None and eligible >= MIN_EXCHANGEABLE:
        return f"{count} the recorded share moves within fewer than {MIN_VARYING_PEOPLE} of them."
    comparable = (
        "" if estimates is None else f" {findings.exchangeable} have like spans over {findings.periods} periods;"
    )
    return f"{count}{comparable} {MIN_EXCHANGEABLE} people over {MIN_PERIODS} are needed."


def _landing_habits_sentence(estimates: Throughput) -> str:
    """Return the sentence on the landing habit that moved with the share, and the effect adjusted for it."""
    if estimates.habit is None:
        return ""
    adjusted = estimates.habit.adjusted
    adjusted_change = (
        "it cannot be fitted"
        if adjusted is None
        else f"it is {format_change(relative_change(SHARE_STEP * adjusted.point))}"
    )
    return (
        f"How changes land ({estimates.habit.id}) moves with the share: {format_change(estimates.recorded.change)} "
        f"more changes with +50 points may be the same work cut otherwise; with habits beside it, {adjusted_change}."
    )


def reason_and_sentence(
    grade: Grade, findings: ThroughputFindings, estimates: Throughput | None, candidates: int, eligible: int
) -> tuple[str, str]:
    """Return slug and sentence; the sentence has the effect, its interval, and the smallest detectable effect."""
    if grade == "unknown_not_measurable":
        return _not_measurable(findings, estimates)
    if estimates is None or findings.exchangeable < MIN_EXCHANGEABLE or findings.periods < MIN_PERIODS:
        return "too-few-people", _too_few(findings, estimates, candidates, eligible)
    association = f"+50 points of share go with {format_change(estimates.recorded.change)}"
    figure = f"{association} ({format_change(estimates.recorded.low)} … {format_change(estimates.recorded.high)})"
    detectable = f"could have shown {format_change(estimates.recorded.smallest_detectable)}"
    detectable_use = f", of use {format_change(estimates.use.smallest_detectable)}" if estimates.use else ""
    reasons = {
        "misleading": _misleading(findings, estimates, figure),
        "unknown_too_little_history": (
            "too-small-to-see",
            f"{figure}; {detectable}{detectable_use or _why_no_use_effect(estimates)}.",
        ),
        "nothing_detected": ("nothing-detected", f"{figure}; {detectable}{detectable_use}, four times in five."),
        "says_nothing": ("near-zero", f"{figure}; with enough data to see 10 %, it is essentially nothing."),
        "says_something": (
            "says-something",
            f"{figure}; {detectable}. Worth watching beside what lasts; not a target.",
        ),
        "says_a_lot": (
            "says-a-lot",
            f"{figure}; {detectable}. It lasts, and no more of it is followed up. Not a target.",
        ),
    }
    return reasons.get(grade, ("says-little", f"{figure}; {detectable}. {_why_little(findings, estimates)}"))


def _misleading(findings: ThroughputFindings, estimates: Throughput, figure: str) -> tuple[str, str]:
    if len(findings.gaming_flags) >= MIN_GAMING_FLAGS:
        names = ", ".join(name.replace("_", " ") for name in findings.gaming_flags)
        return "gamed", f"{figure}, and the share itself is consistent with gaming: {names}. Not a target."
    return "less-lasts", f"{figure}, and {_less_lasts(estimates)}."


def _why_little(findings: ThroughputFindings, estimates: Throughput) -> str:
    """Return why an association is graded no higher: the first condition that is not met, or is unknown."""
    if estimates.timing is not None and estimates.timing.passed is False:
        return "Busy periods may use more AI, or the other way round."
    failed_placebo = next((placebo.id for placebo in estimates.placebos if placebo.passed is False), None)
    if failed_placebo is not None:
        return f"The placebo {failed_placebo} finds something too."
    if min(abs(findings.low or 0.0), abs(findings.high or 0.0)) < MIN_SOMETHING:
        return f"It may be less than {MIN_SOMETHING * 100:.0f} %."
    durability = (
        "Whether it lasts is not known." if findings.durable_agrees is None else "What lasts does not rise with it."
    )
    if findings.same_sign is None:
        return "No other specification could be fitted."
    return (
        durability
        if findings.same_sign >= MIN_SAME_SIGN
        else f"Only {findings.same_sign * 100:.0f} % of specifications have the sign."
    )


def _less_lasts(estimates: Throughput) -> str:
    """Return by how much less of the merged work lasts."""
    if estimates.durable is None or estimates.durable.ratio is None:
        return "less of it lasts"
    ratio = estimates.durable.ratio
    low, point, high = (100 * value for value in (ratio.low, ratio.per_50_points, ratio.high))
    return f"{point:+.0f} points ({low:+.0f} … {high:+.0f}) of them last 30 days"


def _why_no_use_effect(estimates: Throughput) -> str:
    if estimates.reliability is None:
        return "; without the changes behind each share, none of use"
    return "; the share is too noisy to speak of use"


def format_change(change: float) -> str:
    """Format a relative change with its sign (typographic minus); from tenfold on, format it as a multiple."""
    if change >= _MULTIPLE_FROM:
        return f"×{1 + change:.0f}" if change < _MAX_MULTIPLE else f"over ×{_MAX_MULTIPLE}"
    return f"{change * 100:+.0f} %".replace("-", "\u2212")
