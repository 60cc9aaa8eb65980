"""Units → how they landed: the habit of each person and period, and the regimes of a history.

A project that goes from merges to rebases makes more units of the same work (docs/method.md, "Regimes").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analyzer.share.changepoints import changepoints

if TYPE_CHECKING:
    import pandas as pd

    from analyzer.core.arrays import Floats, Ints

KINDS = ("merge", "squash", "rebase", "session")
HABITS = ("log commits per change", "part of merges", "part of squashes", "part of rebases")
# A regime begins where the part of a kind moved by more than this, three periods before against three after.
MOVED, NEAR = 0.20, 3


def habits(kind: pd.Series, commits: pd.Series, rows: Ints, columns: Ints, shape: tuple[int, int]) -> Floats:
    """(K, A, P) mean of each habit over the cell's units, NaN without units; `rows`, `columns`: each unit's cell."""
    values = np.array(
        [np.log(commits.to_numpy(np.float64)), *((kind == name).to_numpy(np.float64) for name in KINDS[:3])]
    )
    sums, count = np.zeros((len(HABITS), *shape)), np.zeros(shape)
    np.add.at(count, (rows, columns), 1.0)
    for total, value in zip(sums, values, strict=True):
        np.add.at(total, (rows, columns), value)
    return np.divide(sums, count, out=np.full_like(sums, np.nan), where=count > 0)


def regimes(kind: pd.Series, blocks: Ints) -> list[int]:
    """Blocks at which another way of landing sets in, ascending: some kind's part moved for good, and at once."""
    if not len(blocks):
        return []
    first = int(blocks.min())
    n = np.bincount(blocks - first)
    known = np.flatnonzero(n)
    cuts: dict[int, float] = {}
    for name in KINDS:
        hits = np.bincount(blocks[(kind == name).to_numpy()] - first, minlength=len(n))
        for at in changepoints(hits[known].tolist(), n[known].tolist()):
            before, after = known[max(at - NEAR, 0) : at], known[at : at + NEAR]
            step = abs(hits[after].sum() / n[after].sum() - hits[before].sum() / n[before].sum())
            if step > MOVED:
                cuts[int(known[at]) + first] = max(step, cuts.get(int(known[at]) + first, 0.0))
    return _apart(cuts)


def _apart(cuts: dict[int, float]) -> list[int]:
    """Cuts at least `NEAR` blocks from any greater one: a change that two kinds show a month apart is one."""
    kept: list[int] = []
    for cut in sorted(cuts, key=lambda cut: -cuts[cut]):
        if all(abs(cut - other) >= NEAR for other in kept):
            kept.append(cut)
    return sorted(kept)
