"""Resolve author fields to people: one key per person, no key for maintenance bots.

A key is an HMAC-SHA256 under the configured salt, or under the root commit's id if no salt is configured, so it is
stable across runs and machines. Keys are pseudonyms, not anonymity: anybody who has the repository can compute them.
"""

from __future__ import annotations

import hashlib
import hmac
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.core.rows import iter_rows
from analyzer.history.automation import is_automation, is_listed_automation
from analyzer.history.hosting_accounts import hosting_account, hosting_login
from analyzer.history.placeholders import Reach, is_machine, is_placeholder_name, reach_of
from analyzer.history.shared_handles import is_full_name, is_shared

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import pandas as pd

__all__ = [
    "IDENTITY_SOURCES",
    "Author",
    "PeopleDirectory",
    "handles_of",
    "hosting_login",
    "is_automation",
    "is_listed_automation",
    "keyed_hash",
    "names_somebody",
]


@dataclass(frozen=True, slots=True)
class Author:
    """A name and address after .mailmap: one candidate person."""

    name: str
    address: str


def by_address(author: Author) -> str | None:
    """Return a handle for the address; case is ignored, as every host does (RFC 5321 leaves it to the host)."""
    address = author.address.strip().lower()
    is_mailbox = reach_of(address) is not Reach.NOWHERE and hosting_account(address) is None
    return f"address:{address}" if is_mailbox else None


def by_login(author: Author) -> str | None:
    """Return a handle for the login in a noreply address, with or without the numeric id in front."""
    account = hosting_account(author.address)
    return account.login_handle or None if account and reach_of(author.address) is not Reach.NOWHERE else None


def by_account(author: Author) -> str | None:
    """Return a handle for the numeric id in a noreply address: the account whatever its login."""
    account = hosting_account(author.address)
    return account.number_handle or None if account and reach_of(author.address) is not Reach.NOWHERE else None


def by_full_name(author: Author) -> str | None:
    """Return a handle for a full name of two words or more: people mix addresses far more often than share names."""
    name = " ".join(author.name.lower().split())
    return f"name:{name}" if is_full_name(name) and not is_placeholder_name(name) else None


# The first source that applies makes the handle from which a key derives. A new source goes to the end.
IDENTITY_SOURCES: tuple[Callable[[Author], str | None], ...] = (by_address, by_login, by_account, by_full_name)


