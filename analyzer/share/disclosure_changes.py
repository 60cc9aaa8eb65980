"""Find when the marked rate of commits changed, and whether labelling, use of AI or neither explains the change.

For each change we try these explanations in order: line-level records (recall of marks before and after), days on which
a tool switched its default mark on or off, a change in squash merging (a squash loses marks), different people, and
whether the work itself changed as it would with more AI (commit sizes, within people). If none applies, the change
stays open. Method and error rates: docs/method.md, "Changes of disclosure".
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import pandas as pd

from analyzer.core.rows import by_people
from analyzer.evidence.recall import MIN_COMMITS
from analyzer.share.changepoints import changepoints
from analyzer.share.work_shift import size_shift

if TYPE_CHECKING:
    from analyzer.evidence.recall import Recall

Kind = Literal["labelling", "adoption", "people", "at_once", "open"]
# We compare up to this many months on either side of a change.
_SIDE_MONTHS = 6
# Labelling changed if recall moved by at least this much, and the AI share by at most half of that; and vice versa.
_MIN_MOVE = 0.2
# Minimum change in the share of merged changes that are squashes.
_MIN_SQUASH_MOVE = 0.3
# Minimum commits of a person on either side; share of people who moved together, and minimum number of people.
_MIN_SIDE_COMMITS = 5
_MOST_PEOPLE, _MIN_PEOPLE = 0.8, 3


@dataclass(frozen=True, slots=True)
class MarkingChange:
    """One change of the marked rate of commits.

    period : first month with the new rate.
    before, after : marked rate on either side.
    kind : what changed.
    reason : the explanation that decided `kind`, with its `figures` (shares or texts); see docs/method.md.
    """

    period: str
    before: float
    after: float
    kind: Kind
    reason: str
    figures: dict[str, float | str]


class WorkHistory(NamedTuple):
    """The input tables.

    commits : sha, when, ai, person, tool, size (log of 1 + lines added, NA if unknown).
    merged_changes : the table of that name.
    recall : recall of marks; None without line-level records.
    """

    commits: pd.DataFrame
    merged_changes: pd.DataFrame
    recall: Recall | None


def find_marking_changes(history: WorkHistory) -> list[MarkingChange]:
    """Return every lasting change of the monthly marked rate, oldest first; months without commits are skipped."""
    dated = history.commits[history.commits["when"].notna()]
    monthly = dated.groupby(dated["when"].dt.strftime("%Y-%m"))["ai"].agg(["sum", "size"])
    months = list(monthly.index)
    starts = changepoints(monthly["sum"].tolist(), monthly["size"].tolist())
    ends = [0, *starts, len(months)]
    changes = []
    for begin, cut, end in zip(ends, ends[1:], ends[2:], strict=False):
        before, after = months[max(begin, cut - _SIDE_MONTHS) : cut], months[cut : min(end, cut + _SIDE_MONTHS)]
        rates = [float(monthly.loc[side, "sum"].sum() / monthly.loc[side, "size"].sum()) for side in (before, after)]
        kind, reason, figures = _explain(history, dated, before, after, rates[1] - rates[0])
        changes.append(MarkingChange(months[cut], rates[0], rates[1], kind, reason, figures))
    return changes


def marking_changed(changes: list[MarkingChange], months: int, recall: Recall | None) -> bool | None:
    """Return whether labelling changed: a change was one of labelling, or the recall of marks varies.

    None if a change is open, or if there are fewer than twelve `months` with commits.
    """
    if any(change.kind == "labelling" for change in changes) or (recall is not None and recall.varies):
        return True
    undecided = any(change.kind in {"at_once", "open"} for change in changes)
    return None if undecided or months < 2 * _SIDE_MONTHS else False


def _explain(
    history: WorkHistory, dated: pd.DataFrame, before: list[str], after: list[str], step: float
) -> tuple[Kind, str, dict[str, float | str]]:
    """Return the first explanation that applies."""
    month = dated["when"].dt.strftime("%Y-%m")
    sides = dated[month.isin(before)], dated[month.isin(after)]
    return (
        _by_line_records(history.recall, before, after)
        or _by_default(*sides, after[0])
        or _by_squashing(history.merged_changes, before, after)
        or _by_people(*sides, step)
        or _by_work(*sides)
        or _at_once(*sides, step)
        or ("open", "nothing", {})
    )


Cause = tuple[Kind, str, dict[str, float | str]] | None


def _by_line_records(recall: Recall | None, before: list[str], after: list[str]) -> Cause:
    """Compare recall and the AI share before and after, which line-level records reveal."""
    if recall is None:
        return None
    sums = [
        recall.months[recall.months["period"].isin(side)][["recorded", "n", "marked"]].sum() for side in (before, after)
    ]
    if any(side["n"] < MIN_COMMITS for side in sums):
        return None
    recalls, ai_shares = ([float(side[a] / side[b]) for side in sums] for a, b in (("marked", "n"), ("n", "recorded")))
    moved, ai_moved = abs(recalls[1] - recalls[0]), abs(ai_shares[1] - ai_shares[0])
    figures: dict[str, float | str] = dict(
        zip(("marks_before", "marks_after", "ai_before", "ai_after"), (*recalls, *ai_shares), strict=True)
    )
    if moved >= _MIN_MOVE and ai_moved <= moved / 2:
        return "labelling", "records", figures
    return ("adoption", "records", figures) if ai_moved >= _MIN_MOVE and moved <= ai_moved / 2 else None


class Switch(NamedTuple):
    """A day on which a tool started or stopped adding its mark by default, give or take `within` days."""

    tool: str
    date: str
    within: int
    what: str


@cache
def switches() -> tuple[Switch, ...]:
    """Return the table `evidence/defaults.toml`."""
    rows = tomllib.loads(resources.files("analyzer.evidence").joinpath("defaults.toml").read_text("utf-8"))["switch"]
    return tuple(Switch(**row) for row in rows)


def _by_default(before: pd.DataFrame, after: pd.DataFrame, month: str) -> Cause:
    """Check whether one tool makes up most of the change, and switched its default mark at that time."""
    shares_by_tool = [
        side[side["ai"]]["tool"].str.split(" ").explode().value_counts() / len(side) for side in (before, after)
    ]
    moved = shares_by_tool[1].sub(shares_by_tool[0], fill_value=0)
    total = abs(after["ai"].mean() - before["ai"].mean())
    month_start = pd.Timestamp(f"{month}-01")
    for switch in switches():
        day, tolerance = pd.Timestamp(switch.date), pd.Timedelta(days=switch.within)
        near = month_start - tolerance <= day <= month_start + pd.offsets.MonthEnd(1) + tolerance
        if (
            near
            and abs(moved.get(switch.tool, 0.0)) >= total / 2
            and before["tool"].str.contains(switch.tool, regex=False).any()
        ):
            return "labelling", "default", {"what": switch.what, "date": switch.date}
    return None


def _by_squashing(merged_changes: pd.DataFrame, before: list[str], after: list[str]) -> Cause:
    """Check whether the share of squashes changed: they keep some marks and lose others, so the marked rate moves."""
    month = merged_changes["merged"].dt.strftime("%Y-%m")
    kinds = [merged_changes[month.isin(side) & by_people(merged_changes)]["kind"] for side in (before, after)]
    if any(len(kind) < MIN_COMMITS for kind in kinds):
        return None
    squash_shares = [float((kind == "squash").mean()) for kind in kinds]
    if abs(squash_shares[1] - squash_shares[0]) < _MIN_SQUASH_MOVE:
        return None
    return "labelling", "habit", {"squashed_before": squash_shares[0], "squashed_after": squash_shares[1]}


def _rates_by_person(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return each person's marked rate (`mean`) and commits (`size`), before (suffix `_0`) and after (`_1`)."""
    sides = [side.groupby("person")["ai"].agg(["mean", "size"]) for side in (before, after)]
    return sides[0].add_suffix("_0").join(sides[1].add_suffix("_1"), how="outer")


