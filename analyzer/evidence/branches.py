"""Branches named like an agent's, carried from the merge that names them to the commits that it brought in.

Squash merges and rebases keep no branch name. A person can choose such a name, so it is a hint (strength H).
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from analyzer.core.rows import iter_rows
from analyzer.evidence import agents
from analyzer.evidence.custom_rules import USER_RULE
from analyzer.evidence.possible_agents import branch_folders, first_agent_day
from analyzer.evidence.prose import prose_table
from analyzer.evidence.signal import Match, Signal
from analyzer.history.authors import hosting_login
from analyzer.history.hosts import read_review

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    import pandas as pd

    from analyzer.config import Rule

# No host writes a longer subject, and patterns must take linear time.
_MAX_SUBJECT = 400
_MAX_MATCH = 200
_INTO = re.compile(r" into '?([^\s']+)'?\Z")
_NAME_WORD = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True)
class BroughtCommit:
    """A commit that came in by an agent's branch: the merge that names the branch, and the branch's folder."""

    merge: str
    folder: str


@cache
def agent_folders() -> frozenset[str]:
    """Return the first parts of names of agents' branches."""
    return frozenset(prose_table()["branches"]) | branch_folders()


def source_branches(message: str) -> list[str]:
    """Return the branches that the message of a merge commit says it merges, one per merged parent; [] if it says none.

    Owners and remotes are left out. `history.hosts` has the forms of each host.
    """
    if len(message.partition("\n")[0]) > _MAX_SUBJECT:
        return []
    review = read_review(message)
    return [] if review is None else list(review.branches)


def named_branches(message: str) -> list[str]:
    """Return the branches that the message of a merge commit names: those it merges, and the one it merges into."""
    sources = source_branches(message)
    target = _INTO.search(message.partition("\n")[0][-_MAX_SUBJECT:]) if sources else None
    return [*sources, target[1]] if target else sources


def agent_folder(branch: str, folders: Collection[str] | None = None) -> str | None:
    """Return the folder of a branch that is named like an agent's ("codex/fix" → "codex"), None for other branches.

    `folders`: those that count; by default the agents' in the tables.
    """
    folder, slash, name = branch.lower().partition("/")
    return folder if slash and name and folder in (agent_folders() if folders is None else folders) else None


def commits_by_branch(
    commits: pd.DataFrame, possible: Collection[tuple[str, str]] = frozenset()
) -> dict[str, BroughtCommit]:
    """Return the non-merge commits that came in by an agent's branch, in linear time.

    A commit belongs to the innermost merge that brought it in and names its branch: it is reachable from another parent
    of that merge than the first, and not from the first. A branch whose folder is also the name of a person who wrote a
    commit of it is theirs.

    Parameters
    ----------
    commits : columns sha, parents, message, committed, author_name and author_email of table `commits`, in any order.
    possible : accounts that may be an agent's, and so are no people.
    """
    brought = _brought_by(commits, agent_folders())
    rows = commits[commits["sha"].isin(brought) & (commits["committed"] >= _first_day())]
    identities = {sha: (name, address) for sha, name, address in iter_rows(rows, "sha", "author_name", "author_email")}
    peoples = {
        brought[sha].merge
        for sha, identity in identities.items()
        if identity not in possible and _is_named(identity, brought[sha].folder)
    }
    return {sha: brought[sha] for sha in identities if brought[sha].merge not in peoples}


def branches_of_rules(commits: pd.DataFrame, rules: Sequence[Rule]) -> dict[str, Match]:
    """Return the match of every non-merge commit that came in by a branch whose folder a rule gives to a tool.

    `commits`: columns sha, parents, message and committed of table `commits` of the whole history.
    """
    rule_by_folder = {folder.strip("/").lower(): rule for rule in reversed(rules) for folder in rule.branches}
    brought = _brought_by(commits, rule_by_folder) if rule_by_folder else {}
    tools = {sha: rule_by_folder[by.folder].tool for sha, by in brought.items()}
    return {
        sha: Match(f"{USER_RULE.id}:{tools[sha]}", tools[sha], None, "assisted", "B", f"{by.merge[:12]} {by.folder}/")
        for sha, by in brought.items()
    }


def _brought_by(commits: pd.DataFrame, folders: Collection[str]) -> dict[str, BroughtCommit]:
    """Return the non-merge commits that came in by a branch of one of these folders."""
    sources = _agent_sources(commits, folders)
    if not any(folder for of_merge in sources.values() for folder in of_merge):
        return {}
    parents = {sha: text.split() for sha, text in iter_rows(commits, "sha", "parents")}
    return {sha: by for sha, by in _walk_sides(parents, sources).items() if len(parents[sha]) < 2}


