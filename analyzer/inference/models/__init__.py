"""The two models of a panel: what the same refits, swaps and placebos are run with."""

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
    """A fitter, and whether its outcome is a count: only then is it known how much of it is Poisson noise."""

    id: str
    fit: Fitter
    counts: bool

    def without_each(self, y: Floats, rows: Mask, x: Floats, people: Ints) -> Floats:
        """Coefficients (people, K) of the fits without each person, NaN where not identified; x (K, A, P)."""
        fits = (self.fit(y, left, np.broadcast_to(x, (len(left), *x.shape))) for _, left in leave_one_out(rows, people))
        return np.concatenate([known(fit) for fit in fits])


def known(fit: Fit) -> Floats:
    """Coefficients (B, K), NaN where the fit has not come to rest either."""
    return np.where(fit.converged[:, None], fit.beta, np.nan)


PPML = Model("ppml", ppml.fit, counts=True)
LOG1P = Model("log1p", ols.fit, counts=False)
