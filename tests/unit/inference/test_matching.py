"""Outcomes by mark: the matched comparison against sums by hand and simulated histories, and its placebo."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.inference.matching import MIN_MARKED, MatchedComparison, compare_matched
from analyzer.outcomes import OUTCOMES
from tests.simulated.matching import FIRST, matched_history

if TYPE_CHECKING:
    from collections.abc import Sequence


def by_hand(table: pd.DataFrame) -> tuple[float, float, float]:
    """Rates and their difference, cell by cell in plain loops."""
    block = (table["when"] - pd.Timestamp("1970-01-05", tz="UTC")).dt.days // 28 * 28 // 91
    weight = one = zero = 0.0
    for _, cell in table.groupby([table["person"], block, table["cell"]]):
        e1, e0 = (cell["ai"] * cell["denominator"]).sum(), ((1 - cell["ai"]) * cell["denominator"]).sum()
        if e1 > 0 and e0 > 0:
            w = e1 * e0 / (e1 + e0)
            weight += w
            one += w * (cell["ai"] * cell["events"]).sum() / e1
            zero += w * ((1 - cell["ai"]) * cell["events"]).sum() / e0
    return one / weight, zero / weight, (one - zero) / weight


def points(found: MatchedComparison) -> tuple[float, float, float]:
    """The three rates."""
    assert found.ai is not None
    assert found.other is not None
    assert found.difference is not None
    return found.ai.point, found.other.point, found.difference.point


@pytest.mark.parametrize("people", [4, 8])
def test_rates_and_jackknife_by_hand(people: int) -> None:
    """The same as loops over cells, also without each person (or week) in turn, and with fractional marks."""
    rng = np.random.default_rng(3)
    table, _ = matched_history(rng, people=people, months=10)
    table["ai"] = np.where(rng.random(len(table)) < 0.1, 0.5, table["ai"])
    found = compare_matched(table)
    assert points(found) == pytest.approx(by_hand(table))
    assert found.ai is not None
    block = (table["when"] - pd.Timestamp("1970-01-05", tz="UTC")).dt.days // 28
    groups = table["person"] if people >= 6 else table["person"] + block.astype(str)
    quarter = block * 28 // 91
    e1 = (table["ai"] * table["denominator"]).groupby([table["person"], quarter, table["cell"]]).transform("sum")
    e0 = ((1 - table["ai"]) * table["denominator"]).groupby([table["person"], quarter, table["cell"]]).transform("sum")
    inside = sorted(set(groups[(e1 > 0) & (e0 > 0)]))
    assert found.clusters == len(inside)
    refits = np.array([by_hand(table[groups != group])[0] for group in inside])
    se = np.sqrt((len(refits) - 1) / len(refits) * ((refits - found.ai.point) ** 2).sum())
    assert found.ai.se == pytest.approx(se)


def small(rows: Sequence[tuple[str, float, float, float, float]]) -> pd.DataFrame:
    """A judged table from author, day, mark, events, exposure."""
    table = pd.DataFrame(rows, columns=["person", "day", "ai", "events", "denominator"])
    when = FIRST + pd.to_timedelta(table["day"], unit="D")
    return table.assign(when=when, cell="", key=[f"c{n}" for n in range(len(table))])


def test_commit_that_turns_the_sign_is_named() -> None:
    """A single huge commit makes marked lines look short-lived: it is said which, and so is a pooled reversal."""
    rows = [(f"p{n % 8}", 7 * (n // 8), float((n // 8) % 2), 5.0 - 3 * ((n // 8) % 2), 20.0) for n in range(96)]
    calm = compare_matched(small(rows))
    assert calm.decisive_commit is None
    assert points(calm)[2] == pytest.approx(-0.15)
    huge = compare_matched(small([*rows, ("p1", 3, 1.0, 9_000.0, 10_000.0), ("p1", 4, 0.0, 0.0, 10_000.0)]))
    assert huge.decisive_commit == "c96"
    assert points(huge)[2] > 0
    # A person who never marks and whose lines never last: unmatched it counts against the rest.
    other = compare_matched(small([*rows, *(("q", n, 1.0, 15.0, 20.0) for n in range(60))]))
    assert other.simpson
    assert other.pooled is not None
    assert other.pooled > 0 > points(other)[2]


def test_too_few_marked_commits_give_no_difference() -> None:
    """Nine marked commits, or five weeks of work: no figure, and why."""
    few = compare_matched(small([(f"p{n % 8}", n, float(n < MIN_MARKED - 1), 1.0, 2.0) for n in range(80)]))
    assert (few.difference, few.reason) == (None, "too few marked")
    short = compare_matched(small([("p", n % 28, float(n % 2), 1.0, 2.0) for n in range(80)]))
    assert (short.difference, short.reason) == (None, "too few people and weeks")
    none = compare_matched(small([]).astype({"when": "datetime64[s, UTC]", "person": "str"}))
    assert none.difference is None


def test_seasonal_difference_fails_its_placebo() -> None:
    """Everybody marks in the same weeks and lines of those weeks go early: others' marks find it as well."""
    rng = np.random.default_rng(4)
    rows = []
    for person in range(9):
        for _ in range(160):
            day = float(rng.integers(0, 360))
            busy = day % 28 < 7
            rows.append(
                (f"p{person}", day, float(rng.random() < (0.95 if busy else 0.02)), 12.0 if busy else 2.0, 20.0)
            )
    found = compare_matched(small(rows))
    assert points(found)[2] > 0.3
    assert found.failed == ("other_author",)


@given(st.integers(0, 2**32 - 1))
def test_row_order_does_not_change_the_comparison(seed: int) -> None:
    """Rows in any order give the same comparison."""
    rng = np.random.default_rng(seed)
    table = small([(f"p{n % 7}", int(rng.integers(120)), float(rng.random() < 0.4), 1.0, 3.0) for n in range(60)])
    table["events"] = rng.integers(0, 3, len(table)).astype(float)
    one, two = compare_matched(table), compare_matched(table.sample(frac=1, random_state=seed % 1000))
    assert (one.difference is None) == (two.difference is None)
    if one.difference is not None:
        assert points(one) == pytest.approx(points(two))
        assert one == two


def test_every_outcome_is_described() -> None:
    """Names are unique; each has words for what it counts and where it errs."""
    assert len({measure.id for measure in OUTCOMES}) == len(OUTCOMES)
    assert all(measure.says.endswith(".") and measure.limits.endswith(".") for measure in OUTCOMES)
