"""What a share is a share *of*: each definition turns the tables into items with a weight and a declared part.

Automation is in no item; a merge commit adds no code of its own and is none either. The file set
(code and tests, after --include and --exclude) is the same on both sides of every fraction.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from analyzer.history.paths import COUNTED
from analyzer.provenance.joins import at_age, spans

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

# Days after which a line counts as one that lasts.
LASTING = 90
# GitHub announced Copilot's technical preview, the first AI code assistant at scale, on this day. What was committed
# before it and carries no mark is the only code this product calls provably pre-AI.
PRE_AI = pd.Timestamp("2021-06-29", tz="UTC")


@dataclass(frozen=True)
class Known:
    """The tables that definitions read; those of lines are per commit, over code and tests, None without contents.

    lines: sha, lines_added, lines_deleted. surviving: sha, lines (alive at head). lasting: sha, lines (alive 90 days
    after they were written, of those old enough to tell). noted: sha, lines, ai_lines (by line-level notes).
    functions: sha of each drawn function's commit. checkpoints: the table.
    """

    commits: pd.DataFrame
    labels: pd.DataFrame
    units: pd.DataFrame
    lines: pd.DataFrame | None
    surviving: pd.DataFrame | None = None
    lasting: pd.DataFrame | None = None
    noted: pd.DataFrame | None = None
    functions: pd.DataFrame | None = None
    checkpoints: pd.DataFrame | None = None

    @cached_property
    def plain(self) -> pd.DataFrame:
        """Columns sha, when, ai: commits that are neither merges nor automation."""
        both = self.commits[["sha", "parents", "committed"]].merge(self.labels[["sha", "label", "ai"]], on="sha")
        both = both[~both["parents"].str.contains(" ", regex=False) & (both["label"] != "automation")]
        return both.rename(columns={"committed": "when"})[["sha", "when", "ai"]]


@dataclass(frozen=True, slots=True)
class Definition:
    """One definition of "X % AI": the single source of help, docs, JSON and tooltips.

    `absent`: the slug that says why there is no such share, where contents are there. `of_part`: it speaks of the
    recorded commits alone, and so stands in no spread of what is said of the whole.
    """

    id: str
    title: str
    unit: str
    says: str
    limits: str
    items: Callable[[Known], pd.DataFrame | None]
    absent: str | None = None
    of_part: bool = False


def lines_by_commit(changes: pd.DataFrame) -> pd.DataFrame:
    """Columns sha, lines_added, lines_deleted: over code and test files only."""
    counted = changes[changes["path_class"].isin(COUNTED)]
    sums = counted.groupby("sha", sort=False)[["added", "deleted"]].sum().reset_index()
    return sums.rename(columns={"added": "lines_added", "deleted": "lines_deleted"})


def surviving_by_commit(surviving: pd.DataFrame) -> pd.DataFrame:
    """Columns sha, lines: of code and test files at head, by the commit they come from."""
    counted = surviving[surviving["path_class"].isin(COUNTED)]
    return _summed(counted, "sha", "lines")


def lasting_by_commit(lifetimes: pd.DataFrame, committed: pd.Series, clock: pd.Timestamp) -> pd.DataFrame:
    """Columns sha, lines: of code and tests, alive `LASTING` days after they were written; so they are of that age."""
    counted = lifetimes[lifetimes["path_class"].isin(COUNTED)]
    return _summed(at_age(spans(counted, committed, clock), LASTING), "born_sha", "alive")


def noted_by_commit(changes: pd.DataFrame, truth: pd.DataFrame, noted: Collection[str]) -> pd.DataFrame:
    """Columns sha, lines, ai_lines: added to code and tests by the commits with notes, and of these an agent's."""
    counted = changes[changes["path_class"].isin(COUNTED) & changes["sha"].isin(list(noted))]
    by_ai = truth[truth["source"] == "ai"].groupby(["sha", "path"])["lines"].sum().rename("ai_lines").reset_index()
    both = counted[["sha", "path", "added"]].merge(by_ai, on=["sha", "path"], how="left").fillna({"ai_lines": 0})
    return both.groupby("sha")[["added", "ai_lines"]].sum().reset_index().rename(columns={"added": "lines"})


def _summed(table: pd.DataFrame, sha: str, lines: str) -> pd.DataFrame:
    sums = table.groupby(sha, observed=True, sort=False)[lines].sum().reset_index()
    return sums.rename(columns={sha: "sha", lines: "lines"}).astype({"sha": "str"})


def _items(when: pd.Series, weight: pd.Series, declared: pd.Series) -> pd.DataFrame:
    table = pd.DataFrame({"when": when, "weight": weight.astype("Int64"), "declared": declared.astype("Float64")})
    table["pre_ai"] = (table["when"].notna() & (table["when"] < PRE_AI) & (table["declared"] == 0)).astype(bool)
    return table.reset_index(drop=True)


def _commit_items(known: Known) -> pd.DataFrame:
    plain = known.plain
    return _items(plain["when"], pd.Series(1, index=plain.index), plain["ai"])


