"""The share of a person's past: by hand, against the plainest formula, and what must hold for any history."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.panel import Panel, active_spans, lagged
from analyzer.panel.past_share import discounted_changes, past_share

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats

HALF_LIFE = 1.5


def history(seed: int, people: int = 5, periods: int = 9) -> tuple[Floats, Floats]:
    """Marked and all changes (A, P), with quiet periods, late starts and people who never mark."""
    rng = np.random.default_rng(seed)
    n = rng.poisson(2.0, (people, periods)) * (rng.random((people, periods)) < 0.7)
    ai = rng.binomial(n, rng.uniform(0, 1, (people, 1)) * (rng.random((people, 1)) < 0.8))
    return ai.astype(float), n.astype(float)


def plainest(ai: Floats, n: Floats, half_life: float = HALF_LIFE) -> Floats:
    """The formula, one cell at a time: Σ marked · 2^(-age / half-life), and two changes of the team's average."""
    people, periods = n.shape
    shares = np.full((people, periods), np.nan)
    for t in range(periods):
        weight = [0.5 ** ((t - s) / half_life) for s in range(t + 1)]
        marked = [sum(w * ai[a, s] for s, w in enumerate(weight)) for a in range(people)]
        total = [sum(w * n[a, s] for s, w in enumerate(weight)) for a in range(people)]
        team = sum(marked) / sum(total) if sum(total) else 0.0
        for a in range(people):
            if n[a, : t + 1].sum() > 0:
                any_mark = ai[a, : t + 1].sum() > 0
                shares[a, t] = (marked[a] + 2 * team) / (total[a] + 2) if any_mark else 0.0
    return shares


def test_past_share_by_hand() -> None:
    """Two people, half-life one period: each sum, the team's share, and the shrinkage written out."""
    ai = np.array([[1.0, 0, 2], [0, 0, 0]])
    n = np.array([[2.0, 4, 2], [0, 2, 6]])
    # Marked of the first person: 1, 1/2, 2 1/4. All: 2, 5, 4 1/2; of the second: 0, 2, 7. Team: 1/2, 1/14, 9/46.
    first = [(1 + 2 * 1 / 2) / 4, (1 / 2 + 2 * (1 / 14)) / 7, (9 / 4 + 2 * (9 / 46)) / (13 / 2)]
    assert past_share(ai, n, 1.0) == pytest.approx(np.array([first, [math.nan, 0, 0]]), nan_ok=True)
    assert discounted_changes(n, 1.0).tolist() == [[2, 5, 4.5], [0, 2, 7]]


@given(st.integers(0, 10_000), st.sampled_from([0.5, 1.5, 6.0]))
def test_past_share_equals_the_plainest_formula(seed: int, half_life: float) -> None:
    """A running discount gives what summing every past change by its age gives; a missing count is no change."""
    ai, n = history(seed)
    expected = plainest(ai, n, half_life)
    assert past_share(ai, n, half_life) == pytest.approx(expected, abs=1e-12, nan_ok=True)
    missing = np.where(n > 0, n, np.nan)
    assert past_share(np.where(n > 0, ai, np.nan), missing, half_life) == pytest.approx(
        expected, abs=1e-12, nan_ok=True
    )


@given(st.integers(0, 10_000))
def test_past_share_is_a_share(seed: int) -> None:
    """Unknown before the first change, 0 before the first mark, else above 0 and at most 1."""
    ai, n = history(seed)
    share = past_share(ai, n, HALF_LIFE)
    has_change, has_mark = np.cumsum(n, axis=1) > 0, np.cumsum(ai, axis=1) > 0
    np.testing.assert_array_equal(np.isnan(share), ~has_change)
    assert (share[has_change & ~has_mark] == 0).all()
    assert ((share[has_mark] > 0) & (share[has_mark] <= 1)).all()


@given(st.integers(0, 10_000), st.integers(0, 8))
def test_past_share_depends_on_the_past_alone(seed: int, t: int) -> None:
    """Whatever happens after a period changes no share up to it; the treatment does not know its own period either."""
    ai, n = history(seed)
    later_ai, later_n = history(seed + 1)
    after = np.arange(n.shape[1]) > t
    changed_ai, changed_n = np.where(after, later_ai, ai), np.where(after, later_n, n)
    changed = past_share(changed_ai, changed_n, HALF_LIFE)
    np.testing.assert_array_equal(changed[:, : t + 1], past_share(ai, n, HALF_LIFE)[:, : t + 1])
    treatments = [
        Panel(tuple("abcde"), tuple("012345678"), counts, marks, counts, active_spans(counts > 0), 5).treatment
        for marks, counts in ((ai, n), (changed_ai, changed_n))
    ]
    np.testing.assert_array_equal(treatments[0][:, : t + 2], treatments[1][:, : t + 2])


@given(st.integers(0, 10_000))
def test_past_share_follows_the_person(seed: int) -> None:
    """In another order of people each keeps the share; someone else's marks reach it through the team's share alone."""
    ai, n = history(seed)
    order = np.random.default_rng(seed).permutation(len(n))
    share = past_share(ai, n, HALF_LIFE)
    np.testing.assert_allclose(past_share(ai[order], n[order], HALF_LIFE), share[order], atol=1e-12)
    other_ai = ai.copy()
    other_ai[1:] = n[1:]
    total = discounted_changes(n, HALF_LIFE)
    other = past_share(other_ai, n, HALF_LIFE)
    teams = [discounted_changes(a, HALF_LIFE).sum(axis=0) / np.maximum(total.sum(axis=0), 1e-9) for a in (ai, other_ai)]
    shift = 2 * (teams[1] - teams[0]) / (total[0] + 2)
    has_mark = np.cumsum(ai[0]) > 0
    np.testing.assert_allclose((other[0] - share[0])[has_mark], shift[has_mark], atol=1e-12)


@settings(max_examples=20)
@given(st.integers(0, 10_000), st.integers(1, 3))
def test_treatment_of_a_panel(seed: int, lag: int) -> None:
    """Lagged, with a half-life of 42 days at any grain; without numbers of changes it is the recorded share."""
    ai, n = history(seed)
    panel = Panel(tuple("abcde"), tuple("012345678"), n, ai, n.copy(), active_spans(n > 0), 5, lag)
    for days in (7, 14, 28):
        grain = replace(panel, days=days)
        assert grain.half_life * days == 42
        expected = lagged(plainest(ai, n, 42 / days), lag)
        assert grain.treatment == pytest.approx(expected, abs=1e-12, nan_ok=True)
    share = np.divide(ai, n, out=np.full_like(ai, np.nan), where=n > 0)
    exact = replace(panel, ai=share, n=np.full_like(n, np.nan))
    np.testing.assert_array_equal(exact.treatment, exact.recorded_share)
