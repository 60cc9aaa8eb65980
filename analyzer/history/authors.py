"""Resolve author fields to people: one key per person, no key for maintenance bots.

A key is an HMAC-SHA256 under the configured salt, or under the root commit's id if no salt is configured, so it is
stable across runs and machines. Keys are pseudonyms, not anonymity: anybody who has the repository can compute them.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from analyzer.core import tables

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

_NOREPLY = re.compile(r"(?:\d+\+)?([^@+]+)@users\.noreply\.(?:github\.com|gitlab\.com)\Z")
# Matches "release-bot" and "Platform Engineering Bot". Bot is also a surname: "Jan Bot" is a person.
_BOT_NAME = re.compile(r"[-_ ]bot\Z", re.IGNORECASE)
_PERSON_NAMED_BOT = re.compile(r"[A-Z]\w+\.? Bot")
# Defaults of machines that nobody configured: many people share them, so they identify nobody.
_PLACEHOLDER_NAMES = frozenset(
    {"your name", "root user", "unknown author", "no author", "first last", "john doe", "jane doe"}
)


@dataclass(frozen=True, slots=True)
class Author:
    """A name and address after .mailmap: one candidate person."""

    name: str
    address: str


def hosting_login(address: str) -> str | None:
    """Return the login in a noreply address ("12345+octocat@users.noreply.github.com" → "octocat"), None for others."""
    match = _NOREPLY.match(address.lower())
    return match[1] if match else None


def by_address(author: Author) -> str | None:
    """Return a handle for the address; case is ignored, as every host does (RFC 5321 leaves it to the host)."""
    address = author.address.strip().lower()
    return f"address:{address}" if "@" in address and hosting_login(address) is None else None


def by_login(author: Author) -> str | None:
    """Return a handle for the hosting account in a noreply address, with or without the numeric id in front."""
    login = hosting_login(author.address.strip())
    return f"login:{login}" if login else None


def by_full_name(author: Author) -> str | None:
    """Return a handle for a full name of two words or more: people mix addresses far more often than share names."""
    name = " ".join(author.name.lower().split())
    return f"name:{name}" if " " in name and "@" not in name and name not in _PLACEHOLDER_NAMES else None


IDENTITY_SOURCES: tuple[Callable[[Author], str | None], ...] = (by_address, by_login, by_full_name)


def is_automation(name: str, address: str) -> bool:
    """Return whether this name and address belong to an application or a maintenance account.

    By the hosting service's own rule an account that ends in `[bot]` is an application, even one that our list lacks.
    A name that ends in the word "bot" says so itself. `analyzer.evidence` decides which of them are AI agents.
    """
    login, lowered_name = hosting_login(address.strip()) or "", name.strip().lower()
    if login.endswith("[bot]") or lowered_name.endswith("[bot]"):
        return True
    if (_BOT_NAME.search(name) and not _PERSON_NAMED_BOT.fullmatch(name.strip())) or _BOT_NAME.search(login):
        return True
    return is_listed_automation(name, address)


def is_listed_automation(name: str, address: str) -> bool:
    """Return whether this name and address belong to a maintenance account of `automation.toml`."""
    accounts = _automation_accounts()
    return (
        hosting_login(address.strip()) in accounts["logins"]
        or name.strip().lower() in accounts["names"]
        or address.strip().lower() in accounts["addresses"]
    )


@cache
def _automation_accounts() -> dict[str, frozenset[str]]:
    table = tomllib.loads(resources.files(__package__).joinpath("automation.toml").read_text("utf-8"))
    return {key: frozenset(values) for key, values in table.items()}


class PeopleDirectory:
    """The people of one history: handles (address, hosting account, full name) merged into persons (union-find).

    A person's key is derived from their oldest handle, so an alias that appears later does not change it.
    """

    def __init__(self, commits: pd.DataFrame, salt: str) -> None:
        """Merge the handles in table `commits`. `salt`: as configured, or else the id of the mainline's root commit."""
        self._salt = salt
        self._parent: dict[str, str] = {}
        self._age: dict[str, int] = {}
        pairs = list(tables.iter_rows(commits, "mapped_name", "mapped_email"))
        authors_by_pair = {pair: Author(*pair) for pair in dict.fromkeys(pairs)}
        bots = {author: is_automation(author.name, author.address) for author in authors_by_pair.values()}
        self._authors = [authors_by_pair[pair] for pair in pairs]
        self._bots = [bots[author] for author in self._authors]
        for author in dict.fromkeys(a for a, bot in zip(self._authors, self._bots, strict=True) if not bot):
            self._merge(handles_of(author))
        self._shas = commits["sha"].to_list()

    def _merge(self, handles: list[str]) -> None:
        for handle in handles:
            self._parent.setdefault(handle, handle)
            self._age.setdefault(handle, len(self._age))
        oldest = min((self._find(h) for h in handles), key=self._age.__getitem__)
        for handle in handles:
            self._parent[self._find(handle)] = oldest

    def _find(self, handle: str) -> str:
        while self._parent[handle] != handle:
            self._parent[handle] = self._parent[self._parent[handle]]
            handle = self._parent[handle]
        return handle

    def person_key(self, author: Author) -> str:
        """Return the keyed hash of a person; somebody who appears only in trailers gets a separate key."""
        handles = handles_of(author)
        root = next((self._find(handle) for handle in handles if handle in self._parent), handles[0])
        return keyed_hash(root, self._salt)

    def keyed_handles(self) -> list[tuple[str, str]]:
        """Return (handle, key of the person) for every handle of every person who committed."""
        return [(handle, keyed_hash(self._find(handle), self._salt)) for handle in self._parent]

    def people_table(self) -> pd.DataFrame:
        """Return table `people`: one row per commit."""
        keys = {author: self.person_key(author) for author in set(self._authors)}
        commits = zip(self._shas, self._authors, self._bots, strict=True)
        return tables.PEOPLE.frame((sha, None if bot else keys[author], bot) for sha, author, bot in commits)

    def count_addresses_and_people(self) -> tuple[int, int]:
        """Return the numbers of distinct mapped addresses and of distinct people among authors who are not bots."""
        humans = {a for a, bot in zip(self._authors, self._bots, strict=True) if not bot}
        return len({a.address.lower() for a in humans}), len({self.person_key(a) for a in humans})


def handles_of(author: Author) -> list[str]:
    """Return the handles that identify a person across commits: address, hosting account, full name."""
    handles = [handle for source in IDENTITY_SOURCES if (handle := source(author))]
    return handles or [f"raw:{author.name}<{author.address}>"]


def keyed_hash(handle: str, salt: str) -> str:
    """Return the first 16 hex digits of HMAC-SHA256(salt, handle); 64 bits do not collide below millions of people."""
    return hmac.new(salt.encode("utf-8", "surrogateescape"), handle.encode(), hashlib.sha256).hexdigest()[:16]
