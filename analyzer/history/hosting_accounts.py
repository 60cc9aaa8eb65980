"""Accounts of hosting services: the login and the numeric id in a noreply address.

Documented forms, where HOST is any host, since GitHub Enterprise, GitLab, Gitea and Forgejo run on a company's own:

- GitHub: `ID+LOGIN@users.noreply.github.com`, before 2017-07-18 `LOGIN@…`; GitHub Enterprise has its own host
  (https://docs.github.com/en/account-and-profile/reference/email-addresses-reference).
- GitLab: `ID-LOGIN@users.noreply.HOST` (https://docs.gitlab.com/user/profile/#use-an-automatically-generated-private-commit-email,
  https://docs.gitlab.com/administration/settings/email/).
- Gitea, Forgejo, Codeberg: `LOGIN@noreply.HOST`, newer Gitea `ID+LOGIN@noreply.HOST`; `NO_REPLY_ADDRESS` in
  https://docs.gitea.com/administration/config-cheat-sheet and https://forgejo.org/docs/latest/admin/config-cheat-sheet/.

Bitbucket, Azure DevOps and SourceHut document no such address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_LOCAL = r"(?:(?P<id>\d{1,20})\+)?(?P<login>[^@+]+)"
_NOREPLY = re.compile(rf"{_LOCAL}@(?P<host>(?:users\.)?noreply\.[^@\s]+)\Z")
_GITLAB_LOCAL = re.compile(r"(?P<id>\d{1,20})(?:-(?P<login>.+))?\Z")
GITHUB = "users.noreply.github.com"


@dataclass(frozen=True, slots=True)
class HostingAccount:
    """An account in a noreply address, lower case. `number` is its id; it outlives a change of the login."""

    login: str
    number: str
    host: str

    @property
    def login_handle(self) -> str:
        """Return the handle of the login, which can pass to another account; "" without a login."""
        if not self.login:
            return ""
        return f"login:{self.login}" if self.host == GITHUB else f"address:{self.login}@{self.host}"

    @property
    def number_handle(self) -> str:
        """Return the handle of the account by its id; "" without an id."""
        return f"account:{self.number}@{self.host}" if self.number else ""


@lru_cache(maxsize=1 << 16)
def hosting_account(address: str) -> HostingAccount | None:
    """Return the account in a noreply address, None for every other address."""
    match = _NOREPLY.match(address.strip().lower())
    if match is None:
        return None
    number, login, host = match["id"] or "", match["login"], match["host"]
    if host.startswith("users.") and host != GITHUB and not number and (gitlab := _GITLAB_LOCAL.match(login)):
        number, login = gitlab["id"], gitlab["login"] or ""
    return HostingAccount(login, number, host)


def hosting_login(address: str) -> str | None:
    """Return the login in a noreply address ("12345+octocat@users.noreply.github.com" → "octocat"), None for others."""
    account = hosting_account(address)
    return (account.login or None) if account else None
