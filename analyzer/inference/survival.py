"""Lines → how long they live by mark: Kaplan and Meier's curve, lines still there at the clock censored.

Not matched: marked and other lines differ in who wrote them, when and where, so the two curves describe and compare
nothing (`inference.matched` does). The interval is a jackknife over people, or over spells of four weeks of a person.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from analyzer.panel import block_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analyzer.core.arrays import Floats, Ints, Mask

AGES = (14, 30, 90, 180, 365, 730)
# So many lines must have been seen to that age; so many groups under an interval, and no more than these left out.
_FEWEST, _FEWEST_GROUPS, _MOST_GROUPS = 100, 6, 60


class Curve(NamedTuple):
    """Product-limit estimate: part alive just after each day on which something died, ascending.

    at_risk: weight that was seen to that day and not gone before it.
    """

    days: Floats
    alive: Floats
    at_risk: Floats


class Alive(NamedTuple):
    """Part of the lines alive at an age, with its 95 % interval; None without enough lines, or groups."""

    days: int
    alive: float | None
    low: float | None
    high: float | None


class HalfLife(NamedTuple):
    """Days until half are gone, and the 95 % interval: where the ends of the curve's interval pass one half.

    Brookmeyer & Crowley, Biometrics 1982. An end that is not reached is None.
    """

    days: float
    low: float | None
    high: float | None


class Survival(NamedTuple):
    """The lines of one mark: how many, of how many commits, which part is censored, and how they live.

    half_life: None where more than half still lived at the greatest age that was seen.
    """

    marked: bool
    lines: int
    commits: int
    censored: float
    ages: tuple[Alive, ...]
    half_life: HalfLife | None


def kaplan_meier(days: Floats, died: Mask, weight: Floats) -> Curve:
    """Curve of lives that lasted `days` and ended (`died`) or were still going on (J. Am. Stat. Assoc. 1958).

    What ends on the day on which another stops being watched ends first, as is usual.
    """
    at, place = np.unique(days, return_inverse=True)
    deaths, leaving = (np.bincount(place, weights=w, minlength=len(at)).astype(float) for w in (weight * died, weight))
    at_risk: Floats = np.cumsum(leaving[::-1])[::-1].astype(np.float64)
    hazard = np.divide(deaths, at_risk, out=np.zeros_like(deaths), where=at_risk > 0)
    ended = deaths > 0
    return Curve(at[ended], np.cumprod(1 - hazard)[ended], at_risk[ended])


def alive_at(curve: Curve, ages: Floats) -> Floats:
    """Part alive at each age: 1 before anything died."""
    found: Floats = np.append(1.0, curve.alive)[np.searchsorted(curve.days, ages, side="right")]
    return found


def half_gone(days: Floats, alive: Floats) -> float | None:
    """Day on which a curve first is at one half or below."""
    below = np.flatnonzero(alive <= 0.5 + 1e-12)
    return float(days[below[0]]) if len(below) else None


def survivals(lived: pd.DataFrame) -> list[Survival]:
    """Curves of marked and of other lines. `lived`: columns key, author, when, ai, lines, days, died."""
    known = lived[lived["days"].notna() & lived["when"].notna()]
    return [_survival(known[known["ai"] == marked], marked=marked) for marked in (True, False)]


def _survival(lives: pd.DataFrame, *, marked: bool) -> Survival:
    days, weight = lives["days"].to_numpy(np.float64), lives["lines"].to_numpy(np.float64)
    died = lives["died"].to_numpy(bool)
    curve = kaplan_meier(days, died, weight)
    half = half_gone(curve.days, curve.alive)
    # One curve at a time: of a long history each has as many days as there are lines.
    refits = (kaplan_meier(days[kept], died[kept], weight[kept]) for kept in _left_out(_groups(lives)))
    reach = _reach(curve, refits, np.append(AGES, [] if half is None else curve.days))
    lines = float(weight.sum())
    return Survival(
        marked=marked,
        lines=int(lines),
        commits=lives["key"].nunique(),
        censored=float(weight[~died].sum() / lines) if lines else 0.0,
        ages=tuple(
            _alive(curve, None if reach is None else float(reach[k]), age, float(weight[days >= age].sum()))
            for k, age in enumerate(AGES)
        ),
        half_life=None if half is None else _half_life(half, curve, None if reach is None else reach[len(AGES) :]),
    )


def _groups(lives: pd.DataFrame) -> Ints:
    """People, or their spells of four weeks where they are too few; many are put together, always alike."""
    names = lives["author"].fillna("")
    if names.nunique() < _FEWEST_GROUPS and len(lives):
        names = names + block_of(lives["when"]).astype(str)
    codes, known = pd.factorize(names, sort=True)
    order = np.random.default_rng(0).permutation(len(known)) % _MOST_GROUPS
    found: Ints = order[codes]
    return found


def _left_out(groups: Ints) -> Iterator[Mask]:
    known = np.unique(groups)
    return (groups != group for group in (known if len(known) >= _FEWEST_GROUPS else ()))


def _alive(curve: Curve, reach: float | None, age: int, seen: float) -> Alive:
    """Part alive at an age, with its interval inside [0, 1]."""
    if seen < _FEWEST:
        return Alive(age, None, None, None)
    point = float(alive_at(curve, np.array([age]))[0])
    if reach is None:
        return Alive(age, point, None, None)
    return Alive(age, point, max(0.0, point - reach), min(1.0, point + reach))


def _reach(curve: Curve, refits: Iterable[Curve], ages: Floats) -> Floats | None:
    """Half widths of the curve's 95 % jackknife intervals at some ages; None without refits."""
    whole, squares, count = alive_at(curve, ages), np.zeros(len(ages)), 0
    for refit in refits:
        squares += (alive_at(refit, ages) - whole) ** 2
        count += 1
    if not count:
        return None
    reach: Floats = stdtrit(count - 1, 0.975) * np.sqrt((count - 1) / count * squares)
    return reach


def _half_life(days: float, curve: Curve, reach: Floats | None) -> HalfLife:
    """`reach`: half widths at the curve's days."""
    if reach is None:
        return HalfLife(days, None, None)
    return HalfLife(days, half_gone(curve.days, curve.alive - reach), half_gone(curve.days, curve.alive + reach))
