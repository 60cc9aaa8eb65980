"""The shipped style model: a logistic regression with reference densities, stored as JSON."""

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

# Language → its trained model. A language without one is parsed, but its style is not estimated.
MODEL_FILES = {"python": "python.json"}
_CLIP = 6.0


class Scorer(msgspec.Struct, frozen=True):
    """A logistic regression, and what other repositories look like to it. The field names are keys of the JSON file.

    features : names, in order.
    mean, scale : of each feature after `signed_log`.
    coefficients, intercept : of the regression.
    ai : density of the logits of AI code, one row of bins per repository.
    pooled : mean of these densities.
    drift : change of the mean logit of undisclosed code from 2018-22 to 2023-24, one per repository.
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
        """Return each function's log odds of being like disclosed AI code; never shown for a single function."""
        return linear_logits(
            table[self.features].to_numpy(float),
            np.array(self.mean),
            np.array(self.scale),
            np.array(self.coefficients),
            self.intercept,
        )

    @property
    def reference(self) -> Reference:
        """What other repositories look like to this model."""
        return Reference(np.array(self.ai), np.array(self.pooled), np.array(self.drift))


class ModelFile(msgspec.Struct, frozen=True):
    """The model file: `whole` uses all features, `paceless` leaves out the pace of commits (sensitivity check)."""

    language: str
    feature_version: str
    grammar: str
    cut_off: str
    trained_on: str
    whole: Scorer
    paceless: Scorer


@dataclass(frozen=True, slots=True)
class StyleModel:
    """A loaded model; `digest`: SHA-256 of its file."""

    stored: ModelFile
    digest: str


def signed_log(values: Floats) -> Floats:
    """Return the signed log1p of the values, because counts and lengths have long tails."""
    return np.sign(values) * np.log1p(np.abs(values))


def standardise(values: Floats, mean: Floats, scale: Floats) -> Floats:
    """Return the values after `signed_log`, centred, scaled and clipped at ±6."""
    return np.clip((signed_log(values) - mean) / scale, -_CLIP, _CLIP)


def linear_logits(values: Floats, mean: Floats, scale: Floats, coefficients: Floats, intercept: float) -> Floats:
    """Return the logits of raw features: `values` (functions × features) to (functions,)."""
    logits: Floats = standardise(values, mean, scale) @ coefficients + intercept
    return logits


@cache
def load_model(language: str = "python") -> StyleModel:
    """Load the shipped model of a language; raises `ValueError` if it is for other features."""
    data = resources.files(__package__).joinpath(MODEL_FILES[language]).read_bytes()
    model_file = msgspec.json.decode(data, type=ModelFile)
    if model_file.feature_version != features.VERSION:
        raise ValueError(
            f"{MODEL_FILES[language]} is for features {model_file.feature_version}, not {features.VERSION}"
        )
    return StyleModel(model_file, hashlib.sha256(data).hexdigest())
