"""Intersect line-level notes with the lines that each commit added, into the table `line_truth`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.core import tables

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from analyzer.evidence.checkpoints import Checkpoints
    from analyzer.evidence.record import Note

    Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LineNotes:
    """The line-level notes of a history, and counts of notes that are not used.

    notes : note by commit.
    places : by commit, where its note is (`LineRecord.place`).
    truth : table `line_truth`.
    noted_commits : non-merge commits that a note covers.
    empty_notes : notes without ranges, not used.
    notes_on_merges : notes on merge commits, not used.
    carried_notes : notes of squashed or rebased commits that were carried over to the commit with their content.
    notes_outside : other notes on commits outside this history, not used.
    unknown_keys : entries whose key has an unknown form.
    """

    notes: Mapping[str, Note]
    places: Mapping[str, str]
    truth: pd.DataFrame
    noted_commits: frozenset[str]
    empty_notes: int
    notes_on_merges: int
    carried_notes: int
    notes_outside: int
    unknown_keys: int


def note_evidence(line_notes: LineNotes) -> pd.DataFrame:
    """Return the ranges of all notes as rows of table `evidence`: as recorded, so also lines the commit did not add."""
    roles = {"ai": "author", "human": "human"}
    return tables.EVIDENCE.frame(
        (
            sha,
            f"line-note:{r.source}",
            r.tool,
            r.model,
            roles[r.source],
            "A",
            line_notes.places[sha],
            r.path,
            r.first,
            r.last,
        )
        for sha, note in line_notes.notes.items()
        for r in note.ranges
    )


def recorded_commits(notes: LineNotes | None, checkpoints: Checkpoints | None) -> tuple[set[str], set[str]]:
    """Return the commits that a line-level record covers, and those where it attributes lines to an agent."""
    recorded: set[str] = set()
    with_ai: set[str] = set()
    if checkpoints is not None:
        recorded |= set(checkpoints.counts["sha"])
        with_ai |= set(checkpoints.counts.loc[checkpoints.counts["agent_lines"] > 0, "sha"])
    if notes is not None:  # a note names the lines themselves, so it overrides a checkpoint
        recorded |= notes.noted_commits
        with_ai = (with_ai - notes.noted_commits) | set(notes.truth.loc[notes.truth["source"] == "ai", "sha"])
    return recorded, with_ai


# Larger than any line number (those of a note have at most nine digits).
_FILE_STRIDE = 1 << 32
_KEYS = ["sha", "path", "source", "tool", "model"]


def line_truth_table(notes: Mapping[str, Note], births: pd.DataFrame) -> pd.DataFrame:
    """Return table `line_truth`: added lines by commit, file, source, tool and model.

    Ranges may name lines older than the commit. Only lines that the commit added count, each once, for the first range
    that names them. `births`: the table of added lines, as git blame sees them.
    """
    ranges = ((sha, r.path, r.source, r.tool, r.model, r.first, r.last) for sha, n in notes.items() for r in n.ranges)
    distinct: dict[tuple[object, ...], tuple[str, str, str, str | None, str | None, int, int]] = {}
    for row in ranges:  # a note may repeat a range any number of times
        distinct.setdefault((row[0], row[1], row[5], row[6]), row)
    rows = list(distinct.values())
    credited = pd.DataFrame(rows, columns=[*_KEYS, "first", "last"])
    keys = [row[:2] for row in rows]
    files = {key: n for n, key in enumerate(dict.fromkeys(keys))}
    added = _added_lines(births, files)
    offset = np.array([files[key] for key in keys], dtype=np.int64) * _FILE_STRIDE
    starts = np.searchsorted(added, offset + credited["first"].to_numpy(np.int64))
    ends = np.searchsorted(added, offset + credited["last"].to_numpy(np.int64), side="right")
    range_of_line = np.full(len(added), -1, dtype=np.int64)
    for n in range(len(credited) - 1, -1, -1):  # backwards, so that the first range wins
        range_of_line[starts[n] : ends[n]] = n
    counts = np.bincount(range_of_line[range_of_line >= 0], minlength=len(credited))
    sums = (
        credited.assign(lines=counts)[counts > 0].groupby(_KEYS, dropna=False, sort=True)["lines"].sum().reset_index()
    )
    return tables.conform(
        sums.astype({**dict.fromkeys(_KEYS, "str"), "lines": "Int64"})[tables.LINE_TRUTH.names], tables.LINE_TRUTH
    )


def _added_lines(births: pd.DataFrame, files: Mapping[tuple[str, str], int]) -> Ints:
    """Return the lines that the commits added to these files, as sorted numbers: file × `_FILE_STRIDE` + line."""
    shas = {sha for sha, _ in files}
    born = births[births["born_sha"].isin(list(shas))].astype({"born_sha": "str", "path": "str"})
    file = np.array([files.get(key, -1) for key in tables.iter_rows(born, "born_sha", "path")], dtype=np.int64)
    first, count = born["line"].to_numpy(np.int64)[file >= 0], born["lines"].to_numpy(np.int64)[file >= 0]
    starts = np.cumsum(count) - count
    lines = np.arange(count.sum()) - np.repeat(starts - first, count)
    added: Ints = np.sort(np.repeat(file[file >= 0] * _FILE_STRIDE, count) + lines)
    return added
