"""Identify AI agents by name and e-mail address, with the exact identities listed in `agents.toml`."""

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
_WORD_BREAKS = re.compile(r"[\s_-]+")
_NAME_BREAKS = re.compile(r"[_-]+")
# What a name may end or begin with and still be that tool's: "copilot-cli", "cursor-agent/0.42", "OpenAI Codex".
_KIND_OF_TOOL = re.compile(
    r" (?:cli|coding agent|agent mode|agent|app|desktop|ide|web|cloud|bot|assistant|ai|coder|code assist|go|extension|editor|plugin|auto|chat)\Z"
)
_VERSION_OF_TOOL = re.compile(r"(?:[/@ ]v?\d+(?:\.\d+)+[\w.+-]*| v\d+)\Z")
_MAKER = re.compile(
    r"\A(?:the )?(?:openai|anthropic|google|github|microsoft|amazon|aws|cursor|sourcegraph|ibm)(?:'s)? "
)
_ROLE_ADDRESS = re.compile(r"(?:no-?reply|do-?not-?reply|agents?-?no-?reply|ai-agent|coding-agent)@")
_NO_HOST = re.compile(
    r"example\.(?:com|org|net)|localhost(?:\.localdomain)?|local|invalid|test|[\w-]+\.(?:local|invalid|example)"
)
_PEOPLES_NAMES = frozenset(
    "claude devin jules kiro charlie goose junie cline maka nori pi zed rover happy gemini adal".split()
)
_EMPTY = frozenset[str]()
_MOST_WORDS = 8  # no tool's name has more


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

    def owns(self, name: str, address: str) -> bool:
        """Return whether the address belongs to the agent; a shared address does only under one of its names.

        Both must be in lower case.
        """
        account = address.removesuffix(_NOREPLY) if address.endswith(_NOREPLY) else ""
        if address in self.addresses or (account and account in self.accounts):
            return True
        if address in self.name_only and name in self.names:
            return True
        return account.rsplit("+", 1)[-1] in self.logins

    def in_doubt(self, address: str, day: str) -> bool:
        """Return whether the tool was adding its mark to commits without AI on `day` (YYYY-MM-DD or a prefix)."""
        return any(
            address == row["address"] and row["since"][: len(day)] <= day <= row["until"] for row in self.doubtful
        )


@cache
def agent_table() -> tuple[str, tuple[Agent, ...]]:
    """Return the date of the table, and its agents in the order in which they are tried."""
    data = tomllib.loads(resources.files(__package__).joinpath("agents.toml").read_text("utf-8"))
    for row in data["agent"]:
        row["doubtful"] = tuple(row.get("doubtful", ()))
    agents = (row | {key: frozenset(row.get(key, ())) for key in NAME_FIELDS} for row in data["agent"])
    return data["version"], tuple(Agent(**row) for row in agents)


@cache
def doubtful_addresses() -> frozenset[str]:
    """Return the addresses whose marks count less in some period."""
    return frozenset(row["address"] for agent in agent_table()[1] for row in agent.doubtful)


def rules_version() -> str:
    """Return the date of the table, which every report states."""
    return agent_table()[0]


@lru_cache(maxsize=1 << 16)
def by_identity(name: str, address: str) -> Agent | None:
    """Return the agent behind a name *and* address, or None.

    Where they point to different agents, the address decides that it is AI and the name decides which one.
    """
    folded, address = _fold(name), address.strip().lower()
    for agent in agent_table()[1]:
        if agent.owns(folded, address):
            named_agent = None if agent.suggestion else by_name(name)
            return named_agent if named_agent is not None and not named_agent.suggestion else agent
    nobodys = is_role_address(address) or _is_placeholder(folded, address)
    return by_sure_name(name) or (by_any_name(name) if nobodys else None)


def is_role_address(address: str) -> bool:
    """Return whether an address is one that no person writes from ("noreply@vendor.example"), whatever its domain."""
    return _ROLE_ADDRESS.match(address.strip().lower()) is not None


