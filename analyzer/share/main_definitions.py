"""The definitions of the method: what is declared of merged changes, commits, functions and lines (docs/method.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.share.definition import Definition, counted, lines_of

if TYPE_CHECKING:
    import pandas as pd

    from analyzer.share.definition import Known


def _unit_items(known: Known) -> pd.DataFrame:
    units = known.units[known.units["label"] != "automation"]
    return counted(units["merged"], 1, units["ai"])


def _commit_items(known: Known) -> pd.DataFrame:
    return counted(known.plain["when"], 1, known.plain["ai"])


def _added_items(known: Known) -> pd.DataFrame | None:
    return lines_of(known, known.lines, "lines_added")


def _effective_items(known: Known) -> pd.DataFrame | None:
    return lines_of(known, known.lines, "lines_effective")


def _function_items(known: Known) -> pd.DataFrame | None:
    if known.functions is None:
        return None
    plain = known.functions[["sha"]].merge(known.plain, on="sha")
    return counted(plain["when"], 1, plain["ai"])


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
    items=_added_items,
)
LINES_EFFECTIVE = Definition(
    id="lines_effective",
    title="effective lines added",
    unit="line",
    says="Of the lines added, those of more than three characters that were written there: not moved, restored, "
    "reindented, or touched by a commit of .git-blame-ignore-revs. Declared when their commit is.",
    limits="A mark claims all lines of its commit. Verbose code weighs more.",
    items=_effective_items,
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
LINES_SURVIVING = Definition(
    id="lines_surviving",
    title="lines alive at head",
    unit="line",
    says="Lines of code and test files in the analysed revision, declared when the commit that wrote them is. A line "
    "keeps its origin when it is moved, reindented or restored, or touched by a commit of .git-blame-ignore-revs.",
    limits="Old code that nobody touches weighs as much as what is worked on. A mark claims all lines of its commit.",
    items=lambda known: lines_of(known, known.surviving),
)
LINES_LASTING = Definition(
    id="lines_surviving_90d",
    title="lines alive after 90 days",
    unit="line",
    says="Lines of code and test files that were still there 90 days after they were written, declared when the commit "
    "that wrote them is; written at least 90 days before the clock.",
    limits="Says nothing about the latest 90 days. A line that lasts may be good, or forgotten.",
    items=lambda known: lines_of(known, known.lasting),
)
