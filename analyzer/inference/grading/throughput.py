"""Estimates → verdicts: a grade, its reason as a slug, and one sentence a reader can act on."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from analyzer.inference.checks.specification_curve import SWAPS as CURVE_SWAPS
from analyzer.inference.checks.specification_curve import Curve, curve
from analyzer.inference.grading.quarterly import QUARTERLY_ALPHA
from analyzer.inference.grading.rules import ALPHA, FLAGS, Findings, Grade, grade
from analyzer.inference.grading.sentences import said
from analyzer.inference.models import PPML, Model
from analyzer.inference.multiplicity import holm
from analyzer.inference.resampling.permutation import permutations, spans_of_people, swappable
from analyzer.inference.throughput import SWAPS, Throughput, estimate
from analyzer.panel import in_regimes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from analyzer.panel import Panel
    from analyzer.panel.alternatives import Choice

    Specified = Iterable[tuple[Choice | None, Panel | None, str]]


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
    curve: Curve | None = None
    quarterly: Grade = "unknown_too_little_history"

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
    specifications: Callable[[Sequence[str]], Specified] | None = None,
    defects_upper: float | None = None,
    gamed: Sequence[str] = (),
) -> ThroughputVerdict:
    """Grade the association of the recorded share with throughput on a history's panel, after inclusion.

    `family`: p-values of the other verdicts, for Holm's adjustment. `recall_unsteady`: the share is one of marking.
    `regimes`: periods at which another way of landing set in; nobody is compared across one. `specifications`: other
    panels of these people, for the specification curve. `defects_upper`: upper end of the risk ratio of the other one.
    `gamed`: flags of gaming that fired, on evidence of their own each; two of them make a share misleading.
    """
    used = in_regimes(panel.without_outsiders(), regimes)
    found = estimate(used, swaps=swaps, seed=seed) if used.authors else None
    drawn = None
    if found is not None and specifications is not None:
        drawn = _curve(used, found, specifications(_people(used)), seed)
    return judged(
        found,
        _declares(panel),
        panel.candidates,
        len(_people(used)),
        family,
        recall_unsteady=recall_unsteady,
        drawn=drawn,
        defects_upper=defects_upper,
        gamed=gamed,
    )


def _people(panel: Panel) -> list[str]:
    """Names in the order of their numbers: regimes give a person several rows."""
    first = np.unique(panel.people, return_index=True)[1]
    return [panel.authors[k] for k in first]


def _curve(
    panel: Panel, found: Throughput, panels: Specified, seed: int, *, lags: Sequence[int] = (1, 2)
) -> Curve | None:
    """The specification curve with one set of swaps for all of it."""
    people = _people(panel)
    among = swappable(spans_of_people(panel.span, panel.people))
    rng = np.random.default_rng([seed, 1])
    orders = permutations(among, len(people), CURVE_SWAPS, rng) if len(among) > 1 else np.zeros((0, len(people)), int)
    return curve(panels, people, orders, found.recorded.change, lags=lags)


def verdict_on(panel: Panel, *, swaps: int = SWAPS, seed: int = 0, model: Model = PPML) -> ThroughputVerdict:
    """The same on a panel that somebody brings: whom it holds is theirs to choose."""
    found = estimate(panel, swaps=swaps, seed=seed, model=model) if panel.authors else None
    drawn = None
    if found is not None and panel.beside is None:
        drawn = _curve(panel, found, [(None, panel, "")], seed, lags=(panel.lag, panel.lag + 1))
    people = len(panel.authors)
    return judged(found, _declares(panel), people, people, drawn=drawn)


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
    drawn: Curve | None = None,
    defects_upper: float | None = None,
    gamed: Sequence[str] = (),
) -> ThroughputVerdict:
    """The verdict on estimates: of `candidates` people `eligible` entered; `declared`: anything is marked at all."""
    p_holm = None if found is None else adjusted(found.p, [*family, *_ratio_p(found)])
    known = Findings(varies=declared, swappable=0, periods=0)
    if found is not None:
        known = _findings(found, p_holm, family)
    known = replace(
        known,
        recall_unsteady=recall_unsteady,
        same_sign=None if drawn is None else drawn.same_sign,
        defects_upper=defects_upper,
        gamed=tuple(gamed),
        misleading=known.misleading or len(gamed) >= FLAGS,
    )
    given = grade(known)
    slug, sentence = said(given, known, found, candidates, eligible)
    return ThroughputVerdict(
        given, slug, sentence, found, p_holm, candidates, eligible, known.periods, drawn, _quarterly(known)
    )


def _quarterly(known: Findings) -> Grade:
    """The grade at a quarter of the level, as scheduled reports count it."""
    return grade(replace(known, alpha=QUARTERLY_ALPHA))


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
        both_halves_agree=t.halves_agree,
        information_low=t.information.low,
        durable_agrees=None if t.durable is None else t.durable.figure.change * t.recorded.change > 0,
    )
