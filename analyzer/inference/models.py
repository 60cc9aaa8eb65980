"""The two models of a panel: what the same refits, swaps and placebos are run with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from analyzer.inference import ols, ppml

if TYPE_CHECKING:
    from analyzer.arrays import Floats, Mask
    from analyzer.inference.ppml import Fit


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


PPML = Model("ppml", ppml.fit, counts=True)
LOG1P = Model("log1p", ols.fit, counts=False)
