"""Usage data → treatment of a panel: days with use of the days with commits, or AI lines of merged changes.

The treatment has the form that the share of marks has, K of N per cell, so that every estimator reads it: K days with
use of N active days that the data say something of, or the sum K of AI-line shares of N merged changes whose lines they
know. Cells of which they say nothing have N = 0, which is missing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.core.constants import BLOCK_DAYS
from analyzer.panel import block_number, panel_from_changes, split_by_regimes
from analyzer.panel.alternatives import GRAINS, AlternativePanel, PanelChoice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from analyzer.core.arrays import Floats
    from analyzer.panel import Panel


def usage_by_cell(panel: Panel, days_with_commits: pd.DataFrame, days: int = BLOCK_DAYS) -> tuple[Floats, Floats]:
    """Return K and N (A, P): days with use, and active days that usage data say something of.

    Parameters
    ----------
    days_with_commits : columns person, day and used (`usage.join.Usage.days`).
    days : length of a period of the panel.
    """
    return _sum_by_cell(panel, days_with_commits["person"], days_with_commits["day"], days_with_commits["used"], days)


def with_person_usage(panel: Panel, days_with_commits: pd.DataFrame, days: int = BLOCK_DAYS) -> Panel:
    """Return the panel with days with use instead of marked changes."""
    return _with_treatment(panel, *usage_by_cell(panel, days_with_commits, days))


def with_commit_usage(panel: Panel, changes: pd.DataFrame, shares: pd.Series, days: int = BLOCK_DAYS) -> Panel:
    """Return the panel with AI-line shares of merged changes instead of their marks.

    A change whose lines are unknown stays in the outcome, and is in neither K nor N.

    Parameters
    ----------
    changes : those of the panel, table `merged_changes`.
    shares : AI lines ÷ added lines by merged change.
    """
    share = changes["merged_change"].map(shares).astype(float)
    listed = changes[share.notna() & changes["person"].notna() & changes["merged"].notna() & changes["ai"].notna()]
    return _with_treatment(panel, *_sum_by_cell(panel, listed["person"], listed["merged"], share[listed.index], days))


def usage_panels(
    changes_by_maturity: dict[int, pd.DataFrame],
    people: Sequence[str],
    regimes: Sequence[str],
    with_usage: Callable[[Panel, pd.DataFrame, int], Panel],
) -> Iterator[AlternativePanel]:
    """Yield the panels of the specification curve: grains and maturities; `with_usage` sets a panel's treatment."""
    for maturity, changes in changes_by_maturity.items():
        dated = changes[changes["person"].isin(people) & changes["ai"].notna() & changes["merged"].notna()]
        for grain in GRAINS:
            panel = with_usage(panel_from_changes(dated, days=7 * grain), dated, 7 * grain)
            yield AlternativePanel(PanelChoice(grain, "usage", maturity), split_by_regimes(panel, regimes))


def _with_treatment(panel: Panel, numerator: Floats, denominator: Floats) -> Panel:
    share = np.divide(numerator, denominator, out=np.full_like(numerator, np.nan), where=denominator > 0)
    return replace(panel, ai=numerator, n=denominator, usage=share, size_sums=None)


def _sum_by_cell(
    panel: Panel, people: pd.Series, when: pd.Series, values: pd.Series, days: int
) -> tuple[Floats, Floats]:
    """Return the sum of values, and their number, by person and period; those outside of the panel are left out."""
    sums, counts = np.zeros(panel.y.shape), np.zeros(panel.y.shape)
    if not panel.periods:
        return sums, counts
    first = int(block_number(pd.Series([pd.Timestamp(panel.periods[0], tz="UTC")]), days).iloc[0])
    rows = people.map({person: k for k, person in enumerate(panel.people)}).to_numpy(float)
    columns = block_number(when, days).to_numpy(float) - first
    inside = np.isfinite(rows) & (columns >= 0) & (columns < panel.y.shape[1])
    cells = rows[inside].astype(int), columns[inside].astype(int)
    np.add.at(sums, cells, values.to_numpy(float)[inside])
    np.add.at(counts, cells, 1.0)
    return sums, counts
