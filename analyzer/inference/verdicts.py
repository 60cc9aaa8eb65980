"""Estimates → verdicts: a grade, its reason as a slug, and one sentence a reader can act on."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from analyzer.inference.grades import ALPHA, FEWEST_PERIODS, FEWEST_SWAPPABLE, Findings, Grade, grade, holm
from analyzer.inference.models import PPML, Model
from analyzer.inference.throughput import FEWEST_VARYING, STEP, SWAPS, Throughput, estimate
from analyzer.panel import MIN_ACTIVE, MIN_ACTIVE_SINCE_AI, in_regimes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.panel import Panel


_MULTIPLE, _BEYOND = 9, 100
UNSTEADY = "Records show that marks miss half of the AI commits, or now more, now fewer: the share is one of marking."


@dataclass(frozen=True, slots=True)
class ThroughputVerdict:
    """The grade with what it rests on; `findings` is None where nothing could be estimated."""

    grade: Grade
    slug: str
    sentence: str
    findings: Throughput | None
    p_holm: float | None
    candidates: int
    eligible: int
    periods: int

    @property
    def tests(self) -> list[float]:
        """The p-values that stand in one family with those of the other verdict (Holm)."""
        return [] if self.findings is None else [self.findings.p, *_ratio_p(self.findings)]


def throughput_verdict(
    panel: Panel,
    *,
    swaps: int = SWAPS,
    seed: int = 0,
    family: Sequence[float] = (),
    recall_unsteady: bool = False,
    regimes: Sequence[str] = (),
) -> ThroughputVerdict:
    """Grade the association of the recorded share with throughput on a history's panel, after inclusion.

    `family`: p-values of the other verdicts, for Holm's adjustment. `recall_unsteady`: the share is one of marking.
    `regimes`: periods at which another way of landing set in; nobody is compared across one.
    """
    used = in_regimes(panel.without_outsiders(), regimes)
    return _graded(used, panel, swaps, seed, family, recall_unsteady=recall_unsteady)


def verdict_on(panel: Panel, *, swaps: int = SWAPS, seed: int = 0, model: Model = PPML) -> ThroughputVerdict:
    """The same on a panel that somebody brings: whom it holds is theirs to choose."""
    return _graded(panel, panel, swaps, seed, (), model)


def _graded(
    used: Panel,
    whole: Panel,
    swaps: int,
    seed: int,
    family: Sequence[float],
    model: Model = PPML,
    *,
    recall_unsteady: bool = False,
) -> ThroughputVerdict:
    found = estimate(used, swaps=swaps, seed=seed, model=model) if used.authors else None
    people = len(np.unique(used.people))
    return judged(found, _declares(whole), whole.candidates, people, family, recall_unsteady=recall_unsteady)


def _declares(panel: Panel) -> bool:
    return bool((np.nan_to_num(panel.ai) > 0).any())


def judged(
    found: Throughput | None,
    declared: bool,
    candidates: int,
    eligible: int,
    family: Sequence[float] = (),
    *,
    recall_unsteady: bool = False,
) -> ThroughputVerdict:
    """The verdict on estimates: of `candidates` people `eligible` entered; `declared`: anything is marked at all."""
    p_holm = None if found is None else adjusted(found.p, [*family, *_ratio_p(found)])
    known = Findings(varies=declared, swappable=0, periods=0)
    if found is not None:
        known = _findings(found, p_holm, family)
    known = replace(known, recall_unsteady=recall_unsteady)
    given = grade(known)
    slug, sentence = _said(given, known, found, candidates, eligible)
    return ThroughputVerdict(given, slug, sentence, found, p_holm, candidates, eligible, known.periods)


def adjusted(p: float, family: Sequence[float]) -> float | None:
    """Holm's p of one verdict among its family; what could not be computed is no member."""
    members = [p, *(q for q in family if math.isfinite(q))]
    return holm(members)[0] if math.isfinite(p) else None


def _ratio_p(t: Throughput) -> list[float]:
    """The p of durable ÷ merged, a member of the family."""
    ratio = None if t.durable is None else t.durable.ratio
    return [] if ratio is None or not math.isfinite(ratio.p) else [ratio.p]


def _hollow(t: Throughput, p_holm: float | None, family: Sequence[float]) -> bool:
    """Whether more is merged with a higher share while less of it lasts, each by its own test."""
    ratio = None if t.durable is None else t.durable.ratio
    if ratio is None or p_holm is None or not math.isfinite(ratio.p):
        return False
    falls = adjusted(ratio.p, [*family, t.p])
    return p_holm < ALPHA and t.recorded.low > 0 and falls is not None and falls < ALPHA and ratio.slope.high < 0


def _findings(t: Throughput, p_holm: float | None, family: Sequence[float]) -> Findings:
    use = t.use
    return Findings(
        varies=True,
        swappable=t.swappable,
        periods=t.periods,
        p=p_holm,
        low=t.recorded.low,
        high=t.recorded.high,
        use_low=use.low if use else None,
        use_high=use.high if use else None,
        use_smallest=use.smallest if use else None,
        capped=(t.timing is not None and t.timing.fired) or any(ran.fired for ran in t.placebos),
        habit_fired=t.habit is not None and t.habit.fired,
        misleading=_hollow(t, p_holm, family),
        durable_agrees=None if t.durable is None else t.durable.figure.change * t.recorded.change > 0,
    )


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
    beside = "it cannot be fitted" if left is None else f"it is {_percent(math.expm1(STEP * left.point))}"
    return (
        f"How changes land ({t.habit.id}) moves with the share: {_percent(t.recorded.change)} more changes with +50 "
        f"points may be the same work cut otherwise; with habits beside it, {beside}."
    )


def _said(given: Grade, f: Findings, t: Throughput | None, candidates: int, eligible: int) -> tuple[str, str]:
    """Slug and sentence; a sentence has the figure, its interval, and what the history could have shown."""
    if given == "unknown_not_measurable":
        return _not_measurable(f, t)
    if t is None or f.swappable < FEWEST_SWAPPABLE or f.periods < FEWEST_PERIODS:
        return "too-few-people", _too_few(f, t, candidates, eligible)
    seen = f"+50 points of share go with {_percent(t.recorded.change)}"
    figure = f"{seen} ({_percent(t.recorded.low)} … {_percent(t.recorded.high)})"
    able = f"could have shown {_percent(t.recorded.smallest)}"
    use = f", of use {_percent(t.use.smallest)}" if t.use else ""
    busy = t.timing is not None and t.timing.fired
    timing = "; busy periods may use more AI or the other way round" if busy else ""
    told = {
        "misleading": ("less-lasts", f"{figure}, and {_less(t)}."),
        "unknown_too_little_history": ("too-small-to-see", f"{figure}; {able}{use or _no_use(t)}."),
        "nothing_detected": ("nothing-detected", f"{figure}; {able}{use}, four times in five."),
        "says_nothing": ("near-zero", f"{figure}; with enough data to see 10 %, it is essentially nothing."),
    }
    return told.get(given, ("says-little", f"{figure}{timing}; {able}. No higher grade exists yet."))


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


def _percent(change: float) -> str:
    """A relative change with its sign ("−" is the minus typography wants); past tenfold as a multiple."""
    if change >= _MULTIPLE:
        return f"×{1 + change:.0f}" if change < _BEYOND else f"over ×{_BEYOND}"
    return f"{change * 100:+.0f} %".replace("-", "\u2212")
