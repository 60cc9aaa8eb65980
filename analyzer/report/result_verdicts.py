"""Build the verdicts of the JSON contract from the graded estimates; nothing is estimated here."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from msgspec import structs

from analyzer.inference.grading.open_threats import open_threats
from analyzer.inference.grading.rules import INFORMATIVE
from analyzer.inference.results import Placebo
from analyzer.report import contract_verdicts as r

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.inference.checks.landing_habits import HabitPlacebo
    from analyzer.inference.effect import EffectEstimate
    from analyzer.inference.grading.defects import DefectsVerdict
    from analyzer.inference.grading.quality import QualityVerdict
    from analyzer.inference.grading.throughput import ThroughputVerdict
    from analyzer.inference.throughput import Throughput

# Placebos in the order of the report.
_THROUGHPUT_PLACEBOS = ("negative_control", "other_author", "pre_ai", "coupling")
# Those that need an association to check.
_ASSOCIATION_PLACEBOS = ("influence", "earlier_share", "leavers", "change_size")
_DEFECTS_PLACEBOS = ("permuted_marks", "other_author", "pre_ai")
_EMPTY = r.Verdict(
    outcome="defects",
    grade="unknown_not_measurable",
    quarterly_grade="unknown_not_measurable",
    slug="",
    sentence="",
    association=None,
    beyond_trends=None,
    recorded=None,
    smallest_detectable=None,
    information=None,
    tipping_point=None,
    robustness=None,
    forecast=None,
    ranks=None,
    coupled=None,
    spill_over=None,
    n_people=None,
    n_periods=None,
    n_rows=None,
    durable=None,
    placebos=None,
    specifications=None,
)


def throughput_result(graded: ThroughputVerdict) -> r.Verdict:
    """Return the verdict on throughput, as relative changes per +50 points of AI share."""
    verdict = structs.replace(
        _EMPTY,
        outcome="throughput",
        grade=graded.grade,
        quarterly_grade=graded.quarterly,
        slug=graded.slug,
        sentence=graded.sentence,
    )
    estimates = graded.estimates
    if estimates is None:
        return verdict
    within, beyond = estimates.within, estimates.beyond_trends
    return structs.replace(
        verdict,
        association=r.Association(
            within.low,
            within.high,
            _finite(estimates.p),
            graded.p_holm,
            per_50_points=within.change,
            permutation_p=estimates.permutation_p,
        ),
        beyond_trends=_relative_change(beyond),
        recorded=_relative_change(estimates.recorded),
        smallest_detectable=r.SmallestDetectable(
            within.smallest_detectable, beyond.smallest_detectable if beyond else None
        ),
        not_ruled_out=open_threats(estimates) if graded.grade in INFORMATIVE else [],
        information=estimates.information,
        durable=estimates.durable,
        n_people=estimates.people,
        n_periods=estimates.periods,
        n_rows=estimates.rows,
        tipping_point=estimates.tipping,
        robustness=estimates.robustness,
        forecast=estimates.forecast,
        ranks=estimates.ranks,
        coupled=list(estimates.coupled) or None,
        specifications=graded.curve,
        placebos=[
            estimates.timing or Placebo.not_runnable("timing"),
            _habit_placebo(estimates.habit),
            *_in_order(_throughput_placebos(estimates), estimates.placebos),
        ],
    )


def defects_result(graded: DefectsVerdict) -> r.Verdict:
    """Return the verdict on defects; interval and smallest detectable effect are risk ratios."""
    verdict = structs.replace(
        _EMPTY,
        outcome="defects",
        grade=graded.grade,
        quarterly_grade=graded.quarterly,
        slug=graded.slug,
        sentence=graded.sentence,
    )
    estimates = graded.estimates
    if estimates is None:
        return verdict
    smallest = _finite(estimates.smallest_detectable)
    return structs.replace(
        verdict,
        association=r.Association(
            estimates.low,
            _finite(estimates.high),
            estimates.p,
            graded.p_holm,
            risk_ratio=estimates.ratio,
            risk_difference=estimates.difference.point,
        ),
        smallest_detectable=None if smallest is None else r.SmallestDetectable(smallest, None),
        n_people=estimates.people,
        n_rows=estimates.changes,
        placebos=_in_order(_DEFECTS_PLACEBOS, graded.placebos) if graded.placebos else None,
        spill_over=graded.spill,
    )


def _throughput_placebos(estimates: Throughput) -> tuple[str, ...]:
    """Return the placebos that apply; some check an association, and there must be one."""
    if not estimates.within.beta.excludes_zero:
        return _THROUGHPUT_PLACEBOS
    return (*_THROUGHPUT_PLACEBOS, *_ASSOCIATION_PLACEBOS)


def _relative_change(effect: EffectEstimate | None) -> r.RelativeChange | None:
    if effect is None:
        return None
    return r.RelativeChange(effect.change, effect.low, effect.high, effect.beta.p)


def quality_result(graded: QualityVerdict) -> r.Verdict:
    """Return the verdict on what marked changes did; its figures are in `answers`."""
    answers = list(graded.answers)
    return structs.replace(
        _EMPTY,
        outcome="quality",
        grade=graded.grade,
        quarterly_grade=graded.quarterly,
        slug=graded.slug,
        sentence=graded.sentence,
        n_people=max((answer.n_people for answer in answers if answer.kind != "unknown"), default=None),
        answers=answers,
    )


def _in_order(ids: Sequence[str], placebos: Sequence[Placebo]) -> list[Placebo]:
    """Return one placebo per id; those that did not run are marked as not runnable."""
    by_id = {placebo.id: placebo for placebo in placebos}
    return [by_id.get(id_) or Placebo.not_runnable(id_) for id_ in ids]


def _habit_placebo(habit: HabitPlacebo | None) -> Placebo:
    """Return the placebo of the landing habit that moves most with the AI share.

    It passes if no habit moves with the share, or if the estimate holds with the habits as covariates.
    """
    if habit is None:
        return Placebo.not_runnable("habit")
    return Placebo("habit", habit.slope.point, habit.slope.low, habit.slope.high, passed=not habit.failed)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
