"""notes, births → line truth: of the lines that a commit added, those that a note gives to an agent or to a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.core import tables
from analyzer.evidence.line_notes import listed_notes, read_notes
from analyzer.evidence.rewritten_notes import carried, present

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from analyzer.evidence.checkpoints import Checkpoints
    from analyzer.evidence.line_notes import Note
    from analyzer.history.repository import Repository

    Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LineNotes:
    """Line-level notes by commit, table `line_truth`, and `noted`, the non-merge commits of which a note speaks.

    `carried`: notes of squashed or rebased commits that speak for the commit with their content. Counted, not used:
    `empty` notes, notes of `merges`, other notes `elsewhere` (on commits that are not in this history), `unknown` keys.
    """

    notes: Mapping[str, Note]
    truth: pd.DataFrame
    noted: frozenset[str]
    empty: int
    merges: int
    carried: int
    elsewhere: int
    unknown: int


def line_notes(repository: Repository, commits: pd.DataFrame, births: pd.DataFrame | None) -> LineNotes | None:
    """Read `refs/notes/ai`; None without notes, or without `births` as git blame sees them."""
    if repository.ai_notes is None or births is None:
        return None
    merges = frozenset(commits.loc[commits["parents"].str.contains(" ", regex=False), "sha"])
    git, inside = repository.git, frozenset(commits["sha"])
    blobs = listed_notes(git, repository.ai_notes)
    read = dict(read_notes(git, {sha: blob for sha, blob in blobs.items() if sha in inside}))
    said = {sha: note for sha, note in read.items() if note.ranges and sha not in merges}
    outside = blobs.keys() - inside
    left = dict(read_notes(git, {sha: blobs[sha] for sha in present(git, sorted(outside))})) if outside else {}
    left = {sha: note for sha, note in left.items() if note.ranges}
    brought, count = carried(git, repository.head, left, said) if left else ({}, 0)
    truth = line_truth(said | brought, births)
    return LineNotes(
        notes=said | brought,
        truth=truth,
        noted=frozenset(said) | (brought.keys() & set(truth["sha"])),
        empty=sum(not note.ranges for note in read.values()),
        merges=sum(sha in merges for sha in read),
        carried=count,
        elsewhere=len(outside) - count,
        unknown=sum(note.unknown for note in read.values()),
    )


def as_evidence(found: LineNotes) -> pd.DataFrame:
    """The ranges of notes as rows of table `evidence`: as recorded, lines included that the commit did not add."""
    role = {"ai": "author", "human": "human"}
    return tables.EVIDENCE.frame(
        (sha, f"line-note:{r.source}", r.tool, r.model, role[r.source], "A", "refs/notes/ai", r.path, r.first, r.last)
        for sha, note in found.notes.items()
        for r in note.ranges
    )


def recorded_commits(notes: LineNotes | None, counted: Checkpoints | None) -> tuple[set[str], set[str]]:
    """Commits of which a line-level record speaks, and of these the ones where it gives an agent a line."""
    recorded: set[str] = set()
    with_ai: set[str] = set()
    if counted is not None:
        recorded |= set(counted.counts["sha"])
        with_ai |= set(counted.counts.loc[counted.counts["agent_lines"] > 0, "sha"])
    if notes is not None:  # a note names the lines themselves: where both speak, it is heard
        recorded |= notes.noted
        with_ai = (with_ai - notes.noted) | set(notes.truth.loc[notes.truth["source"] == "ai", "sha"])
    return recorded, with_ai


# More than any file has lines (a note's numbers have nine digits).
_FILE = 1 << 32
_KEYS = ["sha", "path", "source", "tool", "model"]


def line_truth(notes: Mapping[str, Note], births: pd.DataFrame) -> pd.DataFrame:
    """Table `line_truth`. `births`: the table, as git blame sees them, of a history that holds the notes' commits.

    Ranges may name lines older than the commit: only those it added count, each once (the first range that names it).
    """
    every = ((sha, r.path, r.source, r.tool, r.model, r.first, r.last) for sha, n in notes.items() for r in n.ranges)
    first: dict[tuple[object, ...], tuple[str, str, str, str | None, str | None, int, int]] = {}
    for row in every:  # the same range again says nothing new, and a note may say it without end
        first.setdefault((row[0], row[1], row[5], row[6]), row)
    rows = list(first.values())
    named = pd.DataFrame(rows, columns=[*_KEYS, "first", "last"])
    keys = [row[:2] for row in rows]
    files = {key: n for n, key in enumerate(dict.fromkeys(keys))}
    added = _added(births, files)
    file = np.array([files[key] for key in keys], dtype=np.int64) * _FILE
    begin = np.searchsorted(added, file + named["first"].to_numpy(np.int64))
    end = np.searchsorted(added, file + named["last"].to_numpy(np.int64), side="right")
    owner = np.full(len(added), -1, dtype=np.int64)
    for n in range(len(named) - 1, -1, -1):  # so that the first range has the last word
        owner[begin[n] : end[n]] = n
    counts = np.bincount(owner[owner >= 0], minlength=len(named))
    sums = named.assign(lines=counts)[counts > 0].groupby(_KEYS, dropna=False, sort=True)["lines"].sum().reset_index()
    return tables.conform(
        sums.astype({**dict.fromkeys(_KEYS, "str"), "lines": "Int64"})[tables.LINE_TRUTH.names], tables.LINE_TRUTH
    )


def _added(births: pd.DataFrame, files: Mapping[tuple[str, str], int]) -> Ints:
    """Lines that the commits added to these files, as sorted numbers: file × `_FILE` + line."""
    shas = {sha for sha, _ in files}
    known = births[births["born_sha"].isin(list(shas))].astype({"born_sha": "str", "path": "str"})
    file = np.array([files.get(key, -1) for key in tables.walk(known, "born_sha", "path")], dtype=np.int64)
    first, count = known["line"].to_numpy(np.int64)[file >= 0], known["lines"].to_numpy(np.int64)[file >= 0]
    begins = np.cumsum(count) - count
    lines = np.arange(count.sum()) - np.repeat(begins - first, count)
    found: Ints = np.sort(np.repeat(file[file >= 0] * _FILE, count) + lines)
    return found
