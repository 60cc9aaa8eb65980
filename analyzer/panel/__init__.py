"""units → panel: author × 4 weeks, throughput against the share recorded before it (docs/method.md, "Panel").

Rows are every period from an author's first to last active one, zeros included. Exposure is the share of the
author's merged changes that are declared AI in the preceding period; it is lagged, and counted in changes,
because a share of the same period's lines is coupled to the outcome by arithmetic alone.
"""

from __future__ import annotations

import bisect
import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.panel.landing_mix import habits, regimes
from analyzer.panel.size_sums import SUMS, summed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.core.arrays import Floats, Ints, Mask

BLOCK_DAYS = 28
MIN_UNITS = 3
MIN_UNITS_POOLED = 6
POOLED_PERIODS = 3
MIN_ACTIVE = 8
MIN_ACTIVE_SINCE_AI = 3
_THURSDAY = 3
_MONDAY = pd.Timestamp("1970-01-05", tz="UTC")


@dataclass(frozen=True, slots=True)
class Panel:
    """A authors × P periods, both in order.

    y (A, P): outcome, a count. ai, n (A, P): declared and all units behind the share of each cell; n is NaN where
    it is not known. span (A, P): the author's rows. candidates: authors before inclusion.
    habit (K, A, P): how the cell's changes landed, in the order of `habits.HABITS`; NaN without changes. person (A,):
    whose row it is, where a history is cut into regimes and each person has a row in each; None = a row each.
    durable, lines_in (A, P): of the cell's changes with production lines those that last, and how many there are.
    early_week (A, P): part of its changes that landed from Monday to Wednesday, NaN without changes.
    beside (K, A, P): covariates that enter every fit, NaN where a row has none. sums: outcomes that add sizes up, by
    name: (A, P) as it is, and with the sizes of a person's changes of the same mark dealt anew, on average.
    """

    authors: tuple[str, ...]
    periods: tuple[str, ...]
    y: Floats
    ai: Floats
    n: Floats
    span: Mask
    candidates: int
    lag: int = 1
    habit: Floats | None = None
    person: Ints | None = None
    durable: Floats | None = None
    lines_in: Floats | None = None
    early_week: Floats | None = None
    beside: Floats | None = None
    sums: dict[str, tuple[Floats, Floats]] | None = None

    @property
    def people(self) -> Ints:
        """(A,) number of the person of each row."""
        return np.arange(len(self.authors)) if self.person is None else self.person

    @property
    def own(self) -> Floats:
        """Share of each cell itself; with fewer than three units, the preceding cell's; else NaN."""
        return _carried(self.ai, self.n)

    @property
    def recorded(self) -> Floats:
        """The exposure: share recorded in the preceding period, carried over at most one period, else NaN."""
        return lagged(self.own, self.lag)

    @property
    def rows(self) -> Mask:
        """Cells that enter the recorded estimate."""
        return self.known(self.recorded)

    def known(self, share: Floats) -> Mask:
        """Cells of the span with a share (A, P) and every covariate."""
        found: Mask = self.span & np.isfinite(share)
        return found if self.beside is None else found & np.isfinite(self.beside).all(axis=0)

    def exposures(self, *shares: Floats) -> Floats:
        """(K, A, P): shares, and behind them the covariates."""
        return np.stack([*shares, *(() if self.beside is None else self.beside)])

    @property
    def pooled(self) -> Floats:
        """Share over the three preceding periods, NaN where it rests on fewer than six units."""
        return pooled_share(self.ai, self.n, lag=self.lag)

    def without_outsiders(self) -> Panel:
        """Inclusion: eight active periods, three of them since the first trace of AI in the panel."""
        active = self.y > 0
        since = np.cumsum(np.nan_to_num(self.ai).sum(axis=0)) > 0
        kept = (active.sum(axis=1) >= MIN_ACTIVE) & ((active & since).sum(axis=1) >= MIN_ACTIVE_SINCE_AI)
        return self.at(np.flatnonzero(kept))

    def at(self, rows: Ints) -> Panel:
        """The same with these rows alone; one may be taken twice."""
        return replace(
            self,
            authors=tuple(self.authors[k] for k in rows),
            y=self.y[rows],
            ai=self.ai[rows],
            n=self.n[rows],
            span=self.span[rows],
            habit=None if self.habit is None else self.habit[:, rows],
            person=None if self.person is None else self.person[rows],
            durable=None if self.durable is None else self.durable[rows],
            lines_in=None if self.lines_in is None else self.lines_in[rows],
            early_week=None if self.early_week is None else self.early_week[rows],
            beside=None if self.beside is None else self.beside[:, rows],
            sums=None if self.sums is None else {k: (a[rows], b[rows]) for k, (a, b) in self.sums.items()},
        )


