"""Decide whether and where to comment: in the pull request's own run, or in a later run with more rights."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec
from msgspec.structs import replace

from analyzer.core.sanitize import plain
from analyzer.errors import UsageError
from analyzer.github import comment
from analyzer.github.api import ApiError
from analyzer.pull_request import TITLES, PullRequest

if TYPE_CHECKING:
    from pathlib import Path

    from analyzer.github.api import Api
    from analyzer.github.environment import FinishedRun, Run

_LARGEST_REPORT = 20_000_000
_LARGEST_NUMBER, _ROWS = 1_000_000_000, 1_000
_LABELS = frozenset({"marked", "unmarked", "automation"})
_RECIPE = "docs/schedule.md has the second workflow that may (pull requests of forks)."


class CommentOutcome(NamedTuple):
    """What became of the comment; `level` is the level of the message in the log."""

    level: Literal["notice", "warning"]
    text: str


def post_comment(api: Api | None, run: Run, author: str, text: str) -> CommentOutcome:
    """Write the comment of the run's pull request. Never raises, so that a failed comment does not lose the report."""
    if run.number is None:
        return CommentOutcome("notice", "No comment: a merge queue has no pull request of its own.")
    if api is None or run.repository is None:
        return CommentOutcome("warning", "No comment: there is no token (input token) or no GITHUB_REPOSITORY.")
    return _write(api, run.repository, run.number, author, text)


def post_comment_of_report(api: Api | None, run: Run, author: str, report: Path) -> CommentOutcome:
    """Write the comment of a finished run, rendered again from its JSON: a fork made that file, so its text is unused.

    The pull request is the open one with the head of the finished run, not one that the file names. Raises
    `UsageError("bad-pull-request-report")` if the file is not such a report, or is about another commit.
    """
    finished = run.finished
    if api is None or run.repository is None or finished is None:
        return CommentOutcome(
            "warning", "No comment: there is no token (input token), no GITHUB_REPOSITORY, or no finished run."
        )
    pull_request = _read_report(report)
    if pull_request.range.head != finished.head_sha:
        raise _bad_report("it is about another commit than the finished run")
    try:
        number = _find_pull_request(api, run.repository, finished)
    except ApiError as error:
        return _write_failure(error)
    if number is None:
        return CommentOutcome("notice", "No comment: no open pull request has this head any more.")
    return _write(api, run.repository, number, author, comment.body(pull_request))


def _write(api: Api, repository: str, number: int, author: str, text: str) -> CommentOutcome:
    try:
        return CommentOutcome("notice", f"Comment {comment.write_comment(api, repository, number, author, text)}.")
    except ApiError as error:
        return _write_failure(error)


def _write_failure(error: ApiError) -> CommentOutcome:
    if error.refused:
        return CommentOutcome("notice", f"No comment: the token may not write one here ({error}). {_RECIPE}")
    return CommentOutcome("warning", f"No comment: GitHub did not take it ({error}). The next run tries again.")


def _find_pull_request(api: Api, repository: str, finished: FinishedRun) -> int | None:
    """Return the open pull request with exactly this head; a fork's run does not say which one it was for."""
    if finished.head_branch is None or finished.head_repository is None:
        return None
    head = f"{finished.head_repository.owner.login}:{finished.head_branch}"
    for row in api.paginated(f"/repos/{repository}/pulls", state="open", head=head):
        tip = row.get("head")
        if isinstance(tip, dict) and tip.get("sha") == finished.head_sha and isinstance(row.get("number"), int):
            return int(row["number"])
    return None


def _read_report(path: Path) -> PullRequest:
    """Return a fork's report with bounded figures and our own wording; errors repeat none of its text."""
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST_REPORT)
        pull_request = msgspec.convert(_plain_text(msgspec.json.decode(text)), PullRequest)
        if not _in_bounds(msgspec.to_builtins(pull_request)):
            raise _bad_report("its figures are none of a pull request")
        return _with_own_wording(pull_request)
    except OSError as reason:
        raise _bad_report(f"it cannot be read: {reason.strerror}") from None
    except (ValueError, OverflowError, msgspec.MsgspecError, RecursionError):
        raise _bad_report("it does not decode") from None


def _in_bounds(tree: Any) -> bool:
    """Return whether every number is possible as a count or a share."""
    if isinstance(tree, dict):
        return all(map(_in_bounds, tree.values()))
    if isinstance(tree, list):
        return all(map(_in_bounds, tree))
    return not isinstance(tree, int | float) or 0 <= tree < _LARGEST_NUMBER


def _with_own_wording(pull_request: PullRequest) -> PullRequest:
    """Return the report with all text but figures and file names replaced by this version's wording."""
    earlier = {e.id: e for e in pull_request.earlier if e.id in TITLES}
    return replace(
        pull_request,
        earlier=[replace(e, title=TITLES[id_]) for id_, e in earlier.items()],
        commits=[
            replace(
                c,
                label=c.label if c.label in _LABELS else "unknown",
                tool=_checked_slugs(c.tool),
                model=_checked_slugs(c.model),
                rules=[_checked_slugs(rule) for rule in c.rules[:20]],
            )
            for c in pull_request.commits[:_ROWS]
        ],
        files=pull_request.files[:_ROWS],
        data_quality=[],
    )


def _checked_slugs(text: str) -> str:
    """Return slugs separated by spaces; anything else becomes "unknown"."""
    return text if re.fullmatch(r"[a-z0-9.:_-]{0,60}(?: [a-z0-9.:_-]{1,60}){0,5}", text) else "unknown"


def _plain_text(tree: Any) -> Any:
    """Return the tree with every text on one printable line, so that no table cell can end its row."""
    if isinstance(tree, str):
        return plain(tree)
    if isinstance(tree, list):
        return [_plain_text(item) for item in tree]
    return {key: _plain_text(value) for key, value in tree.items()} if isinstance(tree, dict) else tree


def _bad_report(why: str) -> UsageError:
    return UsageError(
        "bad-pull-request-report", f"This is no report of the pull request: {why}.", f"Name its report.json; {_RECIPE}"
    )
