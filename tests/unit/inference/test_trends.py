"""Outcomes by quarter: rates against plain arithmetic, intervals that cover, and nobody's quarter shown alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from analyzer.inference.trends import MIN_PEOPLE, changes_per_person, rates_by_quarter
from tests.sizes import sized


def judged(people: int, rate: float, seed: int, size: int = 30) -> pd.DataFrame:
    """`people` with `size` changes each in 2024-Q1, a third of them marked, each followed up at `rate`."""
    draw = np.random.default_rng(seed)
    n = people * size
    return pd.DataFrame(
        {
            "key": [f"c{k}" for k in range(n)],
            "person": np.repeat([f"p{k}" for k in range(people)], size),
            "when": pd.Timestamp("2024-02-01", tz="UTC"),
            "cell": "",
            "ai": (np.arange(n) % 3 == 0).astype(float),
            "events": (draw.random(n) < rate).astype(float),
            "denominator": 1.0,
        }
    )


def test_rates_are_sums() -> None:
    """The rate of a side is its events over its exposure; its n is that exposure."""
    table = judged(8, 0.3, seed=1)
    marked, other = rates_by_quarter(table, share=True)
    assert (marked.side, other.side, marked.period) == ("marked", "other", "2024-Q1")
    inside = table[table["ai"] == 1]
    assert marked.value == pytest.approx(inside["events"].mean())
    assert (marked.n, marked.people) == (len(inside), 8)


def test_a_partly_marked_change_counts_on_both_sides() -> None:
    """A change of which a quarter is marked gives a quarter of its exposure and events to each side's sums."""
    table = judged(6, 1.0, seed=1).assign(ai=0.25)
    marked, other = rates_by_quarter(table, share=True)
    assert marked.n == pytest.approx(45)
    assert other.n == pytest.approx(135)


@sized(100, 400)
@pytest.mark.parametrize("rate", [0.02, 0.3])
def test_intervals_cover(rate: float, trials: int) -> None:
    """On drawn quarters the 95 % interval of the unmarked rate holds the truth at least 93 times in a hundred."""
    found = [rates_by_quarter(judged(8, rate, seed), share=True)[-1] for seed in range(trials)]
    covered = sum(point.low <= rate <= point.high for point in found)
    assert binom.cdf(covered, trials, 0.93) >= 0.01


def test_no_event_is_no_certainty() -> None:
    """Where nobody's work was followed up the interval still has a width."""
    point = rates_by_quarter(judged(8, 0.0, seed=1), share=True)[0]
    assert (point.value, point.low) == (0, 0)
    assert point.high > 0.01


def test_small_groups_are_not_shown() -> None:
    """Fewer than five people on a side show no rate and no throughput of theirs."""
    assert rates_by_quarter(judged(MIN_PEOPLE - 1, 0.3, seed=1), share=True) == []
    assert len(rates_by_quarter(judged(MIN_PEOPLE, 0.3, seed=1), share=True)) == 2
    assert changes_per_person(units(MIN_PEOPLE - 1)).points == []


def units(people: int) -> pd.DataFrame:
    """Person k merges k + 1 changes in 2024-Q1."""
    authors = [f"p{k}" for k in range(people) for _ in range(k + 1)]
    when = pd.Timestamp("2024-03-31T23:59:59", tz="UTC")
    names = [f"u{n}" for n in range(len(authors))]
    return pd.DataFrame({"merged_change": names, "person": authors, "merged": when, "label": "unmarked"})


def test_merged_changes_a_person() -> None:
    """The mean over people who merged any, with the t interval of a mean; bots and undated changes stand aside."""
    table = units(6)
    bots = table.assign(label="automation", author="bot")
    undated = table.assign(merged=table["merged"].where(table["merged_change"] == ""))
    (point,) = changes_per_person(pd.concat([table, bots, undated])).points
    counts = np.arange(1, 7)
    reach = 2.570581835636314 * counts.std(ddof=1) / np.sqrt(6)
    assert (point.people, point.period) == (6, "2024-Q1")
    assert [point.low, point.value, point.high] == pytest.approx([3.5 - reach, 3.5, 3.5 + reach])
