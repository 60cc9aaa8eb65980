"""The gate machinery: exact tests, resumption, and a quick look at the gates themselves (full runs: `make gates`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from analyzer.simulate.gates import NEEDED, Gate, Row, covers_recorded, gates, informative, judged, markdown, run
from analyzer.simulate.panels import World, generate

if TYPE_CHECKING:
    from pathlib import Path


def gate(bound: float, *, at_least: bool, family: int = 1) -> Gate:
    """A gate of a small null world."""
    return Gate("null-6", World(6), "asks", bound, at_least, informative, family)


def test_exact_binomial_judgement() -> None:
    """The boundary of a one-sided 1 % test of 5 % at n = 1,000 lets 67 hits pass and rejects 68."""
    most = gate(0.05, at_least=False)
    assert judged(67, 1000, most, NEEDED) is True
    assert judged(68, 1000, most, NEEDED) is False
    least = gate(0.93, at_least=True)
    assert judged(911, 1000, least, NEEDED) is True
    assert judged(910, 1000, least, NEEDED) is False
    assert judged(0, NEEDED - 1, most, NEEDED - 1) is None
    assert judged(0, NEEDED, most, NEEDED) is True


def test_runs_resume_and_agree(tmp_path: Path) -> None:
    """A run stopped half-way goes on where it was, and ends with what one run would have given."""
    chosen = [gates()[0]]
    whole = list(run(chosen, 6, tmp_path / "a.jsonl", workers=1))
    list(run(chosen, 3, tmp_path / "b.jsonl", workers=1))
    resumed = list(run(chosen, 6, tmp_path / "b.jsonl", workers=1))
    assert (resumed[0].hits, resumed[0].n, resumed[0].panels) == (whole[0].hits, whole[0].n, 6)
    assert len((tmp_path / "b.jsonl").read_text().splitlines()) == 6
    assert whole[0].passed is None


def test_panels_are_seeded_and_carry_their_truth() -> None:
    """The same seed gives the same panel; a planted effect moves output, a null world does not."""
    first, again = generate(World(10), 3), generate(World(10), 3)
    assert np.array_equal(first.y, again.y)
    assert not np.array_equal(first.y, generate(World(10), 4).y)
    lifted = [generate(World(20, truth="recorded", effect=1.0), s).y.sum() for s in range(5)]
    plain = [generate(World(20), s).y.sum() for s in range(5)]
    assert sum(lifted) > 1.1 * sum(plain)


def test_every_gate_is_named_once_and_printed() -> None:
    """Ids are unique, and the page says passed, failed and not run in words."""
    ids = [g.id for g in gates()]
    assert len(set(ids)) == len(ids)
    rows = [Row(ids[k], "asks", 1, 2, 2, 0.5, passed) for k, passed in enumerate((True, False, None))]
    page = markdown(rows, 2)
    assert all(word in page for word in ("passed", "**failed**", "not run whole"))


@pytest.mark.parametrize(("effect", "truth"), [(0.5, "recorded"), (-0.33, "recorded")])
def test_a_few_panels_cover(effect: float, truth: str) -> None:
    """Twelve planted panels: at least nine intervals hold the truth (a broken interval holds far fewer)."""
    chosen = next(g for g in gates() if g.id == f"{truth}{effect:+}-10")
    assert chosen.flag is covers_recorded
    from analyzer.inference.verdicts import throughput_verdict

    flags = [chosen.flag(throughput_verdict(generate(chosen.world, s), swaps=0), chosen.world) for s in range(12)]
    assert sum(bool(f) for f in flags) >= 9
