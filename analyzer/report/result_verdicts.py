"""Verdicts as results: what the estimates say, on the scales of the JSON contract."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from msgspec import structs

from analyzer.inference.linalg.log_change import relative
from analyzer.inference.throughput import STEP
from analyzer.report import contract_verdicts as r
from analyzer.report.sections.rank_correlation import ranks_result

if TYPE_CHECKING:
    from analyzer.inference.checks.arithmetic_coupling import CoupledRow
    from analyzer.inference.checks.landing_habits import Habit
    from analyzer.inference.checks.specification_curve import Curve, Specification
    from analyzer.inference.forecast import Forecast
    from analyzer.inference.grading.defects import DefectsVerdict
    from analyzer.inference.grading.spillover import SpillOver
    from analyzer.inference.grading.throughput import ThroughputVerdict
    from analyzer.inference.throughput import Durable, Throughput, Timing

_EMPTY = r.Verdict(
    outcome="defects",
    grade="unknown_not_measurable",
    quarterly_grade="unknown_not_measurable",
    slug="",
    sentence="",
    association=None,
    use=None,
    smallest_detectable=None,
    information=None,
    tipping_point=None,
    robustness=None,
    forecast=None,
    ranks=None,
    coupled=None,
    spill_over=None,
    n_authors=None,
    n_periods=None,
    n_rows=None,
    durable=None,
    placebos=None,
    specifications=None,
)


def throughput_result(v: ThroughputVerdict) -> r.Verdict:
    """The verdict on throughput: relative changes for +50 points of share."""
    t = v.findings
    told = structs.replace(_EMPTY, grade=v.grade, quarterly_grade=v.quarterly, slug=v.slug, sentence=v.sentence)
    if t is None:
        return structs.replace(told, outcome="throughput")
    f, use = t.recorded, t.use
    return structs.replace(
        told,
        outcome="throughput",
        association=r.Association(f.low, f.high, t.p, v.p_holm, per_50_points=f.change),
        use=None if use is None else r.Use(use.change, use.low, use.high, t.reliability or 0.0),
        smallest_detectable=r.SmallestDetectable(f.smallest, use.smallest if use else None),
        information=r.Information(t.information.r2, t.information.low, t.information.high, t.information.at_most),
        durable=_durable(t.durable),
        n_authors=t.authors,
        n_periods=t.periods,
        n_rows=t.rows,
        tipping_point=t.tipping,
        robustness=None if t.robustness is None else r.Robustness(*t.robustness),
        forecast=_forecast(t.forecast),
        ranks=None if t.ranks is None else ranks_result(t.ranks),
        coupled=[_coupled(row) for row in t.coupled] or None,
        specifications=_specifications(v.curve),
        placebos=[_timing(t.timing), _habit(t.habit), *_others(t), _not_run("pre_ai"), _not_run("coupling")],
    )


def defects_result(v: DefectsVerdict) -> r.Verdict:
    """The verdict on defects: interval and smallest detectable effect are on the scale of the risk ratio."""
    d = v.findings
    told = structs.replace(_EMPTY, grade=v.grade, quarterly_grade=v.quarterly, slug=v.slug, sentence=v.sentence)
    if d is None:
        return told
    high = d.high if math.isfinite(d.high) else None
    ratio = r.Association(d.low, high, d.p, v.p_holm, risk_ratio=d.ratio, risk_difference=d.difference.point)
    smallest = r.SmallestDetectable(d.smallest, None) if math.isfinite(d.smallest) else None
    return structs.replace(
        told,
        association=ratio,
        smallest_detectable=smallest,
        n_authors=d.authors,
        n_rows=d.changes,
        placebos=_of_defects(v),
        spill_over=_spill_over(v.spill),
    )


def _of_defects(v: DefectsVerdict) -> list[r.Placebo] | None:
    """The placebos of the outcome it grades; one that could not run says so."""
    if not v.placebos:
        return None
    ran = {p.id: r.Placebo(p.id, p.value, p.low, p.high, p.passed) for p in v.placebos}
    return [ran.get(id_) or _not_run(id_) for id_ in ("marks_dealt_anew", "other_author", "pre_ai")]


def _forecast(found: Forecast | None) -> r.Forecast | None:
    return None if found is None else r.Forecast(found.skill, _number(found.p), found.n, found.origins)


def _coupled(row: CoupledRow) -> r.CoupledRow:
    """On the +50-point scale; the arithmetic part is a placebo that must find nothing."""
    change, low, high = (relative(STEP * v) for v in (row.slope.point, row.slope.low, row.slope.high))
    part = _not_run("coupling")
    if row.arithmetic is not None:
        a = row.arithmetic
        value, bottom, top = (relative(STEP * v) for v in (a.point, a.low, a.high))
        part = r.Placebo("coupling", value, bottom, top, not row.fired)
    return r.CoupledRow(row.id, row.lag, change, low, high, part, row.artefact)


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _spill_over(found: SpillOver | None) -> r.SpillOver | None:
    if found is None:
        return None
    return r.SpillOver(found.change, found.low, found.high, found.smallest, found.grade, found.authors, found.changes)


def _specifications(found: Curve | None) -> r.Specifications | None:
    """The curve in the order of its figures, with what was not fitted."""
    if found is None:
        return None
    told = map(_specification, found.fitted)
    rows = sorted(told, key=lambda s: (s.per_50_points is None, s.per_50_points or s.t or 0))
    return r.Specifications(
        n=len(found.fitted),
        same_sign_share=found.same_sign,
        median=_number(found.median),
        p_median=_number(found.p_median),
        p_same_sign=_number(found.p_same_sign),
        skipped=[r.Skipped(reason, n) for reason, n in sorted(found.skipped.items())],
        rows=rows,
        apart=[_specification(s) for s in found.apart],
    )


def _specification(s: Specification) -> r.Specification:
    grain, definition, maturity = (None, None, None) if s.choice is None else s.choice
    return r.Specification(grain, s.lag, s.model, definition, s.trend, maturity, s.change, s.low, s.high, _number(s.t))


def _others(t: Throughput) -> list[r.Placebo]:
    """Placebos of `inference.placebos`, in their order; what could not run says so."""
    ran = {p.id: r.Placebo(p.id, p.found.point, p.found.low, p.found.high, not p.fired) for p in t.placebos}
    return [ran.get(id_) or _not_run(id_) for id_ in ("negative_control", "other_author", "influence")]


def _durable(found: Durable | None) -> r.Durable | None:
    """Durable changes on the same scale, and the points of durable ÷ merged that +50 points go with."""
    if found is None:
        return None
    ratio = None
    if found.ratio is not None:
        slope = found.ratio.slope
        ratio = r.DurableRatio(STEP * slope.point, STEP * slope.low, STEP * slope.high, found.ratio.p)
    f = found.figure
    return r.Durable(f.change, f.low, f.high, found.p if math.isfinite(found.p) else None, ratio)


def _not_run(id_: str) -> r.Placebo:
    return r.Placebo(id_, None, None, None, "not_runnable")


def _timing(timing: Timing | None) -> r.Placebo:
    if timing is None:
        return _not_run("timing")
    return r.Placebo("timing", timing.value, timing.low, timing.high, not timing.fired)


def _habit(habit: Habit | None) -> r.Placebo:
    """Coefficient of the habit that moves most; passed where none does, or the figure stands beside them."""
    if habit is None:
        return _not_run("habit")
    return r.Placebo("habit", habit.moves.point, habit.moves.low, habit.moves.high, not habit.fired)
