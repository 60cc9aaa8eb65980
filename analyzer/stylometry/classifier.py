"""The style model: a logistic regression shipped as JSON, its reference densities, and what it may be used for."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from analyzer.stylometry import features
from analyzer.stylometry.prevalence import Reference

if TYPE_CHECKING:
    import pandas as pd

    from analyzer.core.arrays import Floats

_FILE = "python.json"
_CLIP = 6.0


class Scorer(msgspec.Struct, frozen=True):
    """A regression and what other repositories look like to it.

    Features in order with mean and scale after `shrunk`, coefficients, densities by repository, drifts.
    """

    features: list[str]
    mean: list[float]
    scale: list[float]
    coefficients: list[float]
    intercept: float
    ai: list[list[float]]
    pooled: list[float]
    drift: list[float]

    def logits(self, table: pd.DataFrame) -> Floats:
        """Score of each function: log odds that it is like disclosed AI code. Never shown for one function."""
        return score(
            table[self.features].to_numpy(float),
            np.array(self.mean),
            np.array(self.scale),
            np.array(self.coefficients),
            self.intercept,
        )

    @property
    def reference(self) -> Reference:
        """What other repositories look like."""
        return Reference(np.array(self.ai), np.array(self.pooled), np.array(self.drift))


class Stored(msgspec.Struct, frozen=True):
    """The file: the model on all features, and the one without the pace of commits, for its sensitivity."""

    language: str
    feature_version: str
    grammar: str
    cut_off: str
    trained_on: str
    whole: Scorer
    paceless: Scorer


@dataclass(frozen=True, slots=True)
class Model:
    """A loaded model; `digest`: SHA-256 of its file."""

    stored: Stored
    digest: str


def shrunk(values: Floats) -> Floats:
    """Signed log1p: counts and lengths have long tails."""
    return np.sign(values) * np.log1p(np.abs(values))


def standardised(values: Floats, mean: Floats, scale: Floats) -> Floats:
    """Shrunk, centred, scaled and clipped at ±6."""
    return np.clip((shrunk(values) - mean) / scale, -_CLIP, _CLIP)


def score(values: Floats, mean: Floats, scale: Floats, coefficients: Floats, intercept: float) -> Floats:
    """Logits of rows of raw features."""
    logits: Floats = standardised(values, mean, scale) @ coefficients + intercept
    return logits


@cache
def load() -> Model:
    """The shipped model; raises `ValueError` where its features are not the ones this version computes."""
    data = resources.files(__package__).joinpath(_FILE).read_bytes()
    stored = msgspec.json.decode(data, type=Stored)
    if stored.feature_version != features.VERSION:
        raise ValueError(f"{_FILE} is for features {stored.feature_version}, not {features.VERSION}")
    return Model(stored, hashlib.sha256(data).hexdigest())
