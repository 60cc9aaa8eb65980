"""Read git-ai's line-level notes (`refs/notes/ai`) of a history's commits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.core.rows import is_merge
from analyzer.evidence.line_notes import list_notes, read_notes
from analyzer.evidence.record import LineRecord, RecordedLines
from analyzer.evidence.rewritten_notes import carry_notes, commits_in_clone

if TYPE_CHECKING:
    import pandas as pd

    from analyzer.history.repository import Repository


def read_git_ai_notes(repository: Repository, commits: pd.DataFrame) -> RecordedLines:
    """Return the notes on non-merge commits, those of squashed or rebased commits carried over where they match."""
    merges = frozenset(commits.loc[is_merge(commits), "sha"])
    git, history_commits = repository.git, frozenset(commits["sha"])
    blobs = list_notes(git, repository.ai_notes or "")
    all_notes = dict(read_notes(git, {sha: blob for sha, blob in blobs.items() if sha in history_commits}))
    notes = {sha: note for sha, note in all_notes.items() if note.ranges and sha not in merges}
    outside = blobs.keys() - history_commits
    outside_notes = (
        dict(read_notes(git, {sha: blobs[sha] for sha in commits_in_clone(git, sorted(outside))})) if outside else {}
    )
    outside_notes = {sha: note for sha, note in outside_notes.items() if note.ranges}
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


GIT_AI_NOTES = LineRecord(
    id="git-ai",
    title="git-ai notes (refs/notes/ai)",
    says="Which lines of a commit an agent or a person wrote, by file and line number.",
    limits="Notes are not fetched by a clone unless asked for; a squash on the server leaves them behind.",
    source="git-ai-project/git-ai, specs/git_ai_standard_v3.0.0.md",
    place="refs/notes/ai",
    locate=lambda repository: repository.ai_notes,
    read=read_git_ai_notes,
    names_lines=True,
)
