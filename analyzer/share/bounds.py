"""Compute the lower and upper bound (floor and ceiling) of an AI share, over the whole range and by period.

Floor = marked / n. Ceiling = 1 − provably pre-AI / n. The two are not a confidence interval: the truth may lie anywhere
between them, and a mark does not prove that AI wrote every line of its commit (docs/method.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analyzer.core import tables
from analyzer.share.time_window import all_periods

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.config import PeriodLength
    from analyzer.share.definition import Definition, ShareInputs
    from analyzer.share.time_window import TimeWindow

ALL_PERIODS = "all"
_MAX_SPAN = pd.Timedelta(days=100 * 366)


def share_items(inputs: ShareInputs, definitions: Sequence[Definition], window: TimeWindow) -> pd.DataFrame:
    """Return table `items` inside the window, for every definition whose input tables are available."""
    counted = []
    for definition in definitions:
        table = definition.items(inputs)
        if table is None:
            continue
        table = table[window.contains(table["when"])]
        counted.append(table.assign(period=window.period(table["when"]), definition=definition.id))
    columns = {c.name: tables.DTYPES[c.kind] for c in tables.ITEMS.columns}
    return tables.conform(pd.concat(counted, ignore_index=True).astype(columns), tables.ITEMS)


def share_bounds(items: pd.DataFrame, by: PeriodLength, computed: Sequence[str] | None = None) -> pd.DataFrame:
    """Return table `bounds`: per definition one row over the whole range and one per period, empty periods included.

    Parameters
    ----------
    items : table `items`.
    by : length of a period.
    computed : ids of the definitions that could be computed; those without any item get a row with n = 0.
    """
    items = items.assign(
        marked_weight=items["weight"] * items["marked"],
        pre_ai_weight=items["weight"].where(items["pre_ai"], 0),
    )
    overall = items.assign(period=ALL_PERIODS)
    dated = items[items["period"].notna()]
    sums = (
        pd.concat([overall, dated])
        .groupby(["definition", "period"], sort=False)[["weight", "marked_weight", "pre_ai_weight"]]
        .sum()
    )
    ids = list(computed or dict.fromkeys(items["definition"]))
    index = pd.MultiIndex.from_product(
        [ids, [ALL_PERIODS, *_periods_between(dated, by)]], names=["definition", "period"]
    )
    sums = sums.reindex(index).fillna(0).reset_index()
    n = sums["weight"].where(sums["weight"] > 0)
    sums["marked"] = (sums["marked_weight"] / n).astype("Float64")
    sums["at_most"] = (1 - sums["pre_ai_weight"] / n).astype("Float64")
    sums["n"] = sums["weight"].astype("Int64")
    sums[["definition", "period"]] = sums[["definition", "period"]].astype("str")
    return tables.conform(sums[tables.BOUNDS.names], tables.BOUNDS)


def _periods_between(dated: pd.DataFrame, by: PeriodLength) -> list[str]:
    if dated.empty:
        return []
    first, last = dated["when"].min(), dated["when"].max()
    if last - first > _MAX_SPAN:
        return sorted(set(dated["period"]))  # a false date must not fill the report with empty centuries
    return all_periods(first, last, by)
