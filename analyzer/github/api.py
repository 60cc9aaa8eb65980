"""Client for GitHub's REST API on the standard library: few calls, bounded retries, and a token sent nowhere else.

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

_MAX_RETRIES, _TIMEOUT_SECONDS = 3, 30
# Longest wait between two tries, even if the server asks for more: a longer one is not worth a job's minutes.
_LONGEST_WAIT_SECONDS = 60.0
_LARGEST_REPLY = 20_000_000
_PAGE_SIZE, _MAX_PAGES = 100, 300
_LOOPBACK = ("127.0.0.1", "localhost")

Method = Literal["GET", "POST", "PATCH"]
Reply = TypeVar("Reply")


class ApiError(Exception):
    """A failed call.

    Attributes
    ----------
    status : HTTP status; 0 if no usable answer came.
    wait : seconds that the server asks to wait; None if it does not say.
    refused : whether the token lacks the right.
    transient : whether a retry may succeed.
    """

    def __init__(self, status: int, says: str, *, limited: bool = False, wait: float | None = None) -> None:
        """Store the failure; `limited` means that the rate of calls was refused, not the right."""
        super().__init__(says)
        self.status = status
        self.wait = wait
        self.refused = status in {401, 403, 404} and not limited
        self.transient = limited or status in {0, 429} or status >= 500


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Handler that follows no redirect: it would carry the token to another host."""

    def redirect_request(self, *_args: Any, **_named: Any) -> None:
        """Refuse the redirect, so that the 3xx status is an error."""


class Api:
    """Calls to one base address with one token."""

    def __init__(self, base: str, token: str) -> None:
        """Raise `UsageError("bad-github-api")` for a malformed token, or an address that would send it unencrypted."""
        url = urllib.parse.urlsplit(base)
        if url.scheme != "https" and not (url.scheme == "http" and url.hostname in _LOOPBACK):
            raise UsageError("bad-github-api", f"{plain(base, 80)} is no https address.", "Unset GITHUB_API_URL.")
        self.base, self.token = base.rstrip("/"), token.strip()
        if not re.fullmatch(r"[!-~]+", self.token):
            raise UsageError("bad-github-api", "The token holds what no token has.", "Give it as it is, on one line.")
        self.waited = 0
        self.opener = urllib.request.build_opener(_NoRedirects)

    def paginated(self, path: str, **query: str) -> Iterator[dict[str, Any]]:
        """Yield every row of a paginated list. Raises `ApiError`."""
        for page in range(1, _MAX_PAGES + 1):
            parameters = urllib.parse.urlencode(query | {"per_page": str(_PAGE_SIZE), "page": str(page)})
            page_rows = self.retry(lambda parameters=parameters: self.call("GET", f"{path}?{parameters}"))  # type: ignore[misc]
            if not isinstance(page_rows, list):
                raise ApiError(0, "the answer is no list")
            yield from (row for row in page_rows if isinstance(row, dict))
            if len(page_rows) < _PAGE_SIZE:
                return

    def retry(self, action: Callable[[], Reply]) -> Reply:
        """Run the action, and retry transient failures. Raises the last `ApiError`.

        Waits as long as the server asks, else 1, 2 and 4 seconds. All calls of a run share three waits, so that nested
        retries do not multiply.
        """
        while True:
            try:
                return action()
            except ApiError as error:
                if not error.transient or self.waited == _MAX_RETRIES:
                    raise
                sleep(min(2.0**self.waited if error.wait is None else error.wait, _LONGEST_WAIT_SECONDS))
                self.waited += 1

    def call(self, method: Method, path: str, body: Mapping[str, object] | None = None) -> Any:
        """Make one call without retries and return its JSON. Raises `ApiError`."""
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
        except urllib.error.HTTPError as error:
            with error:
                raise _error(error.code, error.headers) from None
        except (OSError, HTTPException, ValueError) as error:
            raise ApiError(0, f"no answer ({type(error).__name__})") from None
        try:
            return msgspec.json.decode(text)
        except (msgspec.MsgspecError, UnicodeError, RecursionError):
            raise ApiError(0, "the answer is no JSON") from None


def _error(status: int, headers: Message) -> ApiError:
    """Return the error of a refused call: 403 is a missing right, or a rate limit if the headers say so."""
    wait = headers.get("Retry-After", "")
    limited = status == 429 or (status == 403 and (bool(wait) or headers.get("X-RateLimit-Remaining") == "0"))
    return ApiError(status, f"HTTP {status}", limited=limited, wait=float(wait) if wait.isdecimal() else None)
