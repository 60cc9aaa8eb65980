"""Hints that need the history around a commit: its author's account, and the branch by which it came in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.core.rows import iter_rows
from analyzer.evidence.branches import branch_match, commits_by_branch
from analyzer.evidence.possible_agents import possible_accounts

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import pandas as pd

    from analyzer.config import Rule
    from analyzer.evidence.signal import Match


@dataclass(frozen=True, slots=True)
class HistoryHints:
    """Hints by commit id: `accounts` of authors that may be agents, `branches` of non-merge commits."""

    accounts: dict[str, Match]
    branches: dict[str, Match]

    def of(self, sha: str) -> list[Match]:
        """Return the hints on one commit."""
        return [hints[sha] for hints in (self.accounts, self.branches) if sha in hints]


def history_hints(
    commits: pd.DataFrame,
    automation: Sequence[bool],
    marked: Collection[str],
    rules: Sequence[Rule] = (),
    history: pd.DataFrame | None = None,
) -> HistoryHints:
    """Return the hints on `commits`; automation without a mark gets none by its branch.

    The parameters are those of `possible_accounts`.
    """
    possible = possible_accounts(commits, automation, marked, rules, history)
    authors = list(iter_rows(commits, "sha", "author_name", "author_email"))
    accounts = {sha: possible[name, address] for sha, name, address in authors if (name, address) in possible}
    graph = commits if history is None else history
    brought = commits_by_branch(graph, possible)
    subjects = _subjects(graph, {by.merge for by in brought.values()})
    branches = {
        sha: branch_match(brought[sha], subjects[brought[sha].merge])
        for (sha, *_), is_bot in zip(authors, automation, strict=True)
        if sha in brought and (not is_bot or sha in marked or sha in accounts)
    }
    return HistoryHints(accounts, branches)


def _subjects(commits: pd.DataFrame, shas: Collection[str]) -> dict[str, str]:
    rows = iter_rows(commits[commits["sha"].isin(shas)], "sha", "message")
    return {sha: message.partition("\n")[0] for sha, message in rows}
