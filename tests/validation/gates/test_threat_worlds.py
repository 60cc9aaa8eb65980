"""The worlds of the gates on what could fool the verdict hold what they say, and a few histories of each are judged."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest

from analyzer.inference.defects import estimate_defects
from analyzer.panel import MIN_ACTIVE_PERIODS, Panel
from analyzer.simulation.panels import World, generate_panel, generate_with_truth
from validation.gates import RateGate, RateReport
from validation.job import Job
from validation.judges import run_trial
from validation.page import all_gates
from validation.threat_worlds import THREATS, Threat, ThreatWorld, threatened_panel
from validation.threats import threat_gates
from validation.worlds import (
    FleetWorld,
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

    from analyzer.core.arrays import Floats


def test_gates_have_names_of_their_own() -> None:
    """No two gates share an id, and no two worlds with other contents do: trials are kept by it."""
    assert max(Counter(gate.id for gate in all_gates()).values()) == 1
    worlds = {world for gate in all_gates() for world, _ in gate.worlds}
    assert len({world.id for world in worlds}) == len(worlds)


def test_longer_changes_look_worse_only_by_change() -> None:
    """By change alone marked ones look worse; by line they do not, and lines of the same period are an artefact."""
    world = SizedWorld(25)
    for seed in range(3):
        units = changes_from_panel(generate_panel(World(25), seed), seed, verbose=3.0)
        alone = estimate_defects(follow_up_outcomes(units, seed).assign(denominator=1.0))
        assert alone is not None
        assert alone.low > 1
        flags = run_trial(Job(world, 0, seed)).flags
        assert flags == {"defects": False, "lines_artefact": True}


def test_marks_fall_behind_in_busy_periods() -> None:
    """With the same seed and more pace, people mark less of what they do in their busiest third of periods."""
    plain, tied = (generate_panel(World(40, marking_pace=pace, recall=0.6), 2) for pace in (0.0, 0.5))
    busy = tied.y > np.quantile(tied.y, 2 / 3, axis=1, keepdims=True)

    def gap(panel: object) -> float:
        ai, n = panel.ai, panel.n  # type: ignore[attr-defined]
        return float(ai[busy].sum() / n[busy].sum() - ai[~busy].sum() / n[~busy].sum())

    assert gap(tied) < gap(plain) - 0.02


def test_the_busiest_are_first() -> None:
    """Mean output and mean use go together over people, where without it they do not have to."""
    drawn = generate_with_truth(World(40, busiest_first=True, late_joiners=False), 1)
    ranks = [values.mean(axis=1).argsort().argsort() for values in (drawn.panel.y, drawn.use)]
    assert np.corrcoef(*ranks)[0, 1] > 0.8


def test_repeated_looks_see_only_the_past() -> None:
    """Nine looks of thirteen weeks from the first year on, each with the cells of its time."""
    world = RepeatedLooksWorld(25)
    whole = generate_panel(World(25, periods=periods_per_look(world)[-1]), 0)
    assert periods_per_look(world) == [12, 15, 18, 22, 25, 28, 32, 35, 38]
    early = truncate_panel(whole, 12)
    rows = [whole.people.index(name) for name in early.people]
    np.testing.assert_array_equal(early.y, whole.y[rows, :12])
    assert ((early.y > 0).sum(axis=1) >= MIN_ACTIVE_PERIODS).all()
    assert set(run_trial(Job(RepeatedLooksWorld(10, looks=2), 99, 0)).flags) == {"ever", "stood"}


def test_simulated_repositories_differ_as_specified() -> None:
    """Three to eight people each; a fleet without spread is told, mostly, as one without effect."""
    panels, persons = repository_panels(FleetWorld(), 0)
    assert {len(p.people) for p in panels} == set(range(3, 9))
    assert [len(names) for names in persons] == [len(p.people) for p in panels]
    found = [run_trial(Job(FleetWorld(12, spread), 99, seed)).grade for spread in (0.0, 0.2) for seed in range(5)]
    assert found.count("says_little") <= 3


def test_gates_on_threats_are_those_asked_for() -> None:
    """Every threat at 12, 25 and 60 people at most a twentieth above SAYS LITTLE; the rest by rule."""
    gates = {gate.id: gate for gate in threat_gates() if gate.id.startswith("threat-")}
    for people, needed in ((12, 500), (25, 400), (60, 100)):
        for threat in THREATS:
            above = gates.pop(f"threat-{threat}-{people}-above")
            assert isinstance(above, RateGate)
            assert (above.bound, above.at_least, above.family, above.needed) == (0.05, False, 36, needed)
            nothing = threat in {"none", "untied-growth"}
            other = gates.pop(f"threat-{threat}-{people}-{'informative' if nothing else 'little'}")
            assert isinstance(other, RateGate if nothing else RateReport)
            if isinstance(other, RateGate):
                assert (other.bound, other.at_least, other.family) == (0.05, False, 6)
    within, beyond = gates.pop("threat-none+0.5-25-within"), gates.pop("threat-none+0.5-25-beyond")
    assert isinstance(within, RateGate)
    assert isinstance(beyond, RateGate)
    assert [(g.bound, g.at_least, g.needed) for g in (within, beyond)] == [(0.52, True, 400), (0.34, True, 400)]
    assert not gates


def test_a_history_without_an_estimate_counts_against_power() -> None:
    """One person cannot be compared: not above, not informative, and not found either."""
    trial = run_trial(Job(ThreatWorld("none", 1, 0.5), 99, 0))
    assert trial.flags == {"informative": False, "above": False, "within": False, "beyond": False}


@pytest.mark.parametrize("threat", THREATS)
def test_threatened_panels_are_seeded_and_whole(threat: Threat) -> None:
    """The same seed gives the same panel; marks never exceed changes, and spans hold every change."""
    world = ThreatWorld(threat, 12)
    panel, again = threatened_panel(world, 3), threatened_panel(world, 3)
    np.testing.assert_array_equal(panel.y, again.y)
    np.testing.assert_array_equal(panel.ai, again.ai)
    assert not np.array_equal(panel.y, threatened_panel(world, 4).y)
    assert (panel.ai <= panel.n).all()
    assert not panel.y[~panel.span].any()
    assert panel.relative_size is not None
    np.testing.assert_array_equal(np.isfinite(panel.relative_size), panel.y > 0)


def test_threats_are_in_their_worlds() -> None:
    """Growth goes with adoption, cut work is smaller, people leave, marks are lost when busy; and else not."""

    def share(panel: Panel) -> Floats:
        return np.divide(panel.ai, panel.y, out=np.zeros_like(panel.y), where=panel.y > 0)

    def pooled(threat: Threat, of: Callable[[Panel], float]) -> float:
        return float(np.mean([of(threatened_panel(ThreatWorld(threat, 40), seed)) for seed in range(8)]))

    def growth_with_use(panel: Panel) -> float:
        growth = np.log1p(panel.y[:, 13:].sum(axis=1)) - np.log1p(panel.y[:, :13].sum(axis=1))
        return float(np.corrcoef(growth, share(panel).mean(axis=1))[0, 1])

    def size_with_use(panel: Panel) -> float:
        there = panel.y > 0
        assert panel.relative_size is not None
        return float(np.corrcoef(panel.relative_size[there], share(panel)[there])[0, 1])

    def gone(panel: Panel) -> float:
        return float((panel.y[:, -3:].sum(axis=1) == 0).mean())

    def busy_with_share(panel: Panel) -> float:
        after = (np.arange(26) > 20) & (panel.y > 0)
        level = panel.y / np.maximum(panel.y[:, 20:].mean(axis=1, keepdims=True), 1)
        return float(np.corrcoef(level[after], share(panel)[after])[0, 1])

    assert pooled("strong-growth", growth_with_use) > 0.3 > abs(pooled("untied-growth", growth_with_use))
    assert pooled("cutting", size_with_use) < -0.15 < pooled("none", size_with_use)
    assert pooled("leavers", gone) > pooled("none", gone) + 0.15
    assert pooled("left-out", busy_with_share) < pooled("none", busy_with_share) - 0.1
    lifted = [threatened_panel(ThreatWorld("none", 40, 1.0), seed).y.sum() for seed in range(4)]
    assert sum(lifted) > 1.2 * sum(threatened_panel(ThreatWorld("none", 40), seed).y.sum() for seed in range(4))


@pytest.mark.parametrize("gate", threat_gates(), ids=lambda gate: gate.id)
def test_every_gate_judges_its_world(gate: object) -> None:
    """Two histories can be judged by every gate: its question gets an answer."""
    world, swaps = gate.worlds[0]  # type: ignore[attr-defined]
    row = gate.row([[run_trial(Job(world, min(swaps, 99), seed)) for seed in range(2)]])  # type: ignore[attr-defined]
    assert row.passed is None
    assert "of 2" in row.observed
    assert not math.isnan(row.n)
