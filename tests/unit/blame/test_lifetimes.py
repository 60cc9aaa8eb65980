"""Lifetimes against births, deaths and git blame; R-SZZ against planted defects; ages against a plain loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analyzer.blame.lifetimes import fix_introducers, life_spans, rework_matrix, survivors_at_age
from tests.replays import STEP, built, traced

if TYPE_CHECKING:
    import pytest

CLOCK = pd.Timestamp("2024-06-01", tz="UTC")


def summed(table: pd.DataFrame, *by: str) -> dict[tuple[str, ...], int]:
    """Lines by key."""
    sums = table.astype(dict.fromkeys(by, "str")).groupby(list(by))["lines"].sum()
    return {key: int(n) for key, n in sums.items() if n}  # type: ignore[misc]  # keys are tuples here


@given(st.lists(STEP, min_size=1, max_size=12))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_lifetimes_are_births_and_deaths_joined(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int, int, int]]
) -> None:
    """The same lines, run by run, in either view; what is alive is what head holds."""
    known = traced(built(steps, tmp_path_factory.mktemp("made") / "r"))
    for view in ("blame", "origin"):
        lived = known.lifetimes(view)
        assert summed(lived, "born_sha", "path") == summed(known.births(view), "born_sha", "path")
        dead = lived[lived["died_sha"].notna()]
        keys = ("born_sha", "path", "died_sha")
        assert summed(dead, *keys) == summed(known.deaths(view), *keys)
        here = known.lines_at_head(view).assign(lines=1)
        assert summed(known.surviving(view), "sha", "path") == summed(here, "sha", "path")
    alive = known.lifetimes("blame")
    alive = alive[alive["died_sha"].isna()]
    here = known.lines_at_head("blame").drop_duplicates(["sha", "born_path", "born_line"])  # a merge may keep two
    assert summed(alive, "born_sha", "path") == summed(here.assign(lines=1), "sha", "born_path")


def test_r_szz_names_the_latest_candidate() -> None:
    """Of several introducing commits the most recent; where dates are equal, the later in the history."""
    committed = pd.Series(pd.to_datetime(["2024-01-02", "2024-01-01", "2024-01-02", "2024-02-01"], utc=True))
    committed.index = pd.Index(["a", "b", "c", "fix"])
    table = lifetimes(("a", "fix", 2), ("b", "fix", 9), ("c", "fix", 1), ("a", None, 5), ("b", "c", 1))
    found = fix_introducers(table, ["fix", "unknown"], committed)
    assert found.to_dict("list") == {
        "fix": ["fix"] * 3,
        "sha": ["b", "a", "c"],
        "lines": [9, 2, 1],
        "latest": [False, False, True],
    }


def lifetimes(*rows: tuple[str, str | None, int]) -> pd.DataFrame:
    """Table `lifetimes` of one file."""
    born, died, lines = zip(*rows, strict=True)
    return pd.DataFrame(
        {
            "born_sha": pd.Categorical(born),
            "path": pd.Categorical(["p"] * len(rows)),
            "died_sha": pd.Categorical(died),
            "lines": pd.array(lines, dtype="Int64"),
        }
    )


def test_spans_are_censored_at_the_clock() -> None:
    """Dead before the clock, dead after it, alive, born after it, undated, and dates out of order."""
    days = {"a": 0, "b": 10, "late": 200, "early": -5}
    committed = pd.Series({sha: CLOCK - pd.Timedelta(days=100 - day) for sha, day in days.items()} | {"none": pd.NaT})
    rows = [("a", "b", 1), ("a", "late", 2), ("a", None, 4), ("late", None, 8), ("none", None, 16), ("a", "none", 32)]
    lived = life_spans(lifetimes(*rows, ("a", "early", 64)), committed, CLOCK)
    assert lived[["lines", "days", "died"]].to_dict("list") == {
        "lines": [1, 2, 4, 64],
        "days": [10.0, 100.0, 100.0, 0.0],
        "died": [True, False, False, True],
    }


@given(st.lists(st.tuples(st.integers(0, 60), st.booleans(), st.integers(1, 9)), min_size=1), st.integers(1, 50))
def test_ages_equal_a_loop(rows: list[tuple[int, bool, int]], age: int) -> None:
    """Lines known and alive at an age, counted one by one."""
    table = pd.DataFrame(rows, columns=["days", "died", "lines"]).assign(born_sha="a", path="p")
    found = survivors_at_age(table, age)
    known = [(days, lines) for days, died, lines in rows if died or days >= age]
    total = (sum(lines for _, lines in known), sum(lines for days, lines in known if days >= age))
    assert [tuple(row) for row in found[["lines", "alive"]].to_numpy().tolist()] == ([total] if known else [])


def test_rework_says_who_removed_whose_lines() -> None:
    """By groups of commits; a commit without one is NA, not dropped."""
    table = lifetimes(("a", "b", 3), ("a", "c", 4), ("b", "c", 5), ("c", None, 6), ("x", "a", 7))
    found = rework_matrix(table, pd.Series({"a": "ai", "b": "other", "c": "ai"}))
    assert {(b, d): n for b, d, n in found.fillna("none").itertuples(index=False)} == {
        ("ai", "other"): 3,
        ("ai", "ai"): 4,
        ("other", "ai"): 5,
        ("none", "ai"): 7,
    }
