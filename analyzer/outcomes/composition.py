"""What changes are made of: tests beside code, code that repeats code, branches, new files beside old ones, size.

No outcome by itself: what shifts with the mark may explain what else does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.history.file_classes import COUNTED
from analyzer.outcomes.base import Measure

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.outcomes.history_view import Seen


def _by_commit(seen: Seen, sums: Callable[[pd.DataFrame], pd.DataFrame]) -> pd.DataFrame | None:
    """Table `judged` from events and exposure by commit (index) of the changes of code and tests."""
    if seen.changes is None:
        return None
    found = sums(seen.changes[seen.changes["path_class"].isin(COUNTED)])
    table = seen.commits.rename(columns={"sha": "key"}).merge(found, left_on="key", right_index=True)
    return seen.judged(table[table["when"].notna() & (table["when"] < seen.clock)].assign(cell=""))


def _tested(changes: pd.DataFrame) -> pd.DataFrame:
    code, test = (changes.loc[changes["path_class"] == name, "sha"].unique() for name in ("code", "test"))
    index = pd.Index(code, dtype="str")
    return pd.DataFrame({"events": index.isin(test).astype(float), "exposure": 1.0}, index=index)


def _new(changes: pd.DataFrame) -> pd.DataFrame:
    lines = (
        changes.assign(new=changes["added"].where(changes["status"] == "A", 0)).groupby("sha")[["new", "added"]].sum()
    )
    lines = lines[lines["added"] > 0]
    return lines.rename(columns={"new": "events", "added": "exposure"})


def _part(column: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """Of effective lines of production code, those of another column."""

    def sums(changes: pd.DataFrame) -> pd.DataFrame:
        code = changes[changes["path_class"] == "code"].groupby("sha")[[column, "effective"]].sum()
        code = code[code["effective"] > 0].astype(float)
        return code.rename(columns={column: "events", "effective": "exposure"})

    return sums


def _large(changes: pd.DataFrame) -> pd.DataFrame:
    lines = changes.groupby("sha")["added"].sum()
    lines = lines[lines > 0]
    return pd.DataFrame({"events": np.log(lines.astype(float)), "exposure": 1.0}, index=lines.index)


TESTS = Measure(
    id="test_cochange",
    title="commits to code that touch tests",
    unit="share of commits",
    better="high",
    says="Of the commits that touch code, those that touch a test file as well.",
    limits="A test file touched is not a test that tests. Some projects keep tests elsewhere.",
    judge=lambda seen: _by_commit(seen, _tested),
    describes=True,
)
COPIED = Measure(
    id="copied_lines",
    title="lines added that repeat other code",
    unit="share of lines",
    better="low",
    says="Of effective lines added to production code, those in blocks of six and more that stood elsewhere already.",
    limits="Word for word, blanks aside, with blocks that one commit wrote: a copy with other names is not seen.",
    judge=lambda seen: _by_commit(seen, _part("copied")),
    describes=True,
    source="Blocks of six lines as in the clone literature (Roy, Cordy & Koschke, Sci. Comput. Program. 2009).",
)
COMPLEXITY = Measure(
    id="decisions_per_line",
    title="decisions per line added",
    unit="decisions per line",
    better="neither",
    says="Lines that begin with if, for, while, case, catch and the like, of effective lines added to production code.",
    limits="By keyword, one a line, in comments too; conditions inside expressions are not seen. No measure of worth.",
    judge=lambda seen: _by_commit(seen, _part("decisions")),
    describes=True,
    source="McCabe, A complexity measure, IEEE Trans. Softw. Eng. 1976.",
)
NEW_FILES = Measure(
    id="new_file_share",
    title="lines added in new files",
    unit="share of lines",
    better="neither",
    says="Of the lines added to code and tests, those in files that the commit made.",
    limits="New code lives longer than changed code, so this shifts other outcomes: they are matched on it.",
    judge=lambda seen: _by_commit(seen, _new),
    describes=True,
)
SIZE = Measure(
    id="commit_size",
    title="size of a commit (log lines added)",
    unit="log lines",
    better="neither",
    says="Mean log of lines added to code and tests, of commits that add any. A difference of 0.7 doubles the size.",
    limits="Splittable: verbose code is larger, one commit made into ten is smaller. No measure of work.",
    judge=lambda seen: _by_commit(seen, _large),
    describes=True,
    coupled=True,
)