def branch_match(by: BroughtCommit, subject: str) -> Match:
    """Return the match of a commit that came in by an agent's branch; `subject`: of the merge."""
    return Match(
        f"{BRANCH_OF_MERGE.id}:{by.folder}", None, None, "hint", "H", f"{by.merge[:12]} {subject[:_MAX_MATCH]}"
    )


def _first_day() -> dt.datetime:
    return dt.datetime.fromisoformat(first_agent_day()).replace(tzinfo=dt.UTC)


def _agent_sources(commits: pd.DataFrame, counted: Collection[str]) -> dict[str, list[str]]:
    """Return, per merge whose message names its branches, their agents' folders ("" = not an agent's)."""
    sources = {}
    merges = commits[commits["parents"].str.contains(" ", regex=False) & (commits["committed"] >= _first_day())]
    for sha, parents, message in iter_rows(merges, "sha", "parents", "message"):
        folders = [agent_folder(branch, counted) or "" for branch in source_branches(message)]
        if folders:
            sides = parents.count(" ")
            sources[sha] = folders if len(folders) == sides else [""] * sides
    return sources


@dataclass(slots=True)
class _Side:
    """A chain of first parents that is being read: its newest commit, how it came in, and what is left of it."""

    tip: str
    by: BroughtCommit | None
    chain: Iterator[str] | None = None


def _walk_sides(parents: Mapping[str, list[str]], sources: Mapping[str, list[str]]) -> dict[str, BroughtCommit]:
    """Walk every first-parent chain, oldest first; the sides of a merge are read before its chain goes on.

    At a merge everything reachable from its first parent was visited, so what is new on a side came in by the merge.
    The stack is explicit, because sides can nest deeper than Python's recursion limit.
    """
    brought: dict[str, BroughtCommit] = {}
    visited: set[str] = set()
    stack = [_Side(head, None) for head in reversed(_heads(parents))]
    while stack:
        side = stack[-1]
        if side.chain is None:
            side.chain = iter(_unvisited_chain(parents, side.tip, visited))
        for sha in side.chain:
            visited.add(sha)
            if side.by is not None and side.by.folder:
                brought[sha] = side.by
            if len(parents[sha]) > 1:
                stack += reversed(_sides(sha, parents[sha][1:], side.by, sources.get(sha)))
                break
        else:
            stack.pop()
    return brought


def _sides(merge: str, tips: list[str], by: BroughtCommit | None, folders: list[str] | None) -> list[_Side]:
    """Return the sides of a merge; if it names no branch, they came in as the merge itself did."""
    if folders is None:
        return [_Side(tip, by) for tip in tips]
    return [_Side(tip, BroughtCommit(merge, folder)) for tip, folder in zip(tips, folders, strict=True)]


def _heads(parents: Mapping[str, list[str]]) -> list[str]:
    """Return the commits without a child, sorted; a history has one."""
    with_child = {parent for of_commit in parents.values() for parent in of_commit}
    return sorted(sha for sha in parents if sha not in with_child)


def _unvisited_chain(parents: Mapping[str, list[str]], tip: str, visited: Collection[str]) -> list[str]:
    """Return the first-parent chain that ends at `tip`, oldest first, back to the first visited commit."""
    chain, sha = [], tip
    while sha in parents and sha not in visited:
        chain.append(sha)
        if not parents[sha]:
            break
        sha = parents[sha][0]
    return chain[::-1]


def _is_named(identity: tuple[str, str], folder: str) -> bool:
    """Return whether a person's name or account contains the word that names the folder."""
    name, address = identity
    if agents.by_identity(name, address) is not None:
        return False
    words = _NAME_WORD.findall(f"{name} {hosting_login(address.strip()) or ''}"[:_MAX_SUBJECT].lower())
    return folder in words


BRANCH_OF_MERGE = Signal(
    id="branch-of-merge",
    title="the commit came in by a branch named like an agent's",
    strength="H",
    says="A merge names a branch such as codex/… or copilot/…, and brought the commit in. It is possibly AI: outside "
    "the floor, inside the ceiling.",
    limits="A person can choose such a name, and work on such a branch. Squash merges and rebases keep no branch name.",
    extract=lambda _: iter(()),
)
