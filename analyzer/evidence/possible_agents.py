"""Accounts that may be an agent's although no table knows them: by their name, or by what their messages say.

Their commits are *possibly AI* (strength H): in no marked share, inside the upper bound, and nobody's work. A rule of
the configuration settles each account (docs/configuration.md).
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from analyzer.core.rows import iter_rows
from analyzer.evidence import agents
from analyzer.evidence.custom_rules import owns_identity
from analyzer.evidence.signal import Match, Signal
from analyzer.history.authors import hosting_login, is_automation, is_listed_automation

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    import pandas as pd

    from analyzer.config import Rule

Identity = tuple[str, str]

_IDENTITY = ("author_name", "author_email")
# Messages show an agent from this many commits and this share of the account's commits on.
_MIN_SIGNS, _MIN_SIGN_SHARE = 3, 0.2
# No name or address of an agent is longer, and patterns must take linear time.
_MAX_TEXT = 200
_WORD = re.compile(r"[a-z]+|\d+")
_BRACKETED = re.compile(r"[(\[]([a-z ]{1,30})[)\]]")
_ADDRESS_PART = re.compile(r"[+_-]")
_ROBOT = "\U0001f916"


@cache
def _table() -> dict[str, Any]:
    table = tomllib.loads(resources.files(__package__).joinpath("possible_agents.toml").read_text("utf-8"))
    return {key: frozenset(value) if isinstance(value, list) else value for key, value in table.items()}


@cache
def _chore_pattern() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(sorted(_table()['chores']))})\b|\bv?\d+\.\d+", re.IGNORECASE)


def first_agent_day() -> str:
    """Return the day (YYYY-MM-DD) before which no commit can be an AI agent's."""
    day: str = _table()["since"]
    return day


def branch_folders() -> frozenset[str]:
    """Return the folders of agents' branches that this table adds to those of `prose.toml`."""
    folders: frozenset[str] = _table()["branches"]
    return folders


def possible_accounts(
    commits: pd.DataFrame,
    automation: Sequence[bool],
    marked: Collection[str],
    rules: Sequence[Rule] = (),
    history: pd.DataFrame | None = None,
) -> dict[Identity, Match]:
    """Return the match of every account that may be an agent's, by name and address as recorded.

    Parameters
    ----------
    commits : table `commits`, in any order; or the rows of it that decide the accounts asked about.
    automation : whether each of these commits is by automation.
    marked : ids of commits with an AI mark.
    rules : the user's own rules; an account that one of them names is settled.
    history : table `commits` of the whole history; None if `commits` is. An account that committed before there were
        agents, or has no commit with a date, is none.
    """
    identities = list(iter_rows(commits, *_IDENTITY))
    is_bot = dict(zip(identities, automation, strict=True))
    reasons = dict.fromkeys(_accounts_with_signs(commits, automation, marked), "messages")
    reasons |= {i: "name" for i, bot in is_bot.items() if names_agent(*i, automation=bot)}
    first = _first_days(commits if history is None else history, reasons)
    return {
        identity: _match(identity, reasons[identity])
        for identity in sorted(first)
        if first[identity] >= first_agent_day() and not any(owns_identity(rule, *identity) for rule in rules)
    }


def _accounts_with_signs(
    commits: pd.DataFrame, automation: Sequence[bool], marked: Collection[str]
) -> Iterator[Identity]:
    """Yield the applications whose messages show an agent often enough."""
    totals: Counter[Identity] = Counter()
    signs: Counter[Identity] = Counter()
    rows = iter_rows(commits[list(automation)], "sha", "parents", "message", *_IDENTITY)
    for sha, parents, message, *identity in rows:
        if " " not in parents and not _is_known(*identity):
            account = (identity[0], identity[1])
            totals[account] += 1
            signs[account] += _shows_agent(message, marked=sha in marked)
    yield from (account for account, n in totals.items() if signs[account] >= max(_MIN_SIGNS, _MIN_SIGN_SHARE * n))


def _first_days(history: pd.DataFrame, accounts: Collection[Identity]) -> dict[Identity, str]:
    """Return the earliest committer date of the accounts, as YYYY-MM-DD."""
    asked = [identity in accounts for identity in iter_rows(history, *_IDENTITY)]
    first = history[asked].groupby(list(_IDENTITY), sort=False)["committed"].min().dropna()
    return dict(zip(first.index, first.dt.strftime("%Y-%m-%d"), strict=True))


