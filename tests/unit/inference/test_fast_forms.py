"""Short cuts of the comparison of outcomes against the plain forms that they stand for, on random tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analyzer.inference.checks.permuted_labels import PERMUTATIONS, matched_difference_of, permuted_differences
from analyzer.inference.defects import dated_rows, event_data, has_events
from analyzer.inference.event_comparison import _score_differences
from analyzer.inference.group_outcomes import _with_groups
from analyzer.inference.models.event_rates import (
    EventData,
    ScoreTest,
    fit_events,
    leave_one_out_betas,
    leave_one_row_out_betas,
)
from analyzer.inference.strata import OutcomeRows, number_tuples, rates, rows_in_mixed_strata
from analyzer.inference.survival import kaplan_meier, leave_one_out_curves, survival_probability
from analyzer.inference.trends import rates_by_quarter
from analyzer.panel.cell_sums import mean_by_cell, sum_by_cell
from tests.simulated.defects import AdoptingTeam

SEEDS = pytest.mark.parametrize("seed", range(5))


def outcome_table(rng: np.random.Generator, rows: int = 600, people: int = 14) -> pd.DataFrame:
    """Return table `outcome_rows`: several rows per key, some people without and some with marked work alone."""
    key = rng.integers(0, rows // 2, rows)
    owner = rng.integers(0, people, rows)[key]
    marking = np.where(owner < 4, 0.0, np.where(owner < 6, 1.0, np.where(owner < 9, 0.04, 0.4)))
    half = (rng.random(rows)[key] < 0.1) & (owner >= 9)
    ai = np.where(half, 0.5, rng.random(rows)[key] < marking)
    size = rng.integers(1, 60, rows)
    when = pd.Timestamp("2019-06-01", tz="UTC") + pd.to_timedelta(rng.integers(0, 2000, rows)[key], unit="D")
    table = pd.DataFrame(
        {
            "key": [f"c{k}" for k in key],
            "person": [f"p{k:02}" for k in owner],
            "when": when.as_unit("s"),
            "cell": rng.choice(["code, new file", "test, existing file"], rows),
            "ai": ai,
            "events": rng.binomial(size, 0.2).astype(float),
            "denominator": size.astype(float),
        }
    )
    return table.drop_duplicates(["key", "cell"], ignore_index=True)


def permuted_plainly(rows: OutcomeRows, *, score: bool) -> np.ndarray:
    """Permute everybody's marks, and take the difference over all rows."""
    rng = np.random.default_rng(0)
    _, first, commit_of_row = np.unique(rows.key, return_index=True, return_inverse=True)
    owners, marks = rows.cluster[first], rows.marked[first]
    by_owner = np.argsort(owners, kind="stable")
    permuted, differences = np.empty_like(marks), np.empty(PERMUTATIONS)
    data, rate = event_data(rows), float(rows.events.sum() / rows.denominator.sum())
    for n in range(PERMUTATIONS):
        permuted[np.argsort(owners + rng.random(len(first)))] = marks[by_owner]
        other = rows._replace(marked=permuted[commit_of_row])
        if score:
            beta = ScoreTest(data).beta(other.marked[has_events(rows)])
            differences[n] = min(1.0, rate * float(np.exp(beta))) - rate
        else:
            differences[n] = rates(other)[2] if rows_in_mixed_strata(other).any() else np.nan
    return differences[np.isfinite(differences)]


@SEEDS
@pytest.mark.parametrize("score", [False, True])
def test_permuting_those_with_both_kinds_is_permuting_everybody(seed: int, score: bool) -> None:
    """The same differences from the rows of the people whose marks can change places; half marks included."""
    rows = dated_rows(outcome_table(np.random.default_rng(seed)))
    fast = permuted_differences(rows, _score_differences if score else matched_difference_of)
    assert fast == pytest.approx(permuted_plainly(rows, score=score), abs=1e-11)


def test_nobody_with_both_kinds_permutes_nothing() -> None:
    """Without anybody whose marks can change places there is no difference to report."""
    table = outcome_table(np.random.default_rng(0))
    rows = dated_rows(table[table["person"] < "p04"])
    assert not len(permuted_differences(rows))
    assert not len(permuted_differences(rows, _score_differences))


@pytest.mark.parametrize("start_far", [False, True])
def test_moved_people_are_refitted_to_the_end(monkeypatch: pytest.MonkeyPatch, start_far: bool) -> None:
    """Refits with a fixed information end where Newton's method does, also where they have to hand over to it."""
    data = event_data(dated_rows(AdoptingTeam(people=12, ratio=1.5, marks=0.2).changes(np.random.default_rng(3))))
    fit = fit_events(data)
    monkeypatch.setattr("analyzer.inference.models.event_rates._SMALL_MOVE", 0.0)
    if start_far:
        monkeypatch.setattr("analyzer.inference.models.event_rates._FIXED_TOLERANCE", -1.0)
    exact = [fit_events(data.select(data.stratum != person)).theta[0] for person in range(data.people)]
    assert leave_one_out_betas(data, fit) == pytest.approx(exact, abs=1e-8)


