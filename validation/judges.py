"""Draw a history of each kind of world, and run the product on it."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from analyzer.core.constants import ALPHA
from analyzer.inference.checks.arithmetic_coupling import coupled_rows
from analyzer.inference.defects import estimate_defects
from analyzer.inference.event_comparison import compare_events
from analyzer.inference.goodhart import flag_gaming
from analyzer.inference.grading.defects import defects_verdict
from analyzer.inference.grading.quarterly import ComputedGrade, set_grade
from analyzer.inference.grading.rules import (
    INFORMATIVE,
    grade_throughput,
    holds_beyond_trends,
    throughput_significant,
)
from analyzer.inference.grading.throughput import throughput_verdict
from analyzer.inference.meta_analysis import exchangeable_by_panel, permutation_p
from analyzer.inference.models import PPML
from analyzer.inference.multilevel import Stack, fit, jackknife_coefficient, jackknife_refits
from analyzer.inference.rank_correlation import rank_correlations
from analyzer.panel import panel_from_changes
from analyzer.simulation.panels import World, generate_panel
from validation.gaming_worlds import GamedWorld, gaming_inputs
from validation.job import FigureRange, Trial
from validation.reverted_changes import RevertWorld, simulated_outcomes
from validation.threat_worlds import ThreatWorld, threatened_panel
from validation.worlds import (
    FleetWorld,
    RankedWorld,
    RepeatedLooksWorld,
    SizedWorld,
    changes_from_panel,
    follow_up_outcomes,
    periods_per_look,
    repository_panels,
    truncate_panel,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.inference.effect import EffectEstimate
    from analyzer.inference.grading.quarterly import Quarter
    from analyzer.inference.grading.throughput import ThroughputVerdict
    from analyzer.panel import Panel
    from validation.job import Job

INFORMATIVE_OR_MISLEADING = INFORMATIVE | {"misleading"}


def run_trial(job: Job) -> Trial:
    """Draw the history and return the verdict on it."""
    started = time.perf_counter()
    judge = next(judge for kind, judge in _JUDGES if isinstance(job.world, kind))
    outcome = judge(job.world, job)
    return msgspec.structs.replace(outcome, seconds=time.perf_counter() - started)


def _throughput(world: World, job: Job) -> Trial:
    graded = verdict_with_swaps(generate_panel(world, job.seed), job.swaps, job.seed)
    estimates = graded.estimates
    if estimates is None:
        return Trial(world.id, job.seed, job.swaps, 0.0, graded.grade)
    timing = None if estimates.timing is None else estimates.timing.passed is False
    return Trial(
        world.id,
        job.seed,
        job.swaps,
        0.0,
        graded.grade,
        _figure_range(estimates.recorded),
        _figure_range(estimates.within),
        _figure_range(estimates.beyond_trends),
        timing,
    )


def _threat(world: ThreatWorld, job: Job) -> Trial:
    """Grade as if everything that a panel does not know spoke for the association: it lasts, in every specification."""
    graded = verdict_with_swaps(threatened_panel(world, job.seed), job.swaps, job.seed)
    estimates = graded.estimates
    if estimates is None or graded.findings is None:
        nothing: dict[str, bool | None] = dict.fromkeys(("informative", "above", "within", "beyond"), False)
        return Trial(world.id, job.seed, job.swaps, 0.0, graded.grade, flags=nothing)
    worst = replace(graded.findings, durable_agrees=True, same_sign=1.0, both_halves_agree=True, defects_upper=1.0)
    grade = grade_throughput(worst)
    failed = {p.id: p.passed is False for p in (estimates.timing, *estimates.placebos) if p is not None}
    flags: dict[str, bool | None] = {
        "informative": grade in INFORMATIVE_OR_MISLEADING,
        "above": grade in INFORMATIVE_OR_MISLEADING and grade != "says_little",
        "within": throughput_significant(worst),
        "beyond": throughput_significant(worst) and holds_beyond_trends(worst),
        **failed,
    }
    within, beyond = _figure_range(estimates.within), _figure_range(estimates.beyond_trends)
    return Trial(world.id, job.seed, job.swaps, 0.0, grade, within=within, beyond=beyond, flags=flags)


def verdict_with_swaps(panel: Panel, swaps: int, seed: int) -> ThroughputVerdict:
    """Return the verdict; permute only where p decides: an interval that contains 0 is not significant anyway."""
    unpermuted = throughput_verdict(panel, n_permutations=0, seed=seed)
    estimates = unpermuted.estimates
    if not swaps or estimates is None or estimates.within.low <= 0 <= estimates.within.high:
        return unpermuted
    return throughput_verdict(panel, n_permutations=swaps, seed=seed)


def _figure_range(figure: EffectEstimate | None) -> FigureRange | None:
    return None if figure is None else FigureRange(figure.change, figure.low, figure.high, figure.smallest_detectable)


def _defects(world: RevertWorld, job: Job) -> Trial:
    seed = job.seed
    estimate = estimate_defects(simulated_outcomes(world, seed))
    grade = defects_verdict(estimate, any_marked=True).grade
    if estimate is None:
        return Trial(world.id, seed, 0, 0.0, grade)
    high = estimate.high if math.isfinite(estimate.high) else None
    smallest = estimate.smallest_detectable if math.isfinite(estimate.smallest_detectable) else None
    figure_range = FigureRange(estimate.ratio, estimate.low, high, smallest)
    return Trial(world.id, seed, 0, 0.0, grade, reverts=figure_range)


def _sized(world: SizedWorld, job: Job) -> Trial:
    """Grade throughput and follow-ups (per change, per line, without fix labels), and the size sums of the period."""
    changes = changes_from_panel(generate_panel(World(world.people), job.seed), job.seed, verbose=world.verbose)
    panel = panel_from_changes(changes).select_eligible()
    graded = verdict_with_swaps(panel, job.swaps, job.seed)
    table = follow_up_outcomes(changes, job.seed)
    by_change, by_line = compare_events(table.assign(denominator=1.0)), compare_events(table)
    defects = defects_verdict(
        by_change.ratio, any_marked=True, by_change=by_change, by_line=by_line, label_free=by_change
    )
    line_rows = [row for row in coupled_rows(panel) if (row.id, row.lag) == ("lines_added", 0)]
    flags = {
        "defects": defects.grade in INFORMATIVE_OR_MISLEADING,
        "lines_artefact": line_rows[0].artefact if line_rows else None,
    }
    return Trial(world.id, job.seed, job.swaps, 0.0, graded.grade, flags=flags)


def _ranked(world: RankedWorld, job: Job) -> Trial:
    """Flag whether the pooled and the within-person rank correlation differ in sign."""
    panel = generate_panel(world.world, job.seed).select_eligible()
    rank_estimates = rank_correlations(
        panel.y, panel.recorded_share, panel.observed(panel.recorded_share), panel.person_index
    )
    flags = {"simpson": None if rank_estimates is None else rank_estimates.simpson}
    return Trial(world.id, job.seed, job.swaps, 0.0, "", flags=flags)


def _looks(world: RepeatedLooksWorld, job: Job) -> Trial:
    """Flag whether any quarter's grade is informative at its level, and whether any standing grade is."""
    history = generate_panel(World(world.people, periods=periods_per_look(world)[-1]), job.seed)
    past: list[Quarter] = []
    for number, periods in enumerate(periods_per_look(world)):
        panel = truncate_panel(history, periods)
        quarterly_grade = verdict_with_swaps(panel, job.swaps, job.seed).quarterly
        day = f"{2025 + number // 4}-{1 + number % 4 * 3:02}-01"
        past.append(set_grade(past, ComputedGrade("", "throughput", day, "", quarterly_grade, {})))
    flags: dict[str, bool | None] = {
        "ever": any(q.computed in INFORMATIVE_OR_MISLEADING for q in past),
        "stood": any(q.standing in INFORMATIVE_OR_MISLEADING for q in past),
    }
    return Trial(world.id, job.seed, job.swaps, 0.0, past[-1].computed, flags=flags)