def _unit_items(known: Known) -> pd.DataFrame:
    counted = known.units[known.units["label"] != "automation"]
    return _items(counted["merged"], pd.Series(1, index=counted.index), counted["ai"])


def _line_items(known: Known) -> pd.DataFrame | None:
    if known.lines is None:
        return None
    plain = known.plain.merge(known.lines, on="sha")
    return _items(plain["when"], plain["lines_added"], plain["ai"])


def _lines_of(known: Known, lines: pd.DataFrame | None) -> pd.DataFrame | None:
    if lines is None:
        return None
    plain = known.plain.merge(lines, on="sha")
    return _items(plain["when"], plain["lines"], plain["ai"])


def _surviving_items(known: Known) -> pd.DataFrame | None:
    return _lines_of(known, known.surviving)


def _lasting_items(known: Known) -> pd.DataFrame | None:
    return _lines_of(known, known.lasting)


def _noted_items(known: Known) -> pd.DataFrame | None:
    if known.noted is None:
        return None
    plain = known.plain.merge(known.noted[known.noted["lines"] > 0], on="sha")
    return _items(plain["when"], plain["lines"], (plain["ai_lines"] / plain["lines"]).clip(upper=1))


def _checkpoint_items(known: Known) -> pd.DataFrame | None:
    if known.checkpoints is None or known.lines is None:
        return None
    both = known.plain.merge(known.lines, on="sha").merge(known.checkpoints, on="sha")
    return _items(both["when"], both["lines_added"], both["agent_lines"] / both["lines"])


def _function_items(known: Known) -> pd.DataFrame | None:
    if known.functions is None:
        return None
    plain = known.functions[["sha"]].merge(known.plain, on="sha")
    return _items(plain["when"], pd.Series(1, index=plain.index), plain["ai"])


MERGED_CHANGES = Definition(
    id="merged_changes",
    title="merged changes",
    unit="change",
    says="A merged pull request, squash or work session counts 1; its declared part is the share of its commits that "
    "are marked.",
    limits="A squash counts as wholly declared when it carries a mark. Rebased pull requests are told apart only by "
    "committer and time.",
    items=_unit_items,
)
COMMITS = Definition(
    id="commits",
    title="commits",
    unit="commit",
    says="Every commit but merges and automation counts 1, declared when an AI tool is its author or is credited in "
    "a trailer.",
    limits="Moves with how finely people commit: splitting a change in ten makes ten.",
    items=_commit_items,
)
LINES_ADDED = Definition(
    id="lines_added",
    title="lines added",
    unit="line",
    says="Lines added to code and test files by those commits, declared when their commit is; as git blame sees them.",
    limits="A mark claims all lines of its commit. Blank, short and moved lines are in. Verbose code weighs more.",
    items=_line_items,
)
LINES_SURVIVING = Definition(
    id="lines_surviving",
    title="lines alive at head",
    unit="line",
    says="Lines of code and test files in the analysed revision, declared when the commit that wrote them is. A line "
    "keeps its origin when it is moved, reindented or restored, or touched by a commit of .git-blame-ignore-revs.",
    limits="Old code that nobody touches weighs as much as what is worked on. A mark claims all lines of its commit.",
    items=_surviving_items,
)
LINES_LASTING = Definition(
    id="lines_surviving_90d",
    title="lines alive after 90 days",
    unit="line",
    says="Lines of code and test files that were still there 90 days after they were written, declared when the commit "
    "that wrote them is; written at least 90 days before the clock.",
    limits="Says nothing about the latest 90 days. A line that lasts may be good, or forgotten.",
    items=_lasting_items,
)
LINE_TRUTH = Definition(
    id="line_truth",
    title="lines by line notes",
    unit="line",
    says="Lines added to code and test files by commits with a line-level note in refs/notes/ai, declared where the "
    "note gives them to an agent. The other definitions read marks and no notes.",
    limits="Speaks of the commits with notes alone. Lines without a key are untracked, not human. Recorders err: edits "
    "of people credited to an agent, lost notes after a squash.",
    items=_noted_items,
    absent="no-line-notes",
    of_part=True,
)
CHECKPOINT_LINES = Definition(
    id="checkpoint_lines",
    title="lines by checkpoints",
    unit="line",
    says="Lines added to code and test files by commits with an Entire checkpoint of their own, declared in the "
    "proportion that its recorder gave to an agent. The other definitions read marks and no checkpoints.",
    limits="Speaks of those commits alone. The recorder counts files of every kind, so the proportion is the commit's, "
    "not its code's. A commit that only deletes has none.",
    items=_checkpoint_items,
    absent="no-checkpoints",
    of_part=True,
)
FUNCTIONS = Definition(
    id="functions",
    title="functions since 2022-12",
    unit="function",
    says="Python functions of five lines and more that one commit of December 2022 (ChatGPT) or later wholly added; "
    "declared when their commit is. 600 functions of commits drawn at random, a dozen a commit; all where there are "
    "fewer. --style estimates the undeclared ones.",
    limits="A draw, not all of them. Edits to functions, and code outside them, are not measured.",
    items=_function_items,
)
