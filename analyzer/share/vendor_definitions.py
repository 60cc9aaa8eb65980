"""Definitions that vendors publish and git can reproduce, for comparison over the same files and window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.core.rows import by_people
from analyzer.share.definition import Definition, line_items, make_items

if TYPE_CHECKING:
    import pandas as pd

    from analyzer.share.definition import ShareInputs

# Parts of a commit's lines that GitClear credits for `Generated-by:`, `Co-authored-by:` and `Assisted-by:`.
_GENERATED, _COAUTHORED, _ASSISTED = 1.0, 0.5, 0.3
_ROLE_WEIGHTS = {"author": _GENERATED, "coauthor": _COAUTHORED, "session": _COAUTHORED, "assisted": _ASSISTED}


def role_weights(evidence: pd.DataFrame) -> pd.DataFrame:
    """Return columns sha, weight: the part of a commit that its strongest authorship mark credits."""
    marks = evidence[evidence["strength"].isin(["A", "B"]) | (evidence["role"] == "session")]
    weight = marks["role"].map(_ROLE_WEIGHTS).astype("float64").fillna(0)
    generated = marks["match"].str.match(r"generated[- ]by", case=False)
    return marks.assign(weight=weight.mask(generated, _GENERATED)).groupby("sha")["weight"].max().reset_index()


def _weighted_items(inputs: ShareInputs) -> pd.DataFrame | None:
    if inputs.lines is None or inputs.weights is None:
        return None
    commits = inputs.line_commits.merge(inputs.lines, on="sha").merge(inputs.weights, on="sha", how="left")
    return make_items(commits["when"], commits["lines_added"], commits["weight"].where(commits["ai"]).fillna(0))


def _any_mark_items(inputs: ShareInputs) -> pd.DataFrame:
    changes = inputs.merged_changes[by_people(inputs.merged_changes)]
    return make_items(changes["merged"], 1, changes["ai"] > 0)


CHANGES_ANY = Definition(
    id="changes_any_mark",
    title="changes with any mark",
    unit="change",
    says="A merged change counts wholly as soon as one of its commits is marked: so do tools that count pull requests "
    "with AI in them.",
    limits="One line makes a whole pull request.",
    items=_any_mark_items,
)
LINES_WEIGHTED = Definition(
    id="lines_by_role",
    title="lines by 30/50/100 credit",
    unit="line",
    says="Lines added, of which a commit that an agent authored or Generated-by names credits 100 %, Co-authored-by or "
    "a session link 50 %, other assistance 30 %: the weights of one vendor (GitClear).",
    limits="Nobody measured the weights. The wording of a trailer moves the share.",
    items=_weighted_items,
)
LINES_BLAMED = Definition(
    id="lines_blamed",
    title="lines blamed at head",
    unit="line",
    says="Lines of code and test files in the analysed revision, except those of automation, marked when the commit or "
    "merge that git blame names is.",
    limits="Whoever moves, reindents or restores a line takes it over.",
    items=lambda inputs: line_items(inputs, inputs.blamed, older=inputs.older.blamed if inputs.older else 0),
)