def _is_placeholder(folded_name: str, address: str) -> bool:
    """Return whether an address is the name again at no real host ("amp@example.com"), and people have no such name."""
    login, _, host = address.partition("@")
    return (
        login == _WORD_BREAKS.sub("", folded_name)
        and login not in _PEOPLES_NAMES
        and _NO_HOST.fullmatch(host) is not None
    )


def by_any_name(name: str) -> Agent | None:
    """Return the agent of this name, one that people may have as well ("Droid"); for places where nobody would stand."""
    return by_mention(name, "described") or by_mention(name, "footers")


@lru_cache(maxsize=1 << 14)
def by_name(name: str) -> Agent | None:
    """Return the agent with exactly this name; a model or version may follow. Only for trailers without an address."""
    return _by_listed_name(name, "names")


@lru_cache(maxsize=1 << 14)
def by_sure_name(name: str) -> Agent | None:
    """Return the agent with this name, if no person can have that name; the address does not matter then."""
    folded = _fold(name)
    return _by_listed_name(name, "sure") or next(
        (a for a in agent_table()[1] if folded.startswith(tuple(a.prefixes))), None
    )


def by_credit(name: str, address: str) -> Agent | None:
    """Return the agent behind the name and address of a trailer."""
    return by_identity(name, address) or _by_listed_name(name, "credited")


@lru_cache(maxsize=1 << 14)
def by_mention(name: str, field_name: str) -> Agent | None:
    """Return the agent of this name, in a place where the text can mean nothing else.

    `field_name`: the field of `Agent` with more names for that place, "footers" or "described".
    """
    spellings = (name, *_spellings(name)) if name else ()
    listed = (_by_listed_name(text, "names") or _by_listed_name(text, field_name) for text in spellings)
    agent = next(filter(None, listed), None)
    return agent or _joined_names(field_name).get(_WORD_BREAKS.sub("", _fold(name)))


def _spellings(name: str) -> tuple[str, ...]:
    """Return other ways to write a tool's name: without what only says that it is a tool, a version, a maker."""
    spaced = " ".join(_NAME_BREAKS.sub(" ", _VERSION_OF_TOOL.sub("", _fold(name))).split())
    bare = _MAKER.sub("", _KIND_OF_TOOL.sub("", spaced))
    return tuple(dict.fromkeys(text for text in (spaced, _KIND_OF_TOOL.sub("", spaced), bare) if text))


@cache
def _joined_names(field_name: str) -> dict[str, Agent]:
    """Return the agents by their names without breaks ("claudecode"); names shorter than five letters are left out."""
    pairs = ((name, agent) for agent in agent_table()[1] for name in (*agent.names, *getattr(agent, field_name)))
    joined = [(_WORD_BREAKS.sub("", name), agent) for name, agent in pairs]
    return {name: agent for name, agent in reversed(joined) if len(name) > 4}


def _by_listed_name(name: str, field_name: str) -> Agent | None:
    folded = _fold(name)
    bare = _PARENTHESES.sub("", folded)
    # "Cursor Grok 4.5" is Cursor with a model, and "Claude Code 2.1" a version of it; "Claude Opus 4.5" is a model.
    words = bare.split(" ", _MOST_WORDS)[:_MOST_WORDS]
    prefixes = {" ".join(words[:n]) for n in range(1, len(words))} if _has_version(bare) else set[str]()
    for agent in agent_table()[1]:
        if folded in (names := getattr(agent, field_name)) or bare in names:
            return agent
    return next(
        (agent for agent in agent_table()[1] if prefixes & getattr(agent, field_name) and not _is_model(bare)), None
    )


def _has_version(name: str) -> bool:
    return any(character.isdigit() for character in name)


def _is_model(name: str) -> bool:
    """Return whether a name begins with a model family and names a model ("claude opus 4.5")."""
    return name.startswith(("claude ", "gemini ", "grok ", "gpt")) and model_in(name) is not None


def is_aider_author(name: str) -> bool:
    """Return whether the name has the form that aider sets by default: the person's name, then "(aider)"."""
    return _AIDER_AUTHOR.match(name) is not None


def _fold(name: str) -> str:
    return " ".join(name.lower().split())
