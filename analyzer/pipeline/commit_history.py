"""What commits and their marks say of a history: its tables that need no file contents."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.core import tables
from analyzer.core.memory import paused_collector
from analyzer.core.progress import Progress, no_progress
from analyzer.core.rows import commit_dates
from analyzer.evidence.labels import label_commits
from analyzer.history.authors import Author, PeopleDirectory, is_automation
from analyzer.history.commits import read_commits
from analyzer.history.merged_changes import CommitGraph, MergedChange, find_merged_changes, mainline_root

if TYPE_CHECKING:
    import pandas as pd

    from analyzer.config import Settings
    from analyzer.history.repository import Repository


@dataclass(frozen=True, slots=True)
class CommitHistory:
    """The part of a history that file contents add nothing to.

    Attributes
    ----------
    commits, people, evidence, labels : tables of these names, one row per commit (evidence: per match).
    directory : who is behind names and addresses.
    graph : the graph of all commits.
    changes : commits grouped into merged changes, oldest first; a change that was picked onto a second line of history
        is still two, because only its lines show that.
    """

    repository: Repository
    settings: Settings
    commits: pd.DataFrame
    people: pd.DataFrame
    evidence: pd.DataFrame
    labels: pd.DataFrame
    directory: PeopleDirectory
    graph: CommitGraph
    changes: list[MergedChange]

    @property
    def committed(self) -> pd.Series:
        """Committer date by commit id."""
        return commit_dates(self.commits)


@paused_collector()
def read_commit_history(repository: Repository, settings: Settings, progress: Progress = no_progress) -> CommitHistory:
    """Read all commits in one pass of `git log`, label them, and group them into merged changes."""
    progress("reading commits", 0, 0)
    commits = read_commits(
        repository.git,
        repository.head,
        lambda n: progress("reading commits", n, 0),
        mailmap_commit=repository.settings_commit or "",
    )
    progress("reading commits", len(commits), len(commits))
    progress("labelling", 0, 0)
    directory = PeopleDirectory(commits, settings.salt or mainline_root(commits, repository.head))
    people = directory.people_table()
    evidence, labels = label_commits(commits, people, directory, settings.rules)
    progress("grouping changes", 0, 0)
    graph = _commit_graph(commits, labels, directory)
    return CommitHistory(
        repository=repository,
        settings=settings,
        commits=commits,
        people=people,
        evidence=evidence,
        labels=labels,
        directory=directory,
        graph=graph,
        changes=find_merged_changes(graph, repository.head),
    )


def _commit_graph(commits: pd.DataFrame, labels: pd.DataFrame, directory: PeopleDirectory) -> CommitGraph:
    by_agents = frozenset(labels.loc[labels["agent_author"], "sha"])
    authors, committers = (_identities(commits, role, directory) for role in ("mapped", "committer"))
    return CommitGraph(commits, authors, committers, by_agents)


def _identities(commits: pd.DataFrame, role: str, directory: PeopleDirectory) -> dict[str, str]:
    """Commit → key of its author (role "mapped") or committer, to tell work sessions apart; bots by address."""
    pairs = list(tables.iter_rows(commits, f"{role}_name", f"{role}_email"))
    keys = {
        (name, address): f"bot {address}"
        if is_automation(name, address)
        else directory.person_key(Author(name, address))
        for name, address in set(pairs)
    }
    return dict(zip(commits["sha"].to_list(), (keys[pair] for pair in pairs), strict=True))
