"""Mix the bits of hashes, so that sums and products of them are as good as random."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]

_GOLDEN, _ONE, _TWO = (np.uint64(k) for k in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def mix_hash(hashes: Hashes) -> Hashes:
    """Apply SplitMix64's finaliser (Steele, Lea & Flood, OOPSLA 2014), so that sums do not cancel by accident."""
    with np.errstate(over="ignore"):
        hashes = hashes + _GOLDEN
        hashes = (hashes ^ (hashes >> np.uint64(30))) * _ONE
        hashes = (hashes ^ (hashes >> np.uint64(27))) * _TWO
        return hashes ^ (hashes >> np.uint64(31))
