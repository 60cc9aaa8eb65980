"""GitHub's REST API by the standard library: few calls, bounded tries, and a token that goes nowhere else.

Limits and headers: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from __future__ import annotations

import re
import urllib.error
import urllib.parse
import urllib.request
from http.client import HTTPException
from time import sleep
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec

from analyzer.core.sanitize import plain
from analyzer.errors import UsageError
from analyzer.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from email.message import Message

_WAITS, _TIMEOUT_SECONDS = 3, 30
# What a server may ask to wait between two tries; a longer wait is not worth a job's minutes.
_LONGEST_WAIT_SECONDS = 60.0
_LARGEST_REPLY = 20_000_000
_A_PAGE, _PAGES = 100, 300
_LOOPBACK = ("127.0.0.1", "localhost")

Method = Literal["GET", "POST", "PATCH"]
Found = TypeVar("Found")


class ApiError(Exception):
    """The API did not do it; `status` is 0 where no answer came, `wait` what it asks for in seconds."""

    def __init__(self, status: int, says: str, *, limited: bool = False, wait: float | None = None) -> None:
        """`limited`: refused for the rate of calls, not for rights."""
        super().__init__(says)
        self.status = status
        self.wait = wait
        self.refused = status in {401, 403, 404} and not limited
        self.passing = limited or status in {0, 429} or status >= 500


class _Stay(urllib.request.HTTPRedirectHandler):
    """Follows nothing: a redirect would carry the token to another host."""

    def redirect_request(self, *_args: Any, **_named: Any) -> None:
        """Refuse, so that the 3xx is an error."""


class Api:
    """Calls below one base address with one token."""

    def __init__(self, base: str, token: str) -> None:
        """Raises `UsageError("bad-github-api")` for an address that would send the token in the clear."""
        parts = urllib.parse.urlsplit(base)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise UsageError("bad-github-api", f"{plain(base, 80)} is no https address.", "Unset GITHUB_API_URL.")
        self.base, self.token = base.rstrip("/"), token.strip()
        if not re.fullmatch(r"[!-~]+", self.token):
            raise UsageError("bad-github-api", "The token holds what no token has.", "Give it as it is, on one line.")
        self.waited = 0
        self.opener = urllib.request.build_opener(_Stay)

    def rows(self, path: str, **query: str) -> Iterator[dict[str, Any]]:
        """Every row of a list that comes in pages. Raises `ApiError`."""
        for page in range(1, _PAGES + 1):
            asked = urllib.parse.urlencode(query | {"per_page": str(_A_PAGE), "page": str(page)})
            found = self.again(lambda asked=asked: self.call("GET", f"{path}?{asked}"))  # type: ignore[misc]
            if not isinstance(found, list):
                raise ApiError(0, "the answer is no list")
            yield from (row for row in found if isinstance(row, dict))
            if len(found) < _A_PAGE:
                return

    def again(self, action: Callable[[], Found]) -> Found:
        """Do it, again after waiting as the server asks, else 1, 2 and 4 seconds. Raises the last `ApiError`.

        There are three waits for all calls of a run, so that tries within tries do not multiply.
        """
        while True:
            try:
                return action()
            except ApiError as wrong:
                if not wrong.passing or self.waited == _WAITS:
                    raise
                sleep(min(2.0**self.waited if wrong.wait is None else wrong.wait, _LONGEST_WAIT_SECONDS))
                self.waited += 1

    def call(self, method: Method, path: str, body: Mapping[str, object] | None = None) -> Any:
        """One call, tried once: its JSON. Raises `ApiError`."""
        request = urllib.request.Request(  # noqa: S310 - __init__ admits https alone, and http to this machine
            self.base + path,
            data=None if body is None else msgspec.json.encode(body),
            method=method,
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "User-Agent": f"aishare/{VERSION}",
                "X-GitHub-Api-Version": "2022-11-28",
            },
        )
        try:
            with self.opener.open(request, timeout=_TIMEOUT_SECONDS) as reply:
                text = reply.read(_LARGEST_REPLY)
        except urllib.error.HTTPError as wrong:
            with wrong:
                raise _error(wrong.code, wrong.headers) from None
        except (OSError, HTTPException, ValueError) as wrong:
            raise ApiError(0, f"no answer ({type(wrong).__name__})") from None
        try:
            return msgspec.json.decode(text)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            raise ApiError(0, "the answer is no JSON") from None


def _error(status: int, headers: Message) -> ApiError:
    """What a refusal means: 403 is a missing right, or a rate limit where the headers say so."""
    wait = headers.get("Retry-After", "")
    limited = status == 429 or (status == 403 and (bool(wait) or headers.get("X-RateLimit-Remaining") == "0"))
    return ApiError(status, f"HTTP {status}", limited=limited, wait=float(wait) if wait.isdecimal() else None)
