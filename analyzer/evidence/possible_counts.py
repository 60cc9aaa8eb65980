"""Count what is possibly AI: accounts that may be agents', each with the rule that settles it, and agents' branches."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from analyzer.core import tables
from analyzer.core.rows import is_merge
from analyzer.core.sanitize import plain
from analyzer.evidence.branches import BRANCH_OF_MERGE
from analyzer.evidence.custom_rules import NO_AGENT
from analyzer.evidence.possible_agents import POSSIBLE_AGENT, names_agent
from analyzer.history.authors import hosting_login, is_automation

if TYPE_CHECKING:
    import pandas as pd

Reason = Literal["name", "messages"]

# A history can have any number of made-up accounts.
_MAX_ACCOUNTS = 100
# A longer name would be cut, and a rule with a part of a name matches nothing.
_MAX_RULE_TEXT = 200
_NO_SLUG = re.compile(r"[^a-z0-9.]+")


@dataclass(frozen=True, slots=True)
class PossibleAccount:
    """An account that may be an agent's.

    name : printable. commits : its unmarked non-merge commits. reason : "name" or "messages", what says so.
    rule : inline table of TOML that makes it an agent; empty if its name is too long for one.
    """

    name: str
    commits: int
    reason: Reason
    rule: str


@dataclass(frozen=True, slots=True)
class BranchFolder:
    """Commits that came in by branches of one agent's folder, and how many of them are marked."""

    folder: str
    commits: int
    marked: int


@dataclass(frozen=True, slots=True)
class PossibleAi:
    """What is possibly AI in a history: unmarked, outside the floor and inside the ceiling.

    accounts : those with the most commits first, at most 100. n_accounts, account_commits : over all of them.
    branches : by folder, those with the most commits first. merges : merges that brought these commits in.
    """

    accounts: tuple[PossibleAccount, ...] = ()
    n_accounts: int = 0
    account_commits: int = 0
    branches: tuple[BranchFolder, ...] = ()
    merges: int = 0

    @property
    def branch_commits(self) -> int:
        """Commits that came in by agents' branches."""
        return sum(branch.commits for branch in self.branches)

    @property
    def branch_marked(self) -> int:
        """How many of them are marked."""
        return sum(branch.marked for branch in self.branches)


def count_possible(commits: pd.DataFrame, evidence: pd.DataFrame, labels: pd.DataFrame) -> PossibleAi:
    """Return the counts from the tables of these names."""
    hints = evidence[evidence["strength"] == "H"][["sha", "rule", "match"]]
    hints = hints[hints["rule"].str.startswith((f"{POSSIBLE_AGENT.id}:", f"{BRANCH_OF_MERGE.id}:"))]
    if hints.empty:
        return PossibleAi()
    labelled = hints.merge(labels[["sha", "ai"]], on="sha")
    rows = labelled.merge(commits.loc[~is_merge(commits), ["sha", "author_name", "author_email"]], on="sha")
    by_account = rows[rows["rule"].str.startswith(f"{POSSIBLE_AGENT.id}:") & ~rows["ai"]]
    by_branch = rows[rows["rule"].str.startswith(f"{BRANCH_OF_MERGE.id}:")]
    accounts = _accounts(by_account)
    return PossibleAi(
        tuple(accounts[:_MAX_ACCOUNTS]),
        len(accounts),
        len(by_account),
        _folders(by_branch),
        int(by_branch["match"].nunique()),
    )


def _accounts(rows: pd.DataFrame) -> list[PossibleAccount]:
    """Return the accounts; identities that one rule settles are one account."""
    commits: Counter[tuple[str, str]] = Counter()
    names: dict[tuple[str, str], str] = {}
    by_name = set()
    for name, address, rule in tables.iter_rows(rows, "author_name", "author_email", "rule"):
        handle = _handle(name, address)
        commits[handle] += 1
        names[handle] = min(names.get(handle, name), name)
        if rule == f"{POSSIBLE_AGENT.id}:name":
            by_name.add(handle)
    for key, text in list(commits):
        # One application under its own address and a person's: the rule by name settles both.
        if key == "logins" and ("names", text) in commits:
            commits["names", text] += commits.pop((key, text))
    accounts = [
        PossibleAccount(plain(names[handle], 60), n, "name" if handle in by_name else "messages", _rule(*handle))
        for handle, n in commits.items()
    ]
    return sorted(accounts, key=lambda account: (-account.commits, account.name, account.rule))


def _handle(name: str, address: str) -> tuple[str, str]:
    """Return the key and text of the rule that names an account: its login if that is not a person's, else its name."""
    login = hosting_login(address.strip())
    if login and (is_automation("", address.strip()) or names_agent(login, "", automation=False)):
        return "logins", login
    return "names", name.strip()


def _rule(key: str, text: str) -> str:
    if len(text) > _MAX_RULE_TEXT:
        return ""
    slug = _NO_SLUG.sub("-", text.lower().removesuffix("[bot]"))[:40].strip("-.") or "agent"
    return f'{{tool = "{f"{slug}-agent" if slug == NO_AGENT else slug}", {key} = [{toml_string(text)}]}}'


def toml_string(text: str) -> str:
    """Return a basic string of TOML: quotes, backslashes and characters that do not print are escaped."""
    return '"' + "".join(_escaped(character) for character in text) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    return character if character.isprintable() and plain(character) == character else f"\\U{ord(character):08x}"


def _folders(rows: pd.DataFrame) -> tuple[BranchFolder, ...]:
    commits: Counter[str] = Counter()
    marked: Counter[str] = Counter()
    for rule, is_marked in tables.iter_rows(rows, "rule", "ai"):
        folder = rule.partition(":")[2]
        commits[folder] += 1
        marked[folder] += bool(is_marked)
    ordered = sorted(commits, key=lambda folder: (-commits[folder], folder))
    return tuple(BranchFolder(folder, commits[folder], marked[folder]) for folder in ordered)
