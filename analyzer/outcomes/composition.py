"""What changes are made of: tests, copied code, decisions, new files, and size.

These are not outcomes themselves. Where they differ between marked and other changes, they may explain other
differences.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.outcomes.base import AnswerDefinition, OutcomeDefinition

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from analyzer.outcomes.history_view import OutcomeInputs


def _outcome_by_commit(inputs: OutcomeInputs, sums: Callable[[pd.DataFrame], pd.DataFrame]) -> pd.DataFrame | None:
    """Return table `outcome_rows` from events and denominator per commit (index), of code and test files."""
    if inputs.counted_changes is None:
        return None
    totals = sums(inputs.counted_changes)
    commits = inputs.commits.rename(columns={"sha": "key"}).astype({"key": totals.index.dtype})
    table = commits.merge(totals, left_on="key", right_index=True)
    return inputs.aggregate(table[table["when"].notna() & (table["when"] < inputs.as_of)].assign(cell=""))


def _commits_with_tests(file_changes: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd

    code_commits, test_commits = (
        file_changes.loc[file_changes["path_class"] == name, "sha"].unique() for name in ("code", "test")
    )
    index = pd.Index(code_commits)
    return pd.DataFrame({"events": index.isin(test_commits).astype(float), "denominator": 1.0}, index=index)


def _lines_in_new_files(file_changes: pd.DataFrame) -> pd.DataFrame:
    lines = (
        file_changes.assign(new=file_changes["added"].where(file_changes["status"] == "A", 0))
        .groupby("sha")[["new", "added"]]
        .sum()
    )
    lines = lines[lines["added"] > 0]
    return lines.rename(columns={"new": "events", "added": "denominator"})


def _share_of(column: str, total: str = "effective") -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Return a function that counts `column` among `total` (effective lines) of production code, per commit."""

    def sums(file_changes: pd.DataFrame) -> pd.DataFrame:
        code = file_changes[file_changes["path_class"] == "code"].groupby("sha")[[column, total]].sum()
        code = code[code[total] > 0].astype(float)
        return code.rename(columns={column: "events", total: "denominator"})

    return sums


def _log_lines_added(file_changes: pd.DataFrame) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    lines = file_changes.groupby("sha")["added"].sum()
    lines = lines[lines > 0]
    return pd.DataFrame({"events": np.log(lines.astype(float)), "denominator": 1.0}, index=lines.index)


def _test_cochange(inputs: OutcomeInputs) -> pd.DataFrame | None:
    """Return commits to code and those that touch tests; None for a history without a test file."""
    changes = inputs.file_changes
    if changes is None or not (changes["path_class"] == "test").any():
        return None
    return _outcome_by_commit(inputs, _commits_with_tests)


TESTS = OutcomeDefinition(
    id="test_cochange",
    title="commits to code that touch tests",
    unit="share of commits",
    better="high",
    says="Of the commits that touch code, those that touch a test file as well.",
    limits="Touching a test file is not testing. Unknown without test files, which some projects keep elsewhere.",
    compute=_test_cochange,
    compared_by="share_ratio",
    descriptive=True,
    answer=AnswerDefinition("tests touched", "more often", "less often", 0.10, 0.01, size="commit_size"),
)
COPIED = OutcomeDefinition(
    id="copied_lines",
    title="lines added that repeat other code",
    unit="share of lines",
    better="low",
    says="Of effective lines added to production code, those in blocks of six and more that stood already in "
    "other code or tests.",
    limits="Word for word, blanks aside, with blocks that one commit wrote: a copy with other names is not seen.",
    compute=lambda inputs: _outcome_by_commit(inputs, _share_of("copied")),
    compared_by="share_ratio",
    descriptive=True,
    source="Blocks of six lines as in the clone literature (Roy, Cordy & Koschke, Sci. Comput. Program. 2009).",
)
REPEATED = OutcomeDefinition(
    id="repeated_tokens",
    title="tokens added that repeat other code",
    unit="share of tokens",
    better="low",
    says="Of tokens added to production code, those in blocks of fifty and more that stood already in other code or "
    "tests, whatever names, literals, comments and line breaks they have.",
    limits="Code of one shape is not always a copy: wrappers and boilerplate are alike. Small copies are not seen.",
    compute=lambda inputs: _outcome_by_commit(inputs, _share_of("repeated_tokens", "tokens")),
    compared_by="share_ratio",
    descriptive=True,
    answer=AnswerDefinition("repeated code", "more", "less", 0.10, 0.03, size="commit_size"),
    source="Type-2 clones (Roy, Cordy & Koschke, Sci. Comput. Program. 2009), by tokens.",
)
COMPLEXITY = OutcomeDefinition(
    id="decisions_per_line",
    title="decisions per line added",
    unit="decisions per line",
    better="neither",
    says="Lines that begin with if, for, while, case, catch and the like, of effective lines added to production code.",
    limits="By keyword, one a line, in comments too; conditions inside expressions are not seen. No measure of worth.",
    compute=lambda inputs: _outcome_by_commit(inputs, _share_of("decisions")),
    descriptive=True,
    source="McCabe, A complexity measure, IEEE Trans. Softw. Eng. 1976.",
)
NEW_FILES = OutcomeDefinition(
    id="new_file_share",
    title="lines added in new files",
    unit="share of lines",
    better="neither",
    says="Of the lines added to code and tests, those in files that the commit made.",
    limits="New code lives longer than changed code, so this shifts other outcomes: they are matched on it.",
    compute=lambda inputs: _outcome_by_commit(inputs, _lines_in_new_files),
    descriptive=True,
)
SIZE = OutcomeDefinition(
    id="commit_size",
    title="size of a commit (log lines added)",
    unit="log lines",
    better="neither",
    says="Mean log of lines added to code and tests, of commits that add any. A difference of 0.7 doubles the size.",
    limits="Splittable: verbose code is larger, one commit made into ten is smaller. No measure of work.",
    compute=lambda inputs: _outcome_by_commit(inputs, _log_lines_added),
    descriptive=True,
    coupled=True,
)
