"""The table that `aishare dump panel` writes, as input of `infer`: it gives the figure that `analyze` gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analyzer.custom_panel.table import Columns, bad_panel, number_column
from analyzer.inference.grading.throughput import throughput_verdict, verdict_for_panel
from analyzer.panel import split_by_regimes
from analyzer.panel.dump_table import COLUMNS, ELIGIBLE, OUTCOME, PERIOD, SHARE, SIZE, UNIT, panel_from_dump

if TYPE_CHECKING:
    import pandas as pd

    from analyzer.inference.grading.throughput import ThroughputVerdict

DUMP_COLUMNS = Columns(UNIT, PERIOD, OUTCOME, SHARE, SIZE)
NOTE = (
    "This is a table of aishare dump panel: figure, interval and p are those of aishare analyze. The adjustment for "
    "other tests, the specifications and the tests of gaming need the history."
)
_NUMBERS = tuple(name for name in COLUMNS if name not in {UNIT, "person", PERIOD})


def is_dumped(table: pd.DataFrame) -> bool:
    """Return whether the table has every column of `dump panel`."""
    return set(COLUMNS) <= set(table.columns)


def names_dump_columns(columns: Columns) -> bool:
    """Return whether the options name the columns as `dump panel` does, and ask for nothing else."""
    return columns in {Columns(UNIT, PERIOD, OUTCOME, SHARE, size) for size in (SIZE, OUTCOME)}


def dumped_panel_verdict(table: pd.DataFrame, *, permutations: int, seed: int, all_rows: bool) -> ThroughputVerdict:
    """Return the verdict on the eligible people of a dumped table, or on everybody (`all_rows`).

    Raises `UsageError("bad-panel")` for a table that `dump panel` cannot have written.
    """
    numbers = table.assign(**{name: number_column(table[name], name) for name in _NUMBERS})
    try:
        panel, regimes = panel_from_dump(numbers)
    except ValueError as reason:
        raise bad_panel(
            f"This is not a table as aishare dump panel writes it: {reason}.",
            "Dump it anew, or rename its columns and name them with --unit, --period, --treatment and --outcome.",
        ) from None
    is_eligible = numbers[ELIGIBLE] != 0
    chosen = set(table.loc[is_eligible, UNIT].astype(str).str.rsplit("/", n=1).str[0])
    compared = panel.from_comparison_start()
    if not all_rows and chosen == set(compared.select_eligible().people):
        eligible = split_by_regimes(compared.select_eligible(), regimes)
        return throughput_verdict(
            panel,
            n_permutations=permutations,
            seed=seed,
            regimes=regimes,
            specifications=lambda _: [(None, eligible, "")],
        )
    if not all_rows:
        panel = compared.take(np.flatnonzero([person in chosen for person in compared.people]))
    return verdict_for_panel(split_by_regimes(panel, regimes), n_permutations=permutations, seed=seed)
