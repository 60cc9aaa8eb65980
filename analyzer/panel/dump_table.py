"""Table `panel` of `aishare dump`: a panel as one row per person and four weeks, and the panel of such a table.

The table has everything that the throughput verdict is estimated from, so that `aishare infer` repeats the verdict.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.core.constants import BLOCK_DAYS
from analyzer.panel import Panel, split_by_regimes
from analyzer.panel.size_sums import SIZE_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from analyzer.core.arrays import Floats

UNIT, PERIOD, SHARE, SIZE, OUTCOME, ELIGIBLE = "unit", "period", "share", "n", "outcome", "eligible"
# Parts of the landing mix, in the order of `landing_mix.LANDING_MIX`.
_MIX = ("log_commits", "merges", "squashes", "rebases")
_SUMS = tuple(name for size in SIZE_COLUMNS for name in (size, f"{size}_at_mean"))
_DURABLE, _WITH_LINES = "durable", "with_production_lines"
_RELATIVE_SIZE = "relative_size"
# Columns that a verdict over many repositories reads.
POOLED_COLUMNS = (UNIT, "person", PERIOD, SHARE, SIZE, OUTCOME, ELIGIBLE)
COLUMNS = (*POOLED_COLUMNS, "marked", "early_week", *_MIX, _DURABLE, _WITH_LINES, *_SUMS, _RELATIVE_SIZE)


def table_from_panel(panel: Panel, regimes: Sequence[str]) -> pd.DataFrame:
    """Return table `panel`: one row per person and period of the person's span.

    Parameters
    ----------
    panel : everybody's panel, one row per person.
    regimes : first periods of the regimes after the first.

    Columns
    -------
    unit : person and regime, `PERSON/NUMBER`.
    share : marked ÷ all changes of the period itself; NA without changes.
    n, outcome : all changes behind the share; merged changes, net of reverts.
    eligible : 1 if the verdict includes the person, and the period: none from more than a year before marks.
    marked : marked changes; a change with a mark on half of its commits counts 0.5.
    early_week : share of the changes that were merged from Monday to Wednesday.
    log_commits, merges, squashes, rebases : mean log commits per change, and shares of the ways of merging.
    durable, with_production_lines : changes that last, and changes that could; NA without file contents.
    lines_added, commits : sums over the changes, and the same with each size at its mean (`*_at_mean`).
    relative_size : how long the changes are for this person, as a mean log; NA without file contents.
    """
    compared = panel.from_comparison_start()
    eligible = compared.select_eligible().people
    split = split_by_regimes(panel, regimes)
    rows, columns = split.span.nonzero()
    people = pd.Series([split.people[k] for k in rows], dtype="str")
    periods = pd.Series([split.periods[k] for k in columns], dtype="str")
    regime = periods.map(lambda day: sum(day >= start for start in regimes)).astype("str")

    def cells(values: Floats | None) -> pd.Series:
        numbers = np.full(len(rows), np.nan) if values is None else values[rows, columns]
        return pd.Series(numbers).astype("Float64")

    n = split.n[rows, columns]
    sums = [v for name in SIZE_COLUMNS for v in (split.size_sums or {}).get(name, (None, None))]
    mix = [None] * len(_MIX) if split.landing_mix is None else list(split.landing_mix)
    return pd.DataFrame(
        {
            UNIT: people + "/" + regime,
            "person": people,
            PERIOD: periods,
            SHARE: (pd.Series(split.ai[rows, columns]) / pd.Series(n).where(n > 0)).astype("Float64"),
            SIZE: n.astype(int),
            OUTCOME: split.y[rows, columns].astype(int),
            ELIGIBLE: (people.isin(eligible) & periods.isin(compared.periods)).astype(int),
            "marked": cells(split.ai),
            "early_week": cells(split.early_week),
            **{name: cells(values) for name, values in zip(_MIX, mix, strict=True)},
            _DURABLE: cells(split.durable),
            _WITH_LINES: cells(split.with_lines),
            **{name: cells(values) for name, values in zip(_SUMS, sums, strict=True)},
            _RELATIVE_SIZE: cells(split.relative_size),
        }
    )


def panel_from_dump(table: pd.DataFrame) -> tuple[Panel, tuple[str, ...]]:
    """Return everybody's panel, one row per person, and the first periods of the regimes after the first.

    The inverse of `table_from_panel`; the order of the rows does not matter. Raises `ValueError` for a table that
    `table_from_panel` cannot have written.
    """
    units = table[UNIT].astype(str).str.rsplit("/", n=1, expand=True)
    if table.empty or units.shape[1] < 2 or not units[1].str.fullmatch(r"\d{1,4}").fillna(value=False).all():
        raise ValueError("a unit is a person and the number of a regime, PERSON/NUMBER")
    days = pd.to_datetime(table[PERIOD].astype(str), format="%Y-%m-%d")
    offsets = (days - days.min()).dt.days
    if (offsets % BLOCK_DAYS).any() or pd.DataFrame({"person": units[0], PERIOD: days}).duplicated().any():
        raise ValueError("periods are four weeks apart, one row per person and period")
    people = tuple(sorted(units[0].unique()))
    rows = units[0].map({person: k for k, person in enumerate(people)}).to_numpy(dtype=int)
    columns = (offsets // BLOCK_DAYS).to_numpy(dtype=int)
    shape = (len(people), int(columns.max()) + 1)
    starts = pd.date_range(days.min(), periods=shape[1], freq=f"{BLOCK_DAYS}D").strftime("%Y-%m-%d")
    regime = units[1].astype(int)
    regimes = tuple(str(days[regime >= k].min().date()) for k in range(1, int(regime.max()) + 1))

    def grid(name: str, outside: float = 0.0) -> Floats:
        values = np.full(shape, outside)
        values[rows, columns] = table[name].to_numpy(dtype=float, na_value=np.nan)
        return values

    span = np.zeros(shape, dtype=np.bool_)
    span[rows, columns] = True
    panel = Panel(
        people,
        tuple(starts),
        grid(OUTCOME),
        grid("marked"),
        grid(SIZE),
        span,
        len(people),
        landing_mix=np.stack([grid(name, np.nan) for name in _MIX]),
        early_week=grid("early_week", np.nan),
    )
    return _with_contents(panel, table, grid), regimes


def _with_contents(panel: Panel, table: pd.DataFrame, grid: Callable[..., Floats]) -> Panel:
    """Return the panel with what the table says of file contents and sizes; columns without a value are unknown."""
    sums = {
        size: (grid(size), grid(f"{size}_at_mean"))
        for size in SIZE_COLUMNS
        if table[[size, f"{size}_at_mean"]].notna().all(axis=None)
    }
    relative_size = grid(_RELATIVE_SIZE, np.nan)
    panel = replace(panel, size_sums=sums, relative_size=relative_size if np.isfinite(relative_size).any() else None)
    if table[[_DURABLE, _WITH_LINES]].isna().any(axis=None):
        return panel
    return replace(panel, durable=grid(_DURABLE), with_lines=grid(_WITH_LINES))
