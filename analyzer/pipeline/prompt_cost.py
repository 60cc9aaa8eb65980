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
class _MatchedSessions:
    """Sessions with the commits that they landed in, and what those commits added."""

    sessions: Sequence[Session]
    matches: Sequence[SessionMatch]
    commit_lines: dict[str, CommitLines]


def prompt_cost(history: History, window: TimeWindow, progress: Progress = no_progress) -> PromptSummary | None:
    """Measure what was typed for what landed, by prompts in the history and by logs below `--transcripts`.

    None unless the settings ask for it, and where contents are missing: prompts are never read unasked.
    """
    transcripts_dir = history.settings.transcripts
    if not (history.settings.effort or transcripts_dir) or history.lines is None:
        return None
    stores = list(read_repository_prompts(history.repository, progress).values())
    commit_prefixes = frozenset(sha[:7] for sha in history.commits["sha"])
    log_stores = read_log_folder(Path(transcripts_dir), progress).values() if transcripts_dir else []
    stores += [_sessions_of_repository(store, history.repository.name, commit_prefixes) for store in log_stores]
    sessions = [_turns_in_range(session, window) for session in _merge_stores(stores)]
    sessions = [session for session in sessions if session.turns or session.edits or session.commits]
    progress("matching", 0, 0)
    matched = _match_to_commits(history, sessions)
    table, turns = _cost_by_commit(history, matched, window)
    coverage = _coverage(history, matched, sessions)
    ratios = compute_ratios(table, history.settings.seed)
    return PromptSummary(
        sources=[_source_counts(store) for store in stores],
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
        rules=dict(sorted(Counter(pair.rule for pair in matched.matches).items())),
        coverage=coverage,
        n=max((ratio.sessions for ratio in ratios), default=0),
        figures=ratios,
        dictated=dictated_shares(table),
        accepted=_accepted_lines(history),
        abstained=_abstention_reason(sessions, table["session"].nunique(), coverage),
    )


def _abstention_reason(sessions: Sequence[Session], matched: int, coverage: float | None) -> str | None:
    """Why the ratios speak for the sessions alone, not for the repository."""
    if not any(session.turns for session in sessions):
        return "no-prompts"
    if matched < FEWEST_SESSIONS:
        return "few-sessions"
    return "prompts-cover-little" if coverage is None or coverage < LEAST_COVERAGE else None


def _sessions_of_repository(store: PromptStore, name: str, commit_prefixes: frozenset[str]) -> PromptStore:
    """Sessions of a folder of logs that ran in a work tree of this repository: elsewhere is no concern of this one.

    A log that does not say where it ran is of here where it names a commit of here.
    """
    sessions = [
        session
        for session in store.sessions
        if (
            _last_component(session.folder) == name
            if session.folder
            else any(c[:7] in commit_prefixes for _, c in session.commits)
        )
    ]
    return PromptStore(store.id, sessions, store.files, len(store.sessions) - len(sessions), store.skipped)


def _last_component(folder: str) -> str:
    return re.split(r"[/\\]", folder.rstrip("/\\"))[-1]


def _turns_in_range(session: Session, window: TimeWindow) -> Session:
    """A session with what was said in the range; what has no time is kept."""
    since = window.since.timestamp() if window.since else -math.inf
    until = window.until.timestamp() if window.until else window.as_of.timestamp() if window.as_of else math.inf
    turns = [turn for turn in session.turns if turn.timestamp is None or since <= turn.timestamp < until]
    return replace(session, turns=turns)


def _merge_stores(stores: Sequence[PromptStore]) -> list[Session]:
    """Every session once, with each of its turns once: stores repeat conversations, forks repeat their beginnings."""
    by_key: dict[tuple[str, str], Session] = {}
    for store in sorted(stores, key=lambda store: _TRUST.index(store.id) if store.id in _TRUST else len(_TRUST)):
        for session in store.sessions:
            first_record = by_key.setdefault((session.tool, session.key), session)
            if first_record is not session:
                _merge_record(first_record, session)
    turn_ids: set[str] = set()
    for session in by_key.values():
        new_turns = {turn.id: turn for turn in session.turns if turn.id not in turn_ids}
        turn_ids |= new_turns.keys()
        session.turns = sorted(new_turns.values(), key=lambda turn: (turn.timestamp is not None, turn.timestamp or 0.0))
    return [session for session in by_key.values() if session.interactive]


