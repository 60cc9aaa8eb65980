"""The main definitions: the marked share of merged changes, commits, functions and lines (docs/method.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.core.rows import by_people
from analyzer.share.definition import Definition, line_items, make_items

if TYPE_CHECKING:
    import pandas as pd

    from analyzer.share.definition import ShareInputs


def _merged_change_items(inputs: ShareInputs) -> pd.DataFrame:
    changes = inputs.merged_changes[by_people(inputs.merged_changes)]
    return make_items(changes["merged"], 1, changes["ai"])


def _commit_items(inputs: ShareInputs) -> pd.DataFrame:
    return make_items(inputs.counted_commits["when"], 1, inputs.counted_commits["ai"])


def _added_items(inputs: ShareInputs) -> pd.DataFrame | None:
    return line_items(inputs, inputs.lines, "lines_added")


def _effective_items(inputs: ShareInputs) -> pd.DataFrame | None:
    return line_items(inputs, inputs.lines, "lines_effective")


def _function_items(inputs: ShareInputs) -> pd.DataFrame | None:
    if inputs.functions is None:
        return None
    functions = inputs.functions[["sha"]].merge(inputs.counted_commits, on="sha")
    return make_items(functions["when"], 1, functions["ai"])


MERGED_CHANGES = Definition(
    id="merged_changes",
    title="merged changes",
    unit="change",
    says="A merged pull request, squash or work session counts 1; its marked part is the share of its commits that "
    "are marked.",
    limits="A squash counts as wholly marked when it carries a mark. Rebased pull requests are told apart only by "
    "committer and time.",
    items=_merged_change_items,
)
COMMITS = Definition(
    id="commits",
    title="commits",
    unit="commit",
    says="Every commit but merges and automation counts 1, marked when an AI tool is its author or is credited in "
    "a trailer.",
    limits="Moves with how finely people commit: splitting a change in ten makes ten.",
    items=_commit_items,
)
LINES_ADDED = Definition(
    id="lines_added",
    title="lines added",
    unit="line",
    says="Lines added to code and test files by every commit except those of automation, marked when their commit is; "
    "as git blame sees them. A merge counts with the lines that it wrote itself, such as a resolved conflict.",
    limits="A mark claims all lines of its commit. Blank, short and moved lines are in. Verbose code weighs more. "
    "In an old history, only lines since it is followed (older-lines).",
    items=_added_items,
)
LINES_EFFECTIVE = Definition(
    id="lines_effective",
    title="effective lines added",
    unit="line",
    says="Of the lines added, those of more than three characters that were written there: not moved, restored, "
    "reindented, or touched by a commit of .git-blame-ignore-revs. Marked when their commit is.",
    limits="A mark claims all lines of its commit. Verbose code weighs more. Lines that a merge moved are in. "
    "In an old history, only lines since it is followed (older-lines).",
    items=_effective_items,
)
FUNCTIONS = Definition(
    id="functions",
    title="functions since 2022-12",
    unit="function",
    says="Python functions of five lines and more that one commit of December 2022 (ChatGPT) or later wholly added; "
    "marked when their commit is. 600 functions of commits drawn at random, a dozen a commit; all where there are "
    "fewer. --style estimates the unmarked ones.",
    limits="A draw, not all of them. Edits to functions, and code outside them, are not measured.",
    items=_function_items,
)
LINES_SURVIVING = Definition(
    id="lines_surviving",
    title="lines alive at head",
    unit="line",
    says="Lines of code and test files in the analysed revision, except those of automation, marked when the commit or "
    "merge that wrote them is. A line keeps its origin when it is moved, reindented or restored, or touched by a "
    "commit of .git-blame-ignore-revs.",
    limits="Old code that nobody touches weighs as much as what is worked on. A mark claims all lines of its commit.",
    items=lambda inputs: line_items(inputs, inputs.surviving, older=inputs.older.surviving if inputs.older else 0),
)
LINES_LASTING = Definition(
    id="lines_surviving_90d",
    title="lines alive after 90 days",
    unit="line",
    says="Lines of code and test files that were still there 90 days after they were written, except those of "
    "automation, marked when the commit or merge that wrote them is; written at least 90 days before the as-of date.",
    limits="Says nothing about the latest 90 days. A line that lasts may be good, or forgotten. "
    "In an old history, only lines since it is followed (older-lines).",
    items=lambda inputs: line_items(inputs, inputs.surviving_90d),
)
