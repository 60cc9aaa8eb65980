"""What a throughput verdict says: a slug for its reason, and one sentence that a reader can act on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.inference.grading.rules import (
    FEWEST_PERIODS,
    FEWEST_SWAPPABLE,
    FLAGS,
    SAME_SIGN,
    SOMETHING,
    Findings,
    Grade,
)
from analyzer.inference.linalg.log_change import relative
from analyzer.inference.throughput import FEWEST_VARYING, STEP
from analyzer.panel import MIN_ACTIVE, MIN_ACTIVE_SINCE_AI

if TYPE_CHECKING:
    from analyzer.inference.throughput import Throughput

_MULTIPLE, _BEYOND = 9, 100
UNSTEADY = "Records show that marks miss half of the AI commits, or now more, now fewer: the share is one of marking."


def _not_measurable(f: Findings, t: Throughput | None) -> tuple[str, str]:
    if f.recall_unsteady:
        return "recall-unsteady", UNSTEADY
    if f.habit_fired and t is not None:
        return "habit-moves", _habit(t)
    return "no-share-varies", "No declared share varies here, so there is nothing to compare."


def _too_few(f: Findings, t: Throughput | None, candidates: int, eligible: int) -> str:
    have = f"{MIN_ACTIVE} active 4-week periods, {MIN_ACTIVE_SINCE_AI} since the first"
    count = f"{eligible} of {candidates} people have {have} AI mark;"
    if t is None and eligible >= FEWEST_SWAPPABLE:
        return f"{count} the recorded share moves within fewer than {FEWEST_VARYING} of them."
    like = "" if t is None else f" {f.swappable} have like spans over {f.periods} periods;"
    return f"{count}{like} {FEWEST_SWAPPABLE} people over {FEWEST_PERIODS} are needed."


def _habit(t: Throughput) -> str:
    """What moved with the share, and what is left of the figure beside it."""
    if t.habit is None:
        return ""
    left = t.habit.adjusted
    beside = "it cannot be fitted" if left is None else f"it is {percent(relative(STEP * left.point))}"
    return (
        f"How changes land ({t.habit.id}) moves with the share: {percent(t.recorded.change)} more changes with +50 "
        f"points may be the same work cut otherwise; with habits beside it, {beside}."
    )


def said(given: Grade, f: Findings, t: Throughput | None, candidates: int, eligible: int) -> tuple[str, str]:
    """Slug and sentence; a sentence has the figure, its interval, and what the history could have shown."""
    if given == "unknown_not_measurable":
        return _not_measurable(f, t)
    if t is None or f.swappable < FEWEST_SWAPPABLE or f.periods < FEWEST_PERIODS:
        return "too-few-people", _too_few(f, t, candidates, eligible)
    seen = f"+50 points of share go with {percent(t.recorded.change)}"
    figure = f"{seen} ({percent(t.recorded.low)} … {percent(t.recorded.high)})"
    able = f"could have shown {percent(t.recorded.smallest)}"
    use = f", of use {percent(t.use.smallest)}" if t.use else ""
    told = {
        "misleading": _misleading(f, t, figure),
        "unknown_too_little_history": ("too-small-to-see", f"{figure}; {able}{use or _no_use(t)}."),
        "nothing_detected": ("nothing-detected", f"{figure}; {able}{use}, four times in five."),
        "says_nothing": ("near-zero", f"{figure}; with enough data to see 10 %, it is essentially nothing."),
        "says_something": ("says-something", f"{figure}; {able}. Worth watching beside what lasts; not a target."),
        "says_a_lot": ("says-a-lot", f"{figure}; {able}. It lasts, and no more of it is followed up. Not a target."),
    }
    return told.get(given, ("says-little", f"{figure}; {able}. {_no_more(f, t)}"))


def _misleading(f: Findings, t: Throughput, figure: str) -> tuple[str, str]:
    if len(f.gamed) >= FLAGS:
        names = ", ".join(name.replace("_", " ") for name in f.gamed)
        return "gamed", f"{figure}, and the share itself is consistent with gaming: {names}. Not a target."
    return "less-lasts", f"{figure}, and {_less(t)}."


def _no_more(f: Findings, t: Throughput) -> str:
    """Why a link that is there is not worth more: the first condition that is not met, or not known."""
    if t.timing is not None and t.timing.fired:
        return "Busy periods may use more AI, or the other way round."
    fired = next((ran.id for ran in t.placebos if ran.fired), None)
    if fired is not None:
        return f"The placebo {fired} finds something too."
    if min(abs(f.low or 0.0), abs(f.high or 0.0)) < SOMETHING:
        return f"It may be less than {SOMETHING * 100:.0f} %."
    lasts = "Whether it lasts is not known." if f.durable_agrees is None else "What lasts does not rise with it."
    if f.same_sign is None:
        return "No other specification could be fitted."
    return lasts if f.same_sign >= SAME_SIGN else f"Only {f.same_sign * 100:.0f} % of specifications have the sign."


def _less(t: Throughput) -> str:
    """By how much less of what is merged lasts."""
    if t.durable is None or t.durable.ratio is None:
        return "less of it lasts"
    slope = t.durable.ratio.slope
    low, point, high = (100 * STEP * value for value in (slope.low, slope.point, slope.high))
    return f"{point:+.0f} points ({low:+.0f} … {high:+.0f}) of them last 30 days"


def _no_use(t: Throughput) -> str:
    if t.reliability is None:
        return "; without the changes behind each share, none of use"
    return "; the share is too noisy to speak of use"


def percent(change: float) -> str:
    """A relative change with its sign ("−" is the minus typography wants); past tenfold as a multiple."""
    if change >= _MULTIPLE:
        return f"×{1 + change:.0f}" if change < _BEYOND else f"over ×{_BEYOND}"
    return f"{change * 100:+.0f} %".replace("-", "\u2212")
