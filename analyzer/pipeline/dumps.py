"""The tables of `aishare dump`, with the columns that scripts rely on; people are keyed hashes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analyzer.core.progress import no_progress
from analyzer.evidence.line_truth import note_evidence
from analyzer.history.file_classes import PathFilter
from analyzer.panel.dump_table import POOLED_COLUMNS
from analyzer.pipeline.line_history import exclusion_notes, replay_lines
from analyzer.share.line_counts import lines_by_commit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from analyzer.blame.line_tables import View
    from analyzer.core.progress import Progress
    from analyzer.pipeline.configured_repository import ConfiguredRepository
    from analyzer.pipeline.load import History

# Column order of `dump commits`; the names are the contract's.
COMMIT_COLUMNS = [
    *(
        "sha",
        "person",
        "committed",
        "parents",
        "merged_change",
        "automation",
        "label",
        "ai",
        "tool",
        "model",
        "strength",
    ),
    *("lines_added", "lines_deleted"),
]


def commit_table(history: History) -> pd.DataFrame:
    """Return one row per commit: who, when, its label and the lines it changed."""
    table = history.commits[["sha", "parents", "committed"]].merge(history.people[["sha", "automation"]], on="sha")
    table = table.merge(history.labels[["sha", "person", "label", "ai", "tool", "model", "strength"]], on="sha")
    table["merged_change"] = table["sha"].map(history.change_of_lines)
    if history.file_changes is None:
        table[["lines_added", "lines_deleted"]] = pd.NA
        table = table.astype({"lines_added": "Int64", "lines_deleted": "Int64"})
    else:
        table = table.merge(lines_by_commit(history.file_changes), on="sha", how="left")
    return table[COMMIT_COLUMNS]


def evidence_table(history: History) -> pd.DataFrame:
    """Return every match of a signal, then every range of a line-level note."""
    if history.notes is None:
        return history.evidence
    return pd.concat([history.evidence, note_evidence(history.notes)], ignore_index=True)


def merged_change_table(history: History) -> pd.DataFrame:
    """Return table `merged_changes`."""
    return history.merged_changes


def person_panel(history: History, *, pooled: bool = False) -> pd.DataFrame:
    """Return table `panel` of the range that the settings ask for: one row per person and four weeks.

    pooled : return only the columns that a verdict over many repositories reads.
    """
    # These need scipy, and the other tables do not.
    from analyzer.pipeline.compare_outcomes import probability_to_last
    from analyzer.pipeline.grade import panel_table
    from analyzer.pipeline.inputs import commit_inputs, merged_in, outcome_inputs, time_window

    window = time_window(history)
    if pooled:
        return panel_table(history, merged_in(history, window), None)[list(POOLED_COLUMNS)]
    durable = None
    if window.as_of is not None:
        inputs = outcome_inputs(history, commit_inputs(history), window, pd.Timestamp(window.as_of))
        durable = probability_to_last(inputs)
    return panel_table(history, merged_in(history, window), durable)


def file_change_table(history: History) -> pd.DataFrame:
    """Return table `file_changes`; raises `NoShareError` where file contents are missing."""
    return history.required_lines().changes


def function_change_table(history: History) -> pd.DataFrame:
    """Return table `function_changes`; raises `NoShareError` where file contents are missing."""
    from analyzer.pipeline.inputs import commit_inputs, time_window
    from analyzer.pipeline.read_structure import read_structure
    from analyzer.structure.run import function_table

    history.required_lines()
    structure = read_structure(
        history, commit_inputs(history), time_window(history), None, no_progress, compared_only=False
    )
    return function_table([], {}) if structure is None else structure.function_changes


def surviving_table(history: History) -> pd.DataFrame:
    """Return lines at head by origin, with path classes; raises `NoShareError` where file contents are missing."""
    return history.required_lines().surviving


HISTORY_TABLES: dict[str, Callable[[History], pd.DataFrame]] = {
    "commits": commit_table,
    "evidence": evidence_table,
    "merged_changes": merged_change_table,
    "file_changes": file_change_table,
    "surviving": surviving_table,
    "function_changes": function_change_table,
    "panel": person_panel,
}


def line_table(
    opened: ConfiguredRepository, table: str, view: View, cache_dir: Path | None, progress: Progress = no_progress
) -> tuple[pd.DataFrame, list[str]]:
    """Return one of the line tables (births, deaths, lines_at_head), and notes for whoever reads it."""
    lines = replay_lines(opened.repository, cache_dir, progress)
    frame: pd.DataFrame = getattr(lines.provenance, table)(view)
    selection = PathFilter(opened.settings.include, opened.settings.exclude)
    if selection.active:
        holds = {path: selection.includes(path) for path in frame["path"].cat.categories}
        frame = frame[frame["path"].map(holds).astype(bool)].reset_index(drop=True)
    return frame, [*exclusion_notes(lines), *lines.notes]
