"""Follow-ups: changes whose production lines a later fix removes within 90 days, or that are reverted within 35.

A fix is recognised by its message. R-SZZ blames it on the change that wrote the youngest of the lines it removes (da
Costa et al., IEEE Trans. Softw. Eng. 2017), ignoring blank lines, closing braces and comments (AG-SZZ; Kim et al., ASE
2006). People who use AI word their fixes differently. A fix by a marked commit is therefore weighted so that a person's
marked commits would be called fixes as often as the person's others. Follow-ups are never called bugs: a fix is
whatever its message calls a fix.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.core.rows import iter_rows
from analyzer.outcomes.base import AnswerDefinition, OutcomeDefinition
from analyzer.outcomes.fix_messages import is_fix

if TYPE_CHECKING:
    import pandas as pd

    from analyzer.outcomes.history_view import OutcomeInputs

FOLLOW_UP_DAYS = 90
REWRITTEN_SHARE, REWRITE_DAYS = 0.5, 35


def early_removals(inputs: OutcomeInputs) -> pd.DataFrame | None:
    """Return production lines removed within 90 days of their merge, per change that wrote them and removing commit.

    Columns key, when, sha (removing commit), solid (lines that are neither cosmetic nor comments), fix (bool).
    """
    if inputs.production_lines is None:
        return None
    removed = inputs.production_lines[
        (inputs.production_lines["days"] < FOLLOW_UP_DAYS) & (inputs.production_lines["solid"] > 0)
    ]
    removed = removed.rename(columns={"died_sha": "sha"})
    pairs = removed.groupby(["key", "when", "sha"], sort=False)["solid"].sum().reset_index()
    pairs = pairs.astype({"key": "str", "sha": "str"})
    messages = dict(iter_rows(inputs.all_commits, "sha", "message"))
    fixes = {sha: is_fix(messages[sha]) for sha in pairs["sha"].unique()}
    return pairs.assign(fix=pairs["sha"].map(fixes).astype(bool))


def blamed_changes(inputs: OutcomeInputs) -> pd.DataFrame | None:
    """Return the change (key) that each fix (sha) is blamed on, the lines it removed (solid), and the fix's weight."""
    import numpy as np

    pairs = early_removals(inputs)
    if pairs is None:
        return None
    fixes = pairs[pairs["fix"]].sort_values(["sha", "when"], kind="stable")
    latest = fixes.drop_duplicates("sha", keep="last")
    marked = latest["sha"].isin(inputs.commits.loc[inputs.commits["ai"], "sha"])
    return latest.assign(weight=np.where(marked, 1 / fix_label_ratio(inputs, pairs), 1.0))[
        ["key", "sha", "solid", "weight"]
    ]


def fix_label_ratio(inputs: OutcomeInputs, pairs: pd.DataFrame) -> float:
    """Return how many times as often a person's marked commits are called fixes as the person's other commits.

    Computed over commits that remove recently written lines: the Mantel-Haenszel ratio over people; 1 if undefined.
    """
    import pandas as pd

    commits = pairs.groupby("sha")["fix"].any().reset_index().merge(inputs.commits, on="sha")
    fix, ai = commits["fix"].astype(float), commits["ai"].astype(float)
    counts = {"n1": ai, "n0": 1 - ai, "y1": ai * fix, "y0": (1 - ai) * fix}
    sums = pd.DataFrame(counts).groupby(commits["person"]).sum()
    total = sums["n1"] + sums["n0"]
    marked, unmarked = (sums["y1"] * sums["n0"] / total).sum(), (sums["y0"] * sums["n1"] / total).sum()
    return float(marked / unmarked) if marked > 0 and unmarked > 0 else 1.0


def follow_ups(inputs: OutcomeInputs) -> pd.DataFrame | None:
    """Return table `outcome_rows` per change: a follow-up counts with its weight, a revert as 1, both together as 1."""
    blamed = inputs.once(blamed_changes)
    if blamed is None:
        return None
    table = _changes_older_than(inputs, FOLLOW_UP_DAYS)
    events = blamed.groupby("key")["weight"].max()
    table["events"] = table["key"].map(events).fillna(0.0).clip(upper=1.0)
    table.loc[table["key"].isin(inputs.reverted_changes), "events"] = 1.0
    return inputs.aggregate(table.assign(cell="", denominator=1.0))


