"""Least squares of log(1 + y) with person and period effects, for a batch of data sets at once.

The alternative to PPML: it reads 8–10 % low on counts, and is the only model for an outcome that is not a count.
Estimates equal those of `feols` up to rounding (Frisch and Waugh, Econometrica 1933).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analyzer.inference.linalg.demeaning import demean
from analyzer.inference.linalg.identification import identified, partial_out_others
from analyzer.inference.models.ppml import Fit

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats, Mask


def fit(y: Floats, rows: Mask, x: Floats, *, start: object = None, steps: int = 0) -> Fit:  # noqa: ARG001 - as PPML
    """Fit every data set of a batch; arguments and result as of `ppml.fit`, with weights of 1 as fitted means.

    `start` and `steps` have no effect, because this model is not iterative.
    """
    weights = rows.astype(float)
    outcome = np.broadcast_to(np.log1p(np.where(np.isfinite(y), y, 0.0)), (len(rows), 1, *y.shape))
    regressors = np.nan_to_num(x)
    demeaned = demean(np.concatenate([regressors, outcome], axis=1), weights)
    x_tilde, y_tilde = demeaned[:, :-1], demeaned[:, -1]
    products = np.einsum("bkap,blap->bkl", x_tilde, x_tilde)
    n = weights.sum(axis=(1, 2))
    powers = (regressors, regressors**2)
    mean, square = (np.einsum("bkap,bap->bk", power, weights) / np.maximum(n, 1)[:, None] for power in powers)
    estimable = identified(partial_out_others(products), n, mean, square)
    bread = np.linalg.pinv(products, hermitian=True)
    beta = np.einsum("bkl,blap,bap->bk", bread, x_tilde, y_tilde, optimize=True)
    residuals = y_tilde - np.einsum("bk,bkap->bap", beta, x_tilde)
    scores = np.einsum("bap,bkap->bka", residuals, x_tilde)
    clusters = rows.any(axis=2).sum(axis=1).astype(float)
    factor = np.divide(clusters, clusters - 1, out=np.full(len(rows), np.nan), where=clusters > 1)
    variance = (np.einsum("bkl,bla->bka", bread, scores) ** 2).sum(axis=2) * factor[:, None]
    beta, variance = np.where(estimable, beta, np.nan), np.where(estimable, variance, np.nan)
    converged = estimable.any(axis=1) | (x.shape[1] == 0)
    return Fit(beta, np.zeros((len(rows), y.shape[1])), weights, rows, variance, converged)
