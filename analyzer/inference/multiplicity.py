"""p-values adjusted for multiple tests: Holm (family-wise) and Benjamini-Hochberg (false discovery rate)."""

from __future__ import annotations


def benjamini_hochberg(p: list[float]) -> list[float]:
    """Adjusted p under a false discovery rate, in the order given (J. R. Stat. Soc. B 1995)."""
    order = sorted(range(len(p)), key=p.__getitem__, reverse=True)
    adjusted, least = [0.0] * len(p), 1.0
    for rank, k in enumerate(order):
        least = min(least, p[k] * len(p) / (len(p) - rank))
        adjusted[k] = least
    return adjusted


def holm(p: list[float]) -> list[float]:
    """Holm's step-down adjustment, in the order given (Scand. J. Statistics 1979)."""
    order = sorted(range(len(p)), key=p.__getitem__)
    adjusted, worst = [0.0] * len(p), 0.0
    for rank, k in enumerate(order):
        worst = max(worst, min(1.0, (len(p) - rank) * p[k]))
        adjusted[k] = worst
    return adjusted
