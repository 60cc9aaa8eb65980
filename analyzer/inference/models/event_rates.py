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
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats, Ints, Mask

_PRIOR_EVENTS = 1.0
_CURVE_PRIOR = 1e-3
_TOLERANCE, _STEPS, _LONGEST_STEP = 1e-10, 60, 2.0
# Cells of a batch, rows × data sets, that are held in memory at once.
_CELLS_PER_CHUNK = 2_000_000
# A person whose approximate refit moves the coefficients by less than this gets no full refit.
_SMALL_MOVE = 0.005


@dataclass(frozen=True, slots=True)
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
        return cls(numbers, starts, owner, design, events, denominator)

    @property
    def people(self) -> int:
        """Number of people."""
        return int(self.owner.max(initial=-1)) + 1

    @property
    def totals(self) -> Floats:
        """Events of each stratum (S,)."""
        return self.by_stratum(self.events)

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
    return EventFit(theta, fitted[:, 0], np.linalg.inv(information[0]))


def leave_one_out_betas(data: EventData, fit: EventFit) -> Floats:
    """Return the mark's coefficient (A,) without each person in turn.

    One Newton step from the fit to everybody gives the refit of a person who hardly moves it; the others are refitted.
    """
    gradient, information = _by_person(data, fit.theta)
    steps = np.linalg.solve(np.linalg.inv(fit.covariance) - information, -gradient[..., None])[..., 0]
    theta = fit.theta + steps
    moved = np.flatnonzero(~(np.abs(steps).max(axis=1) < _SMALL_MOVE))
    size = max(1, _CELLS_PER_CHUNK // len(data.stratum))
    for first in range(0, len(moved), size):
        omitted = moved[first : first + size]
        weights = (data.owner != omitted[:, None]).astype(np.float64)
        start = np.clip(np.nan_to_num(theta[omitted]), fit.theta - 1, fit.theta + 1)
        theta[omitted] = _newton(data, weights, start)
    return theta[:, 0]


def beta_of_rows(data: EventData, mask: Mask) -> float:
    """Return the mark's coefficient from the rows of a mask (N,), of which some must have events."""
    return float(fit_events(data.select(mask)).theta[0])


def leave_one_row_out_betas(data: EventData, fit: EventFit) -> Floats:
    """Return the mark's coefficient (N,) without each row in turn, by one Newton step from the fit to all rows.

    The step is too short for a row that has much of the events.
    """
    totals = data.totals
    sums = data.by_stratum(fit.fitted[:, None] * data.design)
    events, rest = (totals[data.stratum] - values for values in (data.events, fit.fitted))
    mean = (sums[data.stratum] - fit.fitted[:, None] * data.design) / np.maximum(rest, 1e-300)[:, None]
    has_rest = (events > 0) & (rest > 1e-9 * totals[data.stratum])
    remaining = np.where(has_rest[:, None], events[:, None] * mean, 0.0)
    gradient = sums[data.stratum] - remaining - data.events[:, None] * data.design
    betas: Floats = fit.theta[0] + gradient @ fit.covariance[0]
    return betas


class ScoreTest:
    """One-step estimates of the coefficient of other marks, from the fit without any mark.

    Attributes
    ----------
    data : rows; their mark is ignored.
    """

    def __init__(self, data: EventData) -> None:
        """Fit the curve without a mark."""
        curve = data.design[:, 1:]
        self.data = EventData(data.stratum, data.starts, data.owner, curve, data.events, data.denominator)
        theta = _newton(self.data, np.ones((1, len(data.starts))), np.zeros((1, curve.shape[1])), marked=False)
        _, information, fitted = _derivatives(self.data, np.ones((1, len(data.starts))), theta, marked=False)
        self._fitted, self._inverse = fitted[:, 0], np.linalg.inv(information[0])
        self._mean_curve = self._stratum_mean(self._fitted[:, None] * curve)

    def _stratum_mean(self, weighted: Floats) -> Floats:
        """Divide each stratum's sums (S, ...) by the stratum's events."""
        totals = np.maximum(self.data.totals, 1e-300)
        return self.data.by_stratum(weighted) / totals.reshape(-1, *[1] * (weighted.ndim - 1))

    def beta(self, marks: Floats) -> float:
        """Return the coefficient (one Newton step from 0) of marks (N,); NaN where they do not vary within strata."""
        weighted = self._fitted * marks
        mean = self._stratum_mean(weighted)
        totals = self.data.totals
        cross = weighted @ self.data.design - (totals * mean) @ self._mean_curve
        information = float(weighted @ marks - totals @ mean**2 - cross @ self._inverse @ cross)
        score = float(marks @ (self.data.events - self._fitted))
        return score / (information + _PRIOR_EVENTS / 4) if information > 1e-9 else np.nan


def _newton(data: EventData, weights: Floats, theta: Floats, *, marked: bool = True) -> Floats:
    """Return the coefficients (B, K) that maximise the penalised likelihood of strata with `weights` (B, S)."""
    for _ in range(_STEPS):
        gradient, information, _ = _derivatives(data, weights, theta, marked=marked)
        step = np.linalg.solve(information, gradient[..., None])[..., 0]
        longest = np.abs(step).max(axis=1, initial=0.0)
        theta = theta + step * np.minimum(1.0, _LONGEST_STEP / np.maximum(longest, 1e-300))[:, None]
        if not ((gradient * step).sum(axis=1) > _TOLERANCE).any():
            break
    return theta


def _derivatives(
    data: EventData, weights: Floats, theta: Floats, *, marked: bool = True
) -> tuple[Floats, Floats, Floats]:
    """Return gradient (B, K), information (B, K, K) and fitted events (N, B) of the penalised likelihood."""
    design, totals = data.design, data.totals[:, None] * weights.T
    eta = design @ theta.T
    eta -= np.maximum.reduceat(eta, data.starts, axis=0)[data.stratum]
    fitted = np.exp(eta, out=eta)
    fitted *= data.denominator[:, None]
    sums = data.by_stratum(fitted)
    fitted *= (totals / sums)[data.stratum]
    by_stratum = data.by_stratum(data.events[:, None] * design)
    gradient = weights @ by_stratum - fitted.T @ design
    information = np.zeros((len(theta), design.shape[1], design.shape[1]))
    # One data set at a time: all products of columns at once would need rows × k² numbers.
    for b in range(len(theta)):
        weighted = design * fitted[:, [b]]
        sums = data.by_stratum(weighted)
        information[b] = design.T @ weighted - sums.T @ (sums / np.maximum(totals[:, [b]], 1e-300))
    _add_prior(gradient, information, theta, marked=marked)
    return gradient, information, fitted


def _add_prior(gradient: Floats, information: Floats, theta: Floats, *, marked: bool) -> None:
    """Add the priors' derivatives in place."""
    first = 1 if marked else 0
    curve = np.arange(first, theta.shape[1])
    gradient[:, curve] -= _CURVE_PRIOR * theta[:, curve]
    information[:, curve, curve] += _CURVE_PRIOR
    if marked:
        gradient[:, 0] += _PRIOR_EVENTS * (0.5 - 1 / (1 + np.exp(-theta[:, 0])))
        information[:, 0, 0] += prior_information(theta[:, 0])


def prior_information(beta: Floats) -> Floats:
    """Return the information (B,) of the prior at coefficients (B,) of the mark."""
    chance = 1 / (1 + np.exp(-beta))
    information: Floats = _PRIOR_EVENTS * chance * (1 - chance)
    return information


def _by_person(data: EventData, theta: Floats) -> tuple[Floats, Floats]:
    """Return each person's gradient (A, K) and information (A, K, K), without the priors."""
    weights = np.ones((1, len(data.starts)))
    fitted = _derivatives(data, weights, theta[None])[2][:, 0]
    design, totals = data.design, data.totals
    gradient = data.by_person((data.events - fitted)[:, None] * design)
    weighted = fitted[:, None] * design
    means = data.by_stratum(weighted) / totals[:, None]
    squares = np.stack([data.by_person(weighted * design[:, [j]]) for j in range(design.shape[1])], axis=1)
    first = np.unique(data.owner, return_index=True)[1]
    between = np.stack(
        [np.add.reduceat(totals[:, None] * means * means[:, [j]], first) for j in range(design.shape[1])], axis=1
    )
    return gradient, squares - between
