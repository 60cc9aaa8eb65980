"""Which commits take back an earlier commit or merged change: by their message, or by an inverse patch."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


WINDOW = pd.Timedelta(days=35)


_RING = 1 << 64


_Row = tuple[str, str | None, str, pd.Timestamp]


_REVERTS = re.compile(r"[Tt]his reverts commits? ([0-9a-f]{7,64})")


def netted(
    said: pd.DataFrame, units: pd.DataFrame, unit_of: Mapping[str, str], window: pd.Timedelta = WINDOW
) -> set[str]:
    """Units that add up to nothing shipped: reverts, and what they took back within the window (35 days).

    `said`: of `take_backs`. A revert of a revert brings the first change back and adds nothing itself. A unit is a
    revert when all its commits are; one that also does other work counts.
    """
    reverting = set(said["sha"])
    at_work = {unit for sha, unit in unit_of.items() if sha not in reverting}
    merged = dict(zip(units["unit"], units["merged"], strict=True))
    out: set[str] = set()
    took_back: dict[str, list[str]] = {}
    for revert, target in zip(said["by"], said["unit"], strict=True):
        if revert not in merged or revert == target:
            continue
        if revert not in at_work:
            out.add(revert)
        if target in took_back:
            out.difference_update(took_back[target])
        elif merged[revert] - merged[target] <= window:
            out.add(target)
            took_back.setdefault(revert, []).append(target)
    return out


def take_backs(
    units: pd.DataFrame, commits: pd.DataFrame, unit_of: Mapping[str, str], patches: Mapping[str, int]
) -> pd.DataFrame:
    """Columns sha, by, unit, when: commits that take back a commit or a unit, oldest first.

    `by` is the reverting commit's own unit, NA for one that landed nowhere; `unit` is the unit it takes back.
    """
    owner = {**dict(zip(units["sha"], units["unit"], strict=True)), **unit_of}
    rows = [*_named(commits, owner), *_inverse(units, commits, unit_of, patches)]
    table = pd.DataFrame(list(dict.fromkeys(rows)), columns=["sha", "by", "unit", "when"])
    table = table.astype({"sha": "str", "by": "str", "unit": "str", "when": commits["committed"].dtype})
    table = table[table["by"].isna() | (table["by"] != table["unit"])]
    return table.sort_values("when", kind="stable")


def _named(commits: pd.DataFrame, owner: Mapping[str, str]) -> Iterator[_Row]:
    """Reverts by what messages say."""
    by_prefix = {sha[:7]: sha for sha in owner}
    said = commits[commits["message"].str.contains("his reverts commit", regex=False)]
    for here, message, when in zip(said["sha"], said["message"], said["committed"], strict=True):
        for named in _REVERTS.findall(message):
            sha = by_prefix.get(named[:7], "")
            if sha.startswith(named):
                yield here, owner.get(here), owner[sha], when


def _inverse(
    units: pd.DataFrame, commits: pd.DataFrame, unit_of: Mapping[str, str], patches: Mapping[str, int]
) -> Iterator[_Row]:
    """Reverts by content: a commit's or unit's patch is the negative of one that landed in the 35 days before."""
    members: dict[str, list[str]] = {}
    for sha, own_unit in unit_of.items():
        members.setdefault(own_unit, []).append(sha)
    # By the landing commit's own day: on a branch that came in later a change may have been taken back already.
    when_of = commits.set_index("sha")["committed"]
    landed = units.assign(merged=units["sha"].map(when_of)).dropna(subset=["merged"])
    dated = commits[commits["committed"].notna() & commits["sha"].isin(patches)]
    events = [(when, 0, sha) for sha, when in _seconds(dated, "sha", "committed")]
    events += [(when, 1, unit) for unit, when in _seconds(landed, "unit", "merged")]
    standing: dict[int, tuple[str, int]] = {}
    for when, landing, name in sorted(events):
        unit = name if landing else unit_of.get(name)
        own = [patches[sha] for sha in members.get(name, []) if sha in patches] if landing else []
        patch = sum(own) % _RING if landing else patches[name]
        target = standing.pop(-patch % _RING, None) if patch else None
        if target is not None and target[0] != unit and when - target[1] <= WINDOW.total_seconds():
            at = pd.Timestamp(when, unit="s", tz="UTC")
            yield from ((sha, unit, target[0], at) for sha in (members[name] if landing else [name]))
        # What a change takes back itself never stood.
        kept = {p for p in own if -p % _RING not in own} | ({patch} if landing else set())
        standing |= dict.fromkeys(kept - {0}, (str(unit), when))


def _seconds(table: pd.DataFrame, name: str, when: str) -> Iterator[tuple[str, int]]:
    """A name and the Unix time of each row; sorting instants as such takes ten times as long."""
    return zip(table[name].to_list(), table[when].dt.as_unit("s").astype("int64").to_list(), strict=True)
