"""What a site shows tells of no small group, by whatever sums and differences: an oracle in linear algebra.

Every figure that is shown is a sum over changes. A reader can make any linear combination of them; one that is not zero
and rests on the changes of fewer people than the smallest group tells of these. Small tables are searched for one
exhaustively: for each set of too few people, whether the shown sums' row space meets the space of their changes.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analyzer.core.suppression.groups import NO_TEAM, OTHERS, publishable_groups
from analyzer.fleet.aggregate import _published_shares, _unassigned_changes
from analyzer.fleet.config_types import FleetConfig, Member, RepositoryEntry, TeamEntry
from analyzer.fleet.people import one_team_per_change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.core.arrays import Floats
    from analyzer.core.suppression.groups import PublishedCells

ALL = "all"


def told(units: pd.DataFrame, smallest: int) -> list[tuple[int, ...]]:
    """Sets of too few people of whom the site of these changes tells: columns person, period, teams (a tuple)."""
    rows = units.assign(row=range(len(units)), repository="r", ai=1.0)
    teamed, _ = one_team_per_change(rows.explode("teams").rename(columns={"teams": "team"}))
    named = teamed.assign(team=teamed["team"].fillna(NO_TEAM), whole=ALL)
    sums = [
        *_sums(named, "whole", publishable_groups(named, "whole", smallest)),
        *_sums(named, "team", publishable_groups(named, "team", smallest)),
    ]
    if not sums:
        return []
    basis = _row_space(np.array(sums))
    person = named["person"].to_numpy()
    found = []
    for size in range(1, smallest):
        for few in combinations(sorted(set(person)), size):
            inside = basis[:, np.isin(person, few)]
            if np.linalg.norm(inside, 2) > 1 - 1e-9:
                found.append(few)
    return found


def _sums(units: pd.DataFrame, group: str, found: PublishedCells) -> list[Floats]:
    """Each shown cell as the changes that it adds up (1, else 0)."""
    of = units[group].where(~units[group].isin(found.merged_groups), OTHERS)
    parts = [(of == c.group) & ((c.period is None) | (units["period"] == c.period)) for c in found.cells]
    assert [int(part.sum()) for part in parts] == [c.n for c in found.cells]
    return [np.asarray(part, dtype=float) for part in parts]


def _row_space(sums: Floats) -> Floats:
    """Orthonormal rows that span the same."""
    _, sizes, rows = np.linalg.svd(sums, full_matrices=False)
    basis: Floats = rows[sizes > 1e-9]
    return basis


TEAMS = st.lists(st.sampled_from("abc"), max_size=2, unique=True).map(tuple)
CHANGES = st.lists(st.tuples(st.integers(0, 8), TEAMS, st.sampled_from("123")), min_size=1, max_size=40)
PARTED = st.lists(st.tuples(st.integers(0, 8), st.sampled_from("abc").map(tuple), st.sampled_from("1234")), max_size=60)


def table(rows: Sequence[tuple[int, tuple[str, ...], str]]) -> pd.DataFrame:
    """Changes: person, teams, period."""
    return pd.DataFrame(rows, columns=["person", "teams", "period"])


# A cell that is too small; its row and its column hide one more each, which their own column and row tell.
CHAIN = [
    *((p, ("a",), "1") for p in range(2)),
    *((p, ("a",), "2") for p in range(4)),
    *((p, ("a",), "3") for p in range(5)),
    *((p, ("b",), "1") for p in range(4, 8)),
    *((p, ("b",), "2") for p in range(3, 9)),
    *((p, ("b",), "3") for p in range(3, 9)),
    *((p, ("c",), period) for p in range(9) for period in "123"),
]
# Two teams share one person: the sum of both, less all, would be that person's.
SHARED = [(p, ("a",), "1") for p in range(4)] + [(p, ("b",), "1") for p in range(5, 9)] + [(4, ("a", "b"), "1")]


@settings(max_examples=60)
@given(CHANGES, st.integers(2, 4))
@example(SHARED, 3)
def test_overlapping_teams_reveal_no_small_group(rows: list[tuple[int, tuple[str, ...], str]], smallest: int) -> None:
    """People in two teams, code of two owners, and what is of none."""
    assert told(table(rows), smallest) == []


@settings(max_examples=60)
@given(PARTED.filter(bool), st.integers(2, 4))
@example(CHAIN, 3)
def test_periods_of_teams_reveal_no_small_group(rows: list[tuple[int, tuple[str, ...], str]], smallest: int) -> None:
    """Cells by team and period, with totals of both: none is had through a chain of others."""
    assert told(table(rows), smallest) == []


def test_changes_without_team_are_counted_where_shown() -> None:
    """Else the number alone, less what is shown, would be that of the others in it."""
    rows = [(p, ("a",), "1") for p in range(5)] + [(p, (), "1") for p in range(5, 8)]
    named = table(rows).explode("teams").rename(columns={"teams": "team"}).assign(ai=1.0)
    named["team"] = named["team"].fillna(NO_TEAM)
    assert _unassigned_changes(named, publishable_groups(named, "team", 3)) == 3
    assert _unassigned_changes(named, publishable_groups(named, "team", 4)) is None
    alone = named[named["team"] == "a"]
    assert _unassigned_changes(alone, publishable_groups(alone, "team", 3)) == 0


def test_suppression_oracle_finds_a_planted_leak() -> None:
    """Two sums whose difference is of one person's change."""
    basis = _row_space(np.array([[1.0, 1, 1, 0], [1, 1, 0, 0]]))
    assert np.linalg.norm(basis[:, [2]], 2) > 1 - 1e-9
    assert np.linalg.norm(basis[:, [0]], 2) < 1 - 1e-9


@settings(max_examples=60)
@given(CHANGES, st.integers(2, 4))
@example([(p, ("a",) if p < 2 else ("b",) if p < 4 else ("c",), "1") for p in range(9)], 3)
def test_outcomes_are_shown_only_with_shown_shares(rows: list[tuple[int, tuple[str, ...], str]], smallest: int) -> None:
    """By team: the same cells as the team's own page, no others, and none of what is put together."""
    named = table(rows).explode("teams").rename(columns={"teams": "team"}).assign(ai=1.0, repository="r")
    found = publishable_groups(named[named["team"].notna()], "team", smallest)
    teams = tuple(TeamEntry(name=name, people=(Member(who="a@x.org"),)) for name in "abc")
    fleet = FleetConfig(repositories=(RepositoryEntry(path="."),), teams=teams)
    told = _published_shares(fleet, named, found)["team"]
    cells = {(c.group, c.period, c.n) for c in found.cells if c.period is not None and c.group != OTHERS}
    assert set(zip(told["unit"], told["period"], told["n"], strict=True)) == cells