def name_match(name: str, address: str, day: str, rules: Sequence[Rule] = ()) -> Match | None:
    """Return the match of an account whose name says that it is an agent, from one commit of a day alone.

    `day` is YYYY-MM-DD or a prefix of it.
    """
    settled = any(owns_identity(rule, name, address) for rule in rules)
    is_early = day < first_agent_day()[: len(day)]
    if settled or is_early or not names_agent(name, address, automation=is_automation(name, address)):
        return None
    return _match((name, address), "name")


@lru_cache(maxsize=1 << 14)
def names_agent(name: str, address: str, *, automation: bool) -> bool:
    """Return whether the name or address of an account says that it is an AI agent, and no table knows it."""
    if len(name) > _MAX_TEXT or len(address) > _MAX_TEXT or agents.is_aider_author(name) or _is_known(name, address):
        return False
    login = hosting_login(address.strip()) or ""
    words = [set(_WORD.findall(text.lower().removesuffix("[bot]"))) for text in (name, login)]
    if any(_works_otherwise(of_text) for of_text in words):
        return False
    if automation and any(of_text & (_table()["agent"] | _table()["tools"]) for of_text in words):
        return True
    return _person_like_name_says_agent(name) or _address_says_agent(name, address)


def _works_otherwise(words: set[str]) -> bool:
    return not words.isdisjoint(_table()["others"] | _table()["tasks"])


def _person_like_name_says_agent(name: str) -> bool:
    """Return whether a name without [bot] is an agent's; Claude, Jean-Claude and Agent Smith are people."""
    table, folded = _table(), name.lower()
    words = _WORD.findall(folded)
    if len(words) < 2:
        return False
    if words[-1] in table["agent"] or any(bracketed in table["agent"] for bracketed in _BRACKETED.findall(folded)):
        return True
    if " " not in name.strip() and words[-1] in table["suffixes"] and words[-2] not in table["given"]:
        return "-" in name or "_" in name
    return len(words) <= 3 and words[-1] in table["tails"] and words[0] in table["tools"] | table["heads"]


def _address_says_agent(name: str, address: str) -> bool:
    """Return whether the address is "agents+NAME@…" and the like; "agent@…" alone counts without a full name."""
    local = address.lower().partition("@")[0]
    parts = _ADDRESS_PART.split(local)
    if hosting_login(address.strip()) or _works_otherwise(set(parts) | set(_WORD.findall(name.lower()))):
        return False
    if len(parts) == 1:
        return local in _table()["agent"] and " " not in name.strip()
    return parts[0] in _table()["agent"] or parts[-1] in _table()["agent"]


@lru_cache(maxsize=1 << 14)
def _is_known(name: str, address: str) -> bool:
    """Return whether a table names the account as an agent or a maintenance bot."""
    if agents.by_identity(name, address) is not None:
        return True
    names = {name.strip().lower(), hosting_login(address.strip())}
    return is_listed_automation(name, address) or not names.isdisjoint(_table()["maintenance"])


def _shows_agent(message: str, *, marked: bool) -> bool:
    """Return whether a commit that is no chore carries a mark, a robot or the analysis of a fault."""
    subject = message.partition("\n")[0][:_MAX_TEXT]
    if _chore_pattern().search(subject):
        return False
    return marked or subject.startswith(_ROBOT) or "root cause" in message.lower()


def _match(identity: Identity, reason: str) -> Match:
    name, address = identity
    return Match(f"{POSSIBLE_AGENT.id}:{reason}", None, None, "hint", "H", f"{name} <{address}>")


POSSIBLE_AGENT = Signal(
    id="possible-agent",
    title="the author may be an agent that no table knows",
    strength="H",
    says="An account's name says that it is an AI agent, or its messages do in at least three commits and a fifth of "
    "them. Its commits are possibly AI: outside the floor, inside the ceiling, and nobody's.",
    limits="Names can mean something else, and many agents' accounts do not say what they are. A rule of the "
    "configuration settles each account.",
    extract=lambda _: iter(()),
    reads="people",
)