def _by_people(before: pd.DataFrame, after: pd.DataFrame, step: float) -> Cause:
    """Check whether different people commit, while those on both sides mark as before (Kitagawa, JASA 1955)."""
    rates = _rates_by_person(before, after)
    stayed = rates.dropna()
    stayed = stayed[(stayed["size_0"] >= _MIN_SIDE_COMMITS) & (stayed["size_1"] >= _MIN_SIDE_COMMITS)]
    if stayed.empty or stayed["size_1"].sum() < MIN_COMMITS or stayed["size_0"].sum() < MIN_COMMITS:
        return None
    weight = stayed["size_0"] / len(before) + stayed["size_1"] / len(after)
    same_people = float(np.average(stayed["mean_1"] - stayed["mean_0"], weights=weight))
    return ("people", "people", {"same_people": same_people, "all": step}) if abs(same_people) < abs(step) / 4 else None


def _by_work(before: pd.DataFrame, after: pd.DataFrame) -> Cause:
    """Check commit sizes: with more AI they would move towards those of marked commits, with other labelling not."""
    shift = size_shift(before, after)
    if shift is None:
        return None
    figures: dict[str, float | str] = {"expected": shift.expected, "low": shift.low, "high": shift.high}
    expected, low, high = (abs(shift.expected), *sorted(x * np.sign(shift.expected) for x in (shift.low, shift.high)))
    if low <= 0 and high < expected / 2:
        return "labelling", "work", figures
    return ("adoption", "work", figures) if low > 0 and high >= expected / 2 else None


def _at_once(before: pd.DataFrame, after: pd.DataFrame, step: float) -> Cause:
    """Check whether most people changed in the same month: a change of labelling, or of the rules of work."""
    rates = _rates_by_person(before, after).dropna()
    rates = rates[(rates["size_0"] >= _MIN_SIDE_COMMITS) & (rates["size_1"] >= _MIN_SIDE_COMMITS)]
    moved = (rates["mean_1"] - rates["mean_0"]) * np.sign(step) >= abs(step) / 2
    if len(rates) < _MIN_PEOPLE or moved.mean() < _MOST_PEOPLE:
        return None
    return "at_once", "at_once", {"moved": float(moved.sum()), "of": float(len(rates))}
