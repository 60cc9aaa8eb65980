"""merged changes → panel: person × 4 weeks, throughput and the share recorded before it (docs/method.md, "Panel").

A person has a row for every period from the first to the last active one, zeros included. The treatment is the marked
share of the person's earlier changes (`panel.past_share`).
"""

from __future__ import annotations

import bisect
import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.core.constants import BLOCK_DAYS, FIRST_MONDAY
from analyzer.panel.cell_sums import mean_by_cell, sum_by_cell
from analyzer.panel.comparison_start import first_compared_period
from analyzer.panel.landing_mix import landing_mix_by_cell, regime_breaks
from analyzer.panel.past_share import HALF_LIFE_DAYS, past_share
from analyzer.panel.size_sums import SIZE_COLUMNS, relative_size_by_cell, size_sums_by_cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.core.arrays import Floats, Ints, Mask

MIN_CHANGES = 3
MIN_CHANGES_POOLED = 6
POOLED_PERIODS = 3
MIN_ACTIVE_PERIODS = 8
MIN_ACTIVE_SINCE_AI = 3
_THURSDAY = 3


@dataclass(frozen=True, slots=True)
class Panel:
    """A rows × P periods, both in order; a row is a person, or a person within one regime.

    Attributes
    ----------
    people : (A,) name of the person of each row.
    y : (A, P) outcome, a count.
    ai, n : (A, P) marked and all changes behind the share of each cell; n is NaN where it is unknown.
    span : (A, P) cells between the first and the last active period of the row.
    candidates : people before inclusion.
    lag : periods between treatment and outcome.
    landing_mix : (K, A, P) how the cell's changes were merged, in the order of `landing_mix.LANDING_MIX`; NaN without
        changes.
    person_of_row : (A,) number of the person of each row, where a history is split into regimes and a person has a row
        in each; None = one row per person.
    durable, with_lines : (A, P) of the cell's changes with production lines, how many last, and how many there are.
    early_week : (A, P) share of the cell's changes that were merged from Monday to Wednesday; NaN without changes.
    covariates : (K, A, P) covariates that enter every fit, NaN where a row has none.
    size_sums : outcomes that add up sizes, by name: (A, P) as observed, and with every size replaced by its mean over
        the person's changes of the same mark, which is the average over permutations.
    relative_size : (A, P) mean log of the cell's changed lines per change, net of the person's mean for the same mark;
        NaN where unknown.
    days : length of a period.
    usage : (A, P) share of use by usage data, NaN where they say nothing. Where it is present, `ai` and `n` count what
        it is a share of, such as days with use of active days, and not marks.
    """

    people: tuple[str, ...]
    periods: tuple[str, ...]
    y: Floats
    ai: Floats
    n: Floats
    span: Mask
    candidates: int
    lag: int = 1
    landing_mix: Floats | None = None
    person_of_row: Ints | None = None
    durable: Floats | None = None
    with_lines: Floats | None = None
    early_week: Floats | None = None
    covariates: Floats | None = None
    size_sums: dict[str, tuple[Floats, Floats]] | None = None
    relative_size: Floats | None = None
    days: int = BLOCK_DAYS
    usage: Floats | None = None

    @property
    def person_index(self) -> Ints:
        """Number of the person of each row (A,)."""
        return np.arange(len(self.people)) if self.person_of_row is None else self.person_of_row

    @property
    def current_share(self) -> Floats:
        """Share of each cell (A, P); with fewer than three changes, the preceding cell's; else NaN."""
        return _carry_forward(self.ai, self.n)

    @property
    def recorded_share(self) -> Floats:
        """Share recorded in the preceding period (A, P), carried over at most one period, else NaN."""
        return lagged(self.current_share, self.lag)

    @property
    def half_life(self) -> float:
        """Periods after which a change counts half as much in the treatment."""
        return HALF_LIFE_DAYS / self.days

    @property
    def treatment(self) -> Floats:
        """Treatment (A, P): share of the person's changes up to `lag` periods ago; NaN before the first change.

        Where the number of changes behind each share is unknown, it is the recorded share.
        """
        if not np.isfinite(self.n).any():
            return self.recorded_share
        return lagged(past_share(self.ai, self.n, self.half_life), self.lag)

    @property
    def in_sample(self) -> Mask:
        """Cells (A, P) that enter the estimate."""
        return self.observed(self.treatment)

    def observed(self, share: Floats) -> Mask:
        """Return the cells of the span in which `share` (A, P) and every covariate are known."""
        cells: Mask = self.span & np.isfinite(share)
        return cells if self.covariates is None else cells & np.isfinite(self.covariates).all(axis=0)

    def regressors(self, *shares: Floats) -> Floats:
        """Return the regressors (K, A, P): the shares, followed by the covariates."""
        return np.stack([*shares, *(() if self.covariates is None else self.covariates)])

    @property
    def pooled(self) -> Floats:
        """Share over the three preceding periods (A, P); NaN with fewer than six changes."""
        return pooled_share(self.ai, self.n, lag=self.lag)

    def from_comparison_start(self) -> Panel:
        """Return the panel without the periods that lie more than a year before the first sustained mark."""
        first = first_compared_period(self.ai, self.days)
        return self if first == 0 else self._from_period(first)

    def _from_period(self, first: int) -> Panel:
        """Return the panel from a period on; spans are those of the remaining periods."""

        def later(values: Floats | None) -> Floats | None:
            return None if values is None else values[..., first:]

        sums = self.size_sums
        y = self.y[:, first:]
        return replace(
            self,
            periods=self.periods[first:],
            y=y,
            ai=self.ai[:, first:],
            n=self.n[:, first:],
            span=active_spans((y > 0) & self.span[:, first:]),
            landing_mix=later(self.landing_mix),
            durable=later(self.durable),
            with_lines=later(self.with_lines),
            early_week=later(self.early_week),
            covariates=later(self.covariates),
            size_sums=None if sums is None else {k: (a[:, first:], b[:, first:]) for k, (a, b) in sums.items()},
            relative_size=later(self.relative_size),
            usage=later(self.usage),
        )

    def select_eligible(self) -> Panel:
        """Return the people with eight active periods, three of them since the first mark in the panel."""
        active = self.y > 0
        since_first_mark = np.cumsum(np.nan_to_num(self.ai).sum(axis=0)) > 0
        enough = active.sum(axis=1) >= MIN_ACTIVE_PERIODS
        enough_since = (active & since_first_mark).sum(axis=1) >= MIN_ACTIVE_SINCE_AI
        return self.take(np.flatnonzero(enough & enough_since))

    def take(self, rows: Ints) -> Panel:
        """Return the panel with these rows only; a row may be taken more than once."""
        return replace(
            self,
            people=tuple(self.people[k] for k in rows),
            y=self.y[rows],
            ai=self.ai[rows],
            n=self.n[rows],
            span=self.span[rows],
            landing_mix=None if self.landing_mix is None else self.landing_mix[:, rows],
            person_of_row=None if self.person_of_row is None else self.person_of_row[rows],
            durable=None if self.durable is None else self.durable[rows],
            with_lines=None if self.with_lines is None else self.with_lines[rows],
            early_week=None if self.early_week is None else self.early_week[rows],
            covariates=None if self.covariates is None else self.covariates[:, rows],
            usage=None if self.usage is None else self.usage[rows],
            size_sums=None
            if self.size_sums is None
            else {k: (a[rows], b[rows]) for k, (a, b) in self.size_sums.items()},
            relative_size=None if self.relative_size is None else self.relative_size[rows],
        )


