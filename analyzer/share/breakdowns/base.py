"""Definition of a breakdown: which groups a changed file, or a marked commit, belongs to.

Reports read the texts of breakdowns where pandas is not loaded, so functions import it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

from analyzer.core.rows import by_people
from analyzer.history.file_classes import COUNTED_CLASSES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    import pandas as pd

    from analyzer.core.arrays import Ints
    from analyzer.history.codeowners import CodeOwners
    from analyzer.share.definition import ShareInputs
    from analyzer.share.time_window import TimeWindow

# Longest name of a group, which may come from the analysed repository.
NAME_WIDTH = 60
# Group of the changes that touch no counted file; without it, few people's could be had by subtraction.
NO_CODE = "no code or test file"


class Grouping(NamedTuple):
    """Which groups files or marked commits belong to.

    Attributes
    ----------
    key : "path": every counted file has a group. "sha": only marked commits have one.
    groups : columns `key` and group, one row per pair; a file or commit can be in several groups.
    remainder : group of the changes that are in no other; None if they are in none.
    """

    key: Literal["path", "sha"]
    groups: pd.DataFrame
    remainder: str | None = None

    def renamed(self, names: Mapping[str, str]) -> Grouping:
        """Return the grouping with groups renamed; groups that get one name become one, those without a name none."""
        groups = self.groups.assign(group=self.groups["group"].map(names))
        remainder = None if self.remainder is None else names.get(self.remainder)
        return Grouping(self.key, groups.dropna().drop_duplicates(ignore_index=True), remainder)


@dataclass(frozen=True)
class BreakdownInputs:
    """The tables that breakdowns read.

    Attributes
    ----------
    shares : inputs of the definitions of the share.
    window : the range.
    merged_change_of : merged change of each non-merge commit.
    change_of_lines : merged change that the lines of each commit belong to, merges included.
    file_changes : table `file_changes`; None without contents.
    lines_missing : slug that says why there are no contents.
    scripts : path → language of scripts without an ending.
    code_owners : reads the CODEOWNERS file of the analysed commit; None without one.
    """

    shares: ShareInputs
    window: TimeWindow
    merged_change_of: Mapping[str, str]
    change_of_lines: Mapping[str, str]
    file_changes: pd.DataFrame | None
    lines_missing: str | None
    scripts: Mapping[str, str]
    code_owners: Callable[[], CodeOwners | None]

    @cached_property
    def changes(self) -> pd.DataFrame:
        """Merged changes of the range, automation apart: merged_change, person, ai; numbered from 0."""
        changes = self.shares.merged_changes
        inside = self.window.contains(changes["merged"]) & by_people(changes)
        return _numbered(changes.loc[inside, ["merged_change", "person", "ai"]])

    @cached_property
    def commits(self) -> pd.DataFrame:
        """Commits of the range whose lines count, merges included: sha, person, ai; numbered from 0."""
        commits = self.shares.line_commits
        commits = commits.loc[self.window.contains(commits["when"]), ["sha", "ai"]]
        return _numbered(commits.merge(self.shares.labels[["sha", "person"]], on="sha"))

    @cached_property
    def files(self) -> pd.DataFrame | None:
        """Changed code and test files: sha, path, added, commit, change; None without contents.

        commit and change are numbers of rows of `commits` and `changes`; -1 out of the range.
        """
        import pandas as pd

        if self.file_changes is None:
            return None
        counted = self.file_changes["path_class"].isin(COUNTED_CLASSES)
        files = self.file_changes.loc[counted, ["sha", "path", "added"]].reset_index(drop=True)
        number, shas = pd.factorize(files["sha"])
        commit = pd.Index(self.commits["sha"]).get_indexer(shas)[number]
        return files.assign(
            path=files["path"].astype("category"),
            commit=commit,
            change=self._change(shas, self.change_of_lines)[number],
        )

    @cached_property
    def marked_commits(self) -> pd.DataFrame:
        """Marked commits: sha, tool, model, change (a row of `changes`, or -1)."""
        import pandas as pd

        labels = self.shares.labels
        marked = labels.loc[labels["ai"], ["sha", "tool", "model"]]
        return marked.assign(change=self._change(pd.Index(marked["sha"]), self.merged_change_of))

    def _change(self, shas: pd.Index, change_of: Mapping[str, str]) -> Ints:
        """Return the number of the merged change of each commit; -1 without one in the range."""
        import pandas as pd

        names = [change_of.get(sha) for sha in shas]
        numbers: Ints = pd.Index(self.changes["merged_change"]).get_indexer(pd.Index(names, dtype="object"))
        return numbers


def _numbered(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with rows numbered from 0 and with a category for each person, which joins quickly."""
    return table.reset_index(drop=True).astype({"person": "category"})


@dataclass(frozen=True, slots=True)
class BreakdownDefinition:
    """A registered breakdown.

    Attributes
    ----------
    id, title, column : what users read; `column` names one group.
    says, limits : how groups are formed, and what that cannot show.
    grouping : returns the groups, or the slug that says why there are none.
    of_repository : whether `marked` is a share of the whole repository's work; otherwise of the group's.
    """

    id: str
    title: str
    column: str
    says: str
    limits: str
    grouping: Callable[[BreakdownInputs], Grouping | str]
    of_repository: bool = False


def group_by_path(inputs: BreakdownInputs, groups_of: Callable[[str], Iterable[str]]) -> Grouping | str:
    """Return the grouping of every counted path, or the slug that says why no file is known."""
    import pandas as pd

    if inputs.files is None:
        return inputs.lines_missing or "partial-clone"
    paths = inputs.files["path"].cat.categories
    pairs = [(path, group) for path in paths for group in groups_of(path)]
    return Grouping("path", pd.DataFrame(pairs, columns=["path", "group"], dtype="str"), NO_CODE)


def group_by_credit(inputs: BreakdownInputs, field: Literal["tool", "model"]) -> Grouping:
    """Return the grouping of marked commits by the tools or models that they credit; "unknown" if they name none."""
    import pandas as pd

    marked = inputs.marked_commits
    names = marked[field].str.split(" ").explode().replace("", "unknown")
    table = pd.DataFrame({"sha": marked["sha"].reindex(names.index), "group": names.astype("str")})
    return Grouping("sha", table.drop_duplicates(ignore_index=True))
