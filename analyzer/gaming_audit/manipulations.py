"""Cheap moves on a share: each is done to the tables of a history, and everything is counted again.

A new move is one function here and one line in `MOVES`. None of them writes to the repository.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.share.line_counts import lines_by_commit

if TYPE_CHECKING:
    from analyzer.share.definition import Known

_PIECES = 5
_TRIVIAL = 5
_GENERATED = 10_000


@dataclass(frozen=True)
class Ground:
    """What a move is done to.

    known: the tables of the share's definitions. unit_of: change of each commit. changes: the table, None without
    contents. shipped: merged changes as throughput counts them, with columns unit, author, merged, lasting (chance to
    last) and followed, back (0 to 1: followed up, taken back), NA where unknown.
    """

    known: Known
    unit_of: dict[str, str]
    changes: pd.DataFrame | None
    shipped: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Move:
    """One cheap move: what somebody does, and what becomes of the tables; None where it cannot be done here."""

    id: str
    title: str
    does: str
    apply: Callable[[Ground], Ground | None]


def _marked(g: Ground, chosen: pd.Series) -> Ground:
    """The same with these commits (mask over the labels, automation apart) declared."""
    labels = g.known.labels.copy()
    chosen &= labels["label"] != "automation"
    labels.loc[chosen, "label"] = "declared"
    labels.loc[chosen, "ai"] = True
    labels.loc[chosen, "part"] = 1.0
    return replace(g, known=replace(g.known, labels=labels, units=_units(g, labels), weights=None))


def _units(g: Ground, labels: pd.DataFrame) -> pd.DataFrame:
    """Units with their declared part counted again."""
    own = labels[labels["label"] != "automation"]
    part = own["part"].groupby(own["sha"].map(g.unit_of)).mean()
    units = g.known.units.copy()
    again = units["unit"].map(part).where(units["label"] != "automation").astype("Float64")
    units["ai"] = again.fillna(units["ai"].astype("Float64")).astype(units["ai"].dtype)
    return units


def _mark_all(g: Ground) -> Ground:
    return _marked(g, ~g.known.labels["ai"])


def _mark_trivial(g: Ground) -> Ground | None:
    if g.known.lines is None:
        return None
    lines = g.known.lines.set_index("sha")["lines_added"]
    small = g.known.labels["sha"].map(lines).fillna(0).le(_TRIVIAL)
    return _marked(g, small & ~g.known.labels["ai"])


def _unmark(g: Ground) -> Ground:
    labels = g.known.labels.copy()
    own = labels["label"] == "declared"
    labels.loc[own, "label"], labels.loc[own, "ai"], labels.loc[own, "part"] = "undeclared", False, 0.0
    return replace(g, known=replace(g.known, labels=labels, units=_units(g, labels), weights=None))


def _squash(g: Ground) -> Ground:
    """Every change of which any commit is marked lands as one marked commit."""
    units = g.known.units.copy()
    units["ai"] = units["ai"].where(~(units["ai"] > 0), 1.0)
    return replace(g, known=replace(g.known, units=units))


def _copies(frame: pd.DataFrame, key: str, chosen: pd.Series, times: int) -> pd.DataFrame:
    """Rows that are chosen stand `times` times, the copies under keys of their own."""
    extra = [frame[chosen].assign(**{key: frame.loc[chosen, key] + f"+{k}"}) for k in range(1, times)]
    return pd.concat([frame, *extra], ignore_index=True)


def _split_commits(g: Ground) -> Ground:
    """Every marked commit in five; its lines too, so that no count of lines changes."""
    known = g.known
    marks = set(known.labels.loc[known.labels["ai"], "sha"])
    commits, labels = (_copies(t, "sha", t["sha"].isin(marks), _PIECES) for t in (known.commits, known.labels))
    unit_of = {**g.unit_of}
    for sha in marks & set(unit_of):
        unit_of |= {f"{sha}+{k}": unit_of[sha] for k in range(1, _PIECES)}
    split = replace(g, unit_of=unit_of, known=replace(known, commits=commits, labels=labels))
    return replace(split, known=replace(split.known, units=_units(split, labels)))


def _none_of(known: pd.Series) -> float:
    """What a change more adds to an outcome: nothing, or nothing that is known."""
    return 0.0 if known.notna().any() else float("nan")


def _split_changes(g: Ground) -> Ground:
    """Every change with a mark lands in five; each follow-up and revert stays one."""
    units = g.known.units
    marks = set(units.loc[units["ai"] > 0, "unit"])
    shipped = _copies(g.shipped, "unit", g.shipped["unit"].isin(marks), _PIECES)
    copied = shipped["unit"].str.contains("+", regex=False)
    for name in ("followed", "back"):
        shipped.loc[copied, name] = _none_of(g.shipped[name])
    return replace(
        g, shipped=shipped, known=replace(g.known, units=_copies(units, "unit", units["unit"].isin(marks), _PIECES))
    )


def _pad(g: Ground) -> Ground | None:
    """Every marked line is there twice."""
    known = g.known
    if known.lines is None:
        return None
    marks = set(known.labels.loc[known.labels["ai"], "sha"])

    def doubled(table: pd.DataFrame | None) -> pd.DataFrame | None:
        if table is None:
            return None
        found = table.copy()
        for column in found.columns.drop("sha"):
            found[column] = found[column].where(~found["sha"].isin(marks), found[column] * 2)
        return found

    return replace(
        g,
        known=replace(
            known,
            lines=doubled(known.lines),
            surviving=doubled(known.surviving),
            lasting=doubled(known.lasting),
            blamed=doubled(known.blamed),
        ),
    )


def _generate(g: Ground) -> Ground | None:
    """Ten thousand generated lines with every marked commit: counted from the files again."""
    if g.changes is None or g.known.lines is None:
        return None
    marks = g.known.labels.loc[g.known.labels["ai"], "sha"]
    more = g.changes.iloc[[0]].loc[np.zeros(len(marks), dtype=int) + g.changes.index[0]].reset_index(drop=True)
    more = more.assign(sha=marks.to_numpy(), path="generated.py", path_class="generated", added=_GENERATED)
    changes = pd.concat([g.changes, more.astype(g.changes.dtypes)], ignore_index=True)
    return replace(g, changes=changes, known=replace(g.known, lines=lines_by_commit(changes)))


def _empty(g: Ground) -> Ground:
    """One empty marked commit a week from everybody who commits in it, pushed by itself."""
    known = g.known
    own = known.labels[known.labels["author"].notna() & (known.labels["label"] != "automation")]
    dated = own.merge(known.commits[["sha", "committed"]], on="sha")
    week = dated["committed"].dt.strftime("%G-%V")
    first = dated[dated["committed"].notna()].assign(week=week).drop_duplicates(["author", "week"])
    shas = first["sha"]
    commits = known.commits[known.commits["sha"].isin(shas)].assign(parents="")
    labels = known.labels[known.labels["sha"].isin(shas)].assign(label="declared", ai=True, part=1.0)
    commits, labels = (t.assign(sha=t["sha"] + "+0") for t in (commits, labels))
    when = first.set_index("sha")["committed"]
    units = pd.DataFrame({"unit": shas + "+0", "sha": shas + "+0", "merged": shas.map(when), "author": first["author"]})
    units = units.assign(kind="session", label="declared", ai=1.0, commits=1)[known.units.columns]
    units = pd.concat([known.units, units.astype(known.units.dtypes)], ignore_index=True)
    added = pd.DataFrame({"unit": shas + "+0", "author": first["author"], "merged": shas.map(when)})
    shipped = pd.concat(
        [g.shipped, added.assign(**{k: _none_of(g.shipped[k]) for k in ("followed", "back")})], ignore_index=True
    )
    both = (pd.concat([old, new], ignore_index=True) for old, new in ((known.commits, commits), (known.labels, labels)))
    everything, told = both
    return replace(g, shipped=shipped, known=replace(known, commits=everything, labels=told, units=units))


MOVES: tuple[Move, ...] = (
    Move("mark_all", "mark everything", "A commit template adds a trailer to all that carries none.", _mark_all),
    Move("mark_trivial", "mark small work", "A trailer on every commit of five lines or fewer.", _mark_trivial),
    Move("unmark", "mark nothing", "Trailers are switched off or rewritten away.", _unmark),
    Move("squash", "squash", "Every change with any mark lands as one marked commit.", _squash),
    Move("split_commits", "split commits", "Every marked commit is made in five.", _split_commits),
    Move("split_changes", "split changes", "Every change with a mark lands in five.", _split_changes),
    Move("pad", "pad", "Every marked line is written twice.", _pad),
    Move("generate", "generate files", "Ten thousand generated lines with every marked commit.", _generate),
    Move("empty", "empty commits", "An empty marked commit a week from everybody, pushed by itself.", _empty),
)
