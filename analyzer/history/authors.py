"""Who is behind an author field: one key a person, none for maintenance bots.

Keys are HMAC-SHA256 under the configured salt, else the root commit's id: stable across runs and
machines. They are pseudonyms, not anonymity: whoever has the repository can compute them.
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
# "release-bot", "Platform Engineering Bot"; but Bot is a surname too, and "Jan Bot" is a person.
_BOT_NAME = re.compile(r"[-_ ]bot\Z", re.IGNORECASE)
_PERSON_NAMED_BOT = re.compile(r"[A-Z]\w+\.? Bot")
# Names that many people share on machines nobody configured; they identify nobody.
_NOBODY = frozenset({"your name", "root user", "unknown author", "no author", "first last", "john doe", "jane doe"})


@dataclass(frozen=True, slots=True)
class Author:
    """An author after .mailmap, as one candidate person."""

    name: str
    address: str


def hosting_login(address: str) -> str | None:
    """Login in a hosting service's noreply address ("12345+octocat@users.noreply.github.com" → "octocat")."""
    match = _NOREPLY.match(address.lower())
    return match[1] if match else None


def by_address(author: Author) -> str | None:
    """Same address, same person; case never matters in practice (RFC 5321 leaves it to the host)."""
    address = author.address.strip().lower()
    return f"address:{address}" if "@" in address and hosting_login(address) is None else None


def by_login(author: Author) -> str | None:
    """Same hosting account, with or without the numeric id in front."""
    login = hosting_login(author.address.strip())
    return f"login:{login}" if login else None


def by_full_name(author: Author) -> str | None:
    """Same full name of two words or more: people mix addresses far oftener than they share names."""
    name = " ".join(author.name.lower().split())
    return f"name:{name}" if " " in name and "@" not in name and name not in _NOBODY else None


IDENTITY_SOURCES: tuple[Callable[[Author], str | None], ...] = (by_address, by_login, by_full_name)


def is_automation(name: str, address: str) -> bool:
    """Whether an application or maintenance account carries this name and address.

    An account in `[bot]` is an application by the hosting service's own rule, known to us or not, and one that
    ends in the word "bot" calls itself so; which of them are AI agents is for `evidence` to say.
    """
    known = _automation()
    login, lowered = hosting_login(address.strip()) or "", name.strip().lower()
    if login.endswith("[bot]") or lowered.endswith("[bot]"):
        return True
    if (_BOT_NAME.search(name) and not _PERSON_NAMED_BOT.fullmatch(name.strip())) or _BOT_NAME.search(login):
        return True
    return login in known["logins"] or lowered in known["names"] or address.strip().lower() in known["addresses"]


@cache
def _automation() -> dict[str, frozenset[str]]:
    table = tomllib.loads(resources.files(__package__).joinpath("automation.toml").read_text("utf-8"))
    return {key: frozenset(values) for key, values in table.items()}


class Directory:
    """The people of one history: handles (address, hosting account, full name) merged into persons.

    The oldest handle of a person makes the key, so an alias that appears later changes no key.
    """

    def __init__(self, commits: pd.DataFrame, salt: str) -> None:
        """`salt` is the configured one, else the id of the mainline's root commit."""
        self._salt = salt
        self._parent: dict[str, str] = {}
        self._age: dict[str, int] = {}
        pairs = list(tables.walk(commits, "mapped_name", "mapped_email"))
        known = {pair: Author(*pair) for pair in dict.fromkeys(pairs)}
        bots = {author: is_automation(author.name, author.address) for author in known.values()}
        self._authors = [known[pair] for pair in pairs]
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

    def key(self, author: Author) -> str:
        """Keyed hash of the person; somebody who only stands in trailers gets a key of their own."""
        handles = handles_of(author)
        known = next((self._find(handle) for handle in handles if handle in self._parent), handles[0])
        return keyed_hash(known, self._salt)

    def handles(self) -> list[tuple[str, str]]:
        """Every handle of a person who committed, with the person's key."""
        return [(handle, keyed_hash(self._find(handle), self._salt)) for handle in self._parent]

    def table(self) -> pd.DataFrame:
        """Table `people`: one row a commit."""
        keys = {author: self.key(author) for author in set(self._authors)}
        rows = zip(self._shas, self._authors, self._bots, strict=True)
        return tables.PEOPLE.frame((sha, None if bot else keys[author], bot) for sha, author, bot in rows)

    def addresses_per_person(self) -> tuple[int, int]:
        """(distinct mapped addresses, distinct people) among authors that are no bots."""
        humans = {a for a, bot in zip(self._authors, self._bots, strict=True) if not bot}
        return len({a.address.lower() for a in humans}), len({self.key(a) for a in humans})


def handles_of(author: Author) -> list[str]:
    """What tells a person in different places: address, hosting account, full name."""
    found = [handle for source in IDENTITY_SOURCES if (handle := source(author))]
    return found or [f"raw:{author.name}<{author.address}>"]


def keyed_hash(handle: str, salt: str) -> str:
    """First 16 hex digits of HMAC-SHA256(salt, handle): 64 bits, no collision below millions of people."""
    return hmac.new(salt.encode("utf-8", "surrogateescape"), handle.encode(), hashlib.sha256).hexdigest()[:16]
