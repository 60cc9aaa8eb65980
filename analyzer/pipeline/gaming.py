"""history → tests of gaming: what is compared, and from which day on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analyzer.history.file_classes import COUNTED_CLASSES
from analyzer.inference.goodhart import flag_gaming
from analyzer.inference.goodhart.comparisons import MIN_PEOPLE, GamingInputs
from analyzer.panel import split_by_regimes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.inference.results import Goodhart
    from analyzer.panel import Panel
    from analyzer.pipeline.load import History
    from analyzer.share.disclosure_changes import MarkingChange

# A rise of the declared part that is at least so large, and not other people's, stands in for a target's day.
_ROSE = 0.10
_NOT_PEOPLES = frozenset({"adoption", "at_once", "open", "labelling"})


def gamed(
    history: History, shipped: pd.DataFrame, panel: Panel, regimes: Sequence[str], disclosed: Sequence[MarkingChange]
) -> Goodhart | None:
    """Every test on the people that the verdict has; None where they are too few, or nothing is declared."""
    used = split_by_regimes(panel.select_eligible(), regimes)
    people = set(used.people)
    if len(people) < MIN_PEOPLE:
        return None
    changes = shipped[shipped["person"].isin(people) & shipped["ai"].notna() & shipped["merged"].notna()]
    columns = ["lines", "padding"]
    sizes = pd.DataFrame(columns=columns, dtype="Float64")
    if history.file_changes is not None:
        sizes = _sizes(history.file_changes, history.merged_change_of)
    table = changes[["merged_change", "person", "ai"]].assign(when=changes["merged"]).join(sizes, on="merged_change")
    day, target = _day(history, disclosed)
    grounds = GamingInputs(used, table.reset_index(drop=True), day, target, history.settings.seed)
    return flag_gaming(grounds, announced=target is not None)


def _sizes(changes: pd.DataFrame, unit_of: dict[str, str]) -> pd.DataFrame:
    """By change: lines added to code and tests, and the part of them that is moved, copied or slight."""
    own = changes[changes["path_class"].isin(COUNTED_CLASSES) & changes["added"].notna()]
    sums = own.groupby(own["sha"].map(unit_of))[["added", "effective", "copied"]].sum()
    added = sums["added"].astype("Float64")
    padded = (added - sums["effective"] + sums["copied"]).clip(lower=0)
    return pd.DataFrame({"lines": added, "padding": (padded / added.where(added > 0)).clip(upper=1)})


def _day(history: History, disclosed: Sequence[MarkingChange]) -> tuple[pd.Timestamp | None, float | None]:
    """The latest announced target; else the month of the largest lasting rise of the declared part."""
    targets = history.settings.targets
    if targets:
        last = max(targets, key=lambda target: target.date)
        return pd.Timestamp(last.date, tz="UTC"), last.value
    rises = [c for c in disclosed if c.kind in _NOT_PEOPLES and c.after - c.before >= _ROSE]
    if not rises:
        return None, None
    return pd.Timestamp(f"{max(rises, key=lambda c: c.after - c.before).period}-01", tz="UTC"), None
