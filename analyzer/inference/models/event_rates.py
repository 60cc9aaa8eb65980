"""Poisson regression of events on a change's mark, with effects of strata and a smooth curve of time.

The model is log E[y_i] = log d_i + α_s(i) + β x_i + f(t_i), a quasi-likelihood where y is 0 or 1, or a number of lines
(Gourieroux, Monfort and Trognon, Econometrica 1984). A stratum is a person, or a person's work of one kind. The effects
α are concentrated out, which leaves a multinomial likelihood in (β, f) (Hausman, Hall and Griliches, Econometrica
1984).

β has a log-F(1, 1) prior, which adds half an event to either side, so that it stays finite where one side has no event
(Greenland and Mansournia, Stat. Med. 2015). The curve has a normal prior too weak to matter otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats, Ints, Mask

_PRIOR_EVENTS = 1.0
_CURVE_PRIOR = 1e-3
_TOLERANCE, _STEPS, _LONGEST_STEP = 1e-10, 60, 2.0
# Steps with a fixed information shrink by a constant factor, not ever faster as Newton's, so they go on for longer.
_FIXED_TOLERANCE = 1e-20
# Cells of a batch, rows × data sets, that are held in memory at once.
_CELLS_PER_CHUNK = 2_000_000
# A person whose approximate refit moves the coefficients by less than this gets no full refit.
_SMALL_MOVE = 0.005


@dataclass(frozen=True)
class EventData:
    """Rows (N,) sorted by stratum, of strata that have events.

    Attributes
    ----------
    stratum : (N,) number of the row's stratum, 0 to S - 1, ascending.
    starts : (S,) first row of each stratum.
    owner : (S,) number of the person whose stratum it is, 0 to A - 1, ascending.
    design : (N, K) regressors; the mark comes first.
    events : (N,) events.
    denominator : (N,) what events are counted over, positive.
    """

    stratum: Ints
    starts: Ints
    owner: Ints
    design: Floats
    events: Floats
    denominator: Floats

    @classmethod
    def of(cls, stratum: Ints, person: Ints, design: Floats, events: Floats, denominator: Floats) -> EventData:
        """Read rows of any numbers of strata and people, which must be sorted by person, then stratum."""
        _, starts, numbers = np.unique(stratum, return_index=True, return_inverse=True)
        owner = np.unique(person[starts], return_inverse=True)[1]
        # Each regressor in one piece, which `select` would not leave: sums over rows are then several times faster.
        return cls(numbers, starts, owner, np.asfortranarray(design), events, denominator)

    @property
    def people(self) -> int:
        """Number of people."""
        return int(self.owner.max(initial=-1)) + 1

    @cached_property
    def totals(self) -> Floats:
        """Events of each stratum (S,)."""
        return self.by_stratum(self.events)

    @cached_property
    def regressor_sums(self) -> Floats:
        """Regressors of each stratum, summed over its events (S, K)."""
        return self.by_stratum(self.events[:, None] * self.design)

    def by_stratum(self, values: Floats) -> Floats:
        """Sum values (N, ...) over the rows of each stratum (S, ...)."""
        sums: Floats = np.add.reduceat(values, self.starts, axis=0)
        return sums

    def by_person(self, values: Floats) -> Floats:
        """Sum values (N, ...) over the rows of each person (A, ...)."""
        sums: Floats = np.add.reduceat(values, self.starts[np.unique(self.owner, return_index=True)[1]], axis=0)
        return sums

    def select(self, mask: Mask) -> EventData:
        """Return the rows of a mask (N,), less strata that have no events there."""
        mask = mask & (self.by_stratum(np.where(mask, self.events, 0.0)) > 0)[self.stratum]
        person = self.owner[self.stratum[mask]]
        return EventData.of(self.stratum[mask], person, self.design[mask], self.events[mask], self.denominator[mask])


class EventFit(NamedTuple):
    """A fit: coefficients (K,), the mark's first; fitted events (N,); inverse of the information (K, K)."""

    theta: Floats
    fitted: Floats
    covariance: Floats


def fit_events(data: EventData) -> EventFit:
    """Fit the model to all people."""
    theta = _newton(data, np.ones((1, len(data.starts))), np.zeros((1, data.design.shape[1])))[0]
    _, information, fitted = _derivatives(data, np.ones((1, len(data.starts))), theta[None])
    return EventFit(theta, fitted[0], np.linalg.inv(information[0]))


