"""Pool the panels of many repositories into one verdict, estimated in one stage, and into their heterogeneity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analyzer.custom_panel.multilevel import ClusterHeterogeneity, estimate_pooled_verdict
from analyzer.custom_panel.table import Columns, check_panel
from analyzer.errors import UsageError
from analyzer.inference.models import PPML
from analyzer.report.result_verdicts import throughput_result

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analyzer.report.contract_verdicts import Verdict

PERMUTATIONS, SEED, LAG = 9_999, 0, 1
_COLUMNS = Columns("unit", "period", "outcome", "share", "n", None, "repository")


def pooled_panel(panels: Mapping[str, pd.DataFrame], persons: Mapping[tuple[str, str], str]) -> pd.DataFrame:
    """Return one panel of all people eligible for a verdict, with the person keys of the whole fleet."""
    frames = []
    for name, panel in panels.items():
        eligible = panel[panel["eligible"] == 1].reset_index(drop=True)
        if eligible.empty:
            continue
        person = eligible["person"].map(lambda author, name=name: persons.get((name, author), f"{name}/{author}"))
        regime = eligible["unit"].astype("str").str.rsplit("/").str[-1]
        frames.append(eligible.assign(repository=name, person=person, unit=person.astype("str") + "/" + regime))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame()


def pooled_verdict(
    panel: pd.DataFrame, *, permutations: int = PERMUTATIONS
) -> tuple[Verdict, ClusterHeterogeneity | None] | None:
    """Return the verdict on throughput over all repositories; None if fewer than two have a panel."""
    if panel.empty or panel["repository"].nunique() < 2:
        return None
    try:
        user_panel = check_panel(panel, _COLUMNS)
        person_of_unit = dict(zip(panel["unit"].astype("str"), panel["person"].astype("str"), strict=True))
        verdict, heterogeneity = estimate_pooled_verdict(
            user_panel,
            "repository",
            "share",
            lag=LAG,
            permutations=permutations,
            seed=SEED,
            model=PPML,
            person_of_unit=person_of_unit,
        )
    except UsageError:
        return None
    return throughput_result(verdict), heterogeneity
