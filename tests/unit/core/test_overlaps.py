"""Groups that overlap are published without disclosing few people: an oracle in linear algebra."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analyzer.core.suppression.overlaps import MAX_PUBLISHED, groups_to_merge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.core.arrays import Floats

Record = tuple[int | None, frozenset[str]]

GROUPS = st.frozensets(st.sampled_from("abcd"), max_size=3)
RECORDS = st.lists(st.tuples(st.one_of(st.none(), st.integers(0, 8)), GROUPS), min_size=1, max_size=50)


def long_table(records: Sequence[Record]) -> pd.DataFrame:
    """One row per record and group, as `groups_to_merge` reads them."""
    rows = [
        (n, person, group)
        for n, (person, groups) in enumerate(records)
        for group in (sorted(groups) if groups else (None,))
    ]
    table = pd.DataFrame(rows, columns=["record", "person", "group"])
    return table.astype({"person": "Int64", "group": "str"})


def published_sums(records: Sequence[Record], merged: set[str], public: Sequence[str] = ()) -> list[Floats]:
    """The total, each published group and the merged ones, as the records that they add up (1, else 0)."""
    names = sorted({group for _, groups in records for group in groups} - merged)
    sums = [np.ones(len(records)), *(np.array([float(name in groups) for _, groups in records]) for name in names)]
    sums += [np.array([float(name in groups) for _, groups in records]) for name in public]
    return [*sums, np.array([float(bool(merged & groups)) for _, groups in records])] if merged else sums


def disclosed_sets(records: Sequence[Record], sums: Sequence[Floats], smallest: int) -> list[tuple[int, ...]]:
    """Sets of too few people for whom a combination of the sums is about them alone."""
    owned = np.array([person is not None for person, _ in records])
    if not owned.any():
        return []
    _, sizes, rows = np.linalg.svd(np.array(sums)[:, owned], full_matrices=False)
    basis = rows[sizes > 1e-9]
    persons = np.array([person for person, _ in records if person is not None])
    return [
        few
        for size in range(1, smallest)
        for few in combinations(sorted(set(persons.tolist())), size)
        if np.linalg.norm(basis[:, np.isin(persons, few)], 2) > 1 - 1e-9
    ]


# All is public, "a" is everybody's but of one person: the total less "a" would be that person's.
COMPLEMENT: list[Record] = [*((p, frozenset("a")) for p in range(6)), (7, frozenset("b"))]
# Both groups are large, and so is their overlap; only one person works outside of both.
OUTSIDE: list[Record] = [*((p, frozenset(g)) for p in range(5) for g in ("a", "b", "ab")), (8, frozenset())]


@settings(max_examples=150, deadline=None)
@given(RECORDS, st.integers(2, 4))
@example(COMPLEMENT, 3)
@example(OUTSIDE, 3)
def test_published_groups_disclose_no_few_people(records: list[Record], smallest: int) -> None:
    """No published group is small, two groups or more are merged, and no combination is about few people."""
    merged = groups_to_merge([long_table(records)], smallest)
    if merged is None:
        return
    assert len(merged) != 1
    people = {g: {p for p, groups in records if g in groups and p is not None} for _, gs in records for g in gs}
    assert all(len(people[name]) >= smallest for name in people.keys() - merged)
    assert disclosed_sets(records, published_sums(records, merged), smallest) == []


@settings(max_examples=60, deadline=None)
@given(RECORDS, RECORDS, st.integers(2, 4))
def test_two_kinds_of_records_are_protected_together(changes: list[Record], lines: list[Record], smallest: int) -> None:
    """What is merged protects the sums over changes and the sums over lines."""
    merged = groups_to_merge([long_table(changes), long_table(lines)], smallest)
    for records in (changes, lines) if merged is not None else ():
        assert merged is not None
        assert (
            disclosed_sets(records, published_sums(records, merged & {g for _, s in records for g in s}), smallest)
            == []
        )


def test_complement_of_a_small_group_is_merged() -> None:
    """Of two groups, hiding one person's alone would hide nothing."""
    assert groups_to_merge([long_table(COMPLEMENT)], 3) is None
    larger = [*COMPLEMENT, *((p, frozenset("c")) for p in range(6)), *((p, frozenset("d")) for p in range(5))]
    merged = groups_to_merge([long_table(larger)], 3)
    assert merged == {"b", "d"}


def test_groups_beyond_the_limit_are_merged() -> None:
    """A hostile history of many folders gets a bounded table, the smallest merged."""
    rows: list[Record] = [(p, frozenset([f"g{n:03}"])) for n in range(MAX_PUBLISHED + 20) for p in range(3)]
    rows += [(p, frozenset(["g119"])) for p in range(3)]
    merged = groups_to_merge([long_table(rows)], 3)
    assert merged is not None
    assert len(merged) == 20
    assert "g119" not in merged


@pytest.mark.parametrize("smallest", [2, 5])
def test_nobody_can_be_published(smallest: int) -> None:
    """Records of nobody make no group."""
    assert groups_to_merge([long_table([(None, frozenset("a")), (None, frozenset("b"))])], smallest) is None


def test_oracle_finds_a_planted_disclosure() -> None:
    """Without the rule, the total less the large group is one person's."""
    assert disclosed_sets(COMPLEMENT, published_sums(COMPLEMENT, set()), 3)[0] == (7,)


def test_many_small_groups_cost_one_column() -> None:
    """Fifty thousand folders of one person each: neither time nor memory grows with their product."""
    rows: list[Record] = [(n % 7, frozenset([f"g{n}"])) for n in range(50_000)]
    rows += [(person, frozenset(["large"])) for person in range(7)]
    merged = groups_to_merge([long_table(rows)], 3)
    assert merged is not None
    assert len(merged) == 50_000
    assert "large" not in merged
