"""(name, address) → AI agent, by the exact identities of `agents.toml`."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

_NOREPLY = "@users.noreply.github.com"
_PARENTHESES = re.compile(r"\s*\([^()]*\)\s*\Z")
_AIDER_AUTHOR = re.compile(r".*\(aider\)\s*\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Agent:
    """An AI tool recognised by identity; `suggestion` marks accounts that only apply review suggestions."""

    tool: str
    suggestion: bool


@dataclass(frozen=True, slots=True)
class _Row:
    agent: Agent
    names: frozenset[str]
    addresses: frozenset[str]
    accounts: frozenset[str]
    logins: frozenset[str]
    name_only: frozenset[str]

    def owns(self, name: str, address: str) -> bool:
        account = address.removesuffix(_NOREPLY) if address.endswith(_NOREPLY) else ""
        if address in self.addresses or (account and account in self.accounts):
            return True
        if address in self.name_only and name in self.names:
            return True
        return account.rsplit("+", 1)[-1] in self.logins


@cache
def _table() -> tuple[str, tuple[_Row, ...]]:
    data = tomllib.loads(resources.files(__package__).joinpath("agents.toml").read_text("utf-8"))
    keys = ("names", "addresses", "accounts", "logins", "name_only")
    rows = (
        _Row(Agent(row["tool"], row.get("suggestion", False)), *(frozenset(row.get(k, ())) for k in keys))
        for row in data["agent"]
    )
    return data["version"], tuple(rows)


def rules_version() -> str:
    """Date of the table, stated in every report."""
    return _table()[0]


def known_tools() -> list[str]:
    """Slugs of all tools in the table, sorted."""
    return sorted({row.agent.tool for row in _table()[1]})


@lru_cache(maxsize=1 << 16)
def by_identity(name: str, address: str) -> Agent | None:
    """Agent behind a name *and* address, or None; where they disagree the address says AI and the name says which."""
    name, address = _folded(name), address.strip().lower()
    for row in _table()[1]:
        if row.owns(name, address):
            named = None if row.agent.suggestion else by_name(name)
            return named or row.agent
    return None


def by_name(name: str) -> Agent | None:
    """Agent with exactly this name, a model in parentheses aside. Only for trailers that hold no address."""
    folded = _folded(name)
    bare = _PARENTHESES.sub("", folded)
    for row in _table()[1]:
        if folded in row.names or bare in row.names:
            return row.agent
    return None


def is_aider_author(name: str) -> bool:
    """Whether the name is aider's default: the person's, followed by "(aider)"."""
    return _AIDER_AUTHOR.match(name) is not None


def _folded(name: str) -> str:
    return " ".join(name.lower().split())
