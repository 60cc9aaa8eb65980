"""Who in the history an address or account of a usage file is, by the identity rules that commits follow."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from analyzer.core import tables
from analyzer.history.authors import Author, handles_of, is_automation

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from analyzer.history.authors import PeopleDirectory


class PersonLookup:
    """Finds the person behind an address or account; nobody where several people share it.

    An address is matched as commits are: after .mailmap, with noreply addresses as accounts. An account is matched by
    the noreply addresses of any host that name it.
    """

    def __init__(self, directory: PeopleDirectory, commits: pd.DataFrame) -> None:
        """Read who has which handle. `commits`: table of this name."""
        shared = directory.shared_handles()
        self._people: defaultdict[str, set[str]] = defaultdict(set)
        for handle, person in directory.keyed_handles():  # shared ones are none of them
            for name in (handle, *_accounts(handle)):
                self._people[name].add(person)
        self._add_unmapped(directory, commits, shared)

    def _add_unmapped(self, directory: PeopleDirectory, commits: pd.DataFrame, shared: frozenset[str]) -> None:
        """Add the addresses that .mailmap replaces by others."""
        names = ("author_name", "author_email", "mapped_name", "mapped_email")
        for name, address, mapped_name, mapped_address in set(tables.iter_rows(commits, *names)):
            if (name, address) == (mapped_name, mapped_address) or is_automation(mapped_name, mapped_address):
                continue
            person = directory.person_key(Author(mapped_name, mapped_address))
            for handle in handles_of(Author("", address)):
                if handle not in shared and not handle.startswith("raw:"):
                    self._people[handle].add(person)

    def find(self, text: str, logins: Mapping[str, str]) -> str | None:
        """Return the key of a person; None for nobody, or for more than one. `logins`: account → address."""
        address = logins.get(text, text)
        handles = handles_of(Author("", address)) if "@" in address else [f"login:{address}"]
        people = next((self._people[handle] for handle in handles if self._people.get(handle)), set())
        return next(iter(people)) if len(people) == 1 else None


def _accounts(handle: str) -> list[str]:
    """Return the handle of an account whose noreply address belongs to another host than github.com."""
    kind, _, address = handle.partition(":")
    login, _, host = address.partition("@")
    is_noreply = kind == "address" and (host.startswith(("noreply.", "users.noreply.")))
    return [f"login:{login}"] if is_noreply else []
