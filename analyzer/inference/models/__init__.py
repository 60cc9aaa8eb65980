"""The two models of a panel, PPML and log1p OLS, behind one protocol for refits, permutations and placebos."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from analyzer.inference.jackknife import leave_one_out
from analyzer.inference.models import ols, ppml

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats, Ints, Mask
    from analyzer.inference.models.ppml import Fit


class Fitter(Protocol):
    """Fits a batch of data sets; see `ppml.fit` for shapes."""

    def __call__(
        self, y: Floats, rows: Mask, x: Floats, *, start: tuple[Floats, Floats] | None = None, steps: int = 50
    ) -> Fit:
        """Fit every data set of the batch."""


@dataclass(frozen=True, slots=True)
class Model:
    """A fitter, and whether its outcome is a count: only then is the part of Poisson noise in it known."""

    id: str
    fit: Fitter
    counts: bool

    def jackknife_betas(self, y: Floats, rows: Mask, x: Floats, people: Ints) -> Floats:
        """Return coefficients (people, K) of the fits without each person, NaN where not identified; x (K, A, P)."""
        fits = (
            self.fit(y, kept_rows, np.broadcast_to(x, (len(kept_rows), *x.shape)))
            for _, kept_rows in leave_one_out(rows, people)
        )
        return np.concatenate([converged_beta(fit) for fit in fits])


def converged_beta(fit: Fit) -> Floats:
    """Return the coefficients (B, K), NaN also where the fit has not converged."""
    return np.where(fit.converged[:, None], fit.beta, np.nan)


PPML = Model("ppml", ppml.fit, counts=True)
LOG1P = Model("log1p", ols.fit, counts=False)
