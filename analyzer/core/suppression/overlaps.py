"""Which groups to merge so that no sum or difference of published figures covers too few people; groups may overlap.

A published figure is a sum over records (changes, or lines of a file). The total over all records is public, and so is
the sum over each published group. Readers can form any linear combination of these sums. It discloses a small set of
people if it is not zero and rests on their records only.

Every record has a pattern: 1 for the total, and 1 for each group that it is in. All combinations are safe if the
patterns of enough people generate the patterns of everybody: a combination that vanishes on them vanishes everywhere.
So we start with the patterns that enough people have, and add those that enough people have up to a multiple, modulo
what is already generated, until nothing is left or nothing can be added. Arithmetic is exact, in the integers modulo a
prime, so that the answer is the same on every machine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.core.arrays import Ints, Mask

# Groups published in one table, the merged ones apart.
MAX_PUBLISHED = 100
_PRIME = 2_147_483_647
# Stands for all groups that are too small by themselves; no group of a file or mark is called so.
_SMALL = "\0small"


class Patterns(NamedTuple):
    """Distinct patterns of records, and who has each.

    Attributes
    ----------
    inside : (P, G) which group the records of a pattern are in.
    pattern, person : (R,) the distinct pairs of a pattern and somebody who has a record of it.
    """

    inside: Mask
    pattern: Ints
    person: Ints

    def merge(self, columns: Mask) -> Patterns:
        """Return the patterns with the groups of a mask (G,) merged into one more, which is last."""
        merged = np.column_stack([self.inside[:, ~columns], self.inside[:, columns].any(axis=1)])
        values, index = np.unique(merged, axis=0, return_inverse=True)
        pairs = np.unique(np.column_stack([index.ravel()[self.pattern], self.person]), axis=0)
        return Patterns(values, pairs[:, 0], pairs[:, 1])


def groups_to_merge(tables: Sequence[pd.DataFrame], smallest_group: int) -> set[str] | None:
    """Return the groups that have to be merged into one row; None if no group can be published at all.

    Two groups or more are merged, or none. The merged row is safe to publish as well.

    Parameters
    ----------
    tables : one table per kind of record, the first of which decides how large a group is. Columns record, person and
        group: one row per record and group that it is in; group is NA for a record in none. Records of nobody
        (person is NA) protect nobody and disclose nobody.
    smallest_group : fewest people that a figure may cover.
    """
    ranking = _ranking(tables)
    is_small = ranking["people"].to_numpy() < smallest_group
    is_small[: max(len(ranking) - MAX_PUBLISHED, 0)] = True
    small = set(ranking.index[is_small])
    names = [*([_SMALL] if small else []), *ranking.index[~is_small]]
    patterns = [_patterns(_with_one_group(table[table["person"].notna()], small), names) for table in tables]
    merged = np.array([name == _SMALL for name in names], dtype=np.bool_)
    while not merged.all():
        merged_groups = small | {names[n] for n in np.flatnonzero(merged)} - {_SMALL}
        if len(merged_groups) == 1:
            merged[np.flatnonzero(~merged)[0]] = True
            continue
        disclosing = _disclosing_groups(patterns, merged, smallest_group)
        if disclosing is None:
            return merged_groups
        candidates = disclosing & ~merged
        merged[np.flatnonzero(candidates if candidates.any() else ~merged)[0]] = True
    return None


def _with_one_group(table: pd.DataFrame, small: set[str]) -> pd.DataFrame:
    """Return a table with the groups that are merged in any case as one, so that thousands of them cost one column."""
    groups = table["group"].astype("category").cat
    names = [_SMALL if name in small else name for name in groups.categories]
    distinct = list(dict.fromkeys(names))
    number = {name: k for k, name in enumerate(distinct)}
    codes = np.array([*map(number.__getitem__, names), -1])[groups.codes]
    merged = pd.Categorical.from_codes(codes, distinct)  # type: ignore[call-overload]  # stubs know int only
    return table.assign(group=merged)


def _ranking(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Return the people and records of each group by the first table, smallest first: by people, records, name."""
    groups = sorted({str(group) for table in tables for group in table["group"].dropna().unique()})
    counts = tables[0].groupby("group", observed=True).agg(people=("person", "nunique"), records=("record", "nunique"))
    return counts.reindex(groups, fill_value=0).sort_values(["people", "records"], kind="stable")


