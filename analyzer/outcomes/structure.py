"""What changes do to the functions of production code: their complexity, and whether new ones come with tests.

Functions are those of `structure`, in the languages that we parse and of a sample of commits where a history is long.
Complexity is compared on a log scale, log(1 + cognitive complexity): a change by two points is much for a function that
has three, and nothing for one that has three hundred.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.outcomes.base import AnswerDefinition, OutcomeDefinition

if TYPE_CHECKING:
    import pandas as pd

    from analyzer.outcomes.history_view import OutcomeInputs

_LENGTHS_PER_DOUBLING = 4
_SAMPLED = "In a sample of commits where a history is long; languages without a grammar are left out."
_COGNITIVE = "Campbell, Cognitive Complexity, SonarSource 2023; He et al., arXiv 2511.04427."


def touched_functions(inputs: OutcomeInputs) -> pd.DataFrame | None:
    """Return the functions that stood before and after a commit that changed them, one row each.

    Columns sha, path, language and growth (change of log(1 + cognitive complexity)); None if functions were not read.
    """
    import numpy as np

    if inputs.structure is None:
        return None
    functions = inputs.structure.function_changes
    both = functions[functions["change"].isin(("changed", "rewritten"))]
    after, before = (both[name].to_numpy(np.float64) for name in ("cognitive", "cognitive_before"))
    return both[["sha", "path", "language"]].assign(growth=np.log1p(after) - np.log1p(before))


def added_functions(inputs: OutcomeInputs) -> pd.DataFrame | None:
    """Return the functions that commits added, one row each.

    Columns sha, language, complexity (log(1 + cognitive complexity)), length (class of lines, four to a doubling)
    and tested (whether the commit touches a test of the file); None where functions were not read.
    """
    import numpy as np

    if inputs.structure is None:
        return None
    functions = inputs.structure.function_changes
    added = functions[functions["change"] == "added"]
    files = inputs.structure.parsed_files[["sha", "path", "tested"]]
    joined = added[["sha", "path", "language", "cognitive", "lines"]].merge(files, on=["sha", "path"])
    length = np.floor(_LENGTHS_PER_DOUBLING * np.log2(joined["lines"].to_numpy(np.float64))).astype(int)
    return joined[["sha", "language", "tested"]].assign(
        complexity=np.log1p(joined["cognitive"].to_numpy(np.float64)), length=length
    )


def complexity_growth(inputs: OutcomeInputs) -> pd.DataFrame | None:
    """Return table `outcome_rows`: growth of the complexity of the functions that a commit changes."""
    by_file = inputs.once(complexity_growth_by_file)
    return None if by_file is None else inputs.aggregate(by_file)


def complexity_growth_by_file(inputs: OutcomeInputs) -> pd.DataFrame | None:
    """Return the same by file: the columns of `outcome_rows` and path, one row per commit and file.

    Growth is that of the functions, less the mean of their language.
    """
    functions = inputs.once(touched_functions)
    if functions is None:
        return None
    mean = functions.groupby("language")["growth"].transform("mean")
    rows = _with_commits(inputs, functions.assign(events=functions["growth"] - mean))
    columns = ["key", "path", "cell", "person", "when", "ai"]
    sums = rows.groupby(columns, dropna=False)[["events", "denominator"]].sum().reset_index()
    return sums.astype({"path": "category", **inputs.identifiers})


def new_function_complexity(inputs: OutcomeInputs) -> pd.DataFrame | None:
    """Return table `outcome_rows`: complexity of added functions, less that of the same language and length.

    What is subtracted is the same on both sides of a comparison.
    """
    functions = inputs.once(added_functions)
    if functions is None:
        return None
    mean = functions.groupby(["language", "length"])["complexity"].transform("mean")
    return _by_commit(inputs, functions.assign(events=functions["complexity"] - mean))


def tested_functions(inputs: OutcomeInputs) -> pd.DataFrame | None:
    """Return table `outcome_rows`: added functions whose commit touches a test of their file, of all that it adds."""
    functions = inputs.once(added_functions)
    if functions is None or not functions["tested"].any():
        return None
    return _by_commit(inputs, functions.assign(events=functions["tested"].astype(float)))


def tests_per_function(inputs: OutcomeInputs) -> pd.DataFrame | None:
    """Return table `outcome_rows`: test cases that a commit adds, over the functions that it adds."""
    functions = inputs.once(added_functions)
    if functions is None or inputs.structure is None:
        return None
    tests = inputs.structure.parsed_files.groupby("sha")["tests_added"].sum()
    if not tests.sum() > 0:
        return None
    added = functions.groupby("sha").size()
    table = added.rename("denominator").reset_index()
    return _by_commit(inputs, table.assign(events=table["sha"].map(tests).astype(float)))


def _by_commit(inputs: OutcomeInputs, functions: pd.DataFrame) -> pd.DataFrame:
    """Return table `outcome_rows` of rows with sha, events and, unless each counts 1, a denominator."""
    return inputs.aggregate(_with_commits(inputs, functions))


def _with_commits(inputs: OutcomeInputs, functions: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of commits before the as-of date, with key, cell, person, when, ai, and a denominator."""
    rows = functions if "denominator" in functions else functions.assign(denominator=1.0)
    commits = inputs.commits.rename(columns={"sha": "key"})
    table = rows.drop(columns="ai", errors="ignore").rename(columns={"sha": "key"}).assign(cell="")
    table = table.merge(commits, on="key")
    return table[table["when"].notna() & (table["when"] < inputs.as_of)]


COMPLEXITY_GROWTH = OutcomeDefinition(
    id="complexity_growth",
    title="growth in complexity of changed functions (log points)",
    unit="log points",
    better="low",
    says="Change of the log of cognitive complexity, plus one, of production functions that a commit changes, less the "
    "mean of the language.",
    limits=f"Features need decisions: growth is no fault by itself. {_SAMPLED}",
    compute=complexity_growth,
    descriptive=True,
    answer=AnswerDefinition("complexity of changed functions", "more", "less", 1.10, size="commit_size"),
    source=_COGNITIVE,
)
NEW_COMPLEXITY = OutcomeDefinition(
    id="new_function_complexity",
    title="complexity of new functions at the same length (log points)",
    unit="log points",
    better="low",
    says="Log of cognitive complexity, plus one, of functions added to production code, less the mean of functions of "
    "the same language and length.",
    limits=f"Lengths of one class differ by up to a fifth. {_SAMPLED}",
    compute=new_function_complexity,
    descriptive=True,
    answer=AnswerDefinition("complexity of new functions of the same length", "more", "less", 1.25),
    source=_COGNITIVE,
)
TESTED_FUNCTIONS = OutcomeDefinition(
    id="tested_functions",
    title="new functions that come with a test of their file",
    unit="share of functions",
    better="high",
    says="Of functions added to production code, those whose commit adds a test case in the same file, or touches a "
    "test file that has the file's name in its own.",
    limits=f"Tests under other names, or in a commit of their own, are not seen. {_SAMPLED}",
    compute=tested_functions,
    compared_by="share_ratio",
    descriptive=True,
    answer=AnswerDefinition("new functions with tests", "more", "fewer", 0.10, 0.03, size="commit_size"),
)
TESTS_PER_FUNCTION = OutcomeDefinition(
    id="tests_per_function",
    title="test cases added per new function",
    unit="tests per function",
    better="neither",
    says="Test cases that a commit adds, as the languages' common frameworks mark them, over functions that it adds.",
    limits=f"More test cases are not better tests. {_SAMPLED}",
    compute=tests_per_function,
    descriptive=True,
)
