"""Write the one comment on a pull request, found by a hidden marker and its author, and edited only if it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from analyzer.core.sanitize import plain
from analyzer.github.api import ApiError
from analyzer.pull_request.document import commit_table, file_table, format_rate, headline, share_bar
from analyzer.report.format import many, percent
from analyzer.report.renderers.markdown import escape, table_lines
from analyzer.report.sections.repository_settings import settings_by_file

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.github.api import Api
    from analyzer.pull_request import PullRequest

MARKER = "<!-- aishare:pull-request -->"
# GitHub refuses 65,536 characters and more. We count bytes: there are never fewer bytes than characters.
LARGEST = 65_000
_ROWS = 50
_CLOSING = (
    "Unmarked does not mean human-written. Not a judgement of people, or of quality. "
    "Off with <code>comment: false</code>."
)

WriteStatus = Literal["created", "changed", "unchanged"]


def body(pull_request: PullRequest) -> str:
    """Return the comment in at most 65,000 bytes; rows are dropped (and counted) until it fits, and no tag is cut."""
    rows = _ROWS
    while len((text := _render(pull_request, rows)).encode()) > LARGEST and rows:
        rows //= 2
    if len(text.encode()) > LARGEST:
        return (
            f"{MARKER}\n### AI-written code in this pull request\n\nIt is too large for a comment: see the summary.\n"
        )
    return text


def _render(pull_request: PullRequest, rows: int) -> str:
    new = pull_request.new_lines
    counted = many(round(new.marked + new.unmarked), "new line")
    share = [f"`{share_bar(pull_request.share)}` {counted} of code and tests"] if pull_request.share is not None else []
    earlier = [
        f"- **{escape(e.title)}**, in the touched files: {format_rate(e)}, in all: {percent(e.all)}"
        for e in pull_request.earlier
    ]
    omitted = [
        f"{many(len(entries) - rows, name)} more in the report"
        for entries, name in ((pull_request.files, "file"), (pull_request.commits, "commit"))
        if len(entries) > rows
    ]
    lines = [
        MARKER,
        "### AI-written code in this pull request",
        "",
        f"{headline(pull_request)[:1].upper()}{headline(pull_request)[1:]}.",
        "",
        *share,
        "",
        *_settings_lines(pull_request),
        *(["Earlier work, known when the range began:", "", *earlier, ""] if earlier else []),
        "<details><summary>By file, and why each commit is labelled so</summary>",
        "",
        *table_lines(file_table(pull_request, rows), fold=False),
        "",
        *table_lines(commit_table(pull_request, rows), fold=False),
        "",
        *([f"*{'; '.join(omitted)}.*", ""] if omitted else []),
        "</details>",
        "",
        f"<sub>At {escape(pull_request.range.head[:10])}. {_CLOSING}</sub>",
    ]
    return "\n".join(lines) + "\n"


def _settings_lines(pull_request: PullRequest) -> list[str]:
    """Return a line on settings that the repository makes itself, and one if this pull request changes them."""
    lines = []
    if pull_request.repository_settings:
        summary = "; ".join(settings_by_file(pull_request.repository_settings))
        lines += [f"The base branch's own settings apply: {escape(summary)}.", ""]
    for row in pull_request.data_quality:
        if row.slug == "settings-changed-in-range":
            lines += [escape(row.message), ""]
    return lines


def write_comment(api: Api, repository: str, number: int, author: str, text: str) -> WriteStatus:
    """Create the comment, or edit the existing one. Raises `ApiError`.

    A failed call may have written all the same, so every retry looks for the comment again: there is never a second.
    """
    issue = f"/repos/{repository}/issues"

    def create_or_update() -> WriteStatus:
        existing = next(_own_comments(api, f"{issue}/{number}/comments", author), None)
        if existing is None:
            return _create(api, f"{issue}/{number}/comments", author, text)
        if _same_text(existing.get("body"), text):
            return "unchanged"
        api.call("PATCH", f"{issue}/comments/{int(existing['id'])}", {"body": text})
        return "changed"

    return api.retry(create_or_update)


def _create(api: Api, path: str, author: str, text: str) -> WriteStatus:
    """Create the comment. Raises `ApiError` if another bot has one: every run would add a further comment."""
    for row in api.paginated(path):
        user = row.get("user")
        if isinstance(user, dict) and user.get("type") == "Bot" and str(row.get("body", "")).startswith(MARKER):
            login = plain(str(user.get("login")), 60)
            raise ApiError(409, f"there is one by {login}, not by {author}: set comment-author to it")
    api.call("POST", path, {"body": text})
    return "created"


def _own_comments(api: Api, path: str, author: str) -> Iterator[dict[str, Any]]:
    for row in api.paginated(path):
        user = row.get("user")
        login = user.get("login") if isinstance(user, dict) else None
        if login == author and str(row.get("body", "")).startswith(MARKER) and isinstance(row.get("id"), int):
            yield row


def _same_text(current: object, text: str) -> bool:
    """Return whether the comment already has this text; GitHub may return line ends as CRLF."""
    return isinstance(current, str) and current.replace("\r\n", "\n").strip() == text.strip()