def lagged(values: Floats, periods: int) -> Floats:
    """Return the values shifted by `periods` (negative: to earlier periods); cells without a source are NaN."""
    shifted = np.full_like(values, np.nan)
    size = values.shape[1]
    if 0 <= periods < size:
        shifted[:, periods:] = values[:, : size - periods]
    elif -size < periods < 0:
        shifted[:, :periods] = values[:, -periods:]
    return shifted


def fill_missing(values: Floats) -> Floats:
    """Return a value for every cell: the row's last known one, before that its first, else the period's mean."""
    observed = np.isfinite(values)
    n = observed.sum(axis=0)
    mean = np.divide(np.where(observed, values, 0.0).sum(axis=0), n, out=np.zeros(values.shape[1]), where=n > 0)
    column = np.arange(values.shape[1])
    last = np.maximum.accumulate(np.where(observed, column, -1), axis=1)
    first = np.argmax(observed, axis=1)[:, None]
    carried = np.take_along_axis(values, np.where(last >= 0, last, first), axis=1)
    completed: Floats = np.where(observed.any(axis=1, keepdims=True), carried, mean)
    return completed


def pooled_share(ai: Floats, n: Floats, smallest: int = MIN_CHANGES_POOLED, *, lag: int = 1) -> Floats:
    """Return marked ÷ all changes over three periods, the latest `lag` ago; NaN with fewer than `smallest` changes."""
    counts = [(np.nan_to_num(lagged(ai, k)), np.nan_to_num(lagged(n, k))) for k in range(lag, lag + POOLED_PERIODS)]
    marked, total = sum(pair[0] for pair in counts), sum(pair[1] for pair in counts)
    enough = np.asarray(total) >= smallest
    share: Floats = np.divide(marked, total, out=np.full_like(ai, np.nan), where=enough)
    return share


