"""Poisson regression of events on a change's mark, with person effects and a smooth curve of time.

The model is log E[y_i] = log d_i + α_a(i) + β x_i + f(t_i), a quasi-likelihood where y is 0 or 1, or a number of lines
(Gourieroux, Monfort and Trognon, Econometrica 1984). The person effects α are concentrated out, which leaves a
multinomial likelihood in (β, f) (Hausman, Hall and Griliches, Econometrica 1984).

β has a log-F(1, 1) prior, which adds half an event to either side, so that it stays finite where one side has no event
(Greenland and Mansournia, Stat. Med. 2015). The curve has a normal prior too weak to matter otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats, Ints

_PRIOR_EVENTS = 1.0
_CURVE_PRIOR = 1e-3
_TOLERANCE, _STEPS, _LONGEST_STEP = 1e-10, 60, 2.0
# Cells of a batch, rows × data sets, that are held in memory at once.
_CELLS_PER_CHUNK = 2_000_000
# A person whose approximate refit moves the coefficients by less than this gets no full refit.
_SMALL_MOVE = 0.005


@dataclass(frozen=True, slots=True)
class EventData:
    """Rows (N,) sorted by person, of people who have events.

    Attributes
    ----------
    person : (N,) number of the row's person, 0 to A - 1, ascending.
    starts : (A,) first row of each person.
    design : (N, K) regressors; the mark comes first.
    events : (N,) events.
    denominator : (N,) what events are counted over, positive.
    """

    person: Ints
    starts: Ints
    design: Floats
    events: Floats
    denominator: Floats

    @classmethod
    def of(cls, person: Ints, design: Floats, events: Floats, denominator: Floats) -> EventData:
        """Read rows of any person numbers, which must be sorted by person."""
        _, starts, numbers = np.unique(person, return_index=True, return_inverse=True)
        return cls(numbers, starts, design, events, denominator)

    @property
    def totals(self) -> Floats:
        """Events of each person (A,)."""
        return self.by_person(self.events)

    def by_person(self, values: Floats) -> Floats:
        """Sum values (N, ...) over each person's rows (A, ...)."""
        sums: Floats = np.add.reduceat(values, self.starts, axis=0)
        return sums


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
    size = max(1, _CELLS_PER_CHUNK // len(data.person))
    for first in range(0, len(moved), size):
        omitted = moved[first : first + size]
        weights = np.ones((len(omitted), len(data.starts)))
        weights[np.arange(len(omitted)), omitted] = 0.0
        start = np.clip(np.nan_to_num(theta[omitted]), fit.theta - 1, fit.theta + 1)
        theta[omitted] = _newton(data, weights, start)
    return theta[:, 0]


def beta_without_row(data: EventData, row: int) -> float:
    """Return the mark's coefficient without one row, which must not be the only one with events."""
    kept = np.arange(len(data.person)) != row
    kept &= (data.by_person(np.where(kept, data.events, 0.0)) > 0)[data.person]
    rest = EventData.of(data.person[kept], data.design[kept], data.events[kept], data.denominator[kept])
    return float(fit_events(rest).theta[0])


def leave_one_row_out_betas(data: EventData, fit: EventFit) -> Floats:
    """Return the mark's coefficient (N,) without each row in turn, by one Newton step from the fit to all rows.

    The step is too short for a row that has much of the events.
    """
    totals = data.totals
    sums = data.by_person(fit.fitted[:, None] * data.design)
    events, rest = (totals[data.person] - values for values in (data.events, fit.fitted))
    mean = (sums[data.person] - fit.fitted[:, None] * data.design) / np.maximum(rest, 1e-300)[:, None]
    has_rest = (events > 0) & (rest > 1e-9 * totals[data.person])
    remaining = np.where(has_rest[:, None], events[:, None] * mean, 0.0)
    gradient = sums[data.person] - remaining - data.events[:, None] * data.design
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
        self.data = EventData(data.person, data.starts, curve, data.events, data.denominator)
        theta = _newton(self.data, np.ones((1, len(data.starts))), np.zeros((1, curve.shape[1])), marked=False)
        _, information, fitted = _derivatives(self.data, np.ones((1, len(data.starts))), theta, marked=False)
        self._fitted, self._inverse = fitted[:, 0], np.linalg.inv(information[0])
        self._mean_curve = self._person_mean(self._fitted[:, None] * curve)

    def _person_mean(self, weighted: Floats) -> Floats:
        """Divide each person's sums (A, ...) by the person's events."""
        totals = np.maximum(self.data.totals, 1e-300)
        return self.data.by_person(weighted) / totals.reshape(-1, *[1] * (weighted.ndim - 1))

    def beta(self, marks: Floats) -> float:
        """Return the coefficient (one Newton step from 0) of marks (N,); NaN where they do not vary within people."""
        weighted = self._fitted * marks
        mean = self._person_mean(weighted)
        totals = self.data.totals
        cross = weighted @ self.data.design - (totals * mean) @ self._mean_curve
        information = float(weighted @ marks - totals @ mean**2 - cross @ self._inverse @ cross)
        score = float(marks @ (self.data.events - self._fitted))
        return score / (information + _PRIOR_EVENTS / 4) if information > 1e-9 else np.nan


def _newton(data: EventData, weights: Floats, theta: Floats, *, marked: bool = True) -> Floats:
    """Return the coefficients (B, K) that maximise the penalised likelihood of people weighted by `weights` (B, A)."""
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
    eta -= np.maximum.reduceat(eta, data.starts, axis=0)[data.person]
    fitted = np.exp(eta, out=eta)
    fitted *= data.denominator[:, None]
    sums = data.by_person(fitted)
    fitted *= (totals / sums)[data.person]
    by_person = data.by_person(data.events[:, None] * design)
    gradient = weights @ by_person - fitted.T @ design
    k = design.shape[1]
    # One column at a time: all products of columns at once would need rows × k² numbers.
    products = [fitted.T @ (design * design[:, [j]]) for j in range(k)]
    information = np.stack(products, axis=1) if k else np.zeros((len(theta), 0, 0))
    safe = np.maximum(totals, 1e-300)
    means = np.stack([data.by_person(fitted * design[:, [j]]) / safe for j in range(k)]) if k else np.zeros((0, 1, 1))
    information -= np.einsum("jab,lab,ab->bjl", means, means, totals, optimize=True)
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
    means = data.by_person(fitted[:, None] * design) / totals[:, None]
    weighted = fitted[:, None] * design
    squares = np.stack([data.by_person(weighted * design[:, [j]]) for j in range(design.shape[1])], axis=1)
    return gradient, squares - totals[:, None, None] * means[:, :, None] * means[:, None, :]
