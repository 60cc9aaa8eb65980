"""The treatment: the AI share of a person's past changes, shrunk towards the team's (empirical Bayes).

Four weeks of one person hold about five changes, so the share of one period is mostly noise. The share of the past uses
every change so far, each counting half as much per period and a half, and two changes of the team's average for the
rest (Casella, Am. Stat. 1985). It is counted in changes, and only in earlier ones: a share of the same period, or of
lines, is coupled to the outcome by arithmetic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats

# Days after which a change counts half as much.
HALF_LIFE_DAYS = 42
# Changes of the team's average that are added to each person's own.
PRIOR_CHANGES = 2.0


def past_share(ai: Floats, n: Floats, half_life: float) -> Floats:
    """Return the share known at the end of each period (A, P), from 0 to 1.

    It is 0 before a person's first mark, and NaN before the first change.

    Parameters
    ----------
    ai, n : (A, P) marked and all changes of each cell; NaN counts as no change.
    half_life : periods after which a change counts half as much.
    """
    discount = 0.5 ** (1 / half_life)
    marked, total = np.zeros(len(ai)), np.zeros(len(ai))
    has_mark, has_change = np.zeros(len(ai), np.bool_), np.zeros(len(ai), np.bool_)
    shares = np.full(ai.shape, np.nan)
    for period, (new_marked, new) in enumerate(zip(np.nan_to_num(ai).T, np.nan_to_num(n).T, strict=True)):
        marked, total = marked * discount + new_marked, total * discount + new
        has_mark |= new_marked > 0
        has_change |= new > 0
        team = marked.sum() / total.sum() if total.sum() > 0 else 0.0
        share = np.where(has_mark, (marked + PRIOR_CHANGES * team) / (total + PRIOR_CHANGES), 0.0)
        shares[:, period] = np.where(has_change, share, np.nan)
    return shares


def discounted_changes(n: Floats, half_life: float) -> Floats:
    """Return the changes behind the share at the end of each period (A, P), older ones discounted."""
    discount, total = 0.5 ** (1 / half_life), np.zeros(len(n))
    totals = np.zeros_like(n)
    for period, new in enumerate(np.nan_to_num(n).T):
        total = total * discount + new
        totals[:, period] = total
    return totals
