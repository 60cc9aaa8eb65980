"""history, stores of prompts → what it cost to specify the work: the sessions, their commits, and the ratios."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from analyzer.blame.lifetimes import life_spans, survivors_at_age
from analyzer.core.constants import SECONDS_PER_DAY
from analyzer.core.progress import no_progress
from analyzer.evidence.checkpoints import checkpoint_ids_by_commit
from analyzer.history.file_classes import COUNTED_CLASSES
from analyzer.prompts.commit_lines import CommitLines, read_commit_lines
from analyzer.prompts.discovery import PromptStore, read_log_folder, read_repository_prompts
from analyzer.prompts.ratios import FEWEST_SESSIONS, LEAST_COVERAGE, compute_ratios, cost_table, dictated_shares
from analyzer.prompts.session_matching import (
    WINDOW_SECONDS,
    SessionMatch,
    SessionReferences,
    assign_turns,
    match_sessions,
)
from analyzer.prompts.summary import AcceptedLines, PromptSummary, SourceCounts, TypedTotals

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from analyzer.core.progress import Progress
    from analyzer.pipeline.load import History
    from analyzer.prompts.session import Session
    from analyzer.share.time_window import TimeWindow

# Of two stores of one session the one that keeps more of it speaks.
_TRUST = ("claude_code", "codex", "gemini_cli", "entire", "aider", "specstory", "spec_kit")
# Stores that keep no text of what the agent wrote.
_WITHOUT_EDITS = frozenset({"specstory", "spec_kit"})


@dataclass(frozen=True, slots=True)
class _Matched:
    """Sessions with the commits that they landed in, and what those commits added."""

    sessions: Sequence[Session]
    pairs: Sequence[SessionMatch]
    known: dict[str, CommitLines]


def prompt_cost(history: History, window: TimeWindow, progress: Progress = no_progress) -> PromptSummary | None:
    """Measure what was typed for what landed, by prompts in the history and by logs below `--transcripts`.

    None unless the settings ask for it, and where contents are missing: prompts are never read unasked.
    """
    transcripts_dir = history.settings.transcripts
    if not (history.settings.effort or transcripts_dir) or history.lines is None:
        return None
    stores = list(read_repository_prompts(history.repository, progress).values())
    known = frozenset(sha[:7] for sha in history.commits["sha"])
    brought = read_log_folder(Path(transcripts_dir), progress).values() if transcripts_dir else []
    stores += [_of_here(store, history.repository.name, known) for store in brought]
    sessions = [_inside(session, window) for session in _once(stores)]
    sessions = [session for session in sessions if session.turns or session.edits or session.commits]
    progress("matching", 0, 0)
    matched = _matched(history, sessions)
    table, turns = _specified(history, matched, window)
    covered = _coverage(history, matched, sessions)
    ratios = compute_ratios(table, history.settings.seed)
    return PromptSummary(
        sources=[_source(store) for store in stores],
        sessions=len(sessions),
        turns=sum(len(session.turns) for session in sessions),
        matched_turns=turns,
        typed=TypedTotals(
            low=sum(turn.low for s in sessions for turn in s.turns),
            high=sum(turn.high for s in sessions for turn in s.turns),
            words=sum(turn.words for s in sessions for turn in s.turns),
            pasted=sum(turn.pasted for s in sessions for turn in s.turns),
        ),
        commits=len(table),
        rules=dict(sorted(Counter(pair.rule for pair in matched.pairs).items())),
        coverage=covered,
        n=max((ratio.sessions for ratio in ratios), default=0),
        figures=ratios,
        dictated=dictated_shares(table),
        accepted=_kept(history),
        abstained=_abstained(sessions, table["session"].nunique(), covered),
    )


def _abstained(sessions: Sequence[Session], matched: int, covered: float | None) -> str | None:
    """Why the ratios speak for the sessions alone, not for the repository."""
    if not any(session.turns for session in sessions):
        return "no-prompts"
    if matched < FEWEST_SESSIONS:
        return "few-sessions"
    return "prompts-cover-little" if covered is None or covered < LEAST_COVERAGE else None


def _of_here(store: PromptStore, name: str, known: frozenset[str]) -> PromptStore:
    """Sessions of a folder of logs that ran in a work tree of this repository: elsewhere is no concern of this one.

    A log that does not say where it ran is of here where it names a commit of here.
    """
    mine = [
        session
        for session in store.sessions
        if (_last(session.folder) == name if session.folder else any(c[:7] in known for _, c in session.commits))
    ]
    return PromptStore(store.id, mine, store.files, len(store.sessions) - len(mine), store.skipped)


def _last(folder: str) -> str:
    return re.split(r"[/\\]", folder.rstrip("/\\"))[-1]


def _inside(session: Session, window: TimeWindow) -> Session:
    """A session with what was said in the range; what has no time is kept."""
    since = window.since.timestamp() if window.since else -math.inf
    until = window.until.timestamp() if window.until else window.as_of.timestamp() if window.as_of else math.inf
    turns = [turn for turn in session.turns if turn.timestamp is None or since <= turn.timestamp < until]
    return replace(session, turns=turns)


def _once(stores: Sequence[PromptStore]) -> list[Session]:
    """Every session once, with each of its turns once: stores repeat conversations, forks repeat their beginnings."""
    by_key: dict[tuple[str, str], Session] = {}
    for store in sorted(stores, key=lambda store: _TRUST.index(store.id) if store.id in _TRUST else len(_TRUST)):
        for session in store.sessions:
            known = by_key.setdefault((session.tool, session.key), session)
            if known is not session:
                _merge(known, session)
    said: set[str] = set()
    for session in by_key.values():
        own = {turn.id: turn for turn in session.turns if turn.id not in said}
        said |= own.keys()
        session.turns = sorted(own.values(), key=lambda turn: (turn.timestamp is not None, turn.timestamp or 0.0))
    return [session for session in by_key.values() if session.interactive]


def _merge(known: Session, other: Session) -> None:
    """Take in a second record of a session: a later one holds all of an earlier one."""
    if known.source == other.source:
        known.turns += other.turns
    if len(other.edits) > len(known.edits):
        known.edits = other.edits
    known.commits += [commit for commit in other.commits if commit not in known.commits]
    known.checkpoints |= other.checkpoints


def _matched(history: History, sessions: Sequence[Session]) -> _Matched:
    """Commits near in time or named by id, what they added, and which session they are of."""
    commits = history.commits[~history.commits["parents"].str.contains(" ", regex=False)]
    labels = history.labels.set_index("sha")["label"]
    commits = commits[commits["sha"].map(labels) != "automation"]
    commits = commits[commits["committed"].notna()]
    epoch = pd.Timestamp(0, tz="UTC")
    times = (commits.set_index("sha")["committed"] - epoch).dt.total_seconds()
    checkpoints = checkpoint_ids_by_commit(commits)
    near = _near(sessions, times) | {sha for sha in checkpoints if sha in times.index}
    prefixes = {prefix[:7] for session in sessions for _, prefix in session.commits}
    near |= {sha for sha in times.index if sha[:7] in prefixes}
    changes = history.file_changes
    counted: dict[str, list[str]] = {}
    if changes is not None:
        own = changes[changes["sha"].isin(near) & changes["path_class"].isin(COUNTED_CLASSES)]
        counted = {str(sha): [str(path) for path in paths] for sha, paths in own.groupby("sha")["path"]}
    known = read_commit_lines(history.repository.git, [sha for sha in times.index if sha in near], counted)
    notes = {} if history.notes is None else {sha: frozenset(note.keys) for sha, note in history.notes.notes.items()}
    named = SessionReferences(checkpoints, {sha: keys for sha, keys in notes.items() if sha in times.index})
    return _Matched(sessions, match_sessions(sessions, times, known, named), known)


def _near(sessions: Iterable[Session], times: pd.Series) -> set[str]:
    """Commits from the first edit of a session to a week after its last."""
    near: set[str] = set()
    ordered = times.sort_values()
    for session in sessions:
        moments = [edit.timestamp for edit in session.edits if edit.timestamp is not None]
        if moments:
            first, last = ordered.searchsorted([min(moments) - SECONDS_PER_DAY, max(moments) + WINDOW_SECONDS])
            near |= set(ordered.index[first:last])
    return near


def _specified(history: History, matched: _Matched, window: TimeWindow) -> tuple[pd.DataFrame, int]:
    """Table `specified`, a row a commit of the range that turns went into, and how many turns those are."""
    by_session: dict[int, list[SessionMatch]] = {}
    for pair in matched.pairs:
        by_session.setdefault(pair.session, []).append(pair)
    sums: dict[str, list[float]] = {}
    first: dict[str, int] = {}
    turns = 0
    inside = set(history.commits.loc[window.contains(history.commits["committed"]), "sha"])
    for place, own in by_session.items():
        for pair in own:
            first.setdefault(pair.sha, place)
            sums.setdefault(pair.sha, [0, 0, 0, 0])
        for turn, to in assign_turns(matched.sessions[place], own):
            if to is not None:
                row = sums[to.sha]
                for n, value in enumerate((turn.low, turn.high, 1, int(turn.correction))):
                    row[n] += value
                turns += to.sha in inside and to.sha in matched.known
    alive = {age: _alive(history, matched, window, age) for age in (30, 90)}
    parts = _part_of_agent(history, matched)
    rows = []
    for sha, row in sums.items():
        if sha in inside and sha in matched.known:
            size = matched.known[sha].size * parts[sha]
            lasting = [size * alive[age][sha] if sha in alive[age] else None for age in (30, 90)]
            rows.append((sha, first[sha], history.merged_change_of.get(sha, sha), *row, size, *lasting))
    table = cost_table(rows)
    table["change"] = 1 / table.groupby("merged_change")["sha"].transform("size")
    return table, turns


def _part_of_agent(history: History, matched: _Matched) -> dict[str, float]:
    """Part of a commit's lines that are the agent's: its declared part, else what its sessions wrote of it.

    Where no matched session's store keeps what was written, all of it: there is nothing to tell the parts by.
    """
    declared = history.labels.set_index("sha")["ai"]
    wrote: dict[str, float] = {}
    kept: set[str] = set()
    for pair in matched.pairs:
        wrote[pair.sha] = min(1.0, wrote.get(pair.sha, 0.0) + pair.overlap)
        if matched.sessions[pair.session].source not in _WITHOUT_EDITS:
            kept.add(pair.sha)
    return {sha: float(declared.get(sha, 0.0)) or (part if sha in kept else part or 1.0) for sha, part in wrote.items()}


def _alive(history: History, matched: _Matched, window: TimeWindow, age: int) -> dict[str, float]:
    """Commit → part of its lines of code and tests alive at an age; commits too young to tell are left out."""
    if history.lines is None or window.as_of is None:
        return {}
    committed = history.commits.set_index("sha")["committed"]
    clock = pd.Timestamp(window.as_of)
    wanted = {pair.sha for pair in matched.pairs}
    own = history.lines.lifetimes
    own = own[own["born_sha"].isin(wanted) & own["path_class"].isin(COUNTED_CLASSES)]
    old = committed[committed <= clock - pd.Timedelta(days=age)].index
    lived = survivors_at_age(life_spans(own[own["born_sha"].isin(old)], committed, clock), age)
    sums = lived.astype({"born_sha": "str"}).groupby("born_sha")[["lines", "alive"]].sum()
    return {str(sha): float(part) for sha, part in (sums["alive"] / sums["lines"]).items()}


def _coverage(history: History, matched: _Matched, sessions: Sequence[Session]) -> float | None:
    """Declared lines in matched commits, of all declared lines of the time from which prompts are kept."""
    moments = [turn.timestamp for session in sessions for turn in session.turns if turn.timestamp is not None]
    changes = history.file_changes
    if changes is None:
        return None
    committed = history.commits.set_index("sha")["committed"]
    shas = {pair.sha for pair in matched.pairs}
    if moments:
        first, last = (pd.Timestamp(moment, unit="s", tz="UTC") for moment in (min(moments), max(moments)))
    elif shas:
        first, last = committed[list(shas)].min(), committed[list(shas)].max()
    else:
        return None
    span = committed[(committed >= first) & (committed <= last + pd.Timedelta(seconds=WINDOW_SECONDS))].index
    own = changes[changes["path_class"].isin(COUNTED_CLASSES) & changes["sha"].isin(span)]
    part = own["sha"].map(history.labels.set_index("sha")["ai"]).astype(float)
    if not part.any():
        return None  # nothing else is known to be an agent's: all of it would be covered by construction
    part = part.where(~own["sha"].isin(shas), own["sha"].map(_part_of_agent(history, matched)).astype(float))
    lines = own["added"].fillna(0).astype(float) * part
    total = float(lines.sum())
    return float(lines[own["sha"].isin(shas)].sum()) / total if total else None


def _kept(history: History) -> AcceptedLines | None:
    """Lines that people accepted and overrode, by line-level notes, and prompts behind, each prompt once."""
    found: dict[str, tuple[int, int]] = {}
    for note in [] if history.notes is None else history.notes.notes.values():
        for key, counts in note.acceptance.items():
            found[key] = max(found.get(key, counts), counts)
    if not found:
        return None
    accepted, overridden = (sum(counts[n] for counts in found.values()) for n in (0, 1))
    return AcceptedLines(accepted, overridden, len(found))


def _source(store: PromptStore) -> SourceCounts:
    return SourceCounts(
        id=store.id,
        files=store.files,
        sessions=len({(session.tool, session.key) for session in store.sessions}),
        elsewhere=store.elsewhere,
        automatic=sum(session.automatic for session in store.sessions),
        skipped_lines=store.skipped.lines,
        skipped_files=store.skipped.files,
    )
