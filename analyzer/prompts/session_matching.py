"""Sessions → the commits that they landed in: by what names a commit, else by the lines themselves.

File and time alone are no match. Half of a commit's lines agree with the trailers of a public repository in 83 % of
matches (docs/effort.md, benchmarks/effort.py). What matches nothing stays unmatched.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Literal

import numpy as np

from analyzer.prompts.session import together

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from analyzer.prompts.commit_lines import Landed
    from analyzer.prompts.session import Session, Turn

# Of a commit's lines as many must have been written in the session, at most this long before it was made.
OVERLAP, WINDOW_SECONDS = 0.5, 7 * 86_400.0
# Lines that more commits add ("if err != nil {") tell nothing, and a commit with fewer others cannot be told by them.
_COMMON, FEWEST_LINES = 3, 3
# Clocks of a log and of a commit differ by a little; a prompt is not later than the commit that came of it.
_SLACK_SECONDS = 60.0
_SHORTEST_ID = 7

Rule = Literal["checkpoint", "note", "commit_id", "content"]


@dataclass(frozen=True, slots=True)
class Pair:
    """One session in one commit; `session` is its place in the list. `overlap`: part of the commit's lines it wrote."""

    session: int
    sha: str
    rule: Rule
    overlap: float
    at: float


@dataclass(frozen=True, slots=True)
class Named:
    """What commits say of sessions: checkpoint ids by commit, keys of line-level notes by commit."""

    checkpoints: Mapping[str, Sequence[str]]
    notes: Mapping[str, frozenset[str]]


def pairs(sessions: Sequence[Session], commits: pd.Series, known: Mapping[str, Landed], named: Named) -> list[Pair]:
    """Every session's commits, the surest rule of each. `commits`: UTC seconds by commit id, in order of the walk."""
    found = []
    shas = sorted(commits.index)
    times = {str(sha): float(at) for sha, at in commits.items()}
    telling = distinctive(known)
    wrote = [together(session.edits) for session in sessions]
    by_content = _by_content(sessions, wrote, telling, times)
    by_note = _turned(named.notes)
    by_checkpoint = _turned({sha: frozenset(ids) for sha, ids in named.checkpoints.items()})
    for place, session in enumerate(sessions):
        own = wrote[place]
        rules: dict[str, Rule] = dict.fromkeys(by_content.get(place, ()), "content")
        for _, prefix in session.commits:
            if (whole := _resolved(prefix, shas)) is not None:
                rules[whole] = "commit_id"
        for key in note_keys(session):
            rules |= dict.fromkeys(by_note.get(key, ()), "note")
        for checkpoint in sorted(session.checkpoints):
            for sha in by_checkpoint.get(checkpoint, ()):
                # A checkpoint lists every session that was open: one that wrote nothing of the commit was elsewhere.
                if not len(own) or sha not in known or overlap(own, known[sha].lines) > 0:
                    rules[sha] = "checkpoint"
        for sha, rule in rules.items():
            part = overlap(own, known[sha].lines) if sha in known else 0.0
            found.append(Pair(place, sha, rule, part, times[sha]))
    return found


def note_keys(session: Session) -> tuple[str, ...]:
    """Keys by which git-ai's notes may name a session (git-ai-project/git-ai, specs/git_ai_standard_v3.0.0.md)."""
    tools = {"claude-code": "claude", "copilot": "github-copilot", "gemini-cli": "gemini"}
    digest = sha256(f"{tools.get(session.tool, session.tool)}:{session.key}".encode("utf-8", "replace")).hexdigest()
    return f"s_{digest[:14]}", digest[:16]


def overlap(own: NDArray[np.uint64], lines: NDArray[np.uint64]) -> float:
    """Part of a commit's lines, each counted once, that a session wrote."""
    return float(np.isin(lines, own, assume_unique=True).mean()) if len(lines) else 0.0


def distinctive(known: Mapping[str, Landed]) -> dict[str, NDArray[np.uint64]]:
    """Of each commit the lines that hardly another adds; commits with too few of them are left out."""
    every = [commit.lines for commit in known.values()]
    if not every:
        return {}
    lines, counts = np.unique(np.concatenate(every), return_counts=True)
    common = lines[counts > _COMMON]
    told = {sha: np.setdiff1d(commit.lines, common, assume_unique=True) for sha, commit in known.items()}
    return {sha: own for sha, own in told.items() if len(own) >= FEWEST_LINES}


def given(session: Session, own: Iterable[Pair]) -> Iterator[tuple[Turn, Pair | None]]:
    """Each turn with the commit that it went into: the session's next one after it; None where none came.

    Turns without a time go to the session's only commit, or, of several, to the first.
    """
    later = sorted(own, key=lambda pair: pair.at)
    moments = [pair.at + _SLACK_SECONDS for pair in later]
    for turn in session.turns:
        at = 0 if turn.at is None else bisect_left(moments, turn.at)
        yield turn, later[at] if at < len(later) else None


def _by_content(
    sessions: Sequence[Session],
    wrote: Sequence[NDArray[np.uint64]],
    telling: Mapping[str, NDArray[np.uint64]],
    times: Mapping[str, float],
) -> dict[int, list[str]]:
    """Session → commits of which it wrote at least half, within a week of its edits, and no other session more."""
    best: dict[str, tuple[float, int]] = {}
    for place, session in enumerate(sessions):
        moments = [edit.at for edit in session.edits if edit.at is not None]
        if not moments or not len(wrote[place]):
            continue
        first, last = min(moments) - _SLACK_SECONDS, max(moments) + WINDOW_SECONDS
        for sha, lines in telling.items():
            if first <= times[sha] <= last and (part := overlap(wrote[place], lines)) >= OVERLAP:
                best[sha] = max(best.get(sha, (0.0, place)), (part, place))
    found: dict[int, list[str]] = {}
    for sha, (_, place) in best.items():
        found.setdefault(place, []).append(sha)
    return found


def _resolved(prefix: str, shas: Sequence[str]) -> str | None:
    """The one commit that an abbreviated id names."""
    if len(prefix) < _SHORTEST_ID:
        return None
    at = bisect_left(shas, prefix)
    fits = [sha for sha in shas[at : at + 2] if sha.startswith(prefix)]
    return fits[0] if len(fits) == 1 else None


def _turned(known: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for sha, keys in known.items():
        for key in keys:
            found.setdefault(key, []).append(sha)
    return found
