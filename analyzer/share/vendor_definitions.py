"""Definitions that others publish and git can reproduce, for comparison: the same files, the same window."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.share.definition import Definition, counted, lines_of

if TYPE_CHECKING:
    import pandas as pd

    from analyzer.share.definition import Known

# GitClear credits so much of a commit's lines for `Generated-by:`, `Co-authored-by:` and `Assisted-by:`.
_GENERATED, _COAUTHORED, _ASSISTED = 1.0, 0.5, 0.3
_ROLES = {"author": _GENERATED, "coauthor": _COAUTHORED, "session": _COAUTHORED, "assisted": _ASSISTED}


def weights(evidence: pd.DataFrame) -> pd.DataFrame:
    """Columns sha, weight: how much of a commit its heaviest mark of authorship credits; `evidence` is the table."""
    marks = evidence[evidence["strength"].isin(["A", "B"]) | (evidence["role"] == "session")]
    weight = marks["role"].map(_ROLES).astype("float64").fillna(0)
    generated = marks["trace"].str.match(r"generated[- ]by", case=False)
    return marks.assign(weight=weight.mask(generated, _GENERATED)).groupby("sha")["weight"].max().reset_index()


def _weighted_items(known: Known) -> pd.DataFrame | None:
    if known.lines is None or known.weights is None:
        return None
    plain = known.plain.merge(known.lines, on="sha").merge(known.weights, on="sha", how="left")
    return counted(plain["when"], plain["lines_added"], plain["weight"].where(plain["ai"]).fillna(0))


def _any_items(known: Known) -> pd.DataFrame:
    units = known.units[known.units["label"] != "automation"]
    return counted(units["merged"], 1, units["ai"] > 0)


CHANGES_ANY = Definition(
    id="changes_any_mark",
    title="changes with any mark",
    unit="change",
    says="A merged change counts wholly as soon as one of its commits is marked: so do tools that count pull requests "
    "with AI in them.",
    limits="One line makes a whole pull request.",
    items=_any_items,
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
    says="Lines of code and test files in the analysed revision, declared when the commit that git blame names is.",
    limits="Whoever moves, reindents or restores a line takes it over.",
    items=lambda known: lines_of(known, known.blamed),
)
