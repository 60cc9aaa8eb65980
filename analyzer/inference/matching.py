"""judged → outcome by mark: declared AI against the rest, within person × quarter × kind of file.

The interval is a jackknife over people, or over person × four weeks where they are too few. Three placebos must find
nothing: marks dealt anew among each person's own commits, sizes kept; the marks of whoever else committed next to each
commit in time; and marks dealt to what was written before any AI, by size.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import stdtr

from analyzer.inference.checks.permuted_labels import Placebo, before_ai, dealt_anew, middle
from analyzer.inference.jackknife import Interval, interval
from analyzer.inference.strata import Rows, both, left_out, pooled, rates
from analyzer.panel import block_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analyzer.core.arrays import Floats, Ints

# Clusters under an interval, and marked commits in cells that hold both kinds.
FEWEST_GROUPS, FEWEST_MARKED = 6, 10
_PEOPLE = 6
# Somebody else's commit so many days away at most lends its mark.
_NEAR = 14 * 86_400


@dataclass(frozen=True, slots=True)
class Matched:
    """An outcome's rate for declared AI and for the rest in the same cells, and their difference.

    n_ai, n_other: commits or changes (their declared and other parts) in cells that hold both. pooled: difference
    without matching; simpson: it has the other sign while the matched interval excludes 0. turns: the one commit
    without which the difference would change its sign. placebos: those that can be run. over: what the jackknife
    leaves out, of which there are `groups`. Where there is no figure, `why` says it.
    """

    pooled: float | None
    n_ai: float
    n_other: float
    groups: int
    over: str
    ai: Interval | None = None
    other: Interval | None = None
    difference: Interval | None = None
    simpson: bool = False
    turns: str | None = None
    placebos: tuple[Placebo, ...] = ()
    why: str | None = None

    @property
    def p(self) -> float | None:
        """Two-sided p of no difference, t over the groups; None without a figure, or where nothing scatters."""
        d = self.difference
        return None if d is None or not d.se > 0 else 2 * float(stdtr(d.df, -abs(d.point) / d.se))

    @property
    def failed(self) -> tuple[str, ...]:
        """Placebos that find something."""
        return tuple(placebo.id for placebo in self.placebos if not placebo.passed)


def matched(judged: pd.DataFrame) -> Matched:
    """Compare within cells of table `judged`; its order does not matter."""
    table = judged[judged["author"].notna() & judged["when"].notna() & (judged["exposure"] > 0)]
    table = table.sort_values(["key", "cell"], kind="stable")
    blocks = block_of(table["when"]) if len(table) else pd.Series(dtype=int)
    rows = Rows.read(table, blocks * 28 // 91)
    weeks = pd.factorize(table["author"] + blocks.astype(str))[0]
    found = _compared(rows, weeks, table["key"].to_numpy(object))
    if found.difference is None:
        return found
    dealt = dealt_anew(rows)
    difference = _widened(found.difference, dealt)
    settled = difference.low > 0 or difference.high < 0
    turned = found.pooled is not None and found.pooled * difference.point < 0
    lent = _lent(rows, table["when"], weeks, dealt)
    early = before_ai(rows, table["when"])
    ran = (middle("marks_dealt_anew", dealt), lent, middle("pre_ai", early))
    placebos = tuple(placebo for placebo in ran if placebo is not None)
    return replace(found, difference=difference, simpson=settled and turned, placebos=placebos)


def _compared(rows: Rows, weeks: Ints, names: NDArray[np.object_]) -> Matched:
    """The comparison under the marks of `rows`, without placebos."""
    inside = both(rows)
    kept = rows.of(inside)
    people = len(np.unique(kept.group))
    if people < _PEOPLE:
        kept = kept._replace(group=weeks[inside])
    parts = pd.Series(kept.x).groupby(kept.key).max()
    bare = Matched(
        pooled=pooled(rows),
        n_ai=float(parts.sum()),
        n_other=float((1 - parts).sum()),
        groups=len(np.unique(kept.group)),
        over="people" if people >= _PEOPLE else "people's spells of four weeks",
    )
    if bare.n_ai < FEWEST_MARKED or bare.groups < FEWEST_GROUPS:
        return replace(bare, why="too few marked" if bare.n_ai < FEWEST_MARKED else "too few people and weeks")
    if not kept.y.sum() > 0 or np.array_equal(kept.y, kept.e):
        return replace(bare, why="nothing varies")
    ends = zip(rates(kept), left_out(kept, kept.group), strict=True)
    ai, other, difference = (interval(float(point), refits) for point, refits in ends)
    return replace(
        bare, ai=ai, other=other, difference=difference, turns=_turning(kept, names[inside], difference.point)
    )


def _turning(rows: Rows, names: NDArray[np.object_], difference: float) -> str | None:
    """The commit without which the difference has the other sign; the most moving one of several."""
    left = left_out(rows, rows.key)[2]
    signs = left * difference < 0
    if not signs.any():
        return None
    first = dict(zip(rows.key[::-1], names[::-1], strict=True))
    keys = np.unique(rows.key)
    return str(first[keys[np.argmax(np.where(signs, np.abs(left - difference), -1.0))]])


def _widened(found: Interval, dealt: Floats) -> Interval:
    """With the larger of two standard errors: the jackknife's, and the scatter under marks dealt anew.

    A few huge commits make the jackknife too sure where groups are few; they scatter the dealt differences as well.
    """
    se = max(found.se, float(dealt.std())) if len(dealt) else found.se
    reach = (found.high - found.point) * (se / found.se) if found.se > 0 else 0.0
    return Interval(found.point, se, found.point - reach, found.point + reach, found.df)


def _lent(rows: Rows, when: pd.Series, weeks: Ints, dealt: Floats) -> Placebo | None:
    """Each commit under the mark of somebody else's nearest commit: what is left is the season, not the mark."""
    seconds = when.to_numpy("datetime64[s]").astype(np.int64)
    _, first, place = np.unique(rows.key, return_index=True, return_inverse=True)
    order = np.argsort(seconds[first], kind="stable")
    at, owner, marks = (values[first][order] for values in (seconds, rows.group, rows.x))
    ends = np.append(np.flatnonzero(np.diff(owner)), len(owner) - 1)  # of runs of one person's commits
    run = np.repeat(np.arange(len(ends)), np.diff(ends, prepend=-1))
    before, after = np.append(-1, ends[:-1])[run], np.append(ends[:-1] + 1, -1)[run]
    away = [np.where(other >= 0, np.abs(at[other] - at), np.iinfo(np.int64).max) for other in (before, after)]
    nearer = np.where(away[1] < away[0], after, before)
    lent = np.full(len(first), np.nan)
    lent[order] = np.where(np.minimum(*away) <= _NEAR, marks[nearer], np.nan)
    known = np.isfinite(lent[place])
    found = _compared(rows._replace(x=lent[place]).of(known), weeks[known], np.empty(int(known.sum()), dtype=object))
    if found.difference is None:
        return None
    d = _widened(found.difference, dealt)
    return Placebo("other_author", d.point, d.low, d.high)
