"""Identify AI agents by name and e-mail address, with the exact identities listed in `agents.toml`."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from analyzer.evidence.tool_names import fold, joined, names_before_version, spellings, without_parentheses

_NOREPLY = "@users.noreply.github.com"
_AIDER_AUTHOR = re.compile(r".*\(aider\)\s*\Z", re.IGNORECASE)
NAME_FIELDS = (
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
_ROLE_ADDRESS = re.compile(r"(?:no-?reply|do-?not-?reply|agents?-?no-?reply|ai-agent|coding-agent)@")
_NO_HOST = re.compile(
    r"example\.(?:com|org|net)|localhost(?:\.localdomain)?|local|invalid|test|[\w-]+\.(?:local|invalid|example)"
)
_EMPTY = frozenset[str]()
_MIN_JOINED = 5  # shorter names without their breaks are other words


@dataclass(frozen=True, slots=True)
class Agent:
    """One row of `agents.toml`, whose header describes the fields: an AI tool, its identities and its marks."""

    tool: str
    names: frozenset[str] = _EMPTY
    sure: frozenset[str] = _EMPTY
    credited: frozenset[str] = _EMPTY
    prefixes: frozenset[str] = _EMPTY
    footers: frozenset[str] = _EMPTY
    described: frozenset[str] = _EMPTY
    addresses: frozenset[str] = _EMPTY
    accounts: frozenset[str] = _EMPTY
    logins: frozenset[str] = _EMPTY
    name_only: frozenset[str] = _EMPTY
    suggestion: bool = False
    suggests: bool = False
    wrapper: bool = False
    doubtful: tuple[dict[str, str], ...] = field(default=(), hash=False)
    since: str = ""
    default: str = ""
    traps: str = ""
    seen: bool = True

    def in_doubt(self, address: str, day: str) -> bool:
        """Return whether the tool was adding its mark to commits without AI on `day` (YYYY-MM-DD or a prefix)."""
        return any(
            address == row["address"] and row["since"][: len(day)] <= day <= row["until"] for row in self.doubtful
        )


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("agents.toml").read_text("utf-8"))


@cache
def agent_table() -> tuple[str, tuple[Agent, ...]]:
    """Return the date of the table, and its agents in the order in which they are tried."""
    rows = (
        row | {key: frozenset(row.get(key, ())) for key in NAME_FIELDS} | {"doubtful": tuple(row.get("doubtful", ()))}
        for row in _table()["agent"]
    )
    return _table()["version"], tuple(Agent(**row) for row in rows)


def rules_version() -> str:
    """Return the date of the table, which every report states."""
    return agent_table()[0]


@cache
def common_words() -> frozenset[str]:
    """Return words of names that occur in many messages without AI."""
    return frozenset(_table()["common_words"])


@cache
def doubtful_addresses() -> frozenset[str]:
    """Return the addresses whose marks count less in some period."""
    return frozenset(row["address"] for agent in agent_table()[1] for row in agent.doubtful)


@cache
def _by_entry(field_name: str) -> dict[str, Agent]:
    """Return the agent of every entry of a field; where rows repeat one, the first counts."""
    return {entry: agent for agent in reversed(agent_table()[1]) for entry in getattr(agent, field_name)}


@cache
def _by_joined_name(field_name: str) -> dict[str, Agent]:
    names = _by_entry(field_name) | _by_entry("names")
    return {key: agent for name, agent in names.items() if len(key := joined(name)) >= _MIN_JOINED}


@lru_cache(maxsize=1 << 16)
def by_identity(name: str, address: str) -> Agent | None:
    """Return the agent behind a name *and* address, or None.

    Where they point to different agents, the address decides that it is AI and the name decides which one.
    """
    folded, address = fold(name), address.strip().lower()
    agent = _owner(folded, address)
    if agent is not None:
        named_agent = None if agent.suggestion else by_name(name)
        return named_agent if named_agent is not None and not named_agent.suggestion else agent
    is_nobodys = is_role_address(address) or _is_placeholder(folded, address)
    return by_sure_name(name) or (by_any_name(name) if is_nobodys else None)


def _owner(folded_name: str, address: str) -> Agent | None:
    """Return the first agent of the table that has the address; a shared one only under one of the agent's names."""
    account = address.removesuffix(_NOREPLY) if address.endswith(_NOREPLY) else ""
    owners = [
        _by_entry("addresses").get(address),
        _by_entry("accounts").get(account),
        _by_entry("logins").get(account.rsplit("+", 1)[-1]),
    ]
    owners += [a for a in agent_table()[1] if address in a.name_only and folded_name in a.names]
    agents = agent_table()[1]
    return min((agent for agent in owners if agent is not None), key=agents.index, default=None)


def is_role_address(address: str) -> bool:
    """Return whether an address is one that no person writes from ("noreply@vendor.example"), whatever its domain."""
    return _ROLE_ADDRESS.match(address.strip().lower()) is not None


def _is_placeholder(folded_name: str, address: str) -> bool:
    """Return whether an address is the name again at no real host ("amp@example.com"), and people have no such name."""
    login, _, host = address.partition("@")
    is_name = login == joined(folded_name) and login not in _table()["peoples_names"]
    return is_name and _NO_HOST.fullmatch(host) is not None


@lru_cache(maxsize=1 << 14)
def by_name(name: str) -> Agent | None:
    """Return the agent with exactly this name; a model or version may follow. Only for trailers without an address."""
    return _by_listed_name(name, "names")


@lru_cache(maxsize=1 << 14)
def by_sure_name(name: str) -> Agent | None:
    """Return the agent with this name, if no person can have that name; the address does not matter then."""
    folded = fold(name)
    begun = (agent for prefix, agent in _by_entry("prefixes").items() if folded.startswith(prefix))
    return _by_listed_name(name, "sure") or next(begun, None)


def by_any_name(name: str) -> Agent | None:
    """Return the agent of this name, which people may have as well ("Droid"): where no person would stand."""
    return by_mention(name, "described") or by_mention(name, "footers")


def by_credit(name: str, address: str) -> Agent | None:
    """Return the agent behind the name and address of a trailer."""
    return by_identity(name, address) or _by_listed_name(name, "credited")


@lru_cache(maxsize=1 << 14)
def by_mention(name: str, field_name: str) -> Agent | None:
    """Return the agent of this name, in a place where the text can mean nothing else.

    `field_name`: the field of `Agent` with more names for that place, "footers" or "described".
    """
    if not name:
        return None
    spelt = ((text, names) for text in (name, *spellings(name)) for names in ("names", field_name))
    listed = filter(None, (_by_listed_name(text, names) for text, names in spelt))
    return next(listed, None) or _by_joined_name(field_name).get(joined(name))


def _by_listed_name(name: str, field_name: str) -> Agent | None:
    agents, folded = _by_entry(field_name), fold(name)
    bare = without_parentheses(folded)
    agent = agents.get(folded) or agents.get(bare)
    return agent or next(filter(None, map(agents.get, names_before_version(bare))), None)


def is_aider_author(name: str) -> bool:
    """Return whether the name has the form that aider sets by default: the person's name, then "(aider)"."""
    return _AIDER_AUTHOR.match(name) is not None