def _merge_record(record: Session, other: Session) -> None:
    """Take in a second record of a session: a later one holds all of an earlier one."""
    if record.source == other.source:
        record.turns += other.turns
    if len(other.edits) > len(record.edits):
        record.edits = other.edits
    record.commits += [commit for commit in other.commits if commit not in record.commits]
    record.checkpoints |= other.checkpoints


def _match_to_commits(history: History, sessions: Sequence[Session]) -> _MatchedSessions:
    """Commits near in time or named by id, what they added, and which session they are of."""
    commits = history.commits[~history.commits["parents"].str.contains(" ", regex=False)]
    labels = history.labels.set_index("sha")["label"]
    commits = commits[commits["sha"].map(labels) != "automation"]
    commits = commits[commits["committed"].notna()]
    epoch = pd.Timestamp(0, tz="UTC")
    times = (commits.set_index("sha")["committed"] - epoch).dt.total_seconds()
    checkpoints = checkpoint_ids_by_commit(commits)
    candidates = _commits_near_edits(sessions, times) | {sha for sha in checkpoints if sha in times.index}
    prefixes = {prefix[:7] for session in sessions for _, prefix in session.commits}
    candidates |= {sha for sha in times.index if sha[:7] in prefixes}
    changes = history.file_changes
    paths_by_commit: dict[str, list[str]] = {}
    if changes is not None:
        counted_changes = changes[changes["sha"].isin(candidates) & changes["path_class"].isin(COUNTED_CLASSES)]
        paths_by_commit = {
            str(sha): [str(path) for path in paths] for sha, paths in counted_changes.groupby("sha")["path"]
        }
    commit_lines = read_commit_lines(
        history.repository.git, [sha for sha in times.index if sha in candidates], paths_by_commit
    )
    notes = {} if history.notes is None else {sha: frozenset(note.keys) for sha, note in history.notes.notes.items()}
    references = SessionReferences(checkpoints, {sha: keys for sha, keys in notes.items() if sha in times.index})
    return _MatchedSessions(sessions, match_sessions(sessions, times, commit_lines, references), commit_lines)


def _commits_near_edits(sessions: Iterable[Session], times: pd.Series) -> set[str]:
    """Commits from the first edit of a session to a week after its last."""
    near: set[str] = set()
    ordered = times.sort_values()
    for session in sessions:
        edit_times = [edit.timestamp for edit in session.edits if edit.timestamp is not None]
        if edit_times:
            first, last = ordered.searchsorted([min(edit_times) - SECONDS_PER_DAY, max(edit_times) + WINDOW_SECONDS])
            near |= set(ordered.index[first:last])
    return near


def _cost_by_commit(history: History, matched: _MatchedSessions, window: TimeWindow) -> tuple[pd.DataFrame, int]:
    """Table `specified`, a row a commit of the range that turns went into, and how many turns those are."""
    by_session: dict[int, list[SessionMatch]] = {}
    for pair in matched.matches:
        by_session.setdefault(pair.session, []).append(pair)
    sums: dict[str, list[float]] = {}
    first_session: dict[str, int] = {}
    turns = 0
    inside = set(history.commits.loc[window.contains(history.commits["committed"]), "sha"])
    for index, matches in by_session.items():
        for pair in matches:
            first_session.setdefault(pair.sha, index)
            sums.setdefault(pair.sha, [0, 0, 0, 0])
        for turn, match in assign_turns(matched.sessions[index], matches):
            if match is not None:
                sums_of_commit = sums[match.sha]
                for n, value in enumerate((turn.low, turn.high, 1, int(turn.correction))):
                    sums_of_commit[n] += value
                turns += match.sha in inside and match.sha in matched.commit_lines
    alive_shares = {age: _alive_shares(history, matched, window, age) for age in (30, 90)}
    agent_shares = _agent_shares(history, matched)
    rows = []
    for sha, sums_of_commit in sums.items():
        if sha in inside and sha in matched.commit_lines:
            size = matched.commit_lines[sha].size * agent_shares[sha]
            alive_lines = [size * alive_shares[age][sha] if sha in alive_shares[age] else None for age in (30, 90)]
            rows.append(
                (sha, first_session[sha], history.merged_change_of.get(sha, sha), *sums_of_commit, size, *alive_lines)
            )
    table = cost_table(rows)
    table["change"] = 1 / table.groupby("merged_change")["sha"].transform("size")
    return table, turns


