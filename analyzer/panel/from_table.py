"""User's table → panel: one row per unit and period, with shares as given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analyzer.panel import Panel

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd


def panel_from_table(
    table: pd.DataFrame,
    unit: str,
    period: str,
    outcome: str,
    treatment: str,
    size: str | None,
    *,
    lag: int = 1,
    controls: Sequence[str] = (),
    periods: Sequence[float] | None = None,
) -> Panel:
    """Return the panel of a user's table, which has one row per unit and (numeric) period.

    Parameters
    ----------
    unit, period, outcome : column names.
    treatment : column with the share of the unit and period itself.
    size : column with the number of changes behind the share. Without it, every share counts as exact, and the effect
        of AI use, which needs it, is not estimated.
    controls : columns of covariates; they are standardised to mean 0 and variance 1.
    periods : all periods, where the table may contain only some of them.
    """
    units, periods = sorted(table[unit].unique(), key=str), periods or full_period_range(table[period])
    rows = table[unit].map({a: k for k, a in enumerate(units)}).to_numpy(dtype=int)
    columns = np.searchsorted(np.array(periods) - 1e-9, table[period].to_numpy(dtype=float), side="right") - 1
    shape = (len(units), len(periods))
    y, share, n = np.zeros(shape), np.full(shape, np.nan), np.full(shape, np.nan)
    present = np.zeros(shape, dtype=bool)
    y[rows, columns] = table[outcome].to_numpy(dtype=float)
    share[rows, columns] = table[treatment].to_numpy(dtype=float)
    present[rows, columns] = True
    if size is not None:
        n[rows, columns] = table[size].to_numpy(dtype=float)
        n = np.where(np.isfinite(share), n, 0.0)
    ai = share * n if size is not None else share
    covariates = np.full((len(controls), *shape), np.nan)
    for k, name in enumerate(controls):
        values = table[name].to_numpy(dtype=float)
        covariates[k, rows, columns] = (values - values.mean()) / max(float(values.std()), 1e-300)
    return Panel(
        tuple(map(str, units)),
        tuple(map(str, periods)),
        y,
        ai,
        n,
        present,
        len(units),
        lag,
        covariates=covariates if len(controls) else None,
    )


def full_period_range(periods: pd.Series) -> Sequence[float]:
    """Return all periods from first to last, in the smallest step found, so that gaps also count for the lag."""
    distinct = np.sort(periods.unique().astype(float))
    step = np.diff(distinct).min() if len(distinct) > 1 else 1.0
    return [float(distinct[0] + k * step) for k in range(round((distinct[-1] - distinct[0]) / step) + 1)]