def panel_from_changes(
    changes: pd.DataFrame,
    survival_probability: pd.Series | None = None,
    *,
    days: int = BLOCK_DAYS,
    weight: str | None = None,
) -> Panel:
    """Return the panel of a history's merged changes, without automation and changes that nobody is credited for.

    Parameters
    ----------
    survival_probability : probability to last by change, of changes with production lines; None without contents.
    days : length of a period.
    weight : column by which a change is weighted in the share; None = each counts once.
    """
    dated = changes[changes["person"].notna() & changes["merged"].notna() & changes["ai"].notna()]
    rows, names = pd.factorize(dated["person"], sort=True)
    people = tuple(names.tolist())
    blocks = block_number(dated["merged"], days).to_numpy(dtype=int)
    first, last = (int(blocks.min()), int(blocks.max())) if len(dated) else (0, -1)
    shape = (len(people), last - first + 1)
    weights = np.ones(len(dated)) if weight is None else dated[weight].to_numpy(dtype=float)
    y, ai, n = (
        sum_by_cell(values, rows, blocks - first, shape)
        for values in (np.ones(len(dated)), weights * dated["ai"].to_numpy(dtype=float), weights)
    )
    periods = tuple(_block_start(first + k, days) for k in range(shape[1]))
    landing_mix = landing_mix_by_cell(dated["kind"], dated["commits"], rows, blocks - first, shape)
    before_thursday = (dated["merged"].dt.day_of_week < _THURSDAY).to_numpy(dtype=float)
    early_week = mean_by_cell(before_thursday, rows, blocks - first, shape)
    size_sums = {
        name: size_sums_by_cell(dated["ai"], dated[name], rows, blocks - first, shape)
        for name in SIZE_COLUMNS
        if name in dated.columns
    }
    panel = Panel(
        people,
        periods,
        y,
        ai,
        n,
        active_spans(y > 0),
        len(people),
        landing_mix=landing_mix,
        early_week=early_week,
        size_sums=size_sums,
        relative_size=relative_size_by_cell(dated["ai"], dated["lines_added"], rows, blocks - first, shape)
        if "lines_added" in dated.columns
        else None,
        days=days,
    )
    if survival_probability is None:
        return panel
    survival = dated["merged_change"].map(survival_probability).to_numpy(dtype=float)
    durable, with_lines = (
        sum_by_cell(values, rows, blocks - first, shape)
        for values in (np.nan_to_num(survival), np.isfinite(survival).astype(float))
    )
    return replace(panel, durable=durable, with_lines=with_lines)


def regime_starts(changes: pd.DataFrame) -> tuple[str, ...]:
    """Return the first days of the blocks at which the way of merging changed for good."""
    dated = changes[changes["merged"].notna() & changes["ai"].notna()]
    return tuple(
        _block_start(block) for block in regime_breaks(dated["kind"], block_number(dated["merged"]).to_numpy(dtype=int))
    )


def split_by_regimes(panel: Panel, starts: Sequence[str]) -> Panel:
    """Split each person's row at those periods, so that nobody is compared across them; shares are not recomputed."""
    break_columns = sorted({bisect.bisect_left(panel.periods, day) for day in starts} - {0, len(panel.periods)})
    bounds = [0, *break_columns, len(panel.periods)]
    rows = np.arange(len(panel.people))
    repeated = panel.take(np.tile(rows, len(bounds) - 1))
    column = np.arange(len(panel.periods))
    in_regime = np.repeat([(column >= a) & (column < b) for a, b in itertools.pairwise(bounds)], len(rows), axis=0)
    split = replace(
        repeated, span=repeated.span & in_regime, person_of_row=np.tile(panel.person_index, len(bounds) - 1)
    )
    return split.take(np.flatnonzero(split.span.any(axis=1)))


def _block_start(block: int, days: int = BLOCK_DAYS) -> str:
    return str((FIRST_MONDAY + pd.Timedelta(days=block * days)).date())


def block_number(when: pd.Series, days: int = BLOCK_DAYS) -> pd.Series:
    """Return the number of the block that each instant falls in; blocks of `days` count from Monday 1970-01-05."""
    blocks: pd.Series = (when - FIRST_MONDAY).dt.days // days
    return blocks


def active_spans(active: Mask) -> Mask:
    """Return the cells from the first to the last active period of each row, both included."""
    begun = np.logical_or.accumulate(active, axis=1)
    lasting: Mask = np.logical_or.accumulate(active[:, ::-1], axis=1)[:, ::-1]
    return begun & lasting


def _carry_forward(ai: Floats, n: Floats) -> Floats:
    if not np.isfinite(n).any():
        return ai
    share = np.divide(ai, n, out=np.full_like(ai, np.nan), where=np.nan_to_num(n) >= MIN_CHANGES)
    return np.where(np.isfinite(share), share, lagged(share, 1))
