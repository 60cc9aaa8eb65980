"""Cheap ways to manipulate an AI share: each changes the tables of a history, and everything is counted again.

A new manipulation is one function here and one line in `MANIPULATIONS`. None of them writes to the repository.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.core.rows import by_people
from analyzer.share.line_counts import lines_by_commit

if TYPE_CHECKING:
    from analyzer.share.definition import ShareInputs

_SPLIT_INTO = 5
_TRIVIAL_LINES = 5
_GENERATED_LINES = 10_000


@dataclass(frozen=True)
class AuditTables:
    """The tables that a manipulation changes.

    Attributes
    ----------
    share_inputs : the tables that share definitions read.
    merged_change_of : merged change of each non-merge commit.
    file_changes : lines changed per commit and file; None without contents.
    changes : merged changes of people: merged_change, person, merged, shipped (counts as throughput, net of reverts),
        lasting (probability to last), followed and reverted (0 or 1: needed a follow-up fix, was reverted); NA where
        unknown.
    """

    share_inputs: ShareInputs
    merged_change_of: dict[str, str]
    file_changes: pd.DataFrame | None
    changes: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Manipulation:
    """A cheap manipulation: what somebody does, and how it changes the tables (None where it cannot be computed)."""

    id: str
    title: str
    does: str
    apply: Callable[[AuditTables], AuditTables | None]


def _mark_commits(tables: AuditTables, chosen: pd.Series) -> AuditTables:
    """Return the tables with the `chosen` commits marked (mask over the labels; automation is never marked)."""
    labels = tables.share_inputs.labels.copy()
    chosen &= by_people(labels)
    labels.loc[chosen, "label"] = "marked"
    labels.loc[chosen, "ai"] = True
    labels.loc[chosen, "part"] = 1.0
    return replace(
        tables,
        share_inputs=replace(
            tables.share_inputs, labels=labels, merged_changes=_recount_marked_share(tables, labels), weights=None
        ),
    )


def _recount_marked_share(tables: AuditTables, labels: pd.DataFrame) -> pd.DataFrame:
    """Return the merged changes with their marked share recounted from `labels`."""
    non_automated = labels[by_people(labels)]
    marked_share = non_automated["part"].groupby(non_automated["sha"].map(tables.merged_change_of)).mean()
    merged_changes = tables.share_inputs.merged_changes.copy()
    recounted = merged_changes["merged_change"].map(marked_share).where(by_people(merged_changes)).astype("Float64")
    merged_changes["ai"] = recounted.fillna(merged_changes["ai"].astype("Float64")).astype(merged_changes["ai"].dtype)
    return merged_changes


def _mark_all(tables: AuditTables) -> AuditTables:
    return _mark_commits(tables, ~tables.share_inputs.labels["ai"])


def _mark_trivial(tables: AuditTables) -> AuditTables | None:
    if tables.share_inputs.lines is None:
        return None
    lines = tables.share_inputs.lines.set_index("sha")["lines_added"]
    small = tables.share_inputs.labels["sha"].map(lines).fillna(0).le(_TRIVIAL_LINES)
    return _mark_commits(tables, small & ~tables.share_inputs.labels["ai"])


def _unmark_all(tables: AuditTables) -> AuditTables:
    labels = tables.share_inputs.labels.copy()
    marked = labels["label"] == "marked"
    labels.loc[marked, "label"], labels.loc[marked, "ai"], labels.loc[marked, "part"] = "unmarked", False, 0.0
    return replace(
        tables,
        share_inputs=replace(
            tables.share_inputs, labels=labels, merged_changes=_recount_marked_share(tables, labels), weights=None
        ),
    )


def _squash_marked(tables: AuditTables) -> AuditTables:
    """Merge every change that has a marked commit as one marked commit."""
    merged_changes = tables.share_inputs.merged_changes.copy()
    merged_changes["ai"] = merged_changes["ai"].where(~(merged_changes["ai"] > 0), 1.0)
    return replace(tables, share_inputs=replace(tables.share_inputs, merged_changes=merged_changes))


def _repeat_rows(frame: pd.DataFrame, key: str, chosen: pd.Series, times: int) -> pd.DataFrame:
    """Return the frame with every chosen row repeated `times` times; the copies get keys of their own."""
    extra = [frame[chosen].assign(**{key: frame.loc[chosen, key] + f"+{k}"}) for k in range(1, times)]
    return pd.concat([frame, *extra], ignore_index=True)


def _split_commits(tables: AuditTables) -> AuditTables:
    """Split every marked commit, and its lines, into five; line counts do not change."""
    share_inputs = tables.share_inputs
    marked = set(share_inputs.labels.loc[share_inputs.labels["ai"], "sha"])
    commits, labels = (
        _repeat_rows(t, "sha", t["sha"].isin(marked), _SPLIT_INTO) for t in (share_inputs.commits, share_inputs.labels)
    )
    merged_change_of = {**tables.merged_change_of}
    for sha in marked & set(merged_change_of):
        merged_change_of |= {f"{sha}+{k}": merged_change_of[sha] for k in range(1, _SPLIT_INTO)}
    split = replace(
        tables, merged_change_of=merged_change_of, share_inputs=replace(share_inputs, commits=commits, labels=labels)
    )
    return replace(split, share_inputs=replace(split.share_inputs, merged_changes=_recount_marked_share(split, labels)))


def _zero_or_unknown(counts: pd.Series) -> float:
    """Return what an additional change adds to an outcome: 0, or NaN if the outcome is unknown."""
    return 0.0 if counts.notna().any() else float("nan")


def _split_changes(tables: AuditTables) -> AuditTables:
    """Split every marked change into five; each follow-up and revert still counts once."""
    merged_changes = tables.share_inputs.merged_changes
    marked = set(merged_changes.loc[merged_changes["ai"] > 0, "merged_change"])
    changes = _repeat_rows(tables.changes, "merged_change", tables.changes["merged_change"].isin(marked), _SPLIT_INTO)
    is_copy = changes["merged_change"].str.contains("+", regex=False)
    for name in ("followed", "reverted"):
        changes.loc[is_copy, name] = _zero_or_unknown(tables.changes[name])
    return replace(
        tables,
        changes=changes,
        share_inputs=replace(
            tables.share_inputs,
            merged_changes=_repeat_rows(
                merged_changes, "merged_change", merged_changes["merged_change"].isin(marked), _SPLIT_INTO
            ),
        ),
    )


def _duplicate_lines(tables: AuditTables) -> AuditTables | None:
    """Write every marked line twice."""
    share_inputs = tables.share_inputs
    if share_inputs.lines is None:
        return None
    marked = set(share_inputs.labels.loc[share_inputs.labels["ai"], "sha"])

    def doubled(table: pd.DataFrame | None) -> pd.DataFrame | None:
        if table is None:
            return None
        copy = table.copy()
        for column in copy.columns.drop("sha"):
            copy[column] = copy[column].where(~copy["sha"].isin(marked), copy[column] * 2)
        return copy

    return replace(
        tables,
        share_inputs=replace(
            share_inputs,
            lines=doubled(share_inputs.lines),
            surviving=doubled(share_inputs.surviving),
            surviving_90d=doubled(share_inputs.surviving_90d),
            blamed=doubled(share_inputs.blamed),
        ),
    )


def _add_generated_files(tables: AuditTables) -> AuditTables | None:
    """Add ten thousand generated lines to every marked commit, and recount lines from the files."""
    if tables.file_changes is None or tables.share_inputs.lines is None:
        return None
    marked = tables.share_inputs.labels.loc[tables.share_inputs.labels["ai"], "sha"]
    generated = (
        tables.file_changes.iloc[[0]]
        .loc[np.zeros(len(marked), dtype=int) + tables.file_changes.index[0]]
        .reset_index(drop=True)
    )
    generated = generated.assign(
        sha=marked.to_numpy(), path="generated.py", path_class="generated", added=_GENERATED_LINES
    )
    file_changes = pd.concat([tables.file_changes, generated.astype(tables.file_changes.dtypes)], ignore_index=True)
    return replace(
        tables,
        file_changes=file_changes,
        share_inputs=replace(tables.share_inputs, lines=lines_by_commit(file_changes)),
    )


def _add_empty_commits(tables: AuditTables) -> AuditTables:
    """Add one empty marked commit, pushed by itself, per person and week with commits."""
    share_inputs = tables.share_inputs
    non_automated = share_inputs.labels[share_inputs.labels["person"].notna() & by_people(share_inputs.labels)]
    dated = non_automated.merge(share_inputs.commits[["sha", "committed"]], on="sha")
    week = dated["committed"].dt.strftime("%G-%V")
    first = dated[dated["committed"].notna()].assign(week=week).drop_duplicates(["person", "week"])
    shas = first["sha"]
    commits = share_inputs.commits[share_inputs.commits["sha"].isin(shas)].assign(parents="")
    labels = share_inputs.labels[share_inputs.labels["sha"].isin(shas)].assign(label="marked", ai=True, part=1.0)
    commits, labels = (t.assign(sha=t["sha"] + "+0") for t in (commits, labels))
    when = first.set_index("sha")["committed"]
    merged_changes = pd.DataFrame(
        {"merged_change": shas + "+0", "sha": shas + "+0", "merged": shas.map(when), "person": first["person"]}
    )
    merged_changes = merged_changes.assign(kind="session", label="marked", ai=1.0, commits=1, host=None)[
        share_inputs.merged_changes.columns
    ]
    merged_changes = pd.concat(
        [share_inputs.merged_changes, merged_changes.astype(share_inputs.merged_changes.dtypes)], ignore_index=True
    )
    added = pd.DataFrame({"merged_change": shas + "+0", "person": first["person"], "merged": shas.map(when)})
    outcomes = {name: _zero_or_unknown(tables.changes[name]) for name in ("followed", "reverted")}
    changes = pd.concat([tables.changes, added.assign(shipped=True, **outcomes)], ignore_index=True)
    all_commits, all_labels = (
        pd.concat([table, added_rows], ignore_index=True)
        for table, added_rows in ((share_inputs.commits, commits), (share_inputs.labels, labels))
    )
    return replace(
        tables,
        changes=changes,
        share_inputs=replace(share_inputs, commits=all_commits, labels=all_labels, merged_changes=merged_changes),
    )


MANIPULATIONS: tuple[Manipulation, ...] = (
    Manipulation(
        "mark_all", "mark everything", "A commit template adds a trailer to all that carries none.", _mark_all
    ),
    Manipulation("mark_trivial", "mark small work", "A trailer on every commit of five lines or fewer.", _mark_trivial),
    Manipulation("unmark", "mark nothing", "Trailers are switched off or rewritten away.", _unmark_all),
    Manipulation("squash", "squash", "Every change with any mark lands as one marked commit.", _squash_marked),
    Manipulation("split_commits", "split commits", "Every marked commit is made in five.", _split_commits),
    Manipulation("split_changes", "split changes", "Every change with a mark lands in five.", _split_changes),
    Manipulation("pad", "pad", "Every marked line is written twice.", _duplicate_lines),
    Manipulation(
        "generate", "generate files", "Ten thousand generated lines with every marked commit.", _add_generated_files
    ),
    Manipulation(
        "empty", "empty commits", "An empty marked commit a week from everybody, pushed by itself.", _add_empty_commits
    ),
)
