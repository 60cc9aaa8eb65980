"""Follow-ups: changes of which a later fix removes production lines within 90 days, or that are taken back in 35.

A fix is told by its message and blamed by R-SZZ on the change that brought the youngest of the lines it removes (da
Costa et al., IEEE Trans. Softw. Eng. 2017); blank lines, closing braces and comments are left out (AG-SZZ; Kim et al.,
ASE 2006). Whoever uses AI words fixes otherwise: a fix by a marked commit has the weight at which a person's marked
commits would be called fixes as often as the person's others. Never called bugs: a fix is what somebody called so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.core import tables
from analyzer.outcomes.base import Measure
from analyzer.outcomes.fix_messages import is_fix
from analyzer.outcomes.revert_detection import WINDOW as REVERTED_WITHIN

if TYPE_CHECKING:
    from analyzer.outcomes.history_view import Seen

DAYS = 90
HALF, HALF_DAYS = 0.5, 35


def touched(seen: Seen) -> pd.DataFrame | None:
    """Production lines removed within 90 days of landing, by the change that brought them and the commit that did it.

    Columns key, when, sha, by, solid (lines that are no comment and not slight), fix (bool).
    """
    if seen.shipped is None:
        return None
    gone = seen.shipped[(seen.shipped["days"] < DAYS).fillna(value=False).astype(bool) & (seen.shipped["solid"] > 0)]
    gone = gone.rename(columns={"died_sha": "sha"})
    pairs = gone.groupby(["key", "when", "sha"], sort=False)["solid"].sum().reset_index()
    messages = dict(tables.walk(seen.every, "sha", "message"))
    fixes = {sha: is_fix(messages[sha]) for sha in pairs["sha"].unique()}
    return pairs.assign(fix=pairs["sha"].map(fixes).astype(bool))


def blamed(seen: Seen) -> pd.DataFrame | None:
    """Columns key, sha, solid, weight: the change that each fix is blamed on, and the lines of it that it removed."""
    pairs = touched(seen)
    if pairs is None:
        return None
    fixes = pairs[pairs["fix"]].sort_values(["sha", "when"], kind="stable")
    latest = fixes.drop_duplicates("sha", keep="last")
    marked = latest["sha"].isin(seen.commits.loc[seen.commits["ai"], "sha"])
    return latest.assign(weight=np.where(marked, 1 / labelled_more(seen, pairs), 1.0))[
        ["key", "sha", "solid", "weight"]
    ]


def labelled_more(seen: Seen, pairs: pd.DataFrame) -> float:
    """How many times as often a person's marked commits are called fixes as the person's others.

    Of commits that remove somebody's young lines; Mantel and Haenszel's ratio over people, 1 where it is not known.
    """
    commits = pairs.groupby("sha")["fix"].any().reset_index().merge(seen.commits, on="sha")
    fix, ai = commits["fix"].astype(float), commits["ai"].astype(float)
    parts = {"n1": ai, "n0": 1 - ai, "y1": ai * fix, "y0": (1 - ai) * fix}
    sums = pd.DataFrame(parts).groupby(commits["author"]).sum()
    total = sums["n1"] + sums["n0"]
    one, other = (sums["y1"] * sums["n0"] / total).sum(), (sums["y0"] * sums["n1"] / total).sum()
    return float(one / other) if one > 0 and other > 0 else 1.0


def followed(seen: Seen) -> pd.DataFrame | None:
    """Table `judged` by change: a follow-up counts its weight, being taken back 1, both together 1."""
    found = blamed(seen)
    if found is None:
        return None
    table = _mature(seen, DAYS)
    events = found.groupby("key")["weight"].max()
    table["events"] = table["key"].map(events).fillna(0.0).clip(upper=1.0)
    table.loc[table["key"].isin(taken_back(seen)), "events"] = 1.0
    return seen.judged(table.assign(cell="", exposure=1.0))


def followed_lines(seen: Seen) -> pd.DataFrame | None:
    """The same by production lines: those that a fix removed which is blamed on their change, of all it shipped."""
    found = blamed(seen)
    if found is None or seen.shipped is None:
        return None
    table = _mature(seen, DAYS)
    size = seen.shipped.groupby("key")["solid"].sum()
    events = (found["solid"] * found["weight"]).groupby(found["key"]).sum()
    table = table.assign(exposure=table["key"].map(size), events=table["key"].map(events).fillna(0.0))
    table = table[table["exposure"].fillna(0) > 0]
    return seen.judged(table.assign(cell="", events=table["events"].clip(upper=table["exposure"])))


def undone(seen: Seen) -> pd.DataFrame | None:
    """Changes taken back, or of which half the production lines or more were removed, in 35 days: no fix is read."""
    if seen.shipped is None:
        return None
    table = _mature(seen, HALF_DAYS)
    gone = (seen.shipped["days"] < HALF_DAYS).fillna(value=False).astype(bool)
    sums = seen.shipped.assign(gone=seen.shipped["lines"].where(gone, 0)).groupby("key")[["gone", "lines"]].sum()
    half = sums["gone"] >= HALF * sums["lines"]
    table = table[table["key"].isin(sums.index)]
    events = table["key"].map(half).astype(bool) | table["key"].isin(taken_back(seen))
    return seen.judged(table.assign(cell="", exposure=1.0, events=events.astype(float)))


def _mature(seen: Seen, days: int) -> pd.DataFrame:
    """Changes that landed so long before the clock."""
    return seen.landed[seen.landed["when"] <= seen.clock - pd.Timedelta(days=days)].copy()


def taken_back(seen: Seen) -> set[str]:
    """Changes that were taken back within 35 days."""
    landed = seen.landed.set_index("key")["when"]
    backs = seen.backs
    began = pd.Series(landed.reindex(backs["unit"]).array, index=backs.index)
    soon = backs["when"] - began <= REVERTED_WITHIN
    return set(backs.loc[soon.astype(bool) & (backs["when"] < seen.clock), "unit"])


_SOURCE = "da Costa et al., IEEE Trans. Softw. Eng. 2017 (R-SZZ); Kim et al., ASE 2006 (cosmetic lines)."
FOLLOW_UPS = Measure(
    id="follow_ups_90d",
    title="changes followed up within 90 days",
    unit="share of mature changes",
    better="low",
    says="Taken back within 35 days, or blamed (R-SZZ) for production lines that a fix removes within 90.",
    limits="A fix is what a message calls so. Larger changes are followed up more: read it beside the figure by line.",
    judge=followed,
    reads_fixers=True,
    source=_SOURCE,
)
FOLLOW_UP_LINES = Measure(
    id="follow_up_lines_90d",
    title="production lines followed up within 90 days",
    unit="share of lines",
    better="low",
    says="Of production lines of mature changes, comments apart, those that a fix removes which is blamed on it.",
    limits="A fix that only adds lines is not seen. What a fix removes beside the mistake counts as well.",
    judge=followed_lines,
    reads_fixers=True,
    source=_SOURCE,
)
UNDONE = Measure(
    id="undone_35d",
    title="changes half rewritten or reverted in 35 days",
    unit="share of changes",
    better="low",
    says="Taken back, or half of their production lines or more removed, within 35 days; no word of a fix is read.",
    limits="Work that goes on looks like work that had to be repaired. A small change is half rewritten by little.",
    judge=undone,
)
