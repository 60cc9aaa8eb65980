"""(name, address) → AI agent, by the exact identities of `agents.toml` and of the user's configuration."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import resources

from analyzer.evidence.model_names import model_in

_NOREPLY = "@users.noreply.github.com"
_PARENTHESES = re.compile(r"\s*\([^()]*\)\s*\Z")
_AIDER_AUTHOR = re.compile(r".*\(aider\)\s*\Z", re.IGNORECASE)
_SETS = (
    "names",
    "sure",
    "credited",
    "prefixes",
    "footers",
    "described",
    "addresses",
    "accounts",
    "logins",
    "name_only",
)
_NOBODYS = frozenset[str]()
_MOST_WORDS = 8  # more than any tool's name has


@dataclass(frozen=True, slots=True)
class Agent:
    """A row of the table: an AI tool by its identities, and what is known of its marks (see `agents.toml`)."""

    tool: str
    names: frozenset[str] = _NOBODYS
    sure: frozenset[str] = _NOBODYS
    credited: frozenset[str] = _NOBODYS
    prefixes: frozenset[str] = _NOBODYS
    footers: frozenset[str] = _NOBODYS
    described: frozenset[str] = _NOBODYS
    addresses: frozenset[str] = _NOBODYS
    accounts: frozenset[str] = _NOBODYS
    logins: frozenset[str] = _NOBODYS
    name_only: frozenset[str] = _NOBODYS
    suggestion: bool = False
    suggests: bool = False
    wrapper: bool = False
    doubtful: dict[str, str] = field(default_factory=dict, hash=False)
    since: str = ""
    default: str = ""
    traps: str = ""
    seen: bool = True

    def owns(self, name: str, address: str) -> bool:
        """Whether the address, or a shared one under this name, is the agent's."""
        account = address.removesuffix(_NOREPLY) if address.endswith(_NOREPLY) else ""
        if address in self.addresses or (account and account in self.accounts):
            return True
        if address in self.name_only and name in self.names:
            return True
        return account.rsplit("+", 1)[-1] in self.logins

    def in_doubt(self, address: str, day: str) -> bool:
        """Whether the tool added its mark to commits without AI in those days (`day`: YYYY-MM-DD or a part of it)."""
        known = self.doubtful
        return bool(known) and address == known["address"] and known["since"][: len(day)] <= day <= known["until"]


@cache
def table() -> tuple[str, tuple[Agent, ...]]:
    """Date of the table, and its rows in the order they are tried."""
    data = tomllib.loads(resources.files(__package__).joinpath("agents.toml").read_text("utf-8"))
    rows = (row | {key: frozenset(row.get(key, ())) for key in _SETS} for row in data["agent"])
    return data["version"], tuple(Agent(**row) for row in rows)


def rules_version() -> str:
    """Date of the table, stated in every report."""
    return table()[0]


@lru_cache(maxsize=1 << 16)
def by_identity(name: str, address: str) -> Agent | None:
    """Agent behind a name *and* address, or None; where they disagree the address says AI and the name says which."""
    folded, address = _folded(name), address.strip().lower()
    for agent in table()[1]:
        if agent.owns(folded, address):
            named = None if agent.suggestion else by_name(name)
            return named if named is not None and not named.suggestion else agent
    return by_sure_name(name)


@lru_cache(maxsize=1 << 14)
def by_name(name: str) -> Agent | None:
    """Agent with exactly this name, a model behind it aside. Only for trailers that hold no address."""
    return _named(name, "names")


@lru_cache(maxsize=1 << 14)
def by_sure_name(name: str) -> Agent | None:
    """Agent whose name no person has, whatever the address."""
    folded = _folded(name)
    return _named(name, "sure") or next((a for a in table()[1] if folded.startswith(tuple(a.prefixes))), None)


def by_credit(name: str, address: str) -> Agent | None:
    """Agent behind the name and address of a trailer."""
    return by_identity(name, address) or _named(name, "credited")


@lru_cache(maxsize=1 << 14)
def by_mention(name: str, more: str) -> Agent | None:
    """Agent of this name where the text can mean nothing else; `more`: "footers" or "described"."""
    return _named(name, "names") or _named(name, more)


def _named(name: str, where: str) -> Agent | None:
    folded = _folded(name)
    bare = _PARENTHESES.sub("", folded)
    # "Cursor Grok 4.5" is Cursor with a model, and "Claude Code 2.1" a version of it; "Claude Opus 4.5" is a model.
    words = bare.split(" ", _MOST_WORDS)[:_MOST_WORDS]
    short = {" ".join(words[:n]) for n in range(1, len(words))} if _versioned(bare) else set[str]()
    for agent in table()[1]:
        if folded in (names := getattr(agent, where)) or bare in names:
            return agent
    return next((agent for agent in table()[1] if short & getattr(agent, where) and not _model(bare)), None)


def _versioned(bare: str) -> bool:
    return any(character.isdigit() for character in bare)


def _model(bare: str) -> bool:
    """Whether a name is a model's from its first word on ("claude opus 4.5")."""
    return bare.startswith(("claude ", "gemini ", "grok ", "gpt")) and model_in(bare) is not None


def is_aider_author(name: str) -> bool:
    """Whether the name is aider's default: the person's, followed by "(aider)"."""
    return _AIDER_AUTHOR.match(name) is not None


def _folded(name: str) -> str:
    return " ".join(name.lower().split())
