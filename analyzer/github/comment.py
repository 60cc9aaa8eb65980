"""The pull request's one comment: found by a hidden marker and its author, changed only when what it says changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from analyzer.core.sanitize import plain
from analyzer.github.api import ApiError
from analyzer.pull_request.document import bar, by_commit, by_file, headline, rate
from analyzer.report.format import many, percent
from analyzer.report.renderers.markdown import escaped, table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.github.api import Api
    from analyzer.pull_request import PullRequest

MARKER = "<!-- aishare:pull-request -->"
# GitHub refuses 65,536 characters and more; counted in bytes, whatever it calls a character is fewer.
LARGEST = 65_000
_ROWS = 50
_CLOSING = "Undeclared is not human. Not a judgement of people, or of quality. Off with <code>comment: false</code>."

Outcome = Literal["created", "changed", "unchanged"]


def body(found: PullRequest) -> str:
    """The comment in at most 65,000 bytes: rows are dropped until it fits, and counted; no tag is ever cut."""
    rows = _ROWS
    while len((text := _text(found, rows)).encode()) > LARGEST and rows:
        rows //= 2
    if len(text.encode()) > LARGEST:
        return (
            f"{MARKER}\n### AI-written code in this pull request\n\nIt is too large for a comment: see the summary.\n"
        )
    return text


def _text(found: PullRequest, rows: int) -> str:
    new = found.new_lines
    counted = many(round(new.declared + new.undeclared), "new line")
    share = [f"`{bar(found.share)}` {counted} of code and tests"] if found.share is not None else []
    earlier = [
        f"- **{escaped(e.title)}**, in the touched files: {rate(e)}, in all: {percent(e.all)}" for e in found.earlier
    ]
    left = [
        f"{many(len(every) - rows, name)} more in the report"
        for every, name in ((found.files, "file"), (found.commits, "commit"))
        if len(every) > rows
    ]
    lines = [
        MARKER,
        "### AI-written code in this pull request",
        "",
        f"{headline(found)[:1].upper()}{headline(found)[1:]}.",
        "",
        *share,
        "",
        *(["Earlier work, known when the range began:", "", *earlier, ""] if earlier else []),
        "<details><summary>By file, and why each commit is labelled so</summary>",
        "",
        *table(by_file(found, rows), fold=False),
        "",
        *table(by_commit(found, rows), fold=False),
        "",
        *([f"*{'; '.join(left)}.*", ""] if left else []),
        "</details>",
        "",
        f"<sub>At {escaped(found.range.head[:10])}. {_CLOSING}</sub>",
    ]
    return "\n".join(lines) + "\n"


def put(api: Api, repository: str, number: int, author: str, text: str) -> Outcome:
    """Create the comment, or change the one that is there. Raises `ApiError`.

    A call that fails midway may have written: every new try looks again before it writes, so there is never a second.
    """
    issue = f"/repos/{repository}/issues"

    def once() -> Outcome:
        own = next(_own(api, f"{issue}/{number}/comments", author), None)
        if own is None:
            return _created(api, f"{issue}/{number}/comments", author, text)
        if _same(own.get("body"), text):
            return "unchanged"
        api.call("PATCH", f"{issue}/comments/{int(own['id'])}", {"body": text})
        return "changed"

    return api.again(once)


def _created(api: Api, path: str, author: str, text: str) -> Outcome:
    """A first comment. Raises `ApiError` where a bot of another name has one: each run would add a further one."""
    for row in api.rows(path):
        user = row.get("user")
        if isinstance(user, dict) and user.get("type") == "Bot" and str(row.get("body", "")).startswith(MARKER):
            login = plain(str(user.get("login")), 60)
            raise ApiError(409, f"there is one by {login}, not by {author}: set comment-author to it")
    api.call("POST", path, {"body": text})
    return "created"


def _own(api: Api, path: str, author: str) -> Iterator[dict[str, Any]]:
    for row in api.rows(path):
        user = row.get("user")
        login = user.get("login") if isinstance(user, dict) else None
        if login == author and str(row.get("body", "")).startswith(MARKER) and isinstance(row.get("id"), int):
            yield row


def _same(known: object, text: str) -> bool:
    """Whether it says this already; GitHub may hand line ends back as CRLF."""
    return isinstance(known, str) and known.replace("\r\n", "\n").strip() == text.strip()