def _fleet(world: FleetWorld, job: Job) -> Trial:
    """Test the pooled estimate: its interval, and if that excludes zero its permutation p-value."""
    panels, persons = repository_panels(world, job.seed)
    stack = Stack.of(panels, persons)
    x = stack.padded([p.treatment for p in panels])[:, None]
    rows = stack.span & np.isfinite(x[:, 0])
    base = fit(stack.y, rows, x)
    significant = jackknife_coefficient(base, jackknife_refits(stack, rows, x, base, PPML)).excludes_zero
    if significant:
        rng = np.random.default_rng(job.seed)
        significant = permutation_p(stack, exchangeable_by_panel(panels), job.swaps, rng, PPML) < ALPHA
    grade = "says_little" if significant else "nothing_detected"
    return Trial(world.id, job.seed, job.swaps, 0.0, grade)


def _gamed(world: GamedWorld, job: Job) -> Trial:
    gaming = flag_gaming(gaming_inputs(world, job.seed), announced=world.announced)
    flags = {flag.variant: flag.diverges for flag in gaming.flags}
    return Trial(world.id, job.seed, job.swaps, 0.0, "", flags=flags)


_JUDGES: tuple[tuple[type, Callable[[Any, Job], Trial]], ...] = (
    (World, _throughput),
    (ThreatWorld, _threat),
    (RevertWorld, _defects),
    (SizedWorld, _sized),
    (RankedWorld, _ranked),
    (RepeatedLooksWorld, _looks),
    (FleetWorld, _fleet),
    (GamedWorld, _gamed),
)
