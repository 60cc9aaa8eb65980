"""Find when the marked rate of commits changed, and whether labelling, use of AI or neither explains the change.

For each change we try these explanations in order: line-level records (recall of marks before and after), days on which
a tool switched its default mark on or off, a change in squash merging (a squash loses marks), different people, whether
the work itself changed as it would with more AI (commit sizes, within people), and rules that take marks away. If none
applies, the change stays open. Rules on marks that changed around that time are named in any case. Method and error
rates: docs/method.md, "Changes of disclosure".
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
    from analyzer.evidence.public_policies import Policy
    from analyzer.evidence.recall import Recall

Kind = Literal["labelling", "adoption", "people", "at_once", "open"]
# We compare up to this many months on either side of a change.
_SIDE_MONTHS = 6
# Labelling changed if recall moved by at least this much, and the AI share by at most half of that; and vice versa.
_MIN_MOVE = 0.2
# A rule on marks may set in up to this many days before the first month with the new rate.
_DAYS_BEFORE = 31
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
    policies : rules on AI marks that changed around `period`, oldest first: possible causes, whatever decided `kind`.
    """

    period: str
    before: float
    after: float
    kind: Kind
    reason: str
    figures: dict[str, float | str]
    policies: tuple[Policy, ...] = ()


class WorkHistory(NamedTuple):
    """The input tables.

    commits : sha, when, ai, person, tool, size (log of 1 + lines added, NA if unknown).
    merged_changes : the table of that name.
    recall : recall of marks; None without line-level records.
    policies : rules on AI marks that apply to the repository.
    """

    commits: pd.DataFrame
    merged_changes: pd.DataFrame
    recall: Recall | None
    policies: tuple[Policy, ...] = ()


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
        near = tuple(policy for policy in history.policies if _is_near(policy, months[cut]))
        kind, reason, figures = _explain(history._replace(policies=near), dated, before, after, rates[1] - rates[0])
        changes.append(MarkingChange(months[cut], rates[0], rates[1], kind, reason, figures, near))
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
        or _by_policy(history.policies, step)
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
    """A day on which a tool started or stopped adding its mark by default, give or take `within` days.

    `marks`: whether it added more or fewer from then on.
    """

    tool: str
    date: str
    within: int
    marks: Literal["more", "fewer"]
    what: str
    source: str


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
    step = after["ai"].mean() - before["ai"].mean()
    for switch in switches():
        is_expected = (step > 0) == (switch.marks == "more")
        moved_with_step = moved.get(switch.tool, 0.0) * np.sign(step)
        if (
            is_expected
            and _is_in_month(switch.date, switch.within, month)
            and moved_with_step >= abs(step) / 2
            and before["tool"].str.contains(switch.tool, regex=False).any()
        ):
            return "labelling", "default", {"what": switch.what, "date": switch.date}
    return None


def _is_in_month(date: str, within: int, month: str, days_before: int = 0) -> bool:
    """Return whether a day, give or take `within` days, is in a month or at most `days_before` days before it."""
    start, tolerance = pd.Timestamp(f"{month}-01"), pd.Timedelta(days=within)
    earliest = start - tolerance - pd.Timedelta(days=days_before)
    return bool(earliest <= pd.Timestamp(date) <= start + pd.offsets.MonthEnd(1) + tolerance)


def _is_near(policy: Policy, month: str) -> bool:
    """Return whether a rule may have set in with a month: the one in which it changed can still be mostly as before."""
    return _is_in_month(policy.date, policy.within, month, _DAYS_BEFORE)


def _by_policy(near: tuple[Policy, ...], step: float) -> Cause:
    """Check whether the marked rate fell when a rule took marks away: such a rule says nothing about using AI.

    A rise needs more than a rule that asks for marks, which often comes with the first use of a tool. A ban of AI can
    end its use.
    """
    for policy in near:
        if step < 0 and policy.about_marks_alone:
            return "labelling", "policy", {"what": policy.text, "date": policy.date}
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
