"""Collinearity check: the residual variance of a regressor after partialling out fixed effects and other regressors.

A coefficient is not identified in two cases: person and period effects explain its regressor up to rounding, or its
Poisson estimate runs to infinity because only rows without counts inform it (separation: Correia, Guimarães and Zylkin,
arXiv 1903.01633). In the second case those rows lose their weight as the coefficient grows, and the regressor becomes
collinear on the remaining rows. The estimate would be rounding error divided by rounding error.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats, Mask

# The threshold at which reghdfe and ppmlhdfe call a regressor collinear with fixed effects (sums of squares before and
# after, tol = 1e-9). The solvers' ridges, 1e-11 and less, can feign less than this; a regressor that keeps a thousandth
# of its standard deviation keeps a thousand times as much.
COLLINEAR = 1e-9
# Below this, a sum of squares cannot be told from that of the mean.
_ROUNDING = 1e-12


def identified(
    residual_squares: Floats, total_weight: Floats, mean: Floats, square: Floats, tolerance: float = COLLINEAR
) -> Mask:
    """Return whether the residual variance of each regressor is more than rounding (…, K).

    Parameters
    ----------
    residual_squares : (…, K) Σ w x², with everything else partialled out of x.
    total_weight : (…) Σ w.
    mean, square : (…, K) means of x and x² over the rows, unweighted: where a fit takes the weight from the very rows
        that vary, weighted means would shrink with the residual squares.
    tolerance : residual part of the variance up to which it counts as rounding.
    """
    variance = np.maximum(square - mean**2, 0.0)
    mask: Mask = residual_squares > total_weight[..., None] * np.maximum(tolerance * variance, _ROUNDING * square)
    return mask


def partial_out_others(products: Floats) -> Floats:
    """Return each regressor's sum of squares net of the other regressors (…, K), from their products (…, K, K)."""
    squares = np.diagonal(products, axis1=-2, axis2=-1)
    norms = np.sqrt(np.maximum(squares, 1e-300))
    eigenvalues, eigenvectors = np.linalg.eigh(products / (norms[..., :, None] * norms[..., None, :]))
    # Variance inflation (Marquardt, Technometrics 1970); directions of pure rounding inflate without bound.
    inflated = np.einsum("...kj,...j->...k", eigenvectors**2, 1 / np.maximum(eigenvalues, 1e-15))
    residual_squares: Floats = squares / inflated
    return residual_squares