def follow_up_lines(inputs: OutcomeInputs) -> pd.DataFrame | None:
    """Return the same per production line: lines removed by a fix blamed on their change, of all that it shipped."""
    blamed = inputs.once(blamed_changes)
    if blamed is None or inputs.production_lines is None:
        return None
    table = _changes_older_than(inputs, FOLLOW_UP_DAYS)
    size = inputs.production_lines.groupby("key")["solid"].sum()
    events = (blamed["solid"] * blamed["weight"]).groupby(blamed["key"]).sum()
    table = table.assign(denominator=table["key"].map(size), events=table["key"].map(events).fillna(0.0))
    table = table[table["denominator"].fillna(0) > 0]
    return inputs.aggregate(table.assign(cell="", events=table["events"].clip(upper=table["denominator"])))


def half_rewritten_or_reverted(inputs: OutcomeInputs) -> pd.DataFrame | None:
    """Return changes reverted, or at least half rewritten, within 35 days; does not depend on fix messages."""
    if inputs.production_lines is None:
        return None
    table = _changes_older_than(inputs, REWRITE_DAYS)
    removed = inputs.production_lines["days"] < REWRITE_DAYS
    sums = (
        inputs.production_lines.assign(gone=inputs.production_lines["lines"].where(removed, 0))
        .groupby("key")[["gone", "lines"]]
        .sum()
    )
    half = sums["gone"] >= REWRITTEN_SHARE * sums["lines"]
    table = table[table["key"].isin(sums.index)]
    events = table["key"].map(half).astype(bool) | table["key"].isin(inputs.reverted_changes)
    return inputs.aggregate(table.assign(cell="", denominator=1.0, events=events.astype(float)))


def _changes_older_than(inputs: OutcomeInputs, days: int) -> pd.DataFrame:
    """Return changes merged at least `days` before the as-of date."""
    import pandas as pd

    return inputs.dated_changes[inputs.dated_changes["when"] <= inputs.as_of - pd.Timedelta(days=days)].copy()


_SOURCE = "da Costa et al., IEEE Trans. Softw. Eng. 2017 (R-SZZ); Kim et al., ASE 2006 (cosmetic lines)."
FOLLOW_UPS = OutcomeDefinition(
    id="follow_ups_90d",
    title="changes that needed a follow-up fix within 90 days",
    unit="share of mature changes",
    better="low",
    says="Reverted within 35 days, or blamed (R-SZZ) for production lines that a fix removes within 90 days.",
    limits="A commit is a fix if its message says so. Larger changes need more: read it with the figure per line.",
    compute=follow_ups,
    answer=AnswerDefinition("follow-up fixes per change", "more", "fewer", 0.10, 0.01, graded=False, size="batch_size"),
    compared_by="event_ratio",
    uses_later_marks=True,
    source=_SOURCE,
)
FOLLOW_UP_LINES = OutcomeDefinition(
    id="follow_up_lines_90d",
    title="production lines removed by follow-up fixes within 90 days",
    unit="share of lines",
    better="low",
    says="Share of the production lines of mature changes, comments excluded, that a fix blamed on the change removes.",
    limits="A fix that only adds lines is not counted. All lines that a fix removes count, not only the mistake.",
    compute=follow_up_lines,
    answer=AnswerDefinition("follow-up fixes per line", "more", "fewer", 0.10, 0.03, graded=False),
    compared_by="event_ratio",
    uses_later_marks=True,
    source=_SOURCE,
)
HALF_REWRITTEN_OR_REVERTED = OutcomeDefinition(
    id="undone_35d",
    title="changes half rewritten or reverted in 35 days",
    unit="share of changes",
    better="low",
    says="Reverted, or at least half of their production lines removed, within 35 days, whatever messages say.",
    limits="Ongoing work looks like repair. A small change is half rewritten by few lines.",
    compute=half_rewritten_or_reverted,
    compared_by="event_ratio",
)
