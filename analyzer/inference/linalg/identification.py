"""Whether a coefficient is told at all: what is left of an exposure's variance once everything else is out of it.

An exposure that author and period effects account for in all but rounding has none, nor has one whose coefficient of a
Poisson model runs to infinity, since only rows without counts tell it (separation: Correia, Guimarães and Zylkin,
arXiv 1903.01633): as it runs those rows lose their weight, and the exposure is collinear on what is left. What would be
reported is rounding, divided by rounding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats, Mask

# As reghdfe and ppmlhdfe call a regressor collinear with fixed effects (sums of squares before and after, tol = 1e-9).
# The ridges of the solvers, 1e-11 and less, can feign less than this; an exposure of which a thousandth of its standard
# deviation is its own keeps a thousand times as much.
COLLINEAR = 1e-9
# Sums of squares are not told from their mean's below this.
_ROUNDING = 1e-12


def identified(left: Floats, mass: Floats, mean: Floats, square: Floats, least: float = COLLINEAR) -> Mask:
    """Whether the weighted squares that are left of exposures are more than rounding.

    left (…, K): Σ w x², everything else out of x. mass (…): Σ w. mean, square (…, K): of x and x² over the rows, each
    counting once: where a fit takes the weight from the very rows that vary, weighted ones would shrink with `left`.
    least: so small a part is rounding.
    """
    raw = np.maximum(square - mean**2, 0.0)
    found: Mask = left > mass[..., None] * np.maximum(least * raw, _ROUNDING * square)
    return found


def left_of_each(inner: Floats) -> Floats:
    """Sums of squares (…, K) of each of K exposures with the others out of it, from their products (…, K, K)."""
    own = np.diagonal(inner, axis1=-2, axis2=-1)
    root = np.sqrt(np.maximum(own, 1e-300))
    sizes, directions = np.linalg.eigh(inner / (root[..., :, None] * root[..., None, :]))
    # Variance inflation (Marquardt, Technometrics 1970); directions that are nothing but rounding inflate without end.
    inflated = np.einsum("...kj,...j->...k", directions**2, 1 / np.maximum(sizes, 1e-15))
    found: Floats = own / inflated
    return found
