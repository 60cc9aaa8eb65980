"""Read a store that holds one note per commit, whatever the format of its notes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.core.rows import is_merge
from analyzer.evidence.line_notes import list_notes, read_notes
from analyzer.evidence.record import Note, RecordedLines
from analyzer.evidence.rewritten_notes import carry_notes, commits_in_clone

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pandas as pd

    from analyzer.history.repository import Repository


@dataclass(frozen=True, slots=True)
class NoteStore:
    """Where a store has its notes, and how one is parsed.

    blobs : the blob of every note by commit id, also of commits outside of the history.
    parse : a note from its bytes and the names of the authors of this history; without ranges if it is something else.
    """

    blobs: Callable[[Repository], Mapping[str, bytes]]
    parse: Callable[[bytes, frozenset[str]], Note]

    def noted(self, repository: Repository) -> list[str]:
        """Return all commits that have a note."""
        return sorted(self.blobs(repository))

    def note_of(self, repository: Repository, commits: pd.DataFrame) -> Note | None:
        """Return the note of the analysed commit, None if it has none; its row in `commits` names the authors."""
        blob = self.blobs(repository).get(repository.head)
        return None if blob is None else self._notes(repository, commits, {repository.head: blob})[repository.head]

    def read(self, repository: Repository, commits: pd.DataFrame) -> RecordedLines:
        """Return the notes on non-merge commits, those of squashed or rebased commits carried over where they match."""
        merges = frozenset(commits.loc[is_merge(commits), "sha"])
        git, history_commits = repository.git, frozenset(commits["sha"])
        blobs = self.blobs(repository)
        all_notes = self._notes(repository, commits, {s: blob for s, blob in blobs.items() if s in history_commits})
        notes = {sha: note for sha, note in all_notes.items() if note.ranges and sha not in merges}
        outside = blobs.keys() - history_commits
        in_clone = {sha: blobs[sha] for sha in commits_in_clone(git, sorted(outside))} if outside else {}
        outside_notes = {sha: note for sha, note in self._notes(repository, commits, in_clone).items() if note.ranges}
        carried, carried_count = carry_notes(git, repository.head, outside_notes, notes) if outside_notes else ({}, 0)
        return RecordedLines(
            notes=notes | carried,
            carried=frozenset(carried),
            carried_count=carried_count,
            empty=sum(not note.ranges for note in all_notes.values()),
            on_merges=sum(sha in merges for sha in all_notes),
            outside=len(outside) - carried_count,
            unknown_keys=sum(note.unknown_keys for note in all_notes.values()),
        )

    def _notes(self, repository: Repository, commits: pd.DataFrame, blobs: Mapping[str, bytes]) -> dict[str, Note]:
        authors = frozenset(commits["author_name"])
        return dict(read_notes(repository.git, blobs, lambda contents: self.parse(contents, authors)))


def notes_at(ref: str) -> Callable[[Repository], Mapping[str, bytes]]:
    """Return the function that lists the notes of a ref of `Repository.record_notes`."""

    def blobs(repository: Repository) -> Mapping[str, bytes]:
        tree = repository.record_tree(ref)
        return {} if tree is None else list_notes(repository.git, tree)

    return blobs


def digest_of(ids: Mapping[str, str]) -> str | None:
    """Return a digest of object ids by name; None if there are none."""
    rows = [f"{name} {id_}" for name, id_ in sorted(ids.items())]
    return hashlib.sha256("\n".join(rows).encode()).hexdigest() if rows else None
