"""Compute the lower and upper bound (floor and ceiling) of an AI share, over the whole range and by period.

Floor = marked / n. Ceiling = 1 − provably pre-AI / n. The two are not a confidence interval: the truth may lie anywhere
between them, and a mark does not prove that AI wrote every line of its commit (docs/method.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.core import tables
from analyzer.share.time_window import all_periods

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from analyzer.config import PeriodLength
    from analyzer.share.definition import Definition, ShareInputs
    from analyzer.share.time_window import TimeWindow

ALL_PERIODS = "all"
_MAX_SPAN = pd.Timedelta(days=100 * 366)


def has_items(inputs: ShareInputs, definitions: Sequence[Definition], window: TimeWindow) -> bool:
    """Return whether any definition has anything to count inside the window."""
    tables_of_items = (definition.items(inputs) for definition in definitions)
    return any(items is not None and window.contains(items["when"]).any() for items in tables_of_items)


def share_items(inputs: ShareInputs, definitions: Sequence[Definition], window: TimeWindow) -> pd.DataFrame:
    """Return table `items` inside the window, for every definition whose input tables are available.

    The categories of column definition are the ids of these definitions, in order, also of those without any item.
    """
    counted = {}
    for definition in definitions:
        table = definition.items(inputs)
        if table is None:
            continue
        table = table[window.contains(table["when"])]
        counted[definition.id] = table.assign(period=window.period(table["when"]))
    items = pd.concat(counted.values(), ignore_index=True)
    number = np.repeat(np.arange(len(counted)), [len(table) for table in counted.values()])
    ids = pd.Categorical.from_codes(number, list(counted))  # type: ignore[call-overload]  # stubs know int only
    columns = {c.name: tables.DTYPES[c.kind] for c in tables.ITEMS.columns}
    return tables.conform(items.assign(definition=ids).astype(columns), tables.ITEMS)


def without_periods(bounds: pd.DataFrame, definitions: Collection[str], through: str) -> pd.DataFrame:
    """Return table `bounds` without what these definitions say of the periods up to and with `through`."""
    is_unknown = bounds["definition"].isin(list(definitions)) & (bounds["period"] <= through)
    return bounds[~is_unknown].reset_index(drop=True)


def share_bounds(items: pd.DataFrame, by: PeriodLength) -> pd.DataFrame:
    """Return table `bounds`: per definition one row over the whole range and one per period, empty periods included.

    Parameters
    ----------
    items : table `items`; a definition without any item gets a row with n = 0.
    by : length of a period.
    """
    weights = pd.DataFrame(
        {
            "definition": items["definition"],
            "period": items["period"],
            "weight": items["weight"],
            "marked_weight": items["weight"] * items["marked"],
            "pre_ai_weight": items["weight"].where(items["pre_ai"], 0),
        }
    )
    sums = weights.groupby(["definition", "period"], observed=True).sum()
    overall = weights.drop(columns="period").groupby("definition", observed=True).sum()
    sums = pd.concat([overall.assign(period=ALL_PERIODS).set_index("period", append=True), sums])
    dated = items[items["period"].notna()]
    ids = list(items["definition"].cat.categories)
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
        return sorted(dated["period"].unique())  # a false date must not fill the report with empty centuries
    return all_periods(first, last, by)
