"""Simulated histories in which the share is gamed in one way from the middle on, or not at all.

Histories where nothing is gamed include those in which half of the AI changes carry no mark.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from analyzer.core.constants import BLOCK_DAYS
from analyzer.inference.goodhart.comparisons import GamingInputs
from analyzer.panel import Panel, block_number, panel_from_changes
from analyzer.share.changepoints import changepoints
from analyzer.simulation.panels import World, generate_with_truth
from analyzer.simulation.project_plan import START

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats
    from analyzer.simulation.panels import SimulatedPanel, Truth

Trick = Literal["none", "regressional", "extremal", "causal", "bunching", "padding", "label_inflation", "splitting"]
TRICKS: tuple[Trick, ...] = (
    *("regressional", "extremal", "causal", "bunching"),
    *("padding", "label_inflation", "splitting"),
)
Unmarked = Literal["", "change", "person", "month", "person_month", "person_week", "busy", "until_day"]
# Ways in which half of the AI changes of an honest history are unmarked.
UNMARKED: tuple[Unmarked, ...] = (
    *("change", "person", "month"),
    *("person_month", "person_week", "busy", "until_day"),
)
TARGET = 0.5
_BEGIN = pd.Timestamp(START, unit="s", tz="UTC")
# How many times as long AI changes are, and the mean share of padding among the lines of other and of AI changes; the
# latter only where AI changes are known apart from marked ones.
_VERBOSE, _PADDED, _AI_PADDED = 3.0, 0.1, 0.2
# Share of AI changes without a mark, and what it falls to at the target's day in worlds "until_day".
_UNMARKED_SHARE, _UNMARKED_SINCE = 0.5, 0.1
# Smallest rise of the marked share that stands in for the day of a target (`pipeline.gaming`).
_MIN_RISE = 0.10


@dataclass(frozen=True, slots=True)
class GamedWorld:
    """One trick from the middle of the history on, or an honest history.

    - regressional: marked work falls in either the odd or the even weeks of a month.
    - extremal: the effect of the recorded share rises up to 0.4 and falls above it.
    - causal: the recorded share has an effect until the target's day; from then on a third of the other changes are
      marked as well.
    - bunching: below the target, marks are added until it is reached.
    - padding: a seventh of the other lines of marked changes turns into padding.
    - label_inflation: half of the other changes are marked.
    - splitting: marked changes are split in two.

    Attributes
    ----------
    unmarked : how the half of the AI changes that carry no mark is drawn: by change, by person, by month, by month or
        week of a person; more of them in busy periods; or by change, and from the target's day on only one in ten.
        Empty = nearly all are marked.
    effect : relative change of output per +50 points of AI use, in worlds with `unmarked`.
    announced : whether a target is known; else the day is the month of the largest lasting rise of the marked share.
    """

    trick: Trick = "none"
    people: int = 25
    periods: int = 26
    unmarked: Unmarked = ""
    effect: float = 0.0
    announced: bool = True

    @property
    def id(self) -> str:
        """Short name."""
        unmarked = f"-unmarked_{self.unmarked}" if self.unmarked else ""
        effect = f"{self.effect:+g}" if self.effect else ""
        return f"gamed-{self.trick}{unmarked}{effect}-{self.people}{'' if self.announced else '-unannounced'}"


def gaming_inputs(world: GamedWorld, seed: int) -> GamingInputs:
    """Return one history with a target announced in the middle, or without a target."""
    rng = np.random.default_rng([seed, 4])
    simulated = _simulated(world, seed)
    middle = world.periods // 2
    padded = (_PADDED, _AI_PADDED if world.unmarked else _PADDED)
    changes = _changes(simulated.panel, rng, padded, alternating_from=middle if world.trick == "regressional" else None)
    since = changes["period"] >= middle
    changes = _apply_trick(world.trick, changes, since, rng)
    if world.unmarked:
        marked = rng.random(len(changes)) >= _unmarked_risk(world, changes, rng)
        changes = changes.assign(ai=changes["ai"].where(marked, 0.0))
    panel = panel_from_changes(changes).select_eligible()
    eligible = changes[changes["person"].isin(panel.people)]
    if world.announced:
        return GamingInputs(panel, eligible, _first_day(middle), TARGET, seed)
    return GamingInputs(panel, eligible, _day_of_rise(changes), None, seed)


def _unmarked_risk(world: GamedWorld, changes: pd.DataFrame, rng: np.random.Generator) -> Floats:
    """Return the probability that a change, if it is AI-written, carries no mark: a half on average."""
    if world.unmarked == "busy":
        n = changes.groupby(["person", "period"])["ai"].transform("size")
        usual = n.groupby(changes["person"]).transform("mean")
        busy: Floats = np.log((n / usual).to_numpy(dtype=float))
        return np.clip(_UNMARKED_SHARE + 0.5 * busy, 0.05, 0.95)
    if world.unmarked in {"change", "until_day"}:
        since = (changes["period"] >= world.periods // 2).to_numpy() & (world.unmarked == "until_day")
        return np.where(since, _UNMARKED_SINCE, _UNMARKED_SHARE)
    month = changes["when"].dt.strftime("%Y-%m")
    week = block_number(changes["when"], days=7).astype(str)
    groups = {
        "person": changes["person"],
        "month": month,
        "person_month": changes["person"] + month,
        "person_week": changes["person"] + week,
    }
    codes = pd.factorize(groups[world.unmarked])[0]
    risk: Floats = (rng.random(codes.max() + 1) < _UNMARKED_SHARE)[codes].astype(float)
    return risk


def _day_of_rise(changes: pd.DataFrame) -> pd.Timestamp | None:
    """Return the first month of the largest lasting rise of the marked share; None without one of ten points."""
    monthly = changes.groupby(changes["when"].dt.strftime("%Y-%m"))["ai"].agg(["sum", "size"])
    rates = (monthly["sum"] / monthly["size"]).to_numpy()
    starts = changepoints(monthly["sum"].astype(int).tolist(), monthly["size"].tolist())
    rises = [(float(rates[k : k + 6].mean() - rates[max(0, k - 6) : k].mean()), str(monthly.index[k])) for k in starts]
    largest, month = max(rises, default=(0.0, ""))
    return pd.Timestamp(f"{month}-01", tz="UTC") if largest >= _MIN_RISE else None


def _first_day(period: int) -> pd.Timestamp:
    return _BEGIN + pd.Timedelta(days=BLOCK_DAYS * period)


def _simulated(world: GamedWorld, seed: int) -> SimulatedPanel:
    if world.unmarked:
        truth: Truth = "use" if world.effect else "none"
        return generate_with_truth(
            World(world.people, world.periods, truth=truth, effect=world.effect, recall=1.0), seed
        )
    if world.trick == "causal":
        return _acts_in_first_half(world, seed)
    response = (lambda share: np.minimum(share, 0.8 - share)) if world.trick == "extremal" else None
    base_world = World(
        world.people, world.periods, truth="recorded" if response else "none", effect=1.0 if response else 0.0
    )
    return generate_with_truth(base_world, seed, response)


def _acts_in_first_half(world: GamedWorld, seed: int) -> SimulatedPanel:
    """Return a panel in which the recorded share has an effect in the first half only."""
    with_effect, without = (
        generate_with_truth(World(world.people, world.periods, "recorded", e), seed) for e in (1.0, 0.0)
    )
    middle = world.periods // 2
    joined = [
        np.concatenate([a[:, :middle], b[:, middle:]], axis=1)
        for a, b in _paired_counts(with_effect.panel, without.panel)
    ]
    y, ai = joined
    return replace(with_effect, panel=replace(with_effect.panel, y=y, ai=ai, n=y.copy()))


def _paired_counts(one: Panel, two: Panel) -> list[tuple[Floats, Floats]]:
    return [(one.y, two.y), (one.ai, two.ai)]


def _changes(
    panel: Panel, rng: np.random.Generator, padded: tuple[float, float], *, alternating_from: int | None
) -> pd.DataFrame:
    """Return one row per change, with the columns that `GamingInputs` and a panel need.

    padded : mean share of padding of other and of AI changes.
    alternating_from : period from which AI changes fall in odd weeks only, or in even ones.
    """
    rows = []
    for person, period in np.argwhere(panel.y > 0):
        side = int(rng.integers(2))
        for k in range(int(panel.y[person, period])):
            ai = bool(k < panel.ai[person, period])
            day = float(rng.random() * BLOCK_DAYS)
            if alternating_from is not None and period >= alternating_from:
                day = day % 7 + 7 * (2 * int(rng.integers(2)) + (side if ai else 1 - side))
            lines = 1 + int(rng.lognormal(3.0, 1.0) * (_VERBOSE if ai else 1.0))
            padding = float(rng.beta(1, (1 - padded[ai]) / padded[ai]))
            when = _first_day(int(period)) + pd.Timedelta(days=day)
            rows.append((f"a{person:03}", when, float(ai), "merge", 1, lines, padding, int(period)))
    names = ["person", "merged", "ai", "kind", "commits", "lines", "padding", "period"]
    changes = pd.DataFrame(rows, columns=names)
    return changes.assign(when=changes["merged"], merged_change=np.arange(len(changes)).astype(str), label="")


def _apply_trick(trick: Trick, changes: pd.DataFrame, since: pd.Series, rng: np.random.Generator) -> pd.DataFrame:
    """Return the changes after the trick was applied to those since the target's day."""
    chance = pd.Series(rng.random(len(changes)), index=changes.index)
    other = since & (changes["ai"] == 0)
    if trick == "padding":
        padding = changes["padding"].where(
            ~(since & (changes["ai"] > 0)), changes["padding"] + (1 - changes["padding"]) / 7
        )
        return changes.assign(padding=padding)
    if trick in {"causal", "label_inflation"}:
        relabelled_share = 1 / 3 if trick == "causal" else 0.5
        return changes.assign(ai=changes["ai"].where(~(other & (chance < relabelled_share)), 1.0))
    if trick == "bunching":
        return changes.assign(ai=_marks_up_to_target(changes, since))
    if trick == "splitting":
        cut = changes[since & (changes["ai"] > 0)]
        halves = (cut["lines"] / 2).round().clip(lower=1)
        halved = changes.assign(
            lines=changes["lines"].where(~changes.index.isin(cut.index), (changes["lines"] / 2).round())
        )
        second_halves = cut.assign(lines=halves, merged_change=cut["merged_change"] + "b")
        return pd.concat([halved, second_halves], ignore_index=True)
    return changes


def _marks_up_to_target(changes: pd.DataFrame, since: pd.Series) -> pd.Series:
    """Return the marks, with marks added per person and period until the target is met, if half of it is there."""
    ai = changes["ai"].copy()
    for _, cell in changes[since].groupby(["person", "period"]):
        missing = math.ceil(TARGET * len(cell)) - int(cell["ai"].sum())
        if missing > 0 and cell["ai"].sum() >= TARGET * len(cell) / 2:
            ai[cell.index[cell["ai"] == 0][:missing]] = 1.0
    return ai