def leave_one_out_betas(data: EventData, fit: EventFit) -> Floats:
    """Return the mark's coefficient (A,) without each person in turn.

    One Newton step from the fit to everybody gives the refit of a person who hardly moves it; the others are refitted.
    """
    gradient, information = _by_person(data, fit.theta)
    remaining = np.linalg.inv(fit.covariance) - information
    steps = np.linalg.solve(remaining, -gradient[..., None])[..., 0]
    theta = fit.theta + steps
    moved = np.flatnonzero(~(np.abs(steps).max(axis=1) < _SMALL_MOVE))
    size = max(1, _CELLS_PER_CHUNK // len(data.stratum))
    for first in range(0, len(moved), size):
        omitted = moved[first : first + size]
        weights = (data.owner != omitted[:, None]).astype(np.float64)
        start = np.clip(np.nan_to_num(theta[omitted]), fit.theta - 1, fit.theta + 1)
        theta[omitted] = _refit(data, weights, start, remaining[omitted])
    return theta[:, 0]


def _refit(data: EventData, weights: Floats, start: Floats, information: Floats) -> Floats:
    """Return the coefficients (B, K) of strata with `weights` (B, S), from near the maximum (`start`).

    The information (B, K, K) is not computed again at each step, which is most of a Newton step's work. There are more
    steps, then, and Newton's method takes over where they do not converge.
    """
    theta, moving = start.copy(), np.arange(len(start))
    for _ in range(_STEPS):
        gradient = _gradient(data, weights[moving], theta[moving], _fitted(data, weights[moving], theta[moving]))
        step: Floats = np.linalg.solve(information[moving], gradient[..., None])[..., 0].astype(np.float64)
        theta[moving] += _shortened(step)
        moving = moving[~((gradient * step).sum(axis=1) <= _FIXED_TOLERANCE)]
        if not len(moving):
            return theta
    theta[moving] = _newton(data, weights[moving], start[moving])
    return theta


def beta_of_rows(data: EventData, mask: Mask, start: Floats) -> float:
    """Return the mark's coefficient from the rows of a mask (N,), of which some must have events.

    `start`: coefficients (K,) of a fit to all rows.
    """
    rows = data.select(mask)
    return float(_newton(rows, np.ones((1, len(rows.starts))), start[None])[0, 0])


def leave_one_row_out_betas(data: EventData, fit: EventFit) -> Floats:
    """Return the mark's coefficient (N,) without each row in turn, by one Newton step from the fit to all rows.

    The step is too short for a row that has much of the events.
    """
    # Only the mark's step is asked for, so one number stands for a row's regressors.
    leverage = data.design @ fit.covariance[0]
    totals, expected = data.totals, fit.fitted * leverage
    sums = data.by_stratum(expected)
    events, rest = (totals[data.stratum] - values for values in (data.events, fit.fitted))
    has_rest = (events > 0) & (rest > 1e-9 * totals[data.stratum])
    mean = (sums[data.stratum] - expected) / np.maximum(rest, 1e-300)
    remaining = np.where(has_rest, events * mean, 0.0)
    betas: Floats = fit.theta[0] + (sums[data.stratum] - remaining - data.events * leverage)
    return betas


class ScoreTest:
    """One-step estimates of the coefficient of other marks, from the fit without any mark."""

    def __init__(self, data: EventData, changing: Mask | None = None) -> None:
        """Fit the curve without a mark.

        Parameters
        ----------
        data : rows; their mark is ignored.
        changing : (N,) the rows that marks are given for; the others have one mark per stratum. None = all rows.
        """
        curve = data.design[:, 1:]
        unmarked = EventData(data.stratum, data.starts, data.owner, curve, data.events, data.denominator)
        weights = np.ones((1, len(data.starts)))
        theta = _newton(unmarked, weights, np.zeros((1, curve.shape[1])), marked=False)
        _, information, fitted = _derivatives(unmarked, weights, theta, marked=False)
        totals = np.maximum(unmarked.totals, 1e-300)
        mean_curve = unmarked.by_stratum(fitted[0, :, None] * curve) / totals[:, None]
        rows = slice(None) if changing is None else changing
        stratum = data.stratum[rows]
        numbers, self._stratum = np.unique(stratum, return_inverse=True)
        self._totals = totals[numbers]
        self._fitted, self._events = fitted[0, rows], data.events[rows]
        self._curve = curve[rows] - mean_curve[stratum]
        self._inverse = np.linalg.inv(information[0])

    def beta(self, marks: Floats) -> float:
        """Return the coefficient (one Newton step from 0) of marks (N,); NaN where they do not vary within strata."""
        weighted = self._fitted * marks
        sums = np.bincount(self._stratum, weights=weighted, minlength=len(self._totals))
        cross = weighted @ self._curve
        information = float(weighted @ marks - (sums / self._totals) @ sums - cross @ self._inverse @ cross)
        score = float(marks @ (self._events - self._fitted))
        return score / (information + _PRIOR_EVENTS / 4) if information > 1e-9 else np.nan


def _newton(data: EventData, weights: Floats, theta: Floats, *, marked: bool = True) -> Floats:
    """Return the coefficients (B, K) that maximise the penalised likelihood of strata with `weights` (B, S)."""
    for _ in range(_STEPS):
        gradient, information, _ = _derivatives(data, weights, theta, marked=marked)
        step: Floats = np.linalg.solve(information, gradient[..., None])[..., 0].astype(np.float64)
        theta = theta + _shortened(step)
        if not ((gradient * step).sum(axis=1) > _TOLERANCE).any():
            break
    return theta


def _shortened(step: Floats) -> Floats:
    """Return steps (B, K) of at most the longest length."""
    longest = np.abs(step).max(axis=1, initial=0.0)
    short: Floats = step * np.minimum(1.0, _LONGEST_STEP / np.maximum(longest, 1e-300))[:, None]
    return short


def _derivatives(
    data: EventData, weights: Floats, theta: Floats, *, marked: bool = True
) -> tuple[Floats, Floats, Floats]:
    """Return gradient (B, K), information (B, K, K) and fitted events (B, N) of the penalised likelihood."""
    design, totals = data.design, weights * data.totals
    fitted = _fitted(data, weights, theta)
    information = np.zeros((len(theta), design.shape[1], design.shape[1]))
    # One data set at a time: all products of columns at once would need rows × k² numbers.
    for b in range(len(theta)):
        weighted = design * fitted[b, :, None]
        sums = data.by_stratum(weighted)
        information[b] = design.T @ weighted - sums.T @ (sums / np.maximum(totals[b, :, None], 1e-300))
    first = 1 if marked else 0
    curve = np.arange(first, theta.shape[1])
    information[:, curve, curve] += _CURVE_PRIOR
    if marked:
        information[:, 0, 0] += prior_information(theta[:, 0])
    return _gradient(data, weights, theta, fitted, marked=marked), information, fitted


def _fitted(data: EventData, weights: Floats, theta: Floats) -> Floats:
    """Return fitted events (B, N)."""
    # Rows of a data set lie next to each other, so that sums over strata run through memory once.
    eta = theta @ data.design.T
    eta -= np.maximum.reduceat(eta, data.starts, axis=1).take(data.stratum, axis=1)
    fitted = np.exp(eta, out=eta)
    fitted *= data.denominator
    fitted *= (weights * data.totals / np.add.reduceat(fitted, data.starts, axis=1)).take(data.stratum, axis=1)
    return fitted


def _gradient(data: EventData, weights: Floats, theta: Floats, fitted: Floats, *, marked: bool = True) -> Floats:
    """Return the gradient (B, K) of the penalised likelihood at fitted events (B, N)."""
    gradient: Floats = weights @ data.regressor_sums - fitted @ data.design
    first = 1 if marked else 0
    gradient[:, first:] -= _CURVE_PRIOR * theta[:, first:]
    if marked:
        gradient[:, 0] += _PRIOR_EVENTS * (0.5 - 1 / (1 + np.exp(-theta[:, 0])))
    return gradient


def prior_information(beta: Floats) -> Floats:
    """Return the information (B,) of the prior at coefficients (B,) of the mark."""
    chance = 1 / (1 + np.exp(-beta))
    information: Floats = _PRIOR_EVENTS * chance * (1 - chance)
    return information


def _by_person(data: EventData, theta: Floats) -> tuple[Floats, Floats]:
    """Return each person's gradient (A, K) and information (A, K, K), without the priors."""
    weights = np.ones((1, len(data.starts)))
    fitted = _derivatives(data, weights, theta[None])[2][0]
    design, totals = data.design, data.totals
    gradient = data.by_person((data.events - fitted)[:, None] * design)
    weighted = fitted[:, None] * design
    means = data.by_stratum(weighted) / totals[:, None]
    weighted_means = totals[:, None] * means
    first = np.unique(data.owner, return_index=True)[1]
    information = np.empty((len(first), design.shape[1], design.shape[1]))
    for j in range(design.shape[1]):
        squares = data.by_person(weighted[:, j:] * design[:, [j]])
        between = np.add.reduceat(weighted_means[:, j:] * means[:, [j]], first)
        information[:, j, j:] = information[:, j:, j] = squares - between
    return gradient, information
