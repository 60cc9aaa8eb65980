"""Addresses and accounts that the history itself shows to be shared: names too different to be one person use them.

Two names are alike if they share a word, directly or through other names of the same address: "Bob", "Robert Smith",
"Bob Smith" and "rsmith" are alike. Every step is linear in the number of names.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from analyzer.history.placeholders import Reach, reach_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

# From so many groups of unlike full names on, an address is nobody's. Two are mostly one person with a new name, a
# pseudonym or another script: about four of five such addresses in 199 public histories, read by hand.
_UNLIKE_AT_A_MAILBOX = 3
# A machine's user name says less than a mailbox, and a single word counts there as well.
_UNLIKE_AT_A_MACHINE = 2
_WORD = re.compile(r"[^\W_]+")
_MIN_WORD = 3
_MIN_SHORTENED = 4
_MAX_NAME = 200
_PARTICLES = frozenset(
    ["van", "von", "der", "den", "del", "dos", "das", "las", "los", "bin", "ibn", "the", "and", "for"]
)


def is_shared(address: str, names: Collection[str]) -> bool:
    """Return whether the names used with an address or account show that several people share it."""
    if reach_of(address) is Reach.ONE_HISTORY:
        login = _folded(address.rpartition("@")[0])
        others = [name for name in names if "".join(_WORD.findall(_folded(name))) != login]
        return count_unlike(others) >= _UNLIKE_AT_A_MACHINE
    return count_unlike(name for name in names if is_full_name(name)) >= _UNLIKE_AT_A_MAILBOX


def is_full_name(name: str) -> bool:
    """Return whether a name has two words or more."""
    return "@" not in name and len(name.split()) >= 2


def count_unlike(names: Iterator[str] | Collection[str]) -> int:
    """Return the number of groups of names that share no word with another group; the order does not matter."""
    parent: dict[str, str] = {}

    def root(node: str) -> str:
        while parent[node] != node:
            parent[node] = node = parent[parent[node]]
        return node

    nodes = []
    for name in names:
        words = sorted(_words(name))
        for word in words:
            parent.setdefault(word, word)
            parent[root(word)] = root(words[0])
        nodes.append(words[0])
    return len({root(node) for node in nodes})


def _words(name: str) -> set[str]:
    """Return the words by which a name can be like another; a handle also without its first or last letter."""
    words = _WORD.findall(_folded(name))
    long = {word for word in words if len(word) >= _MIN_WORD and word not in _PARTICLES}
    joined = "".join(words)
    if len(words) >= 2:
        initials = {words[0][0] + words[-1], words[0] + words[-1][0], joined}
        return long | {text for text in initials if len(text) >= _MIN_SHORTENED} or {joined}
    shortened = {text for text in (joined[1:], joined[:-1]) if len(text) >= _MIN_SHORTENED}
    return long | shortened or {joined}


def _folded(name: str) -> str:
    """Return the name without case and accents."""
    decomposed = unicodedata.normalize("NFKD", name[:_MAX_NAME])
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter)).casefold()
