"""labels over time → where the declared rate changed, and whether that was marking or use, or nobody can tell.

A change of the declared rate of commits is held, in this order, against: line-level records (what marks found before
and after), days on which a tool switched its mark on or off, a change in how work lands (a squash loses marks), who
commits, and whether the work itself changed as it would with more AI (its size, within people). What none of them
settles stays open. Method and sizes: docs/method.md, "Changes of disclosure".
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np
import pandas as pd

from analyzer.evidence.recall import FEWEST
from analyzer.share.changepoints import changepoints
from analyzer.share.work_shift import shifted

if TYPE_CHECKING:
    from analyzer.evidence.recall import Recall

Kind = Literal["labelling", "adoption", "people", "at_once", "open"]
# So many months on either side of a change are compared.
_SIDE = 6
# Marks changed where what they find moved by so much, and the AI part by no more than half of that.
_MOVED = 0.2
# Of what lands, so much more or less are squashes.
_HABIT = 0.3
# A person's change counts with so many commits on either side.
_ACTIVE = 5
_TOGETHER, _PEOPLE = 0.8, 3


@dataclass(frozen=True, slots=True)
class Change:
    """The declared part of commits from the month `period` on, `after`, and in the stretch before it.

    `reason`: what settled `kind`, with its `figures` (shares, or texts); see `docs/method.md`.
    """

    period: str
    before: float
    after: float
    kind: Kind
    reason: str
    figures: dict[str, float | str]


class Work(NamedTuple):
    """What changes are read from: `commits` (sha, when, ai, author, tool, size), `units`, and recall where known.

    size: log of one and the lines a commit added, NA where unknown.
    """

    commits: pd.DataFrame
    units: pd.DataFrame
    recall: Recall | None


def changes(work: Work) -> list[Change]:
    """Every lasting change of the monthly declared rate, oldest first; months without commits are passed over."""
    dated = work.commits[work.commits["when"].notna()]
    monthly = dated.groupby(dated["when"].dt.strftime("%Y-%m"))["ai"].agg(["sum", "size"])
    months = list(monthly.index)
    cuts = changepoints(monthly["sum"].tolist(), monthly["size"].tolist())
    ends = [0, *cuts, len(months)]
    found = []
    for begin, cut, end in zip(ends, ends[1:], ends[2:], strict=False):
        before, after = months[max(begin, cut - _SIDE) : cut], months[cut : min(end, cut + _SIDE)]
        rates = [float(monthly.loc[side, "sum"].sum() / monthly.loc[side, "size"].sum()) for side in (before, after)]
        kind, reason, values = _settled(work, dated, before, after, rates[1] - rates[0])
        found.append(Change(months[cut], rates[0], rates[1], kind, reason, values))
    return found


def drifted(found: list[Change], months: int, recall: Recall | None) -> bool | None:
    """Whether marking changed: by a change that was one of marking, or by what marks are known to find.

    None where a change is open, or without any where fewer than twelve months were looked at.
    """
    if any(change.kind == "labelling" for change in found) or (recall is not None and recall.moves):
        return True
    open_ = any(change.kind in {"at_once", "open"} for change in found)
    return None if open_ or months < 2 * _SIDE else False


def _settled(
    work: Work, dated: pd.DataFrame, before: list[str], after: list[str], step: float
) -> tuple[Kind, str, dict[str, float | str]]:
    """The first of the explanations that holds."""
    month = dated["when"].dt.strftime("%Y-%m")
    sides = dated[month.isin(before)], dated[month.isin(after)]
    return (
        _by_records(work.recall, before, after)
        or _by_default(*sides, after[0])
        or _by_habit(work.units, before, after)
        or _by_people(*sides, step)
        or _by_work(*sides)
        or _at_once(*sides, step)
        or ("open", "nothing", {})
    )


Told = tuple[Kind, str, dict[str, float | str]] | None


def _by_records(recall: Recall | None, before: list[str], after: list[str]) -> Told:
    """Line-level records say which commits hold AI lines: then what marks find, and AI's part, are known."""
    if recall is None:
        return None
    sums = [
        recall.months[recall.months["period"].isin(side)][["recorded", "n", "found"]].sum() for side in (before, after)
    ]
    if any(side["n"] < FEWEST for side in sums):
        return None
    marks, ai = ([float(side[a] / side[b]) for side in sums] for a, b in (("found", "n"), ("n", "recorded")))
    moved, used = abs(marks[1] - marks[0]), abs(ai[1] - ai[0])
    values: dict[str, float | str] = dict(
        zip(("marks_before", "marks_after", "ai_before", "ai_after"), (*marks, *ai), strict=True)
    )
    if moved >= _MOVED and used <= moved / 2:
        return "labelling", "records", values
    return ("adoption", "records", values) if used >= _MOVED and moved <= used / 2 else None


