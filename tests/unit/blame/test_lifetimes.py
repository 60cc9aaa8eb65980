"""Lifetimes against births, deaths and git blame; R-SZZ against planted defects; ages against a plain loop."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from analyzer.blame.lifetimes import fix_introducers, life_spans, rework_matrix, survivors_at_age

CLOCK = pd.Timestamp("2024-06-01", tz="UTC")


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


def test_life_spans_are_censored_at_the_as_of_date() -> None:
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
def test_survivors_at_an_age_equal_a_loop(rows: list[tuple[int, bool, int]], age: int) -> None:
    """Lines known and alive at an age, counted one by one."""
    table = pd.DataFrame(rows, columns=["days", "died", "lines"]).assign(born_sha="a", path="p")
    found = survivors_at_age(table, age)
    known = [(days, lines) for days, died, lines in rows if died or days >= age]
    total = (sum(lines for _, lines in known), sum(lines for days, lines in known if days >= age))
    assert [tuple(row) for row in found[["lines", "alive"]].to_numpy().tolist()] == ([total] if known else [])


def test_rework_matrix_counts_removed_lines_by_group() -> None:
    """By groups of commits; a commit without one is NA, not dropped."""
    table = lifetimes(("a", "b", 3), ("a", "c", 4), ("b", "c", 5), ("c", None, 6), ("x", "a", 7))
    found = rework_matrix(table, pd.Series({"a": "ai", "b": "other", "c": "ai"}))
    assert {(b, d): n for b, d, n in found.fillna("none").itertuples(index=False)} == {
        ("ai", "other"): 3,
        ("ai", "ai"): 4,
        ("other", "ai"): 5,
        ("none", "ai"): 7,
    }
