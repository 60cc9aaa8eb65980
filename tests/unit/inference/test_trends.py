"""Outcomes by quarter: rates against plain arithmetic, intervals that cover, and nobody's quarter shown alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analyzer.inference.trends import MIN_PEOPLE, changes_per_person, rates_by_quarter
from tests.simulated.rates import quarter_of_changes


def test_rate_is_events_over_denominator() -> None:
    """The rate of a side is its events over its exposure; its n is that exposure."""
    table = quarter_of_changes(8, 0.3, seed=1)
    marked, other = rates_by_quarter(table, share=True)
    assert (marked.side, other.side, marked.period) == ("marked", "unmarked", "2024-Q1")
    inside = table[table["ai"] == 1]
    assert marked.value == pytest.approx(inside["events"].mean())
    assert (marked.n, marked.people) == (len(inside), 8)


def test_a_partly_marked_change_counts_on_both_sides() -> None:
    """A change of which a quarter is marked gives a quarter of its exposure and events to each side's sums."""
    table = quarter_of_changes(6, 1.0, seed=1).assign(ai=0.25)
    marked, other = rates_by_quarter(table, share=True)
    assert marked.n == pytest.approx(45)
    assert other.n == pytest.approx(135)


def test_rate_without_events_has_an_interval() -> None:
    """Where nobody's work was followed up the interval still has a width."""
    point = rates_by_quarter(quarter_of_changes(8, 0.0, seed=1), share=True)[0]
    assert (point.value, point.low) == (0, 0)
    assert point.high > 0.01


def test_small_groups_are_not_shown() -> None:
    """Fewer than five people on a side show no rate and no throughput of theirs."""
    assert rates_by_quarter(quarter_of_changes(MIN_PEOPLE - 1, 0.3, seed=1), share=True) == []
    assert len(rates_by_quarter(quarter_of_changes(MIN_PEOPLE, 0.3, seed=1), share=True)) == 2
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
