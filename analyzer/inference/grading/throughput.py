"""Estimates → throughput verdict: a grade, its reason as a slug, and one sentence that a reader can act on."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from analyzer.core.constants import ALPHA
from analyzer.inference.checks.specification_curve import PERMUTATIONS as CURVE_PERMUTATIONS
from analyzer.inference.checks.specification_curve import specification_curve
from analyzer.inference.grading.quarterly import QUARTERLY_ALPHA
from analyzer.inference.grading.rules import (
    MIN_GAMING_FLAGS,
    MIN_PEOPLE,
    MIN_PERIODS,
    ThroughputFindings,
    grade_throughput,
)
from analyzer.inference.grading.sentences import reason_and_sentence
from analyzer.inference.models import PPML, Model
from analyzer.inference.multiplicity import holm
from analyzer.inference.resampling.permutation import draw_permutations, exchangeable_people, spans_of_people
from analyzer.inference.throughput import PERMUTATIONS, Throughput, estimate_throughput
from analyzer.panel import split_by_regimes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from analyzer.inference.results import Grade, Specifications
    from analyzer.panel import Panel
    from analyzer.panel.alternatives import PanelChoice

    SpecificationPanels = Iterable[tuple[PanelChoice | None, Panel | None, str]]


@dataclass(frozen=True, slots=True)
class ThroughputVerdict:
    """The grade, the findings that it follows from, and the estimates; None where nothing could be estimated."""

    grade: Grade
    slug: str
    sentence: str
    estimates: Throughput | None
    p_holm: float | None
    candidates: int
    eligible: int
    periods: int
    curve: Specifications | None = None
    quarterly: Grade = "unknown_too_little_history"
    findings: ThroughputFindings | None = None

    @property
    def tests(self) -> list[float]:
        """P-values of the tests that can run; with those of the defects verdict they form one family (Holm)."""
        if self.estimates is None or not _runnable(self.estimates):
            return []
        return [self.estimates.p, *_durable_ratio_p(self.estimates)]


def throughput_verdict(
    panel: Panel,
    *,
    n_permutations: int = PERMUTATIONS,
    seed: int = 0,
    family: Sequence[float] = (),
    recall_unsteady: bool = False,
    regimes: Sequence[str] = (),
    specifications: Callable[[Sequence[str]], SpecificationPanels] | None = None,
    defects_upper: float | None = None,
    gaming_flags: Sequence[str] = (),
) -> ThroughputVerdict:
    """Grade the association of the past share with throughput on a history's panel, after inclusion.

    The comparison starts one year before the first sustained mark.

    Parameters
    ----------
    family : p-values of the other verdicts, for Holm's adjustment.
    recall_unsteady : the share varies with marking rather than with AI use.
    regimes : periods at which the way of merging changed; nobody is compared across one.
    specifications : returns the other panels of these people, for the specification curve.
    defects_upper : upper end of the risk ratio of the defects verdict.
    gaming_flags : gaming tests that fired, each on evidence of its own; two of them make a share misleading.
    """
    eligible = split_by_regimes(panel.from_comparison_start().select_eligible(), regimes)
    estimates = estimate_throughput(eligible, n_permutations=n_permutations, seed=seed) if eligible.people else None
    curve = None
    if estimates is not None and specifications is not None:
        curve = _specification_curve(eligible, estimates, specifications(_person_names(eligible)), seed)
    return verdict_from_estimates(
        estimates,
        _any_marked(panel),
        panel.candidates,
        len(_person_names(eligible)),
        family,
        recall_unsteady=recall_unsteady,
        curve=curve,
        defects_upper=defects_upper,
        gaming_flags=gaming_flags,
    )


def _person_names(panel: Panel) -> list[str]:
    """Return one name per person, in the order of `person_index`: regimes give a person several rows."""
    first = np.unique(panel.person_index, return_index=True)[1]
    return [panel.people[k] for k in first]


def _specification_curve(
    panel: Panel, estimates: Throughput, panels: SpecificationPanels, seed: int, *, lags: Sequence[int] = (1, 2)
) -> Specifications | None:
    """Return the specification curve, with one set of permutations for all specifications."""
    people = _person_names(panel)
    exchangeable = exchangeable_people(spans_of_people(panel.span, panel.person_index))
    rng = np.random.default_rng([seed, 1])
    permuted_people = (
        draw_permutations(exchangeable, len(people), CURVE_PERMUTATIONS, rng)
        if len(exchangeable) > 1
        else np.zeros((0, len(people)), int)
    )
    return specification_curve(panels, people, permuted_people, estimates.within.change, lags=lags)


def verdict_for_panel(
    panel: Panel, *, n_permutations: int = PERMUTATIONS, seed: int = 0, model: Model = PPML
) -> ThroughputVerdict:
    """Return the verdict on a panel supplied by the user, who has chosen its people: no inclusion rules apply."""
    estimates = (
        estimate_throughput(panel, n_permutations=n_permutations, seed=seed, model=model) if panel.people else None
    )
    curve = None
    if estimates is not None and panel.covariates is None:
        curve = _specification_curve(panel, estimates, [(None, panel, "")], seed, lags=(panel.lag, panel.lag + 1))
    people = len(panel.people)
    return verdict_from_estimates(estimates, _any_marked(panel), people, people, curve=curve)


def _any_marked(panel: Panel) -> bool:
    return bool((np.nan_to_num(panel.ai) > 0).any())


def verdict_from_estimates(
    estimates: Throughput | None,
    any_marked: bool,
    candidates: int,
    eligible: int,
    family: Sequence[float] = (),
    *,
    recall_unsteady: bool = False,
    curve: Specifications | None = None,
    defects_upper: float | None = None,
    gaming_flags: Sequence[str] = (),
) -> ThroughputVerdict:
    """Return the verdict on `estimates`, into which `eligible` of `candidates` people entered."""
    p_holm = None if estimates is None else holm_adjusted(estimates.p, [*family, *_durable_ratio_p(estimates)])
    findings = ThroughputFindings(share_varies=any_marked, people=0, periods=0)
    if estimates is not None:
        findings = _findings(estimates, p_holm, family)
    findings = replace(
        findings,
        recall_unsteady=recall_unsteady,
        same_sign=None if curve is None else curve.same_sign_share,
        defects_upper=defects_upper,
        gaming_flags=tuple(gaming_flags),
        misleading=findings.misleading or len(gaming_flags) >= MIN_GAMING_FLAGS,
    )
    grade = grade_throughput(findings)
    slug, sentence = reason_and_sentence(grade, findings, estimates, candidates, eligible)
    return ThroughputVerdict(
        grade,
        slug,
        sentence,
        estimates,
        p_holm,
        candidates,
        eligible,
        findings.periods,
        curve,
        _quarterly_grade(findings),
        findings,
    )


def _quarterly_grade(findings: ThroughputFindings) -> Grade:
    """Return the grade at a quarter of the level, for scheduled reports."""
    return grade_throughput(replace(findings, alpha=QUARTERLY_ALPHA))


def holm_adjusted(p: float, family: Sequence[float]) -> float | None:
    """Return the Holm-adjusted p-value of one verdict in its family, ignoring members that could not be computed."""
    members = [p, *(q for q in family if math.isfinite(q))]
    return holm(members)[0] if math.isfinite(p) else None


def _runnable(estimates: Throughput) -> bool:
    """Return whether there are enough people and periods for a test."""
    return estimates.people >= MIN_PEOPLE and estimates.periods >= MIN_PERIODS and math.isfinite(estimates.p)


def _durable_ratio_p(estimates: Throughput) -> list[float]:
    """Return the p-value of durable ÷ merged changes, a member of the family where it can run."""
    ratio = None if estimates.durable is None else estimates.durable.ratio
    return [] if ratio is None or not math.isfinite(ratio.p) or not _runnable(estimates) else [ratio.p]


def _merges_more_lasts_less(estimates: Throughput, p_holm: float | None, family: Sequence[float]) -> bool:
    """Return whether more is merged with a higher share while less of it lasts, each by its own test.

    More is merged only if that holds beyond each person's own trend as well.
    """
    ratio = None if estimates.durable is None else estimates.durable.ratio
    if ratio is None or p_holm is None or not math.isfinite(ratio.p):
        return False
    p_ratio = holm_adjusted(ratio.p, [*family, estimates.p])
    return output_rises(estimates, p_holm) and p_ratio is not None and p_ratio < ALPHA and ratio.high < 0


def output_rises(estimates: Throughput, p_holm: float | None) -> bool:
    """Return whether more is merged with a higher share, within people and beyond each person's own trend."""
    beyond = estimates.beyond_trends
    return p_holm is not None and p_holm < ALPHA and estimates.within.low > 0 and beyond is not None and beyond.low > 0


def _findings(estimates: Throughput, p_holm: float | None, family: Sequence[float]) -> ThroughputFindings:
    within, beyond = estimates.within, estimates.beyond_trends
    return ThroughputFindings(
        share_varies=True,
        people=estimates.people,
        periods=estimates.periods,
        p=p_holm,
        low=within.low,
        high=within.high,
        beyond_low=beyond.low if beyond else None,
        beyond_high=beyond.high if beyond else None,
        smallest=within.smallest_detectable,
        placebo_failed=(estimates.timing is not None and estimates.timing.passed is False)
        or any(placebo.passed is False for placebo in estimates.placebos),
        landing_habits_moved=estimates.habit is not None and estimates.habit.failed,
        misleading=_merges_more_lasts_less(estimates, p_holm, family),
        both_halves_agree=estimates.halves_agree,
        information_low=estimates.information.low,
        durable_agrees=None if estimates.durable is None else estimates.durable.per_50_points * within.change > 0,
    )