def _agent_shares(history: History, matched: _MatchedSessions) -> dict[str, float]:
    """Part of a commit's lines that are the agent's: its declared part, else what its sessions wrote of it.

    Where no matched session's store keeps what was written, all of it: there is nothing to tell the parts by.
    """
    marked_shares = history.labels.set_index("sha")["ai"]
    wrote: dict[str, float] = {}
    recorded_text: set[str] = set()
    for pair in matched.matches:
        wrote[pair.sha] = min(1.0, wrote.get(pair.sha, 0.0) + pair.overlap)
        if matched.sessions[pair.session].source not in _WITHOUT_EDITS:
            recorded_text.add(pair.sha)
    return {
        sha: float(marked_shares.get(sha, 0.0)) or (share if sha in recorded_text else share or 1.0)
        for sha, share in wrote.items()
    }


def _alive_shares(history: History, matched: _MatchedSessions, window: TimeWindow, age: int) -> dict[str, float]:
    """Commit → part of its lines of code and tests alive at an age; commits too young to tell are left out."""
    if history.lines is None or window.as_of is None:
        return {}
    committed = history.commits.set_index("sha")["committed"]
    as_of = pd.Timestamp(window.as_of)
    shas = {pair.sha for pair in matched.matches}
    lifetimes = history.lines.lifetimes
    lifetimes = lifetimes[lifetimes["born_sha"].isin(shas) & lifetimes["path_class"].isin(COUNTED_CLASSES)]
    old = committed[committed <= as_of - pd.Timedelta(days=age)].index
    lived = survivors_at_age(life_spans(lifetimes[lifetimes["born_sha"].isin(old)], committed, as_of), age)
    sums = lived.astype({"born_sha": "str"}).groupby("born_sha")[["lines", "alive"]].sum()
    return {str(sha): float(share) for sha, share in (sums["alive"] / sums["lines"]).items()}


def _coverage(history: History, matched: _MatchedSessions, sessions: Sequence[Session]) -> float | None:
    """Declared lines in matched commits, of all declared lines of the time from which prompts are kept."""
    timestamps = [turn.timestamp for session in sessions for turn in session.turns if turn.timestamp is not None]
    changes = history.file_changes
    if changes is None:
        return None
    committed = history.commits.set_index("sha")["committed"]
    shas = {pair.sha for pair in matched.matches}
    if timestamps:
        first, last = (pd.Timestamp(moment, unit="s", tz="UTC") for moment in (min(timestamps), max(timestamps)))
    elif shas:
        first, last = committed[list(shas)].min(), committed[list(shas)].max()
    else:
        return None
    span = committed[(committed >= first) & (committed <= last + pd.Timedelta(seconds=WINDOW_SECONDS))].index
    counted = changes[changes["path_class"].isin(COUNTED_CLASSES) & changes["sha"].isin(span)]
    share = counted["sha"].map(history.labels.set_index("sha")["ai"]).astype(float)
    if not share.any():
        return None  # nothing else is known to be an agent's: all of it would be covered by construction
    share = share.where(~counted["sha"].isin(shas), counted["sha"].map(_agent_shares(history, matched)).astype(float))
    lines = counted["added"].fillna(0).astype(float) * share
    total = float(lines.sum())
    return float(lines[counted["sha"].isin(shas)].sum()) / total if total else None


def _accepted_lines(history: History) -> AcceptedLines | None:
    """Lines that people accepted and overrode, by line-level notes, and prompts behind, each prompt once."""
    counts_by_prompt: dict[str, tuple[int, int]] = {}
    for note in [] if history.notes is None else history.notes.notes.values():
        for key, counts in note.acceptance.items():
            counts_by_prompt[key] = max(counts_by_prompt.get(key, counts), counts)
    if not counts_by_prompt:
        return None
    accepted, overridden = (sum(counts[n] for counts in counts_by_prompt.values()) for n in (0, 1))
    return AcceptedLines(accepted, overridden, len(counts_by_prompt))


def _source_counts(store: PromptStore) -> SourceCounts:
    return SourceCounts(
        id=store.id,
        files=store.files,
        sessions=len({(session.tool, session.key) for session in store.sessions}),
        elsewhere=store.elsewhere,
        automatic=sum(session.automatic for session in store.sessions),
        skipped_lines=store.skipped.lines,
        skipped_files=store.skipped.files,
    )