def lagged(values: Floats, periods: int) -> Floats:
    """Values moved `periods` later, or earlier where that is negative; what has no predecessor is NaN."""
    moved = np.full_like(values, np.nan)
    size = values.shape[1]
    if 0 <= periods < size:
        moved[:, periods:] = values[:, : size - periods]
    elif -size < periods < 0:
        moved[:, :periods] = values[:, -periods:]
    return moved


def filled(values: Floats) -> Floats:
    """Every author's value in every period: the last known one, before it the first, else the period's mean."""
    known = np.isfinite(values)
    n = known.sum(axis=0)
    mean = np.divide(np.where(known, values, 0.0).sum(axis=0), n, out=np.zeros(values.shape[1]), where=n > 0)
    column = np.arange(values.shape[1])
    last = np.maximum.accumulate(np.where(known, column, -1), axis=1)
    first = np.argmax(known, axis=1)[:, None]
    taken = np.take_along_axis(values, np.where(last >= 0, last, first), axis=1)
    whole: Floats = np.where(known.any(axis=1, keepdims=True), taken, mean)
    return whole


def pooled_share(ai: Floats, n: Floats, smallest: int = MIN_UNITS_POOLED, *, lag: int = 1) -> Floats:
    """Sum of declared over all units in three periods, the latest `lag` ago; NaN below `smallest` units."""
    parts = [(np.nan_to_num(lagged(ai, k)), np.nan_to_num(lagged(n, k))) for k in range(lag, lag + POOLED_PERIODS)]
    declared, total = sum(p[0] for p in parts), sum(p[1] for p in parts)
    known = np.asarray(total) >= smallest
    share: Floats = np.divide(declared, total, out=np.full_like(ai, np.nan), where=known)
    return share


def panel_of_units(
    units: pd.DataFrame, lasting: pd.Series | None = None, *, days: int = BLOCK_DAYS, weight: str | None = None
) -> Panel:
    """Panel of a history's merged changes; automation, and changes that belong to nobody, stay outside.

    `lasting`: chance to last by unit, of those with production lines; None where contents are missing. `days`: length
    of a period. `weight`: column by which a change counts in the share; None = each counts once.
    """
    used = units[units["author"].notna() & units["merged"].notna() & units["ai"].notna()]
    authors = tuple(sorted(used["author"].unique()))
    blocks = block_of(used["merged"], days).to_numpy(dtype=int)
    first, last = (int(blocks.min()), int(blocks.max())) if len(used) else (0, -1)
    shape = (len(authors), last - first + 1)
    rows = used["author"].map({author: k for k, author in enumerate(authors)}).to_numpy(dtype=int)
    y, ai, n = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    counts = np.ones(len(used)) if weight is None else used[weight].to_numpy(dtype=float)
    np.add.at(y, (rows, blocks - first), 1.0)
    np.add.at(ai, (rows, blocks - first), counts * used["ai"].to_numpy(dtype=float))
    np.add.at(n, (rows, blocks - first), counts)
    periods = tuple(_named(first + k, days) for k in range(shape[1]))
    landed = habits(used["kind"], used["commits"], rows, blocks - first, shape)
    early = np.zeros(shape)
    np.add.at(early, (rows, blocks - first), (used["merged"].dt.day_of_week < _THURSDAY).to_numpy(dtype=float))
    early = np.divide(early, y, out=np.full(shape, np.nan), where=y > 0)
    sums = {name: summed(used["ai"], used[name], rows, blocks - first, shape) for name in SUMS if name in used.columns}
    panel = Panel(authors, periods, y, ai, n, spans(y > 0), len(authors), habit=landed, early_week=early, sums=sums)
    if lasting is None:
        return panel
    chance = used["unit"].map(lasting).to_numpy(dtype=float)
    durable, lines_in = np.zeros(shape), np.zeros(shape)
    np.add.at(durable, (rows, blocks - first), np.nan_to_num(chance))
    np.add.at(lines_in, (rows, blocks - first), np.isfinite(chance))
    return replace(panel, durable=durable, lines_in=lines_in)


