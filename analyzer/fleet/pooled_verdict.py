"""Panels of many repositories → one verdict in one stage, and how repositories differ."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analyzer.custom_panel.multilevel import Heterogeneity, pooled
from analyzer.custom_panel.table import Columns, checked
from analyzer.errors import UsageError
from analyzer.inference.models import PPML
from analyzer.report.result_verdicts import throughput_result

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analyzer.report.contract_verdicts import Verdict

SWAPS, SEED, LAG = 9_999, 0, 1
_COLUMNS = Columns("unit", "period", "outcome", "share", "n", None, "repository")


def joined(panels: Mapping[str, pd.DataFrame], persons: Mapping[tuple[str, str], str]) -> pd.DataFrame:
    """One panel: rows of people who enter a verdict, under the names they have over all repositories."""
    parts = []
    for name, panel in panels.items():
        own = panel[panel["eligible"] == 1].reset_index(drop=True)
        if own.empty:
            continue
        person = own["author"].map(lambda author, name=name: persons.get((name, author), f"{name}/{author}"))
        regime = own["unit"].astype("str").str.rsplit("/").str[-1]
        parts.append(own.assign(repository=name, person=person, unit=person.astype("str") + "/" + regime))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def judged(panel: pd.DataFrame, *, swaps: int = SWAPS) -> tuple[Verdict, Heterogeneity | None] | None:
    """The verdict on throughput over all repositories; None where fewer than two have a panel."""
    if panel.empty or panel["repository"].nunique() < 2:
        return None
    try:
        brought = checked(panel, _COLUMNS)
        whose = dict(zip(panel["unit"].astype("str"), panel["person"].astype("str"), strict=True))
        verdict, spread = pooled(
            brought, "repository", "share", lag=LAG, swaps=swaps, seed=SEED, model=PPML, whose=whose
        )
    except UsageError:
        return None
    return throughput_result(verdict), spread
