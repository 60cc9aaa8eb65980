"""Whose code a merged change changes: by CODEOWNERS of the analysed commit, lines by set of owners as keyed hashes.

Owners may be people's logins and addresses, so neither the store nor the site holds one: a configured owner is found by
the same hash. Paths count as they were called in the change, by the rules as they are now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analyzer.history.authors import keyed_hash
from analyzer.history.codeowners import PLACES, CodeOwners, TooManyRulesError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from analyzer.fleet.config_types import Fleet
    from analyzer.history.repository import Repository
    from analyzer.pipeline.load import History

COLUMNS = ("row", "owners", "lines")
# No team is called so.
_NOBODYS = ""
# Nobody writes these, so their lines say nothing of whose code a change is.
_UNWRITTEN = ("lockfile", "generated", "vendored")


def owned(history: History, units: pd.DataFrame, salt: str) -> pd.DataFrame:
    """Columns row (of `units`, from 0), owners (keyed hashes, blank-separated; empty for nobody), lines changed.

    Without contents, or with rules that would take too long, there are no rows: whose the changes are is not known.
    """
    changes, rules = history.changes, _rules(history.repository)
    nothing = _typed(pd.DataFrame({name: [] for name in COLUMNS}))
    if changes is None or rules is None:
        return nothing
    rows = {unit: row for row, unit in enumerate(units["unit"])}
    at = changes["sha"].map(history.unit_of).map(rows)
    own = changes[at.notna()].assign(row=at[at.notna()].astype("int64"))
    try:
        sets = {path: " ".join(sorted(hashed(o, salt) for o in rules.owners(path))) for path in own["path"].unique()}
    except TooManyRulesError:
        return nothing
    lines = own["added"].fillna(0).astype("int64") + own["deleted"].fillna(0).astype("int64")
    lines = lines.clip(lower=1).where(~own["path_class"].isin(_UNWRITTEN), 0)
    # A change of nothing but such files belongs to whom they belong to.
    written = lines.groupby(own["row"]).transform("sum") > 0
    table = own.assign(owners=own["path"].map(sets), lines=lines.where(written, 1))
    return _typed(table.groupby(["row", "owners"])["lines"].sum().reset_index())


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    return table.astype({"row": "int64", "owners": "str", "lines": "int64"})


def hashed(owner: str, salt: str) -> str:
    """An owner as the store has it."""
    return keyed_hash(f"owner:{owner.lower()}", salt)


def _rules(repository: Repository) -> CodeOwners | None:
    for place in PLACES:
        if (content := repository.committed(place)) is not None:
            return CodeOwners(content, gitlab=place.startswith(".gitlab"))
    return None


def with_code_teams(units: pd.DataFrame, tables: Mapping[str, pd.DataFrame], fleet: Fleet) -> pd.DataFrame:
    """Units with a column team, a row for each team that owns most of the changed lines; NA for nobody's.

    `tables`: those of `owned`, by repository. What no team of the configuration owns
    stands against the teams as one: a change mostly of other code is nobody's. Lines of two teams count in each.
    """
    parts = [own.assign(repository=name) for name, own in tables.items() if len(own)]
    if not parts:
        return units.assign(team=pd.Series(pd.NA, index=units.index, dtype="str"))
    table = pd.concat(parts, ignore_index=True)
    mine = {hashed(owner, fleet.salt or ""): team.name for team in fleet.teams for owner in team.owners}
    sets = {
        text: sorted({mine[o] for o in text.split() if o in mine}) or [_NOBODYS] for text in table["owners"].unique()
    }
    each = table.assign(team=table["owners"].map(sets)).explode("team")
    sums = each.groupby(["repository", "row", "team"], as_index=False)["lines"].sum()
    most = sums.groupby(["repository", "row"])["lines"].transform("max")
    best = sums[(sums["lines"] == most) & (sums["team"] != _NOBODYS)]
    return units.merge(best[["repository", "row", "team"]], on=["repository", "row"], how="left")


def most_work(units: pd.DataFrame) -> pd.DataFrame:
    """Columns person, team: who has more than half of their changes in a team's code."""
    counts = units.groupby(["person", "team"]).size().rename("own").reset_index()
    whole = units.groupby("person").size().rename("whole")
    both = counts.merge(whole, left_on="person", right_index=True)
    return both.loc[both["own"] > both["whole"] / 2, ["person", "team"]].reset_index(drop=True)