class Switch(NamedTuple):
    """A day on which a tool began or ceased to add its mark unasked, give or take `within` days."""

    tool: str
    date: str
    within: int
    what: str


@cache
def switches() -> tuple[Switch, ...]:
    """The table `evidence/defaults.toml`."""
    rows = tomllib.loads(resources.files("analyzer.evidence").joinpath("defaults.toml").read_text("utf-8"))["switch"]
    return tuple(Switch(**row) for row in rows)


def _by_default(before: pd.DataFrame, after: pd.DataFrame, month: str) -> Told:
    """Most of the change is one tool's, and that tool switched its mark then."""
    counts = [side[side["ai"]]["tool"].str.split(" ").explode().value_counts() / len(side) for side in (before, after)]
    moved = counts[1].sub(counts[0], fill_value=0)
    whole = abs(after["ai"].mean() - before["ai"].mean())
    begin = pd.Timestamp(f"{month}-01")
    for switch in switches():
        day, room = pd.Timestamp(switch.date), pd.Timedelta(days=switch.within)
        near = begin - room <= day <= begin + pd.offsets.MonthEnd(1) + room
        if (
            near
            and abs(moved.get(switch.tool, 0.0)) >= whole / 2
            and before["tool"].str.contains(switch.tool, regex=False).any()
        ):
            return "labelling", "default", {"what": switch.what, "date": switch.date}
    return None


def _by_habit(units: pd.DataFrame, before: list[str], after: list[str]) -> Told:
    """A squash keeps some marks and loses others: where squashes come or go, the declared part moves by itself."""
    month = units["merged"].dt.strftime("%Y-%m")
    parts = [units[month.isin(side) & (units["label"] != "automation")]["kind"] for side in (before, after)]
    if any(len(part) < FEWEST for part in parts):
        return None
    squashed = [float((part == "squash").mean()) for part in parts]
    if abs(squashed[1] - squashed[0]) < _HABIT:
        return None
    return "labelling", "habit", {"squashed_before": squashed[0], "squashed_after": squashed[1]}


def _rates(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """By person: declared rates and commits before and after (rate and n, 0 and 1)."""
    sides = [side.groupby("author")["ai"].agg(["mean", "size"]) for side in (before, after)]
    return sides[0].add_suffix("_0").join(sides[1].add_suffix("_1"), how="outer")


def _by_people(before: pd.DataFrame, after: pd.DataFrame, step: float) -> Told:
    """Other people commit: those who were there before and after declare as they did (Kitagawa, JASA 1955)."""
    rates = _rates(before, after)
    stayed = rates.dropna()
    stayed = stayed[(stayed["size_0"] >= _ACTIVE) & (stayed["size_1"] >= _ACTIVE)]
    if stayed.empty or stayed["size_1"].sum() < FEWEST or stayed["size_0"].sum() < FEWEST:
        return None
    weight = stayed["size_0"] / len(before) + stayed["size_1"] / len(after)
    own = float(np.average(stayed["mean_1"] - stayed["mean_0"], weights=weight))
    return ("people", "people", {"same_people": own, "all": step}) if abs(own) < abs(step) / 4 else None


def _by_work(before: pd.DataFrame, after: pd.DataFrame) -> Told:
    """With more AI the work would look more like the declared one; under another marking it looks as before."""
    found = shifted(before, after)
    if found is None:
        return None
    values: dict[str, float | str] = {"expected": found.expected, "low": found.low, "high": found.high}
    towards, low, high = (abs(found.expected), *sorted(x * np.sign(found.expected) for x in (found.low, found.high)))
    if low <= 0 and high < towards / 2:
        return "labelling", "work", values
    return ("adoption", "work", values) if low > 0 and high >= towards / 2 else None


def _at_once(before: pd.DataFrame, after: pd.DataFrame, step: float) -> Told:
    """Most people changed in the same month: a change of marking, or of the rules of work."""
    rates = _rates(before, after).dropna()
    rates = rates[(rates["size_0"] >= _ACTIVE) & (rates["size_1"] >= _ACTIVE)]
    moved = (rates["mean_1"] - rates["mean_0"]) * np.sign(step) >= abs(step) / 2
    if len(rates) < _PEOPLE or moved.mean() < _TOGETHER:
        return None
    return "at_once", "at_once", {"moved": float(moved.sum()), "of": float(len(rates))}