class PeopleDirectory:
    """The people of one history: handles (address, hosting account, full name) merged into persons (union-find).

    A person's key is derived from their oldest handle, so an alias that appears later does not change it.
    """

    def __init__(self, commits: pd.DataFrame, salt: str) -> None:
        """Merge the handles in table `commits`. `salt`: as configured, or else the id of the mainline's root commit."""
        self._salt = salt
        self._parent: dict[str, str] = {}
        self._age: dict[str, int] = {}
        pairs = list(iter_rows(commits, "mapped_name", "mapped_email"))
        authors_by_pair = {pair: Author(*pair) for pair in dict.fromkeys(pairs)}
        bots = {author: is_automation(author.name, author.address) for author in authors_by_pair.values()}
        self._authors = [authors_by_pair[pair] for pair in pairs]
        self._bots = [bots[author] for author in self._authors]
        people = [author for author, bot in bots.items() if not bot]
        self._unusable = frozenset(_shared_handles(people)) | frozenset(_reused_logins(people))
        for author in people:
            self._merge(self._handles(author))
        self._shas = commits["sha"].to_list()

    def _handles(self, author: Author) -> list[str]:
        """Return the author's handles without those that several people share in this history."""
        return [h for h in handles_of(author) if h not in self._unusable] or [_only_here(author)]

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
        handles = self._handles(author)
        root = next((self._find(handle) for handle in handles if handle in self._parent), handles[0])
        return keyed_hash(root, self._salt)

    def keyed_handles(self) -> list[tuple[str, str]]:
        """Return (handle, key of the person) for every handle of every person who committed."""
        return [(handle, keyed_hash(self._find(handle), self._salt)) for handle in self._parent]

    def shared_handles(self) -> frozenset[str]:
        """Return the addresses, accounts and logins that several people share in this history."""
        return self._unusable

    def account_of_logins(self) -> dict[str, str]:
        """Return the handle of the account by that of its login, where a noreply address has both."""
        pairs = ((by_login(author), by_account(author)) for author in dict.fromkeys(self._authors))
        return {
            login: account
            for login, account in pairs
            if login and account and login in self._parent and account in self._parent
        }

    def people_table(self) -> pd.DataFrame:
        """Return table `people`: one row per commit."""
        from analyzer.core import tables  # the signals import this module where pandas is not loaded

        keys = {author: self.person_key(author) for author in set(self._authors)}
        commits = zip(self._shas, self._authors, self._bots, strict=True)
        return tables.PEOPLE.frame((sha, None if bot else keys[author], bot) for sha, author, bot in commits)

    def count_addresses_and_people(self) -> tuple[int, int]:
        """Return the numbers of distinct mapped addresses and of distinct people among authors who are not bots."""
        humans = self._humans()
        return len({a.address.lower() for a in humans}), len({self.person_key(a) for a in humans})

    def count_shared_addresses(self) -> tuple[int, int]:
        """Return how many names use addresses that identify nobody, and how many such addresses several names use."""
        names: defaultdict[str, set[str]] = defaultdict(set)
        for author in self._humans():
            if all(handle.startswith(("name:", "raw:")) for handle in self._handles(author)):
                names[author.address.strip().lower()].add(" ".join(author.name.lower().split()))
        shared = [used for used in names.values() if len(used) > 1]
        return len(set().union(*shared)), len(shared)

    def _humans(self) -> set[Author]:
        return {author for author, bot in zip(self._authors, self._bots, strict=True) if not bot}


def handles_of(author: Author) -> list[str]:
    """Return the handles that identify a person across commits: address, hosting account, full name."""
    handles = [handle for source in IDENTITY_SOURCES if (handle := source(author))]
    return handles or [_only_here(author)]


def names_somebody(handle: str) -> bool:
    """Return whether a handle is the same person's in every history: a machine's user or a bare name is not."""
    kind, _, text = handle.partition(":")
    return kind != "raw" and (kind not in {"address", "account"} or not is_machine(text.rpartition("@")[2]))


def _only_here(author: Author) -> str:
    """Return the handle of somebody whom neither an address nor a full name identifies: both fields together."""
    if "@" not in author.address:
        return f"raw:{author.name}<{author.address}>"
    return f"raw:{' '.join(author.name.lower().split())}<{author.address.strip().lower()}>"


def _shared_handles(authors: Iterable[Author]) -> Iterator[str]:
    """Yield the addresses and accounts that names of several people use."""
    names: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for author in authors:
        if not is_placeholder_name(author.name):
            for handle in filter(None, (source(author) for source in (by_address, by_login, by_account))):
                names[handle].setdefault(author.name, author.address)
    for handle, used in names.items():
        if len(used) > 1 and is_shared(next(iter(used.values())), used):
            yield handle


def _reused_logins(authors: Iterable[Author]) -> Iterator[str]:
    """Yield the logins that several accounts have had: a login is free again after a rename."""
    accounts: defaultdict[str, set[str]] = defaultdict(set)
    for author in authors:
        login, account = by_login(author), by_account(author)
        if login and account:
            accounts[login].add(account)
    yield from (login for login, ids in accounts.items() if len(ids) > 1)


def keyed_hash(handle: str, salt: str) -> str:
    """Return the first 16 hex digits of HMAC-SHA256(salt, handle); 64 bits do not collide below millions of people."""
    return hmac.new(salt.encode("utf-8", "surrogateescape"), handle.encode(), hashlib.sha256).hexdigest()[:16]
