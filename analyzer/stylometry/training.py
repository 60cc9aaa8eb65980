"""`python -m analyzer.stylometry.training FEATURES.parquet`: fit the style model and write its JSON.

This is the only module that uses scikit-learn. The table has one row per function, with repo_id, label, date,
commit_group and the features (docs/style.md). Positives are disclosed AI code. Negatives are code from before 2021-06,
from repositories that ban AI, and undisclosed code from before ChatGPT. Within each (repository, label) a row weighs
1/√n, and the two classes weigh the same.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pandas as pd

from analyzer.stylometry import features
from analyzer.stylometry.classifier import ModelFile, Scorer, linear_logits, signed_log, standardise
from analyzer.stylometry.prevalence import density

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.core.arrays import Floats, Mask

STRENGTH, FOLDS = 0.03, 6
GRAMMAR = "tree-sitter-python 0.25.0"
_CHATGPT = "2022-12"
# With fewer functions the drift is mostly noise: with a minimum of 20 the interval is .56 wide, with 60 it is .48.
_MIN_AI, _MIN_DRIFT = 20, 60


def load_labelled(path: Path) -> pd.DataFrame:
    """Load the table of labelled features, with its text columns as strings."""
    table = pd.read_parquet(path)
    return table.astype(dict.fromkeys(("repo_id", "label", "date"), "str")).reset_index(drop=True)


def positives(table: pd.DataFrame) -> Mask:
    """Return which rows are disclosed AI code."""
    return (table["label"] == "ai_disclosed").to_numpy(bool)


def negatives(table: pd.DataFrame) -> Mask:
    """Return which rows count as human code: old, from a repository that bans AI, or undisclosed before ChatGPT."""
    late = (table["label"] == "undisclosed") & (table["date"] < _CHATGPT)
    return (table["label"].isin(["human_pre2021", "human_post2023_policy"]) | late).to_numpy(bool)


def sample_weights(labelled: pd.DataFrame) -> Floats:
    """Return 1/√n within each (repository, label), scaled so that each class sums to 1."""
    y = positives(labelled)
    weight: Floats = labelled.groupby(["repo_id", "label"])["date"].transform("size").to_numpy(float) ** -0.5
    for positive in (True, False):
        weight[y == positive] /= weight[y == positive].sum()
    return weight


def fit(table: pd.DataFrame, names: Sequence[str]) -> tuple[Floats, Floats, Floats, float]:
    """Fit the regression on rows that have a class; return mean, scale, coefficients and intercept."""
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

    labelled = table[positives(table) | negatives(table)]
    y = positives(labelled)
    values = labelled[list(names)].to_numpy(float)
    logs = signed_log(values)
    mean, scale = logs.mean(axis=0), logs.std(axis=0)
    scale[scale == 0] = 1.0
    model = LogisticRegression(C=STRENGTH, max_iter=2_000)
    model.fit(standardise(values, mean, scale), y, sample_weight=sample_weights(labelled) * len(y) / 2)
    return mean, scale, model.coef_[0], float(model.intercept_[0])


def folds(table: pd.DataFrame, seed: int | None = None) -> list[list[str]]:
    """Return the repositories in `FOLDS` groups, shuffled by `seed`, for cross-fitting."""
    names = sorted(table["repo_id"].unique())
    if seed is not None:
        names = list(np.random.default_rng(seed).permutation(names))
    return [names[k::FOLDS] for k in range(FOLDS)]


def cross_fitted_logits(table: pd.DataFrame, names: Sequence[str], seed: int | None = None) -> Floats:
    """Return the logit of every row, from the model that was fitted without its fold of repositories."""
    logits = np.empty(len(table))
    for fold in folds(table, seed):
        held_out = table["repo_id"].isin(fold).to_numpy(bool)
        logits[held_out] = linear_logits(
            table.loc[held_out, list(names)].to_numpy(float), *fit(table[~held_out], names)
        )
    return logits


def reference_densities(table: pd.DataFrame, logits: Floats) -> tuple[list[Floats], Floats, list[float]]:
    """Return the AI density of each repository, the pooled density, and each repository's drift.

    Drift is the change of the mean logit of undisclosed code from 2018-22 to 2023-24.
    """
    scored = table[["repo_id", "label", "date"]].assign(logit=logits)
    ai = scored[positives(scored)]
    densities = [density(group["logit"].to_numpy()) for _, group in ai.groupby("repo_id") if len(group) >= _MIN_AI]
    undisclosed = scored[scored["label"] != "ai_disclosed"]
    before = undisclosed[(undisclosed["date"] >= "2018-01") & (undisclosed["date"] < _CHATGPT)].groupby("repo_id")[
        "logit"
    ]
    after = undisclosed[(undisclosed["date"] >= "2023-01") & (undisclosed["date"] < "2025-01")].groupby("repo_id")[
        "logit"
    ]
    means = pd.DataFrame({"b": before.mean(), "n": before.size(), "a": after.mean(), "m": after.size()}).dropna()
    means = means[(means["n"] >= _MIN_DRIFT) & (means["m"] >= _MIN_DRIFT)]
    return densities, np.mean(densities, axis=0), (means["a"] - means["b"]).tolist()


def train(table: pd.DataFrame, digest: str) -> ModelFile:
    """Train both models on all rows. `digest`: SHA-256 of the table's file."""
    return ModelFile(
        language="python",
        feature_version=features.VERSION,
        grammar=GRAMMAR,
        cut_off=str(table.loc[positives(table), "date"].max()),
        trained_on=f"{len(table)} functions of {table['repo_id'].nunique()} repositories, SHA-256 {digest}",
        whole=_train_scorer(table, features.NAMES),
        paceless=_train_scorer(table, features.PACELESS),
    )


def _train_scorer(table: pd.DataFrame, names: Sequence[str]) -> Scorer:
    """Train a model on all rows, with reference densities from cross-fitted logits."""
    ai, pooled, drift = reference_densities(table, cross_fitted_logits(table, names))
    mean, scale, coefficients, intercept = fit(table, names)
    return Scorer(
        features=list(names),
        mean=_rounded(mean),
        scale=_rounded(scale),
        coefficients=_rounded(coefficients),
        intercept=round(intercept, 8),
        ai=[_rounded(row) for row in ai],
        pooled=_rounded(pooled),
        drift=_rounded(np.array(drift)),
    )


def _rounded(values: Floats) -> list[float]:
    return [round(float(value), 8) for value in values]


def main() -> None:
    """Train on the table named on the command line and write `python.json` next to this file."""
    path = Path(sys.argv[1])
    model = train(load_labelled(path), hashlib.sha256(path.read_bytes()).hexdigest())
    target = Path(__file__).with_name("python.json")
    target.write_bytes(msgspec.json.format(msgspec.json.encode(model), indent=1) + b"\n")


if __name__ == "__main__":
    main()
