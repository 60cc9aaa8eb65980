"""Placebos of a matched comparison: marks that are not the work's own, dealt many times.

One deal for everybody: with a seed of one's choice one could deal until the placebo pleases.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from analyzer.inference.strata import Rows, both, rates
from analyzer.share.definition import PRE_AI

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats, Ints, Mask

DEALS = 100
_SEED = 0
# Marked commits that a deal to early history must hand out, on average, to say anything; and size classes of a person.
_FEWEST, _CLASSES = 10, 3


class Placebo(NamedTuple):
    """A difference under marks that are not the work's own, with an interval; passed if that holds 0."""

    id: str
    value: float
    low: float
    high: float

    @property
    def passed(self) -> bool:
        """Whether the method finds nothing where nothing is."""
        return self.low <= 0 <= self.high


def middle(id_: str, dealt: Floats) -> Placebo | None:
    """Mean difference over the deals, and their middle 95 %; None without any."""
    if not len(dealt):
        return None
    low, high = np.quantile(dealt, [0.025, 0.975])
    return Placebo(id_, float(dealt.mean()), float(low), float(high))


def dealt_anew(rows: Rows) -> Floats:
    """Differences with each person's marks dealt anew among that person's commits, those that are numbers."""
    rng = np.random.default_rng(_SEED)
    keys, first, place = np.unique(rows.key, return_index=True, return_inverse=True)
    owner, marks = rows.group[first], rows.x[first]
    by_owner = np.argsort(owner, kind="stable")
    dealt = np.empty_like(marks)
    found = np.empty(DEALS)
    for n in range(DEALS):
        dealt[np.argsort(owner + rng.random(len(keys)))] = marks[by_owner]
        found[n] = rates(rows._replace(x=dealt[place]))[2]
    known: Floats = found[np.isfinite(found)]
    return known


def before_ai(rows: Rows, when: pd.Series) -> Floats:
    """Differences in what people wrote before any AI, with marks dealt by size as often as these people mark since.

    Marked work is larger: where large work alone differs, this finds it. Empty where there is too little of either.
    """
    _, first, place = np.unique(rows.key, return_index=True, return_inverse=True)
    owner, marks = rows.group[first], rows.x[first]
    early = (when < PRE_AI).to_numpy(np.bool_)[first]
    if not early.any() or early.all():
        return np.zeros(0)
    size = np.bincount(place, weights=rows.e, minlength=len(first)).astype(np.float64)
    chance = _chances(owner, _classes(owner, size), marks, early)
    if chance[early].sum() < _FEWEST:
        return np.zeros(0)
    rng = np.random.default_rng(_SEED)
    old, inside = rows.of(early[place]), place[early[place]]
    found = np.empty(DEALS)
    for n in range(DEALS):
        dealt = old._replace(x=(rng.random(len(first)) < chance).astype(float)[inside])
        found[n] = rates(dealt)[2] if both(dealt).any() else np.nan
    known: Floats = found[np.isfinite(found)]
    return known


def _classes(owner: Ints, size: Floats) -> Ints:
    """Thirds of each person's commits by size."""
    frame = pd.DataFrame({"owner": owner, "size": size})
    rank = frame.groupby("owner")["size"].rank(pct=True, method="average").to_numpy()
    found: Ints = np.minimum((rank * _CLASSES).astype(int), _CLASSES - 1)
    return found


def _chances(owner: Ints, third: Ints, marks: Floats, early: Mask) -> Floats:
    """Part of a person's commits of that size since AI that is marked; 0 where there are none."""
    cell = owner * _CLASSES + third
    size = int(cell.max()) + 1
    n = np.bincount(cell[~early], minlength=size)
    hits = np.bincount(cell[~early], weights=marks[~early], minlength=size)
    chance: Floats = np.divide(hits, n, out=np.zeros(size), where=n > 0)[cell]
    return chance
