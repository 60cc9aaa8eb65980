"""Match sessions to the commits they went into: by ids that name a commit, else by the lines themselves.

File and time alone do not make a match. Matches by half of a commit's lines agree with the trailers of a public
repository in 83 % of cases (docs/effort.md, benchmarks/effort.py). Sessions that match nothing stay unmatched.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

import numpy as np

from analyzer.core.constants import SECONDS_PER_DAY
from analyzer.prompts.session import edited_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from analyzer.prompts.commit_lines import CommitLines
    from analyzer.prompts.session import Session, Turn

# Share of a commit's lines that the session must have written, at most this long before the commit.
OVERLAP, WINDOW_SECONDS = 0.5, 7.0 * SECONDS_PER_DAY
# Lines that more commits than this add ("if err != nil {") identify none of them, and a commit needs at least this many
# other lines to be identified by content.
_COMMON, FEWEST_LINES = 3, 3
# The clocks of a log and of a commit differ slightly; a prompt is not later than the commit that came of it.
_SLACK_SECONDS = 60.0
_SHORTEST_ID = 7

Rule = Literal["checkpoint", "note", "commit_id", "content"]


@dataclass(frozen=True, slots=True)
class SessionMatch:
    """One session matched to one commit.

    Attributes
    ----------
    session : index of the session in the list.
    rule : the strongest rule that matched them.
    overlap : share of the commit's lines that the session wrote.
    committed : time of the commit, UTC seconds.
    """

    session: int
    sha: str
    rule: Rule
    overlap: float
    committed: float


@dataclass(frozen=True, slots=True)
class SessionReferences:
    """References from commits to sessions: checkpoint ids and keys of line-level notes, by commit."""

    checkpoints: Mapping[str, Sequence[str]]
    notes: Mapping[str, frozenset[str]]


def match_sessions(
    sessions: Sequence[Session],
    commits: pd.Series,
    commit_lines: Mapping[str, CommitLines],
    references: SessionReferences,
) -> list[SessionMatch]:
    """Match every session to its commits, each by the strongest rule that applies.

    Parameters
    ----------
    sessions : the sessions; a match refers to them by index.
    commits : commit times in UTC seconds, by commit id.
    commit_lines : what commits added; a commit without an entry has an overlap of 0.
    references : checkpoint ids and note keys that the commits carry.
    """
    matches = []
    shas = sorted(commits.index)
    times = {str(sha): float(seconds) for sha, seconds in commits.items()}
    distinctive = distinctive_lines(commit_lines)
    written_lines = [edited_lines(session.edits) for session in sessions]
    by_content = _match_by_content(sessions, written_lines, distinctive, times)
    by_note = _commits_by_key(references.notes)
    by_checkpoint = _commits_by_key({sha: frozenset(ids) for sha, ids in references.checkpoints.items()})
    for index, session in enumerate(sessions):
        written = written_lines[index]
        rules: dict[str, Rule] = dict.fromkeys(by_content.get(index, ()), "content")
        for _, prefix in session.commits:
            if (full_id := _resolve_id(prefix, shas)) is not None:
                rules[full_id] = "commit_id"
        for key in note_keys(session):
            rules |= dict.fromkeys(by_note.get(key, ()), "note")
        for checkpoint in sorted(session.checkpoints):
            for sha in by_checkpoint.get(checkpoint, ()):
                # A checkpoint lists every open session; one that wrote none of the commit's lines worked elsewhere.
                if not len(written) or sha not in commit_lines or overlap(written, commit_lines[sha].lines) > 0:
                    rules[sha] = "checkpoint"
        for sha, rule in rules.items():
            share = overlap(written, commit_lines[sha].lines) if sha in commit_lines else 0.0
            matches.append(SessionMatch(index, sha, rule, share, times[sha]))
    return matches


def note_keys(session: Session) -> tuple[str, ...]:
    """Return the keys by which git-ai's notes may name a session.

    Source: git-ai-project/git-ai, specs/git_ai_standard_v3.0.0.md.
    """
    tools = {"claude-code": "claude", "copilot": "github-copilot", "gemini-cli": "gemini"}
    digest = sha256(f"{tools.get(session.tool, session.tool)}:{session.key}".encode("utf-8", "replace")).hexdigest()
    return f"s_{digest[:14]}", digest[:16]


def overlap(written: NDArray[np.uint64], lines: NDArray[np.uint64]) -> float:
    """Return the share of a commit's lines, each counted once, that a session wrote."""
    return float(np.isin(lines, written, assume_unique=True).mean()) if len(lines) else 0.0


def distinctive_lines(commit_lines: Mapping[str, CommitLines]) -> dict[str, NDArray[np.uint64]]:
    """Return each commit's lines that hardly any other commit adds; commits with too few of them are left out."""
    line_sets = [commit.lines for commit in commit_lines.values()]
    if not line_sets:
        return {}
    lines, counts = np.unique(np.concatenate(line_sets), return_counts=True)
    common = lines[counts > _COMMON]
    rare_lines = {sha: np.setdiff1d(commit.lines, common, assume_unique=True) for sha, commit in commit_lines.items()}
    return {sha: rare for sha, rare in rare_lines.items() if len(rare) >= FEWEST_LINES}


def assign_turns(session: Session, matches: Iterable[SessionMatch]) -> Iterator[tuple[Turn, SessionMatch | None]]:
    """Yield each turn with the commit it went into: the session's next commit, or None if none followed.

    Turns without a time go to the session's first commit.
    """
    by_time = sorted(matches, key=lambda match: match.committed)
    deadlines = [match.committed + _SLACK_SECONDS for match in by_time]
    for turn in session.turns:
        position = 0 if turn.timestamp is None else bisect_left(deadlines, turn.timestamp)
        yield turn, by_time[position] if position < len(by_time) else None


def _match_by_content(
    sessions: Sequence[Session],
    written_lines: Sequence[NDArray[np.uint64]],
    distinctive: Mapping[str, NDArray[np.uint64]],
    times: Mapping[str, float],
) -> dict[int, list[str]]:
    """Return, by session, commits of which it wrote at least half within a week of its edits, and no session more."""
    best: dict[str, tuple[float, int]] = {}
    for index, session in enumerate(sessions):
        edit_times = [edit.timestamp for edit in session.edits if edit.timestamp is not None]
        if not edit_times or not len(written_lines[index]):
            continue
        first, last = min(edit_times) - _SLACK_SECONDS, max(edit_times) + WINDOW_SECONDS
        for sha, lines in distinctive.items():
            if first <= times[sha] <= last and (share := overlap(written_lines[index], lines)) >= OVERLAP:
                best[sha] = max(best.get(sha, (0.0, index)), (share, index))
    commits_by_session: dict[int, list[str]] = {}
    for sha, (_, index) in best.items():
        commits_by_session.setdefault(index, []).append(sha)
    return commits_by_session


def _resolve_id(prefix: str, shas: Sequence[str]) -> str | None:
    """Return the only commit whose id starts with `prefix`; None for several, none, or a prefix that is too short."""
    if len(prefix) < _SHORTEST_ID:
        return None
    position = bisect_left(shas, prefix)
    candidates = [sha for sha in shas[position : position + 2] if sha.startswith(prefix)]
    return candidates[0] if len(candidates) == 1 else None


def _commits_by_key(keys_by_commit: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    commits_by_key: dict[str, list[str]] = {}
    for sha, keys in keys_by_commit.items():
        for key in keys:
            commits_by_key.setdefault(key, []).append(sha)
    return commits_by_key
