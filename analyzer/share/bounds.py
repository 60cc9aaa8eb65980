"""items → bounds: floor and ceiling of a share, over the whole range and by period.

Floor = declared / n. Ceiling = 1 − provably pre-AI / n. Neither is an interval of an estimate: the
truth may lie anywhere between, and a mark does not prove every line of its commit (docs/method.md).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analyzer.core import tables
from analyzer.share.time_window import all_periods

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.config import By
    from analyzer.share.definition import Definition, Known
    from analyzer.share.time_window import Window

WHOLE = "all"
_LONGEST = pd.Timedelta(days=100 * 366)


def items(known: Known, shares: Sequence[Definition], window: Window) -> pd.DataFrame:
    """Table `items` of every definition that these tables can answer, inside the window."""
    found = []
    for definition in shares:
        table = definition.items(known)
        if table is None:
            continue
        table = table[window.holds(table["when"])]
        found.append(table.assign(period=window.period(table["when"]), definition=definition.id))
    columns = {c.name: tables.DTYPES[c.kind] for c in tables.ITEMS.columns}
    return tables.conform(pd.concat(found, ignore_index=True).astype(columns), tables.ITEMS)


def bounds(counted: pd.DataFrame, by: By, computed: Sequence[str] | None = None) -> pd.DataFrame:
    """Table `bounds`: one row a definition over the whole range, then one a period, empty ones included.

    `computed` names the definitions that could be asked, so that one without any item stands there with n = 0.
    """
    counted = counted.assign(
        declared_weight=counted["weight"] * counted["declared"],
        pre_ai_weight=counted["weight"].where(counted["pre_ai"], 0),
    )
    whole = counted.assign(period=WHOLE)
    dated = counted[counted["period"].notna()]
    sums = (
        pd.concat([whole, dated])
        .groupby(["definition", "period"], sort=False)[["weight", "declared_weight", "pre_ai_weight"]]
        .sum()
    )
    ids = list(computed or dict.fromkeys(counted["definition"]))
    wanted = pd.MultiIndex.from_product([ids, [WHOLE, *_span(dated, by)]], names=["definition", "period"])
    sums = sums.reindex(wanted).fillna(0).reset_index()
    n = sums["weight"].where(sums["weight"] > 0)
    sums["floor"] = (sums["declared_weight"] / n).astype("Float64")
    sums["ceiling"] = (1 - sums["pre_ai_weight"] / n).astype("Float64")
    sums["n"] = sums["weight"].astype("Int64")
    sums[["definition", "period"]] = sums[["definition", "period"]].astype("str")
    return tables.conform(sums[tables.BOUNDS.names], tables.BOUNDS)


def _span(dated: pd.DataFrame, by: By) -> list[str]:
    if dated.empty:
        return []
    first, last = dated["when"].min(), dated["when"].max()
    if last - first > _LONGEST:
        return sorted(set(dated["period"]))  # a false date must not fill the report with empty centuries
    return all_periods(first, last, by)
