"""`python -m analyzer.stylometry.training FEATURES.parquet`: fit the style model and write its JSON.

The one place that uses scikit-learn. Rows: one a function, with repo_id, label, date, commit_group and the features
(docs/style.md). Positives are disclosed AI code; negatives are code of before 2021-06, of repositories that ban AI, and
undisclosed code of before ChatGPT. Each (repository, label) weighs by 1/√n, the two classes alike.
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
from analyzer.stylometry.classifier import Scorer, Stored, score, shrunk, standardised
from analyzer.stylometry.prevalence import density

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.core.arrays import Floats, Mask

STRENGTH, FOLDS = 0.03, 6
GRAMMAR = "tree-sitter-python 0.25.0"
_CHATGPT = "2022-12"
# Fewer functions give a mean that is noise, and noise is no drift: with 20 the interval is .56 wide, with 60 .48.
_FEWEST_AI, _FEWEST_DRIFT = 20, 60


def labelled(path: Path) -> pd.DataFrame:
    """The table of labelled features, its texts as texts."""
    table = pd.read_parquet(path)
    return table.astype(dict.fromkeys(("repo_id", "label", "date"), "str")).reset_index(drop=True)


def positives(table: pd.DataFrame) -> Mask:
    """Disclosed AI code."""
    return (table["label"] == "ai_disclosed").to_numpy(bool)


def negatives(table: pd.DataFrame) -> Mask:
    """Code that is taken for human: old, of a repository that bans AI, or undisclosed before ChatGPT."""
    late = (table["label"] == "undisclosed") & (table["date"] < _CHATGPT)
    return (table["label"].isin(["human_pre2021", "human_post2023_policy"]) | late).to_numpy(bool)


def weights(known: pd.DataFrame) -> Floats:
    """Each (repository, label) weighs by 1/√n, and the two classes alike, 1 each."""
    y = positives(known)
    weight: Floats = known.groupby(["repo_id", "label"])["date"].transform("size").to_numpy(float) ** -0.5
    for kind in (True, False):
        weight[y == kind] /= weight[y == kind].sum()
    return weight


def fitted(table: pd.DataFrame, names: Sequence[str]) -> tuple[Floats, Floats, Floats, float]:
    """Mean, scale, coefficients and intercept of the regression on the rows of `table` that have a class."""
    from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]

    known = table[positives(table) | negatives(table)]
    y = positives(known)
    values = known[list(names)].to_numpy(float)
    logged = shrunk(values)
    mean, scale = logged.mean(axis=0), logged.std(axis=0)
    scale[scale == 0] = 1.0
    model = LogisticRegression(C=STRENGTH, max_iter=2_000)
    model.fit(standardised(values, mean, scale), y, sample_weight=weights(known) * len(y) / 2)
    return mean, scale, model.coef_[0], float(model.intercept_[0])


def folds(table: pd.DataFrame, seed: int | None = None) -> list[list[str]]:
    """Repositories in `FOLDS` groups, drawn anew by `seed`: each is scored by a model that has not seen it."""
    names = sorted(table["repo_id"].unique())
    if seed is not None:
        names = list(np.random.default_rng(seed).permutation(names))
    return [names[k::FOLDS] for k in range(FOLDS)]


def crossed(table: pd.DataFrame, names: Sequence[str], seed: int | None = None) -> Floats:
    """Logit of every row by the model that was fitted without its fold of repositories."""
    found = np.empty(len(table))
    for fold in folds(table, seed):
        out = table["repo_id"].isin(fold).to_numpy(bool)
        found[out] = score(table.loc[out, list(names)].to_numpy(float), *fitted(table[~out], names))
    return found


def references(table: pd.DataFrame, logits: Floats) -> tuple[list[Floats], Floats, list[float]]:
    """AI density of each repository, the pooled one, and each repository's drift from 2018-22 to 2023-24."""
    scored = table[["repo_id", "label", "date"]].assign(logit=logits)
    ai = scored[positives(scored)]
    densities = [density(g["logit"].to_numpy()) for _, g in ai.groupby("repo_id") if len(g) >= _FEWEST_AI]
    silent = scored[scored["label"] != "ai_disclosed"]
    before = silent[(silent["date"] >= "2018-01") & (silent["date"] < _CHATGPT)].groupby("repo_id")["logit"]
    after = silent[(silent["date"] >= "2023-01") & (silent["date"] < "2025-01")].groupby("repo_id")["logit"]
    both = pd.DataFrame({"b": before.mean(), "n": before.size(), "a": after.mean(), "m": after.size()}).dropna()
    both = both[(both["n"] >= _FEWEST_DRIFT) & (both["m"] >= _FEWEST_DRIFT)]
    return densities, np.mean(densities, axis=0), (both["a"] - both["b"]).tolist()


def trained(table: pd.DataFrame, digest: str) -> Stored:
    """Both models on all rows."""
    return Stored(
        language="python",
        feature_version=features.VERSION,
        grammar=GRAMMAR,
        cut_off=str(table.loc[positives(table), "date"].max()),
        trained_on=f"{len(table)} functions of {table['repo_id'].nunique()} repositories, SHA-256 {digest}",
        whole=_scorer(table, features.NAMES),
        paceless=_scorer(table, features.PACELESS),
    )


def _scorer(table: pd.DataFrame, names: Sequence[str]) -> Scorer:
    """A model on all rows, with references from cross-fitted scores."""
    ai, pooled, drift = references(table, crossed(table, names))
    mean, scale, coefficients, intercept = fitted(table, names)
    return Scorer(
        features=list(names),
        mean=_short(mean),
        scale=_short(scale),
        coefficients=_short(coefficients),
        intercept=round(intercept, 8),
        ai=[_short(row) for row in ai],
        pooled=_short(pooled),
        drift=_short(np.array(drift)),
    )


def _short(values: Floats) -> list[float]:
    return [round(float(value), 8) for value in values]


def main() -> None:
    """Train on the table that is named and write `python.json` beside this file."""
    path = Path(sys.argv[1])
    model = trained(labelled(path), hashlib.sha256(path.read_bytes()).hexdigest())
    target = Path(__file__).with_name("python.json")
    target.write_bytes(msgspec.json.format(msgspec.json.encode(model), indent=1) + b"\n")


if __name__ == "__main__":
    main()
