"""Which commits revert an earlier commit or merged change: by their message, or by an inverse patch."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from analyzer.core.constants import PATCH_ID_MODULUS
from analyzer.core.rows import commit_dates, iter_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    # Reverting commit, its merged change, the change it reverts, and when.
    _Revert = tuple[str, str | None, str, pd.Timestamp]

REVERT_WINDOW = dt.timedelta(days=35)
_REVERT_LINE = re.compile(r"[Tt]his reverts commits? ([0-9a-f]{7,64})")


def cancelled_changes(
    reverts: pd.DataFrame,
    merged_changes: pd.DataFrame,
    merged_change_of: Mapping[str, str],
    window: dt.timedelta = REVERT_WINDOW,
) -> set[str]:
    """Return the changes that ship nothing on balance: reverts, and the changes they reverted within `window`.

    `reverts` comes from `detect_reverts`. A revert of a revert restores the first change and ships nothing itself. A
    change is a revert if all of its commits are; a change that also does other work stays.
    """
    reverting = set(reverts["sha"])
    with_other_work = {change for sha, change in merged_change_of.items() if sha not in reverting}
    merged = dict(iter_rows(merged_changes, "merged_change", "merged"))
    cancelled: set[str] = set()
    reverted_by: dict[str, list[str]] = {}
    for revert, target in iter_rows(reverts, "by", "merged_change"):
        if revert not in merged or revert == target:
            continue
        if revert not in with_other_work:
            cancelled.add(revert)
        if target in reverted_by:
            cancelled.difference_update(reverted_by[target])
        elif merged[revert] - merged[target] <= window:
            cancelled.add(target)
            reverted_by.setdefault(revert, []).append(target)
    return cancelled


def detect_reverts(
    merged_changes: pd.DataFrame,
    commits: pd.DataFrame,
    merged_change_of: Mapping[str, str],
    patch_ids: Mapping[str, int],
) -> pd.DataFrame:
    """Return the commits that revert a commit or a merged change, oldest first.

    Columns sha (the reverting commit), by (its merged change, NA if it was never merged), unit (the change that it
    reverts) and when.
    """
    import pandas as pd

    change_of = {**dict(iter_rows(merged_changes, "sha", "merged_change")), **merged_change_of}
    rows = [
        *_reverts_by_message(commits, change_of),
        *_reverts_by_patch(merged_changes, commits, merged_change_of, patch_ids),
    ]
    table = pd.DataFrame(list(dict.fromkeys(rows)), columns=["sha", "by", "merged_change", "when"])
    table = table.astype({"sha": "str", "by": "str", "merged_change": "str", "when": commits["committed"].dtype})
    table = table[table["by"].isna() | (table["by"] != table["merged_change"])]
    return table.sort_values("when", kind="stable")


def _reverts_by_message(commits: pd.DataFrame, change_of: Mapping[str, str]) -> Iterator[_Revert]:
    """Yield the reverts that commit messages name."""
    by_prefix = {sha[:7]: sha for sha in change_of}
    candidates = commits[commits["message"].str.contains("his reverts commit", regex=False)]
    for revert_sha, message, when in zip(
        candidates["sha"], candidates["message"], candidates["committed"], strict=True
    ):
        for prefix in _REVERT_LINE.findall(message):
            sha = by_prefix.get(prefix[:7], "")
            if sha.startswith(prefix):
                yield revert_sha, change_of.get(revert_sha), change_of[sha], when


def _reverts_by_patch(
    merged_changes: pd.DataFrame,
    commits: pd.DataFrame,
    merged_change_of: Mapping[str, str],
    patch_ids: Mapping[str, int],
) -> Iterator[_Revert]:
    """Yield the reverts by content: a patch that is the inverse of one merged in the 35 days before."""
    import pandas as pd

    ids_of_change: dict[str, list[int]] = {}
    for sha, patch_id in patch_ids.items():
        if (name := merged_change_of.get(sha)) is not None:
            ids_of_change.setdefault(name, []).append(patch_id)
    sums = {name: sum(ids) % PATCH_ID_MODULUS for name, ids in ids_of_change.items()}
    # By the date of the landing commit itself: a branch that was merged later may have reverted the change already.
    committed = commit_dates(commits)
    dated_changes = merged_changes.assign(merged=merged_changes["sha"].map(committed)).dropna(subset=["merged"])
    dated = commits[commits["committed"].notna() & commits["sha"].isin(patch_ids)]
    # Most patches have no inverse anywhere, and neither revert nor are reverted.
    paired = _with_inverse({*patch_ids.values(), *sums.values()})
    events = [(when, 0, sha) for sha, when in _unix_times(dated, "sha", "committed") if patch_ids[sha] in paired]
    events += [
        (when, 1, change)
        for change, when in _unix_times(dated_changes, "merged_change", "merged")
        if change in sums and (sums[change] in paired or not paired.isdisjoint(ids_of_change[change]))
    ]
    landed = {name for _, landing, name in events if landing}
    members: dict[str, list[str]] = {name: [] for name in landed}
    for sha, name in merged_change_of.items():
        if name in landed:
            members[name].append(sha)
    in_force: dict[int, tuple[str, int]] = {}
    for when, landing, name in sorted(events):
        change = name if landing else merged_change_of.get(name)
        member_ids = ids_of_change[name] if landing else []
        patch_id = sums[name] if landing else patch_ids[name]
        target = in_force.pop(-patch_id % PATCH_ID_MODULUS, None) if patch_id else None
        if target is not None and target[0] != change and when - target[1] <= REVERT_WINDOW.total_seconds():
            reverted_at = pd.Timestamp(when, unit="s", tz="UTC")
            yield from ((sha, change, target[0], reverted_at) for sha in (members[name] if landing else [name]))
        # A commit that its own change reverts was never in force.
        standing_ids = {p for p in member_ids if -p % PATCH_ID_MODULUS not in member_ids} | (
            {patch_id} if landing else set()
        )
        in_force |= dict.fromkeys(standing_ids - {0}, (str(change), when))


def _with_inverse(patch_ids: set[int]) -> set[int]:
    """Return the patch ids whose inverse is among them."""
    return {patch_id for patch_id in patch_ids if -patch_id % PATCH_ID_MODULUS in patch_ids}


def _unix_times(table: pd.DataFrame, name: str, when: str) -> Iterator[tuple[str, int]]:
    """Return name and Unix time of each row; sorting timestamps instead takes ten times as long."""
    return zip(table[name].to_list(), table[when].dt.as_unit("s").astype("int64").to_list(), strict=True)