def regimes_of(units: pd.DataFrame) -> tuple[str, ...]:
    """First days of the blocks at which this history's way of landing changed for good."""
    used = units[units["merged"].notna() & units["ai"].notna()]
    return tuple(_named(cut) for cut in regimes(used["kind"], block_of(used["merged"]).to_numpy(dtype=int)))


def in_regimes(panel: Panel, begins: Sequence[str]) -> Panel:
    """Each person's rows cut at those periods, so that nobody is compared across a cut; shares stay whole."""
    inside = sorted({bisect.bisect_left(panel.periods, day) for day in begins} - {0, len(panel.periods)})
    cuts = [0, *inside, len(panel.periods)]
    people = np.arange(len(panel.authors))
    whole = panel.at(np.tile(people, len(cuts) - 1))
    column = np.arange(len(panel.periods))
    part = np.repeat([(column >= a) & (column < b) for a, b in itertools.pairwise(cuts)], len(people), axis=0)
    cut = replace(whole, span=whole.span & part, person=np.tile(panel.people, len(cuts) - 1))
    return cut.at(np.flatnonzero(cut.span.any(axis=1)))


def _named(block: int, days: int = BLOCK_DAYS) -> str:
    return str((_MONDAY + pd.Timedelta(days=block * days)).date())


def block_of(when: pd.Series, days: int = BLOCK_DAYS) -> pd.Series:
    """Number of the block of so many days since Monday 1970-01-05 that each instant falls in."""
    blocks: pd.Series = (when - _MONDAY).dt.days // days
    return blocks


def spans(active: Mask) -> Mask:
    """From the first to the last active period of each author, both included."""
    begun = np.cumsum(active, axis=1) > 0
    ended: Mask = np.cumsum(active[:, ::-1], axis=1)[:, ::-1] > 0
    return begun & ended


def panel_of_table(
    table: pd.DataFrame,
    unit: str,
    period: str,
    outcome: str,
    exposure: str,
    size: str | None,
    *,
    lag: int = 1,
    controls: Sequence[str] = (),
    periods: Sequence[float] | None = None,
) -> Panel:
    """Panel a user brings: one row a unit and (numeric) period, `exposure` its own share, `size` the units behind it.

    Without `size` each share counts as known and the use figure, which needs it, is not computed. `controls`:
    covariates, brought to mean 0 and variance 1. `periods`: of which this table may hold a part.
    """
    authors, periods = sorted(table[unit].unique(), key=str), periods or every_period(table[period])
    rows = table[unit].map({a: k for k, a in enumerate(authors)}).to_numpy(dtype=int)
    columns = np.searchsorted(np.array(periods) - 1e-9, table[period].to_numpy(dtype=float), side="right") - 1
    shape = (len(authors), len(periods))
    y, share, n = np.zeros(shape), np.full(shape, np.nan), np.full(shape, np.nan)
    seen = np.zeros(shape, dtype=bool)
    y[rows, columns] = table[outcome].to_numpy(dtype=float)
    share[rows, columns] = table[exposure].to_numpy(dtype=float)
    seen[rows, columns] = True
    if size is not None:
        n[rows, columns] = table[size].to_numpy(dtype=float)
        n = np.where(np.isfinite(share), n, 0.0)
    ai = share * n if size is not None else share
    beside = np.full((len(controls), *shape), np.nan)
    for k, name in enumerate(controls):
        values = table[name].to_numpy(dtype=float)
        beside[k, rows, columns] = (values - values.mean()) / max(float(values.std()), 1e-300)
    return Panel(
        tuple(map(str, authors)),
        tuple(map(str, periods)),
        y,
        ai,
        n,
        seen,
        len(authors),
        lag,
        beside=beside if len(controls) else None,
    )


def every_period(periods: pd.Series) -> Sequence[float]:
    """Every period from the first to the last, in steps of the smallest one, so that a gap is a gap in the lag too."""
    known = np.sort(periods.unique().astype(float))
    step = np.diff(known).min() if len(known) > 1 else 1.0
    return [float(known[0] + k * step) for k in range(round((known[-1] - known[0]) / step) + 1)]


def _carried(ai: Floats, n: Floats) -> Floats:
    if not np.isfinite(n).any():
        return ai
    own = np.divide(ai, n, out=np.full_like(ai, np.nan), where=np.nan_to_num(n) >= MIN_UNITS)
    return np.where(np.isfinite(own), own, lagged(own, 1))
