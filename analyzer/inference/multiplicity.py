"""p-values adjusted for multiple tests: Holm (family-wise) and Benjamini-Hochberg (false discovery rate)."""

from __future__ import annotations


def benjamini_hochberg(p: list[float]) -> list[float]:
    """Return p adjusted for the false discovery rate, in the order of `p` (J. R. Stat. Soc. B 1995)."""
    order = sorted(range(len(p)), key=p.__getitem__, reverse=True)
    adjusted, smallest = [0.0] * len(p), 1.0
    for rank, k in enumerate(order):
        smallest = min(smallest, p[k] * len(p) / (len(p) - rank))
        adjusted[k] = smallest
    return adjusted


def holm(p: list[float]) -> list[float]:
    """Return p adjusted by Holm's step-down procedure, in the order of `p` (Scand. J. Statistics 1979)."""
    order = sorted(range(len(p)), key=p.__getitem__)
    adjusted, largest = [0.0] * len(p), 0.0
    for rank, k in enumerate(order):
        largest = max(largest, min(1.0, (len(p) - rank) * p[k]))
        adjusted[k] = largest
    return adjusted
