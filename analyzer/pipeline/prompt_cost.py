"""history, prompt stores → how much people typed to get the code: sessions, the commits they match, and the ratios."""

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
from analyzer.core.rows import commit_dates, is_merge
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

# Where two stores hold the same session, the first of these counts: it keeps more of the session.
_TRUST = ("claude_code", "codex", "gemini_cli", "entire", "aider", "specstory", "spec_kit")
# Stores that keep no text of what the agent wrote.
_WITHOUT_EDITS = frozenset({"specstory", "spec_kit"})


@dataclass(frozen=True, slots=True)
class _MatchedSessions:
    """Sessions and the commits they match.

    Attributes
    ----------
    sessions : every session of the range.
    matches : pairs of a session and a commit.
    commit_lines : commit id → the lines that it added.
    """

    sessions: Sequence[Session]
    matches: Sequence[SessionMatch]
    commit_lines: dict[str, CommitLines]


def prompt_cost(history: History, window: TimeWindow, progress: Progress = no_progress) -> PromptSummary | None:
    """Measure prompt characters per merged character, from prompts in the history and logs below `--transcripts`.

    None unless the settings ask for it (prompts are never read otherwise), and where contents are missing.
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
    """Return the slug that says why the ratios hold for the sessions only, not for the repository; None if they do."""
    if not any(session.turns for session in sessions):
        return "no-prompts"
    if matched < FEWEST_SESSIONS:
        return "few-sessions"
    return "prompts-cover-little" if coverage is None or coverage < LEAST_COVERAGE else None


def _sessions_of_repository(store: PromptStore, name: str, commit_prefixes: frozenset[str]) -> PromptStore:
    """Reduce a folder of logs to the sessions that ran in a work tree of this repository.

    A log that does not say where it ran belongs to this repository if it names one of its commits.
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
    """Return the session with its turns of the range; turns without a time stay."""
    since = window.since.timestamp() if window.since else -math.inf
    until = window.until.timestamp() if window.until else window.as_of.timestamp() if window.as_of else math.inf
    turns = [turn for turn in session.turns if turn.timestamp is None or since <= turn.timestamp < until]
    return replace(session, turns=turns)


def _merge_stores(stores: Sequence[PromptStore]) -> list[Session]:
    """Return every interactive session once, each turn once: stores repeat sessions, forks repeat their beginnings."""
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
    """Merge another record of the session into `record`: a later record holds all of an earlier one."""
    if record.source == other.source:
        record.turns += other.turns
    if len(other.edits) > len(record.edits):
        record.edits = other.edits
    record.commits += [commit for commit in other.commits if commit not in record.commits]
    record.checkpoints |= other.checkpoints


def _match_to_commits(history: History, sessions: Sequence[Session]) -> _MatchedSessions:
    """Match sessions to commits that are near in time or that a session names by id."""
    commits = history.commits[~is_merge(history.commits)]
    labels = history.labels.set_index("sha")["label"]
    commits = commits[commits["sha"].map(labels) != "automation"]
    commits = commits[commits["committed"].notna()]
    epoch = pd.Timestamp(0, tz="UTC")
    times = (commit_dates(commits) - epoch).dt.total_seconds()
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
    """Return the commits between a day before the first edit of a session and a week after its last."""
    near: set[str] = set()
    ordered = times.sort_values()
    for session in sessions:
        edit_times = [edit.timestamp for edit in session.edits if edit.timestamp is not None]
        if edit_times:
            first, last = ordered.searchsorted([min(edit_times) - SECONDS_PER_DAY, max(edit_times) + WINDOW_SECONDS])
            near |= set(ordered.index[first:last])
    return near


def _cost_by_commit(history: History, matched: _MatchedSessions, window: TimeWindow) -> tuple[pd.DataFrame, int]:
    """Return the cost table (`prompts.ratios.cost_table`: one row per matched commit of the range) and its turns."""
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
                for column, value in enumerate((turn.low, turn.high, 1, int(turn.correction))):
                    sums_of_commit[column] += value
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
    """Return by commit the share of its lines that the agent wrote: the marked share, else what its sessions wrote.

    It is 1 where no store of a matched session keeps what was written, as there is nothing to split the lines by.
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
    """Return by commit the share of its lines of code and tests alive at `age` days; younger commits are left out."""
    if history.lines is None or window.as_of is None:
        return {}
    committed = history.committed
    as_of = pd.Timestamp(window.as_of)
    shas = {pair.sha for pair in matched.matches}
    lifetimes = history.lines.lifetimes
    lifetimes = lifetimes[lifetimes["born_sha"].isin(shas) & lifetimes["path_class"].isin(COUNTED_CLASSES)]
    old = committed[committed <= as_of - pd.Timedelta(days=age)].index
    lived = survivors_at_age(life_spans(lifetimes[lifetimes["born_sha"].isin(old)], committed, as_of), age)
    sums = lived.astype({"born_sha": "str"}).groupby("born_sha")[["lines", "alive"]].sum()
    return {str(sha): float(share) for sha, share in (sums["alive"] / sums["lines"]).items()}


def _coverage(history: History, matched: _MatchedSessions, sessions: Sequence[Session]) -> float | None:
    """Return the share of marked lines that are in matched commits, over the time from which prompts are kept."""
    timestamps = [turn.timestamp for session in sessions for turn in session.turns if turn.timestamp is not None]
    changes = history.file_changes
    if changes is None:
        return None
    committed = history.committed
    shas = {pair.sha for pair in matched.matches}
    if timestamps:
        first, last = (pd.Timestamp(moment, unit="s", tz="UTC") for moment in (min(timestamps), max(timestamps)))
    elif shas:
        first, last = committed[list(shas)].min(), committed[list(shas)].max()
    else:
        return None
    span = committed[(committed >= first) & (committed <= last + pd.Timedelta(seconds=WINDOW_SECONDS))].index
    merges = history.commits.loc[is_merge(history.commits), "sha"]  # sessions are matched to no merge
    counted = changes[changes["path_class"].isin(COUNTED_CLASSES) & changes["sha"].isin(span.difference(merges))]
    share = counted["sha"].map(history.labels.set_index("sha")["ai"]).astype(float)
    if not share.any():
        return None  # without marks only matched lines count as an agent's: coverage would be 1 by construction
    share = share.where(~counted["sha"].isin(shas), counted["sha"].map(_agent_shares(history, matched)).astype(float))
    lines = counted["added"].fillna(0).astype(float) * share
    total = float(lines.sum())
    return float(lines[counted["sha"].isin(shas)].sum()) / total if total else None


def _accepted_lines(history: History) -> AcceptedLines | None:
    """Return the lines that people accepted and overrode by line-level notes, counting each prompt once."""
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
