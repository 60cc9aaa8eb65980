"""Recognise maintenance bots and other automation by author name and address (docs/method.md, "Automation")."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache, lru_cache
from importlib import resources

from analyzer.history.hosting_accounts import hosting_login

_MAX_TEXT = 300
_MAX_SERVICE_WORDS = 2
_BOT_HANDLE = re.compile(r"(?:.*[-_.])?(?:bot|robot)\Z")
_BOT_IN_BRACKETS = re.compile(r"\((?:bot|automated|automation)\)")
# Users that GitLab creates for access tokens and service accounts
# (https://docs.gitlab.com/user/project/settings/project_access_tokens/#bot-users-for-projects,
# https://docs.gitlab.com/user/profile/service_accounts/).
_GITLAB_BOT = re.compile(r"(?:project|group)_\d+_bot(?:_\w+)?\Z|service_account_\w+\Z")
_SERVICE_HANDLE = re.compile(r"(?:svc|service-account)[-_.]\S|\S+[-_](?:automation|ci)\Z")
_INITIALS = re.compile(r"[A-Z]\.?(?:-?[A-Z]\.?)?|(?:[A-Z]\.){3}")
_ON_BEHALF = " on behalf of "


@lru_cache(maxsize=1 << 16)
def is_automation(name: str, address: str) -> bool:
    """Return whether this name and address belong to an application or a maintenance account.

    By the hosting service's own rule an account that ends in `[bot]` is an application, even one that our list lacks.
    Otherwise a name or login says so itself, in a way that no person's does. `analyzer.evidence` decides which of them
    are AI agents.
    """
    login, lowered_name = hosting_login(address) or "", " ".join(name.lower().split())
    if max(len(name), len(address)) > _MAX_TEXT:
        return login.endswith("[bot]") or lowered_name.endswith("[bot]")
    is_account = _is_account(login) or _is_account(lowered_name) or _is_bots_mailbox(address.lower())
    return is_account or is_listed_automation(name, address) or _says_so(name)


def is_listed_automation(name: str, address: str) -> bool:
    """Return whether this name and address belong to a maintenance account of `automation.toml`."""
    table = _table()
    return (
        hosting_login(address) in table["logins"]
        or name.strip().lower() in table["names"]
        or address.strip().lower() in table["addresses"]
    )


@cache
def _table() -> dict[str, frozenset[str]]:
    table = tomllib.loads(resources.files(__package__).joinpath("automation.toml").read_text("utf-8"))
    return {key: frozenset(values) for key, values in table.items()}


def _is_account(handle: str) -> bool:
    """Return whether a login, or a name of one word, is an application's or a service's."""
    if " " in handle or not handle:
        return handle.endswith("[bot]")
    if handle.endswith(("-ci", "_ci")) and all(map(_is_given_or_initial, re.split(r"[-_.]", handle)[:-1])):
        return False
    is_bot = handle.endswith("[bot]") or (_BOT_HANDLE.match(handle) is not None and not _is_persons(handle))
    return is_bot or (_GITLAB_BOT.match(handle) or _SERVICE_HANDLE.match(handle)) is not None


def _is_persons(handle: str) -> bool:
    """Return whether a handle is "bot" alone, a joke ("mr-robot"), or a given name and the surname Bot ("jan.bot")."""
    words = re.split(r"[-_.]", handle)
    is_surname = words[-1] == "bot" and "." in handle and all(map(_is_given, words[:-1]))
    return len(words) == 1 or words[0] == "mr" or is_surname


def _is_bots_mailbox(address: str) -> bool:
    """Return whether a mailbox is named after a bot and its task: "acme-release-bot@…"."""
    *words, last = re.split(r"[-_.+]", address.strip().partition("@")[0])
    table = _table()
    return last in {"bot", "robot"} and not (table["services"] | table["tasks"] | table["roles"]).isdisjoint(words)


def _says_so(name: str) -> bool:
    """Return whether a name of several words is that of a bot, a service or a task."""
    head, on_behalf, _ = name.partition(_ON_BEHALF)
    words = head.split()
    lowered = [word.lower() for word in words]
    joined = " ".join(lowered)
    if _BOT_IN_BRACKETS.search(joined) or "service account" in joined or _is_service(lowered):
        return True
    if on_behalf:
        return is_automation(head, "")
    return len(words) >= 2 and _ends_as_automation(words)


def _is_service(words: list[str]) -> bool:
    """Return whether words are a service's name or a task with roles alone behind it: "CI", "Travis CI User"."""
    table = _table()
    for n in range(min(_MAX_SERVICE_WORDS, len(words)), 0, -1):
        beginning, rest = " ".join(words[:n]), words[n:]
        if table["roles"].issuperset(rest) and (
            beginning in table["services"] or (rest and beginning in table["tasks"])
        ):
            return True
    return False


def _ends_as_automation(words: list[str]) -> bool:
    """Return whether the last word of two or more says bot, and the others are not a person's given names."""
    last = words[-1].strip("()[]").lower()
    if last == "bot":
        return not all(map(_is_given_or_initial, words[:-1]))
    if last == "ci" and words[-1] != "CI":  # Ci is a surname
        return False
    return last in _table()["ends"] and not all(map(_is_given_or_initial, words[:-1]))


def _is_given_or_initial(word: str) -> bool:
    # "CI Bot", "PR Bot": two capitals that name a service or a task are not initials.
    is_initial = _INITIALS.fullmatch(word) is not None
    is_task = word.lower() in _table()["services"] | _table()["tasks"]
    return (is_initial and not is_task) or _is_given(word.strip(".,"))


def _is_given(word: str) -> bool:
    decomposed = unicodedata.normalize("NFKD", word.lower())
    plain = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    table = _table()
    return all(part in table["given"] or part in table["particles"] for part in plain.split("-"))
