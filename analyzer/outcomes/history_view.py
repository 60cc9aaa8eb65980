"""Tables that outcomes are computed from: commits, merged changes and lines of a history, up to the as-of date.

`OutcomeInputs` holds the raw tables and derives from them, once each, the views that several outcomes need.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np
import pandas as pd

from analyzer.blame.lifetimes import life_spans
from analyzer.core import tables
from analyzer.core.constants import SECONDS_PER_DAY
from analyzer.core.rows import commit_dates
from analyzer.history.file_classes import COUNTED_CLASSES
from analyzer.outcomes.revert_detection import REVERT_WINDOW, detect_reverts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from analyzer.core.arrays import Ints
    from analyzer.structure.run import StructureTables


Derived = TypeVar("Derived")
_COMMIT_IDS = ("born_sha", "died_sha")


@dataclass(frozen=True)
class OutcomeInputs:
    """The tables that outcomes read.

    Attributes
    ----------
    commits : sha, person, when, ai of the commits that are neither merges nor automation.
    lifetimes : table of line lifetimes with `path_class`, by origin; None without contents.
    file_changes : lines changed per commit and file; None without contents.
    merged_changes : one row per merged change, as in the history.
    merged_change_of : merged change of each non-merge commit, as in the history.
    change_of_lines : merged change that the lines of each commit belong to, merges included, as in the history.
    all_commits : table `commits`, nothing left out.
    as_of : commits from this instant on are ignored.
    patch_ids : net patch number per commit, of commits large enough for an inverse patch to be no accident
        (`LineTables.reversible_patches`); empty without contents.
    first_releases : first release date per commit; None without a release.
    structure : functions that sampled commits touch; None unless they were read.
    """

    commits: pd.DataFrame
    lifetimes: pd.DataFrame | None
    file_changes: pd.DataFrame | None
    merged_changes: pd.DataFrame
    merged_change_of: Mapping[str, str]
    change_of_lines: Mapping[str, str]
    all_commits: pd.DataFrame
    as_of: pd.Timestamp
    patch_ids: Mapping[str, int] = field(default_factory=dict)
    first_releases: pd.Series | None = None
    structure: StructureTables | None = None

    @cached_property
    def line_lifetimes(self) -> pd.DataFrame | None:
        """Lines of code and tests that the commits wrote; None without contents.

        Columns key, path, person, when, ai, cell, lines, days, died, died_sha. cell: code or test, and whether the
        commit created the file.
        """
        if self.lifetimes is None or self.file_changes is None:
            return None
        committed = commit_dates(self.all_commits)
        written = self.lifetimes["path_class"].isin(COUNTED_CLASSES) & self.lifetimes["born_sha"].isin(
            self.commits["sha"]
        )
        lived = life_spans(self.lifetimes[written], committed, self.as_of)
        cells = self._cells_of(lived["born_sha"], lived["path"])
        lived, cells = lived[cells >= 0], cells[cells >= 0]
        born = lived["born_sha"].cat
        commit = pd.Index(self.commits["sha"]).get_indexer(born.categories)[born.codes]
        author = self.commits.iloc[commit].reset_index(drop=True).rename(columns={"sha": "key"})
        lines: pd.DataFrame = author.astype(self.identifiers).assign(
            path=lived["path"].array,
            cell=pd.Categorical.from_codes(cells, self._cells.categories),
            lines=lived["lines"].to_numpy(np.int64),
            days=lived["days"].to_numpy(np.float64),
            died=lived["died"].to_numpy(np.bool_),
            died_sha=lived["died_sha"].array,
        )
        return lines

    @cached_property
    def _cells(self) -> pd.Categorical:
        """Cell of each file change: its class, and whether the commit created the file."""
        if self.file_changes is None:
            return pd.Categorical([])
        file_age = self.file_changes["status"].map({"A": ", new file"}).fillna(", existing file")
        return pd.Categorical(self.file_changes["path_class"] + file_age)

    def _cells_of(self, born: pd.Series, path: pd.Series) -> Ints:
        """Return the number of the cell (N,) in which each commit (coded) changed a file (coded); -1 for no change."""
        if self.file_changes is None:
            return np.full(len(born), -1)
        commits, paths = born.cat.categories, path.cat.categories
        changed = [
            ids.get_indexer(pd.Index(self.file_changes[name])) for ids, name in ((commits, "sha"), (paths, "path"))
        ]
        known = (changed[0] >= 0) & (changed[1] >= 0)
        pairs = pd.Index((changed[0] * len(paths) + changed[1])[known])
        place = pairs.get_indexer(born.cat.codes.to_numpy(np.int64) * len(paths) + path.cat.codes.to_numpy(np.int64))
        cells: Ints = np.append(self._cells.codes[known], -1)[place]
        return cells

    @cached_property
    def counted_changes(self) -> pd.DataFrame | None:
        """Table `file_changes` of code and tests, without paths and with coded commits; None without contents."""
        if self.file_changes is None:
            return None
        counted = self.file_changes["path_class"].isin(COUNTED_CLASSES)
        measures = ["added", "functions", "decisions", "effective", "copied", "tokens", "repeated_tokens"]
        columns = ["sha", "path_class", "status", *measures]
        return self.file_changes.loc[counted, columns].astype({"sha": self.identifiers["key"]})

    @cached_property
    def dated_changes(self) -> pd.DataFrame:
        """Merged changes with a date and a known AI share: key, person, when, ai, kind, commits."""
        dated = self.merged_changes[self.merged_changes["merged"].notna() & self.merged_changes["ai"].notna()]
        dated = dated[dated["merged"] < self.as_of].rename(columns={"merged_change": "key", "merged": "when"})
        return dated[["key", "person", "when", "ai", "kind", "commits"]]

    @cached_property
    def production_lines(self) -> pd.DataFrame | None:
        """Lines of production code per merged change and removing commit; None without contents.

        A change never shipped those of its own lines that it removed itself, so they are left out.

        Columns
        -------
        key, when : the change that wrote the lines.
        lines : number of lines.
        solid : lines that are neither cosmetic nor comments.
        died_sha : commit that removed them.
        days : from merge to removal; NaN for lines alive at the as-of date.
        """
        if self.lifetimes is None:
            return None
        code = self.lifetimes[self.lifetimes["path_class"] == "code"].astype(dict.fromkeys(_COMMIT_IDS, "category"))
        born, died = (code[name].cat for name in _COMMIT_IDS)
        change, remover = (self._dated_change(ids.categories)[ids.codes] for ids in (born, died))
        shipped = (change >= 0) & (change != remover)
        change, code = change[shipped], code[shipped]
        committed = commit_dates(self.all_commits).reindex(died.categories).array
        removed_at = pd.Series(committed.take(died.codes.to_numpy()[shipped], allow_fill=True))
        merged_at = self.dated_changes["when"].iloc[change].reset_index(drop=True)
        days = (removed_at.where(removed_at < self.as_of) - merged_at).dt.total_seconds() / SECONDS_PER_DAY
        return pd.DataFrame(
            {
                "key": self.dated_changes["key"].astype(self.identifiers["key"]).array[change],
                "when": merged_at,
                "lines": code["lines"].to_numpy(np.int64),
                "solid": (code["lines"] - code["cosmetic"]).to_numpy(np.int64),
                "died_sha": code["died_sha"].array,
                "days": days.clip(lower=0),
            }
        )

    def _dated_change(self, shas: pd.Index) -> Ints:
        """Return the row in `dated_changes` of the change that each commit's lines belong to, and -1 for no commit.

        -1 without a dated change.
        """
        rows = {name: row for row, name in enumerate(self.dated_changes["key"].to_list())}
        return np.array([*(rows.get(self.change_of_lines.get(sha, ""), -1) for sha in shas.to_list()), -1])

    @cached_property
    def _derived(self) -> dict[Callable[[OutcomeInputs], object], object]:
        return {}

    def once(self, derive: Callable[[OutcomeInputs], Derived]) -> Derived:
        """Return what a function derives from these tables, for several outcomes; it is called the first time only."""
        if derive not in self._derived:
            self._derived[derive] = derive(self)
        return cast("Derived", self._derived[derive])

    @cached_property
    def reverted_changes(self) -> frozenset[str]:
        """The changes that were reverted within 35 days."""
        merged_at = self.dated_changes.set_index("key")["when"]
        target_merged_at = pd.Series(merged_at.reindex(self.reverts["merged_change"]).array, index=self.reverts.index)
        within_window = self.reverts["when"] - target_merged_at <= REVERT_WINDOW
        early = within_window.astype(bool) & (self.reverts["when"] < self.as_of)
        return frozenset(self.reverts.loc[early, "merged_change"])

    @cached_property
    def reverts(self) -> pd.DataFrame:
        """Which commit reverts which merged change (`detect_reverts`)."""
        return detect_reverts(self.merged_changes, self.all_commits, self.merged_change_of, self.patch_ids)

    @cached_property
    def identifiers(self) -> dict[str, pd.CategoricalDtype]:
        """Categories of every key and person, in order, which all tables of outcomes share: they sort and join fast."""
        keys = [self.all_commits["sha"], self.merged_changes["merged_change"]]
        people = [self.commits["person"], self.merged_changes["person"]]
        return {name: _in_order(*columns) for name, columns in (("key", keys), ("person", people))}

    def aggregate(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return table `outcome_rows`: events and denominator summed per key and cell.

        All rows of a key have one person, date and mark.
        """
        coded = table.astype({**self.identifiers, "cell": _in_order(table["cell"])})
        row, first = _number_pairs(coded["key"], coded["cell"])
        sums = {
            name: np.bincount(row, weights=coded[name].fillna(0).to_numpy(np.float64))
            for name in ("events", "denominator")
        }
        rows = coded.iloc[first][["key", "cell", "person", "when", "ai"]].reset_index(drop=True).assign(**sums)
        dtypes = dict.fromkeys(("ai", "events", "denominator"), tables.DTYPES["float"])
        return tables.conform(rows.astype(dtypes), tables.OUTCOME_ROWS)


def _in_order(*columns: pd.Series) -> pd.CategoricalDtype:
    """Return the categories of the distinct texts of some columns, in order."""
    texts = {text for column in columns for text in column.dropna().unique().tolist()}
    return pd.CategoricalDtype(pd.Index(sorted(texts), dtype="str"))


def _number_pairs(keys: pd.Series, cells: pd.Series) -> tuple[Ints, Ints]:
    """Number the distinct pairs of two coded columns as they come; return each row's number, and each's first row."""
    pair = keys.cat.codes.to_numpy(np.int64) * max(len(cells.cat.categories), 1) + cells.cat.codes.to_numpy(np.int64)
    row = pd.factorize(pair)[0]
    return row, np.unique(row, return_index=True)[1]