def _patterns(table: pd.DataFrame, names: Sequence[str]) -> Patterns:
    """Return the patterns of one kind of record over the named groups."""
    record, _ = pd.factorize(table["record"])
    groups = table["group"].astype("category").cat
    column = np.append(pd.Index(names).get_indexer(groups.categories.astype("object")), -1)
    group = column[groups.codes]
    width = -(-len(names) // 8)
    packed = np.zeros((int(record.max()) + 1 if len(record) else 0, width), dtype=np.uint8)
    inside = group >= 0
    bits = np.left_shift(1, 7 - group[inside] % 8).astype(np.uint8)
    np.bitwise_or.at(packed, (record[inside], group[inside] // 8), bits)
    distinct, index = np.unique(packed, axis=0, return_inverse=True)
    person = pd.factorize(table["person"])[0]
    people = int(person.max(initial=-1)) + 1
    # One number per pair: sorting pairs of numbers takes many times as long.
    pattern, owner = np.divmod(np.unique(index.ravel()[record] * max(people, 1) + person), max(people, 1))
    values = np.unpackbits(distinct, axis=1)[:, : len(names)].astype(np.bool_)
    return Patterns(values, pattern, owner)


def _disclosing_groups(tables: Sequence[Patterns], merged: Mask, smallest_group: int) -> Mask | None:
    """Return the groups (G,) of which a combination may disclose too few people; None if no combination does."""
    for table in tables:
        published = table.merge(merged) if merged.any() else table
        open_columns = _open_columns(published, smallest_group)
        if open_columns is not None:
            groups = np.zeros(len(merged), dtype=np.bool_)
            groups[~merged] = open_columns[: int((~merged).sum())]
            return groups
    return None


def _open_columns(patterns: Patterns, smallest_group: int) -> Mask | None:
    """Return the groups of patterns that those of enough people do not generate; None if these generate all."""
    total = np.ones((len(patterns.inside), 1), dtype=np.int64)
    rows = np.hstack([total, patterns.inside.astype(np.int64)])
    while rows.any():
        leading = _scale_to_leading_one(rows)
        _, line = np.unique(leading, axis=0, return_inverse=True)
        line = line.ravel()
        pairs = np.unique(np.column_stack([line[patterns.pattern], patterns.person]), axis=0)
        people = np.bincount(pairs[:, 0], minlength=int(line.max()) + 1)
        enough = (people[line] >= smallest_group) & leading.any(axis=1)
        if not enough.any():
            return np.asarray(leading[:, 1:].any(axis=0))
        while len(pivots := np.flatnonzero(enough & rows.any(axis=1))):
            rows = _eliminate(rows, rows[int(pivots[0])])
    return None


def _scale_to_leading_one(rows: Ints) -> Ints:
    """Return each row (P, G) divided by its first number that is not zero."""
    nonzero = rows.any(axis=1)
    first = np.where(nonzero, rows[np.arange(len(rows)), (rows != 0).argmax(axis=1)], 1)
    values, index = np.unique(first, return_inverse=True)
    inverses = np.array([pow(int(value), -1, _PRIME) for value in values], dtype=np.int64)
    scaled: Ints = rows * inverses[index.ravel()][:, None] % _PRIME
    return scaled


def _eliminate(rows: Ints, pivot: Ints) -> Ints:
    """Return the rows modulo a row: each minus the multiple that clears the column of the row's first number."""
    column = int((pivot != 0).argmax())
    unit = pivot * pow(int(pivot[column]), -1, _PRIME) % _PRIME
    reduced: Ints = (rows - rows[:, column][:, None] * unit) % _PRIME
    return reduced
