"""history → gaming tests: prepare the changes to compare and the day from which on, and run the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analyzer.history.file_classes import COUNTED_CLASSES
from analyzer.inference.goodhart import flag_gaming
from analyzer.inference.goodhart.comparisons import MIN_PEOPLE, GamingInputs
from analyzer.panel import split_by_regimes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.config import Target
    from analyzer.inference.results import Goodhart
    from analyzer.panel import Panel
    from analyzer.pipeline.load import History
    from analyzer.share.disclosure_changes import MarkingChange

# A rise of the marked rate by at least this much stands in for the day of an unannounced target, unless it only comes
# from other people being there (kind "people").
_MIN_RISE = 0.10
_TARGET_LIKE_KINDS = frozenset({"adoption", "at_once", "open", "labelling"})


def run_gaming_tests(
    history: History,
    net_changes: pd.DataFrame,
    panel: Panel,
    regimes: Sequence[str],
    marking_changes: Sequence[MarkingChange],
    as_of: pd.Timestamp | None,
) -> Goodhart | None:
    """Run every gaming test on the people that the throughput verdict includes; None if they are too few.

    Parameters
    ----------
    net_changes : merged changes of the range, net of reverts.
    panel : the throughput panel, before inclusion rules.
    regimes : first days of another way of merging.
    marking_changes : changes of the marked rate.
    as_of : as-of date; a target of a later day is not announced yet. None = there is no dated commit.
    """
    eligible = split_by_regimes(panel.select_eligible(), regimes)
    people = set(eligible.people)
    if len(people) < MIN_PEOPLE:
        return None
    changes = net_changes[
        net_changes["person"].isin(people) & net_changes["ai"].notna() & net_changes["merged"].notna()
    ]
    columns = ["lines", "padding"]
    sizes = pd.DataFrame(columns=columns, dtype="Float64")
    if history.file_changes is not None:
        sizes = _sizes_by_change(history.file_changes, history.change_of_lines)
    table = changes[["merged_change", "person", "ai"]].assign(when=changes["merged"]).join(sizes, on="merged_change")
    day, target = _target_day(history.settings.targets, marking_changes, as_of)
    inputs = GamingInputs(eligible, table.reset_index(drop=True), day, target, history.settings.seed)
    return flag_gaming(inputs, announced=target is not None)


def _sizes_by_change(changes: pd.DataFrame, change_of_lines: dict[str, str]) -> pd.DataFrame:
    """Return by merged change: lines added to code and tests, and the moved, copied or trivial share of them."""
    counted = changes[changes["path_class"].isin(COUNTED_CLASSES) & changes["added"].notna()]
    sums = counted.groupby(counted["sha"].map(change_of_lines))[["added", "effective", "copied"]].sum()
    added = sums["added"].astype("Float64")
    padded = (added - sums["effective"] + sums["copied"]).clip(lower=0)
    return pd.DataFrame({"lines": added, "padding": (padded / added.where(added > 0)).clip(upper=1)})


def _target_day(
    targets: Sequence[Target], marking_changes: Sequence[MarkingChange], as_of: pd.Timestamp | None
) -> tuple[pd.Timestamp | None, float | None]:
    """Return day and value of the latest target announced by `as_of`.

    Without such a target: the month of the largest lasting rise of the marked rate, and None.
    """
    days = [(pd.Timestamp(target.date, tz="UTC"), target.value) for target in targets]
    announced = [(day, value) for day, value in days if as_of is None or day <= as_of]
    if announced:
        return max(announced, key=lambda target: target[0])
    rises = [c for c in marking_changes if c.kind in _TARGET_LIKE_KINDS and c.after - c.before >= _MIN_RISE]
    if not rises:
        return None, None
    return pd.Timestamp(f"{max(rises, key=lambda c: c.after - c.before).period}-01", tz="UTC"), None
