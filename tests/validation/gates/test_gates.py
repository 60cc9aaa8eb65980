"""The gate machinery: exact tests, resumption, and a quick look at the gates themselves (full runs: `make gates`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from analyzer.inference.defects import estimate_defects
from analyzer.inference.grading.throughput import throughput_verdict
from analyzer.inference.meta_analysis import estimate_meta_analysis
from analyzer.simulation.panels import World, generate_panel
from validation.gates import PEOPLE, ActingShare, GateResult, RateGate, RateReport, is_informative, rate_text
from validation.honesty import PowerGate
from validation.job import FigureRange, Job, Trial
from validation.judges import run_trial, verdict_with_swaps
from validation.page import all_gates, gate_results, markdown
from validation.reverted_changes import RevertWorld, simulated_outcomes
from validation.trials import run
from validation.worlds import FleetWorld, repository_panels

if TYPE_CHECKING:
    from pathlib import Path


def gate(bound: float, *, at_least: bool, family: int = 1) -> RateGate:
    """A gate of a small null world."""
    return RateGate("null-6", World(6), "asks", is_informative, bound, at_least, family)


def test_exact_binomial_judgement() -> None:
    """The boundary of a one-sided 1 % test of 5 % at n = 1,000 lets 67 hits pass and rejects 68."""
    most = gate(0.05, at_least=False)
    assert most.passes(67, 1000)
    assert not most.passes(68, 1000)
    assert most.passes(0, 1000)
    least = gate(0.93, at_least=True)
    assert least.passes(911, 1000)
    assert not least.passes(910, 1000)


def test_runs_resume_and_agree(tmp_path: Path) -> None:
    """A run stopped half-way, even within a line, goes on where it was and ends with what one run gives."""
    jobs = [Job(World(6), 99, seed) for seed in range(6)]
    whole = {number: t.within for number, t in run(jobs, tmp_path / "a.jsonl", workers=1)}
    half = tmp_path / "b.jsonl"
    list(run(jobs[:3], half, workers=1))
    half.write_bytes(half.read_bytes()[:-9])
    resumed = {number: t.within for number, t in run(jobs, half, workers=1)}
    assert resumed == whole
    assert len(half.read_text().splitlines()) == 6


def test_swaps_are_drawn_where_they_decide() -> None:
    """The grade is the whole verdict's, with and without an effect, though most null histories draw no swap."""
    for world in (World(8), World(8, truth="recorded", effect=1.0)):
        for seed in range(8):
            panel = generate_panel(world, seed)
            whole, saved = (
                throughput_verdict(panel, n_permutations=199, seed=seed),
                verdict_with_swaps(panel, 199, seed),
            )
            assert saved.grade == whole.grade
            assert saved.estimates is not None
            assert whole.estimates is not None
            assert saved.estimates.within == whole.estimates.within


def test_too_few_histories_are_no_result(tmp_path: Path) -> None:
    """A gate below its n says so, and gates over one world share its trials."""
    chosen = [g for g in all_gates() if g.id in {"reverts1-6", "honest-recorded-6"}]
    found = [row for row, _ in gate_results(chosen, 4, tmp_path / "t.jsonl", workers=2)]
    assert [(row.n, row.passed) for row in found] == [(4, None), (12, None)]


def test_panels_are_seeded_and_carry_their_truth() -> None:
    """The same seed gives the same panel; a planted effect moves output, a null world does not."""
    first, again = generate_panel(World(10), 3), generate_panel(World(10), 3)
    assert np.array_equal(first.y, again.y)
    assert not np.array_equal(first.y, generate_panel(World(10), 4).y)
    lifted = [generate_panel(World(20, truth="recorded", effect=1.0), s).y.sum() for s in range(5)]
    plain = [generate_panel(World(20), s).y.sum() for s in range(5)]
    assert sum(lifted) > 1.1 * sum(plain)


def test_reverts_carry_their_ratio() -> None:
    """Over ten histories the mean ratio is the planted one within its sampling error."""
    found = [estimate_defects(simulated_outcomes(RevertWorld(40, 2.0), seed)) for seed in range(10)]
    assert np.mean([f.ratio for f in found if f]) == pytest.approx(2.0, abs=0.25)


def test_every_gate_is_named_once_and_printed() -> None:
    """Ids are unique, and the page says passed, failed and not run in words."""
    ids = [g.id for g in all_gates()]
    assert len(set(ids)) == len(ids)
    page = markdown(
        [(GateResult(ids[k], "asks", "<= 1", "0", 2, passed), 0.5) for k, passed in enumerate((True, False, None))]
    )
    assert all(word in page for word in ("passed", "**failed**", "not run whole"))