def one_step_without_each_row(data: EventData) -> np.ndarray:
    """One Newton step for every coefficient, from the fit to all rows, without each row in turn."""
    fit, betas = fit_events(data), []
    for row in range(len(data.stratum)):
        same = (data.stratum == data.stratum[row]) & (np.arange(len(data.stratum)) != row)
        stratum = data.stratum == data.stratum[row]
        events, fitted = data.events[same].sum(), fit.fitted[same]
        mean = fitted @ data.design[same] / fitted.sum() if events > 0 else 0.0
        before = (data.events - fit.fitted)[stratum] @ data.design[stratum]
        after = data.events[same] @ data.design[same] - events * mean
        betas.append(fit.theta[0] + (after - before) @ fit.covariance[0])
    return np.array(betas)


def test_one_step_without_a_row_needs_one_number_per_row() -> None:
    """The mark's coefficient is that of the step of all coefficients."""
    data = event_data(dated_rows(AdoptingTeam(people=8, ratio=1.5, marks=0.3).changes(np.random.default_rng(1))))
    assert leave_one_row_out_betas(data, fit_events(data)) == pytest.approx(one_step_without_each_row(data), abs=1e-12)


@SEEDS
def test_survival_without_a_cluster_is_that_of_the_others(seed: int) -> None:
    """Taking a cluster's sums away gives the curve of the other lives, to the last digit."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(20, 300))
    days, died = rng.integers(0, 40, n).astype(float), rng.random(n) < 0.5
    weights, clusters = rng.integers(1, 9, n).astype(float), rng.integers(3, 12, n)
    ages = np.arange(-1.0, 45.0)
    curves = list(leave_one_out_curves(days, died, weights, clusters))
    assert len(curves) == len(np.unique(clusters))
    for cluster, curve in zip(np.unique(clusters), curves, strict=True):
        others = clusters != cluster
        plain = kaplan_meier(days[others], died[others], weights[others])
        assert np.array_equal(survival_probability(curve, ages), survival_probability(plain, ages))
        assert np.array_equal(curve.at_risk[np.isin(curve.days, plain.days)], plain.at_risk)


@SEEDS
def test_quarters_add_up_by_column(seed: int) -> None:
    """Rates by quarter from numbers of quarters, people and keys are those from groups of the columns themselves."""
    table = outcome_table(np.random.default_rng(seed))
    expected = []
    for side, part in (("marked", table["ai"]), ("unmarked", 1 - table["ai"])):
        rows = table.assign(part=part, events=table["events"] * part, denominator=table["denominator"] * part)
        rows = rows[rows["denominator"] > 0]
        rows["quarter"] = rows["when"].dt.strftime("%Y-Q") + rows["when"].dt.quarter.astype(str)
        of_change = rows.groupby(["quarter", "person", "key"])["part"].max()
        whole = of_change.groupby(level=["quarter", "person"]).sum() >= 1
        people = whole.groupby(level="quarter").sum()
        sums = rows.groupby("quarter")[["events", "denominator"]].sum()
        expected += [
            (quarter, side, sums["events"][quarter] / sums["denominator"][quarter])
            for quarter in sums.index[people >= 5]
        ]
    answers = [(rate.period, rate.side, rate.value) for rate in rates_by_quarter(table, share=True)]
    assert [row[:2] for row in answers] == [row[:2] for row in sorted(expected)]
    assert [row[2] for row in answers] == pytest.approx([row[2] for row in sorted(expected)])
    assert len(answers) > 10
    coded = table.astype(dict.fromkeys(("key", "person", "cell"), "category"))
    assert rates_by_quarter(coded, share=True) == rates_by_quarter(table, share=True)


def test_tuples_are_numbered_as_they_come() -> None:
    """Equal tuples share a number, numbers start at 0 in the order of the rows, and -1 is a value of its own."""
    columns = [np.array([3, -1, 3, 0, -1]), np.array([0, 5, 0, 5, 4])]
    assert number_tuples(*columns).tolist() == [0, 1, 0, 2, 3]


@SEEDS
def test_cells_are_summed_change_by_change(seed: int) -> None:
    """Sums and means by cell are those of a loop over changes; a cell without changes has a sum of 0 and no mean."""
    rng = np.random.default_rng(seed)
    rows, columns, values = rng.integers(0, 5, 40), rng.integers(0, 9, 40), rng.normal(size=40)
    sums, counts = np.zeros((6, 10)), np.zeros((6, 10))
    for row, column, value in zip(rows, columns, values, strict=True):
        sums[row, column] += value
        counts[row, column] += 1
    assert np.array_equal(sum_by_cell(values, rows, columns, (6, 10)), sums)
    expected = np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)
    assert np.array_equal(mean_by_cell(values, rows, columns, (6, 10)), expected, equal_nan=True)
    empty = np.zeros(0, dtype=np.int64)
    assert sum_by_cell(np.zeros(0), empty, empty, (0, 0)).shape == (0, 0)


def test_groups_of_other_keys_drop_out_of_coded_rows() -> None:
    """A key may be in several groups or none, and groups may be of keys that no row has."""
    rows = pd.DataFrame({"key": pd.Categorical(["b", "a", "b", "c"]), "events": [1, 2, 3, 4]})
    groups = pd.DataFrame({"key": ["a", "z", "b", "b"], "group": ["one", "one", "one", "two"]}, dtype="str")
    joined = _with_groups(rows, groups, "key")
    assert joined["key"].dtype == rows["key"].dtype
    expected = [("a", "one", 2), ("b", "one", 1), ("b", "one", 3), ("b", "two", 1), ("b", "two", 3)]
    assert sorted(zip(joined["key"], joined["group"], joined["events"], strict=True)) == expected
