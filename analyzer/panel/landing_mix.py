"""How changes are merged: the landing mix of each person and period, and the regimes of a history.

A project that switches from merges to rebases makes more changes of the same work (docs/method.md, "Regimes").
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analyzer.panel.cell_sums import mean_by_cell
from analyzer.share.changepoints import changepoints

if TYPE_CHECKING:
    import pandas as pd

    from analyzer.core.arrays import Floats, Ints

KINDS = ("merge", "squash", "rebase", "session")
LANDING_MIX = ("log commits per change", "part of merges", "part of squashes", "part of rebases")
# A regime begins where the share of a kind moves by more than this, from three periods before to three after.
MIN_STEP, REGIME_WINDOW = 0.20, 3


def landing_mix_by_cell(
    kind: pd.Series, commits: pd.Series, rows: Ints, columns: Ints, shape: tuple[int, int]
) -> Floats:
    """Return the mean (K, A, P) of each part of the mix over a cell's changes; NaN without changes.

    `rows`, `columns`: the cell of each change.
    """
    values = (np.log(commits.to_numpy(np.float64)), *((kind == name).to_numpy(np.float64) for name in KINDS[:3]))
    return np.stack([mean_by_cell(value, rows, columns, shape) for value in values])


def regime_breaks(kinds: pd.Series, blocks: Ints) -> list[int]:
    """Return the blocks at which the share of some kind of merge moves abruptly and for good, in order."""
    if not len(blocks):
        return []
    first = int(blocks.min())
    n = np.bincount(blocks - first)
    nonempty = np.flatnonzero(n)
    cuts: dict[int, float] = {}
    for name in KINDS:
        hits = np.bincount(blocks[(kinds == name).to_numpy()] - first, minlength=len(n))
        for position in changepoints(hits[nonempty].tolist(), n[nonempty].tolist()):
            before = nonempty[max(position - REGIME_WINDOW, 0) : position]
            after = nonempty[position : position + REGIME_WINDOW]
            step = abs(hits[after].sum() / n[after].sum() - hits[before].sum() / n[before].sum())
            if step > MIN_STEP:
                cuts[int(nonempty[position]) + first] = max(step, cuts.get(int(nonempty[position]) + first, 0.0))
    return _merge_nearby(cuts)


def _merge_nearby(cuts: dict[int, float]) -> list[int]:
    """Return the cuts that no larger one is near: two kinds may show the same change of habit a month apart."""
    separate: list[int] = []
    for cut in sorted(cuts, key=lambda cut: -cuts[cut]):
        if all(abs(cut - other) >= REGIME_WINDOW for other in separate):
            separate.append(cut)
    return sorted(separate)