@pytest.mark.parametrize(("truth", "figure"), [("recorded", "recorded"), ("use", "within")])
def test_power_honesty_tells_honest_from_boastful_figures(truth: ActingShare, figure: str) -> None:
    """Trials whose true standard error is known: a figure printed from it passes, one a third too small does not."""
    chosen = PowerGate(25, truth)
    se = 0.068 if truth == "recorded" else 0.138
    rng = np.random.default_rng(0)

    def trials(boast: float) -> list[list[Trial]]:
        worlds = []
        for world, _ in chosen.worlds:
            assert isinstance(world, World)
            betas = rng.normal(np.log1p(world.effect), se, 400)
            smallest = boast * float(np.expm1((1.96 + 0.84) * se))
            reaches = [FigureRange(float(b), float(b) - 1.96 * se, float(b) + 2 * se, smallest) for b in betas]
            other = FigureRange(9.0, 8.0, 10.0, 0.01)
            figures = {"recorded": other, "within": other, "beyond": other}
            worlds.append([Trial(world.id, s, 0, 0.0, "", **{**figures, figure: r}) for s, r in enumerate(reaches)])  # type: ignore[arg-type]
        return worlds

    assert chosen.row(trials(1.0)).passed is True
    assert chosen.row(trials(0.67)).passed is False


@pytest.mark.parametrize("effect", [0.5, -0.33])
@pytest.mark.parametrize("truth", ["recorded", "use"])
def test_intervals_cover_on_a_few_panels(truth: str, effect: float) -> None:
    """Twelve planted panels: at least nine intervals hold the truth (a broken interval holds far fewer)."""
    chosen = next(g for g in all_gates() if g.id == f"{truth}{effect:+g}-10")
    assert isinstance(chosen, RateGate)
    flags = [chosen.flag(run_trial(Job(chosen.world, 0, seed))) for seed in range(12)]
    assert sum(bool(f) for f in flags) >= 9


def test_each_truth_is_asked_of_its_figure() -> None:
    """Where the recorded share acts its own figure must cover, where use acts the one within people."""
    holds, misses = FigureRange(0.2, 0.1, 0.3, 0.1), FigureRange(0.9, 0.8, 1.0, 0.1)
    for truth, names in (
        ("recorded", {"recorded": holds, "within": misses}),
        ("use", {"recorded": misses, "within": holds}),
    ):
        for people in PEOPLE:
            chosen = next(g for g in all_gates() if g.id == f"{truth}+0.2-{people}")
            assert isinstance(chosen, RateGate)
            trial = Trial(chosen.world.id, 0, 0, 0.0, "says_little", names["recorded"], names["within"], misses)
            assert chosen.flag(trial) is True
            assert chosen.bound == (0.88 if (truth, people) == ("use", 60) else 0.93)
    sign = next(g for g in all_gates() if g.id.startswith("sign-") and "-0.2" in g.id)
    assert isinstance(sign, RateGate)
    assert sign.flag(Trial("", 0, 0, 0.0, "says_little", recorded=holds, within=misses)) is True
    assert sign.flag(Trial("", 0, 0, 0.0, "nothing_detected", within=misses)) is None


def test_reported_rate_has_no_bound() -> None:
    """It passes with enough histories whatever the rate is, and its error is that of a share."""
    report = RateReport("null-6", World(6), "asks", is_informative, needed=20)
    trials = [Trial("null-6", s, 0, 0.0, "says_little" if s < 15 else "nothing_detected") for s in range(20)]
    row = report.row([trials])
    assert (row.bound, row.observed, row.n, row.passed) == ("reported", "0.750 ± 0.097 (15 of 20)", 20, True)
    assert report.row([trials[:19]]).passed is None
    assert rate_text(0, 0) == "-"


def test_fleets_are_judged_by_the_estimate_that_is_reported() -> None:
    """The gate's finding is that of the whole pooled estimate, found or not."""
    for effect in (0.5, 0.0):
        world = FleetWorld(repositories=9, effect=effect)
        told = run_trial(Job(world, 199, 3)).grade
        whole = estimate_meta_analysis(*repository_panels(world, 3), n_permutations=199, seed=3)
        assert whole is not None
        found = whole.throughput.within.beta.excludes_zero and whole.throughput.p < 0.05
        assert (told == "says_little") == found == (effect > 0)
