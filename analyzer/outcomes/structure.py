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

_LENGTH_CLASS = 2.0
_SAMPLED = "In a sample of commits where a history is long; languages without a grammar are left out."
_COGNITIVE = "Campbell, Cognitive Complexity, SonarSource 2023; He et al., arXiv 2511.04427."


def touched_functions(inputs: OutcomeInputs) -> pd.DataFrame | None:
    """Return the functions that stood before and after a commit that changed them, one row each.

    Columns sha, path, language, growth (change of log(1 + cognitive complexity)) and points (its change); None where
    functions were not read.
    """
    import numpy as np

    if inputs.structure is None:
        return None
    functions = inputs.structure.function_changes
    both = functions[functions["change"].isin(("changed", "rewritten"))]
    after, before = (both[name].to_numpy(np.float64) for name in ("cognitive", "cognitive_before"))
    return both[["sha", "path", "language"]].assign(growth=np.log1p(after) - np.log1p(before), points=after - before)


def added_functions(inputs: OutcomeInputs) -> pd.DataFrame | None:
    """Return the functions that commits added, one row each.

    Columns sha, path, language, complexity (log(1 + cognitive complexity)), length (class of lines, each twice as long
    as the one before) and tested (whether the commit touches a test of the file); None where functions were not read.
    """
    import numpy as np

    if inputs.structure is None:
        return None
    functions = inputs.structure.function_changes
    added = functions[functions["change"] == "added"]
    files = inputs.structure.parsed_files[["sha", "path", "tested"]]
    joined = added[["sha", "path", "language", "cognitive", "lines"]].merge(files, on=["sha", "path"])
    length = np.floor(np.log2(joined["lines"].to_numpy(np.float64)) / np.log2(_LENGTH_CLASS)).astype(int)
    return joined[["sha", "path", "language", "tested"]].assign(
        complexity=np.log1p(joined["cognitive"].to_numpy(np.float64)), length=length
    )


def complexity_growth(inputs: OutcomeInputs) -> pd.DataFrame | None:
    """Return table `outcome_rows`: the growth of the complexity of the functions that a commit touches, by language."""
    functions = inputs.once(touched_functions)
    if functions is None:
        return None
    return _by_commit(inputs, functions.assign(cell=functions["language"], events=functions["growth"]))


def new_function_complexity(inputs: OutcomeInputs) -> pd.DataFrame | None:
    """Return table `outcome_rows`: the complexity of added functions, by language and length."""
    functions = inputs.once(added_functions)
    if functions is None:
        return None
    cell = functions["language"] + ", length " + functions["length"].astype("str")
    return _by_commit(inputs, functions.assign(cell=cell, events=functions["complexity"]))


def tested_functions(inputs: OutcomeInputs) -> pd.DataFrame | None:
    """Return table `outcome_rows`: added functions whose commit touches a test of their file, of all that it adds."""
    functions = inputs.once(added_functions)
    if functions is None or not functions["tested"].any():
        return None
    return _by_commit(inputs, functions.assign(cell=functions["language"], events=functions["tested"].astype(float)))


def tests_per_function(inputs: OutcomeInputs) -> pd.DataFrame | None:
    """Return table `outcome_rows`: test cases that a commit adds, over the functions that it adds."""
    functions = inputs.once(added_functions)
    if functions is None or inputs.structure is None:
        return None
    tests = inputs.structure.parsed_files.groupby("sha")["tests_added"].sum()
    if not tests.sum() > 0:
        return None
    added = functions.groupby("sha").size()
    table = added.rename("denominator").reset_index().assign(cell="")
    return _by_commit(inputs, table.assign(events=table["sha"].map(tests).astype(float)))


def _by_commit(inputs: OutcomeInputs, functions: pd.DataFrame) -> pd.DataFrame:
    """Return table `outcome_rows` of rows with sha, cell, events and, unless each counts 1, a denominator."""
    rows = functions if "denominator" in functions else functions.assign(denominator=1.0)
    commits = inputs.commits.rename(columns={"sha": "key"})
    table = rows.rename(columns={"sha": "key"})[["key", "cell", "events", "denominator"]].merge(commits, on="key")
    return inputs.aggregate(table[table["when"].notna() & (table["when"] < inputs.as_of)])


COMPLEXITY_GROWTH = OutcomeDefinition(
    id="complexity_growth",
    title="growth in complexity of functions changed (log points)",
    unit="log points",
    better="low",
    says="Mean change of the log of cognitive complexity, plus one, of production functions that a commit changes.",
    limits=f"Features need decisions: growth is no fault by itself. {_SAMPLED}",
    compute=complexity_growth,
    matched_on=("person", "quarter", "language"),
    descriptive=True,
    answer=AnswerDefinition("complexity of changed functions", "more", "less", 1.10, size="commit_size"),
    source=_COGNITIVE,
)
NEW_COMPLEXITY = OutcomeDefinition(
    id="new_function_complexity",
    title="complexity of new functions at the same length (log points)",
    unit="log points",
    better="low",
    says="Mean log of cognitive complexity, plus one, of functions added to production code, compared at equal length.",
    limits=f"Lengths of one class differ by up to a factor of two. {_SAMPLED}",
    compute=new_function_complexity,
    matched_on=("person", "quarter", "language", "length of the function"),
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
    matched_on=("person", "quarter", "language"),
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
