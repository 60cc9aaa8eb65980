"""Which addresses and names identify somebody: structure alone decides here, before the history is read."""

from __future__ import annotations

import re
import tomllib
from enum import Enum
from functools import cache, lru_cache
from importlib import resources

from analyzer.history.hosting_accounts import hosting_account

_BREAKS = str.maketrans("", "", ".-_")
# `user@uuid` is how git-svn names an author: the uuid is one repository's (https://git-scm.com/docs/git-svn).
_SVN_REPOSITORY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
_NUMERIC_HOST = re.compile(r"\[?[\d.:]+\]?\Z")
_MAX_ADDRESS = 320  # RFC 3696, erratum 1690: 64 characters, "@", 255 characters


class Reach(Enum):
    """How far an address identifies somebody."""

    ANYWHERE = "a mailbox or an account"
    ONE_HISTORY = "a person's name at a machine: another machine can have the same name"
    NOWHERE = "a placeholder"


@cache
def _table() -> dict[str, frozenset[str]]:
    table = tomllib.loads(resources.files(__package__).joinpath("placeholders.toml").read_text("utf-8"))
    return {key: frozenset(values) for key, values in table.items()}


@lru_cache(maxsize=1 << 16)
def reach_of(address: str) -> Reach:
    """Return how far an address identifies somebody; the local part and the domain decide together."""
    local, _, host = address.strip().lower().rpartition("@")
    account = hosting_account(address)
    is_numbered = account is not None and account.number != ""
    if account is not None:
        local = account.login or account.number
    if not local or not host or len(address) > _MAX_ADDRESS or (not is_numbered and _is_listed(local, host)):
        return Reach.NOWHERE
    is_local = is_machine(host)
    if (is_local or not _suffixes(host).isdisjoint(_table()["reserved"])) and _is_everybodys(local, is_numbered):
        return Reach.NOWHERE
    return Reach.ONE_HISTORY if is_local else Reach.ANYWHERE


def is_machine(host: str) -> bool:
    """Return whether a host, lower case, is named in one network at most: it has no dot, or a private domain."""
    if _SVN_REPOSITORY.match(host):
        return False
    is_private = not _suffixes(host).isdisjoint(_table()["machines"])
    return "." not in host.strip(".") or is_private or _NUMERIC_HOST.match(host) is not None or _in_a_cloud(host)


def is_placeholder_name(name: str) -> bool:
    """Return whether a full name is a default or a hint ("Your Name")."""
    return " ".join(name.lower().split()) in _table()["names"]


def _is_listed(local: str, host: str) -> bool:
    plain = local.partition("+")[0].translate(_BREAKS)
    return plain in _table()["nobody"] or f"{local}@{host}" in _table()["addresses"]


def _is_everybodys(local: str, is_numbered: bool) -> bool:
    plain = local.partition("+")[0].translate(_BREAKS)
    return not plain or plain in _table()["everybody"] or (plain.isdecimal() and not is_numbered)


def _suffixes(host: str) -> set[str]:
    """Return the last one and the last two labels of a host."""
    labels = host.rstrip(".").rsplit(".", 2)
    return {labels[-1], ".".join(labels[-2:])}


def _in_a_cloud(host: str) -> bool:
    """Return whether a host is a virtual machine named by its cloud ("internal.cloudapp.net" is Azure's)."""
    return host.endswith(".internal.cloudapp.net")
