"""A history of each kind of world → what the product says of it."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from analyzer.inference.checks.arithmetic_coupling import coupled_rows
from analyzer.inference.defects import estimate_defects
from analyzer.inference.goodhart import flagged
from analyzer.inference.grading.defects import defects_verdict
from analyzer.inference.grading.quarterly import Look, set_grade
from analyzer.inference.grading.rules import ALPHA
from analyzer.inference.grading.throughput import throughput_verdict
from analyzer.inference.matching import matched
from analyzer.inference.meta_analysis import swap_p, swappable_in
from analyzer.inference.models import PPML
from analyzer.inference.multilevel import Stack, fit, jackknifed, refits
from analyzer.inference.rank_correlation import ranks
from analyzer.panel import panel_of_units
from analyzer.simulation.panels import World, generate
from validation.gaming_worlds import Gamed, grounds
from validation.job import Reach, Trial
from validation.reverted_changes import Reverts, changes
from validation.worlds import Fleet, Looks, Ranked, Sized, judged, lengths, repositories, units_of, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.inference.grading.quarterly import Quarter
    from analyzer.inference.grading.throughput import ThroughputVerdict
    from analyzer.inference.throughput import Figure
    from analyzer.panel import Panel
    from validation.job import Job

TOLD = frozenset({"says_little", "says_something", "says_a_lot", "misleading"})


def trial(job: Job) -> Trial:
    """Draw the history and judge it."""
    started = time.perf_counter()
    judge = next(judge for kind, judge in _JUDGES if isinstance(job.world, kind))
    found = judge(job.world, job)
    return msgspec.structs.replace(found, seconds=time.perf_counter() - started)


def _throughput(world: World, job: Job) -> Trial:
    said = verdict(generate(world, job.seed), job.swaps, job.seed)
    f = said.findings
    if f is None:
        return Trial(world.id, job.seed, job.swaps, 0.0, said.grade)
    timing = None if f.timing is None else f.timing.fired
    return Trial(world.id, job.seed, job.swaps, 0.0, said.grade, _reach(f.recorded), _reach(f.use), timing)


def verdict(panel: Panel, swaps: int, seed: int) -> ThroughputVerdict:
    """The verdict; swaps are drawn only where their p decides, and no interval that holds 0 is significant."""
    said = throughput_verdict(panel, swaps=0, seed=seed)
    found = said.findings
    if not swaps or found is None or found.recorded.low <= 0 <= found.recorded.high:
        return said
    return throughput_verdict(panel, swaps=swaps, seed=seed)


def _reach(figure: Figure | None) -> Reach | None:
    return None if figure is None else Reach(figure.change, figure.low, figure.high, figure.smallest)


def _defects(world: Reverts, job: Job) -> Trial:
    seed = job.seed
    found = estimate_defects(changes(world, seed))
    grade = defects_verdict(found, declared=True).grade
    if found is None:
        return Trial(world.id, seed, 0, 0.0, grade)
    high = found.high if math.isfinite(found.high) else None
    smallest = found.smallest if math.isfinite(found.smallest) else None
    reach = Reach(found.ratio, found.low, high, smallest)
    return Trial(world.id, seed, 0, 0.0, grade, reverts=reach)


def _sized(world: Sized, job: Job) -> Trial:
    """Throughput, follow-ups by change, by line and without labels, and the sums of sizes of the same period."""
    units = units_of(generate(World(world.authors), job.seed), job.seed, verbose=world.verbose)
    panel = panel_of_units(units).without_outsiders()
    said = verdict(panel, job.swaps, job.seed)
    table = judged(units, job.seed)
    by_change = matched(table.assign(exposure=1.0))
    found = estimate_defects(table)
    defects = defects_verdict(found, declared=True, by_change=by_change, by_line=matched(table), label_free=by_change)
    lines = [row for row in coupled_rows(panel) if (row.id, row.lag) == ("lines_added", 0)]
    flags = {
        "defects": defects.grade in TOLD,
        "lines_artefact": lines[0].artefact if lines else None,
    }
    return Trial(world.id, job.seed, job.swaps, 0.0, said.grade, flags=flags)


def _ranked(world: Ranked, job: Job) -> Trial:
    """Whether pooled and within people differ in sign."""
    panel = generate(world.world, job.seed).without_outsiders()
    found = ranks(panel.y, panel.recorded, panel.rows, panel.people)
    flags = {"simpson": None if found is None else found.simpson}
    return Trial(world.id, job.seed, job.swaps, 0.0, "", flags=flags)


def _looks(world: Looks, job: Job) -> Trial:
    """Whether any quarter says something at its level, and whether any grade that stands does."""
    history = generate(World(world.authors, periods=lengths(world)[-1]), job.seed)
    past: list[Quarter] = []
    for number, periods in enumerate(lengths(world)):
        panel = until(history, periods)
        found = verdict(panel, job.swaps, job.seed).quarterly
        day = f"{2025 + number // 4}-{1 + number % 4 * 3:02}-01"
        past.append(set_grade(past, Look("", "throughput", day, "", found, {})))
    flags: dict[str, bool | None] = {
        "ever": any(q.computed in TOLD for q in past),
        "stood": any(q.standing in TOLD for q in past),
    }
    return Trial(world.id, job.seed, job.swaps, 0.0, past[-1].computed, flags=flags)


def _fleet(world: Fleet, job: Job) -> Trial:
    """Whether the pooled estimate finds something: its interval, and where that does its p."""
    panels, persons = repositories(world, job.seed)
    stack = Stack.of(panels, persons)
    x = stack.padded([p.recorded for p in panels])[:, None]
    rows = stack.span & np.isfinite(x[:, 0])
    base = fit(stack.y, rows, x)
    beyond = jackknifed(base, refits(stack, rows, x, base, PPML)).settled
    if beyond:
        rng = np.random.default_rng(job.seed)
        beyond = swap_p(stack, swappable_in(panels), job.swaps, rng, PPML) < ALPHA
    grade = "says_little" if beyond else "nothing_detected"
    return Trial(world.id, job.seed, job.swaps, 0.0, grade)


def _gamed(world: Gamed, job: Job) -> Trial:
    told = flagged(grounds(world, job.seed), announced=True)
    flags = {flag.variant.id: flag.fired for flag in told.flags}
    return Trial(world.id, job.seed, job.swaps, 0.0, "", flags=flags)


_JUDGES: tuple[tuple[type, Callable[[Any, Job], Trial]], ...] = (
    (World, _throughput),
    (Reverts, _defects),
    (Sized, _sized),
    (Ranked, _ranked),
    (Looks, _looks),
    (Fleet, _fleet),
    (Gamed, _gamed),
)
