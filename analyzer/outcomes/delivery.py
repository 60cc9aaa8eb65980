"""How changes are delivered: their lead time, their size, and how soon they are released."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.outcomes.base import AnswerDefinition, OutcomeDefinition

if TYPE_CHECKING:
    import pandas as pd

    from analyzer.outcomes.history_view import OutcomeInputs

_SECONDS_PER_HOUR = 3_600.0
RELEASED_DAYS = 30


def lead_time(inputs: OutcomeInputs) -> pd.DataFrame | None:
    """Return log hours (plus one) from the first author date to the merge, of merges and rebases."""
    import numpy as np
    import pandas as pd

    change = inputs.all_commits["sha"].map(inputs.merged_change_of)
    first_authored = inputs.all_commits["authored"].groupby(change).min()
    table = inputs.dated_changes[inputs.dated_changes["kind"].isin(("merge", "rebase"))]
    started = pd.Series(first_authored.reindex(table["key"]).array, index=table.index)
    hours = (table["when"] - started).dt.total_seconds() / _SECONDS_PER_HOUR
    table = table.assign(events=np.log1p(hours.where(hours >= 0)))
    return inputs.aggregate(table[table["events"].notna()].assign(cell="", denominator=1.0))


def batch_size(inputs: OutcomeInputs) -> pd.DataFrame | None:
    """Return log effective lines of code and tests, of changes that add any."""
    import numpy as np

    sizes = _sum_by_change(inputs, "effective")
    if sizes is None:
        return None
    table = inputs.dated_changes.assign(events=inputs.dated_changes["key"].map(sizes))
    table = table[table["events"].fillna(0) > 0]
    return inputs.aggregate(table.assign(cell="", denominator=1.0, events=np.log(table["events"].astype(float))))


def functions_added(inputs: OutcomeInputs) -> pd.DataFrame | None:
    """Return functions added, or whose first line changed, per change that touches code or tests."""
    functions = _sum_by_change(inputs, "functions")
    if functions is None:
        return None
    table = inputs.dated_changes[inputs.dated_changes["key"].isin(functions.index)]
    return inputs.aggregate(table.assign(cell="", denominator=1.0, events=table["key"].map(functions).astype(float)))


def commits_in_change(inputs: OutcomeInputs) -> pd.DataFrame | None:
    """Return the log number of commits of each change."""
    import numpy as np

    return inputs.aggregate(
        inputs.dated_changes.assign(
            cell="", denominator=1.0, events=np.log(inputs.dated_changes["commits"].astype(float))
        )
    )


def released_soon(inputs: OutcomeInputs) -> pd.DataFrame | None:
    """Return whether each change was released within 30 days of its merge, of changes at least that old."""
    import pandas as pd

    if inputs.first_releases is None:
        return None
    table = inputs.dated_changes[inputs.dated_changes["when"] <= inputs.as_of - pd.Timedelta(days=RELEASED_DAYS)]
    release_dates = (
        inputs.merged_changes.set_index("merged_change")["sha"].map(inputs.first_releases).reindex(table["key"]).array
    )
    within_window = pd.Series(release_dates, index=table.index) - table["when"] <= pd.Timedelta(days=RELEASED_DAYS)
    return inputs.aggregate(table.assign(cell="", denominator=1.0, events=within_window.astype(float)))


def _sum_by_change(inputs: OutcomeInputs, column: str) -> pd.Series | None:
    """Return the sum of a column of `file_changes` over code and tests per merged change; None without contents."""
    import pandas as pd

    counted = inputs.counted_changes
    if counted is None:
        return None
    by_commit = counted[column].groupby(counted["sha"]).sum()
    changes = [inputs.change_of_lines.get(sha) for sha in by_commit.index.to_list()]
    return by_commit.groupby(pd.Series(changes, index=by_commit.index, dtype="str")).sum()


LEAD_TIME = OutcomeDefinition(
    id="lead_time",
    title="time from first commit to landing (log hours)",
    unit="log hours",
    better="low",
    says="Mean log of hours, plus one, from the first author date to the landing, of merged and rebased changes.",
    limits="Author dates can be false; waiting for review counts. Squashes keep no first date and are not judged.",
    compute=lead_time,
    answer=AnswerDefinition("time to land", "longer", "shorter", 1.5, size="batch_size"),
)
RELEASED = OutcomeDefinition(
    id="released_30d",
    title="changes in a release within 30 days",
    unit="share of changes",
    better="high",
    says="Changes whose landing a tag with a version in its name holds 30 days later; needs the tags of the clone.",
    limits="Releases come when a project makes them: it tells how soon work was used, not how good it was.",
    compute=released_soon,
)
BATCH_SIZE = OutcomeDefinition(
    id="batch_size",
    title="size of a change (log lines added)",
    unit="log lines",
    better="neither",
    says="Mean log of effective lines of code and tests, of changes that add any. A difference of 0.7 is a doubling.",
    limits="Verbose code is larger, one change cut into ten is smaller: what it moves, it may explain.",
    compute=batch_size,
    descriptive=True,
    coupled=True,
)
FUNCTIONS = OutcomeDefinition(
    id="functions_added",
    title="functions added or rewritten, per change",
    unit="functions",
    better="neither",
    says="Lines added that define a function (def, fn, func, function, fun, sub), new or with another first line.",
    limits="Told by keyword: languages without one (C, Java) show few. Longer changes hold more of them.",
    compute=functions_added,
    descriptive=True,
    coupled=True,
)
COMMITS = OutcomeDefinition(
    id="commits_in_change",
    title="commits in a change (log)",
    unit="log commits",
    better="neither",
    says="Mean log of commits that came in together. A squash is one, however many it was made of.",
    limits="A habit, not work: it is here because what is cut otherwise is counted otherwise.",
    compute=commits_in_change,
    descriptive=True,
    coupled=True,
)
