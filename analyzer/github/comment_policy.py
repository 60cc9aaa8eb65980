"""Whether and where the comment goes: from the run of the pull request itself, or from a later one with more rights."""

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
    from analyzer.github.environment import Finished, Run

_LARGEST_REPORT = 20_000_000
_MOST, _ROWS = 1_000_000_000, 1_000
_LABELS = frozenset({"declared", "undeclared", "automation"})
_RECIPE = "docs/schedule.md has the second workflow that may (pull requests of forks)."


class Said(NamedTuple):
    """What became of the comment; `level` is how loudly the log says it."""

    level: Literal["notice", "warning"]
    text: str


def posted(api: Api | None, run: Run, author: str, text: str) -> Said:
    """Write the comment of the run's pull request. Never raises: a report that was made is not lost to a comment."""
    if run.number is None:
        return Said("notice", "No comment: a merge queue has no pull request of its own.")
    if api is None or run.repository is None:
        return Said("warning", "No comment: there is no token (input token) or no GITHUB_REPOSITORY.")
    return _put(api, run.repository, run.number, author, text)


def later(api: Api | None, run: Run, author: str, report: Path) -> Said:
    """The comment of a finished run, drawn anew from its JSON: a fork made that file, so nothing of it is Markdown.

    The pull request is the open one whose head the finished run was for, not one that the file names. Raises
    `UsageError("bad-pull-request-report")` for what is no such report or is about another commit.
    """
    finished = run.finished
    if api is None or run.repository is None or finished is None:
        return Said("warning", "No comment: there is no token (input token), no GITHUB_REPOSITORY, or no finished run.")
    found = _report(report)
    if found.range.head != finished.head_sha:
        raise _bad("it is about another commit than the finished run")
    try:
        number = _pull(api, run.repository, finished)
    except ApiError as wrong:
        return _not_written(wrong)
    if number is None:
        return Said("notice", "No comment: no open pull request has this head any more.")
    return _put(api, run.repository, number, author, comment.body(found))


def _put(api: Api, repository: str, number: int, author: str, text: str) -> Said:
    try:
        return Said("notice", f"Comment {comment.put(api, repository, number, author, text)}.")
    except ApiError as wrong:
        return _not_written(wrong)


def _not_written(wrong: ApiError) -> Said:
    if wrong.refused:
        return Said("notice", f"No comment: the token may not write one here ({wrong}). {_RECIPE}")
    return Said("warning", f"No comment: GitHub did not take it ({wrong}). The next run tries again.")


def _pull(api: Api, repository: str, finished: Finished) -> int | None:
    """The open pull request with exactly this head; a fork's run does not say which it was for."""
    if finished.head_branch is None or finished.head_repository is None:
        return None
    head = f"{finished.head_repository.owner.login}:{finished.head_branch}"
    for row in api.rows(f"/repos/{repository}/pulls", state="open", head=head):
        tip = row.get("head")
        if isinstance(tip, dict) and tip.get("sha") == finished.head_sha and isinstance(row.get("number"), int):
            return int(row["number"])
    return None


def _report(path: Path) -> PullRequest:
    """A fork's report, as figures within bounds under our own words; nothing that it says is repeated in an error."""
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST_REPORT)
        found = msgspec.convert(_plain(msgspec.json.decode(text)), PullRequest)
        if not _bounded(msgspec.to_builtins(found)):
            raise _bad("its figures are none of a pull request")
        return _in_our_words(found)
    except OSError as reason:
        raise _bad(f"it cannot be read: {reason.strerror}") from None
    except (ValueError, OverflowError, msgspec.MsgspecError, RecursionError):
        raise _bad("it does not decode") from None


def _bounded(tree: Any) -> bool:
    """Whether every number is one of lines, commits or a share."""
    if isinstance(tree, dict):
        return all(map(_bounded, tree.values()))
    if isinstance(tree, list):
        return all(map(_bounded, tree))
    return not isinstance(tree, int | float) or 0 <= tree < _MOST


def _in_our_words(found: PullRequest) -> PullRequest:
    """Words of the report that are not its own figures or names of files are those of this version."""
    told = {e.id: e for e in found.earlier if e.id in TITLES}
    return replace(
        found,
        earlier=[replace(e, title=TITLES[id_]) for id_, e in told.items()],
        commits=[
            replace(
                c,
                label=c.label if c.label in _LABELS else "unknown",
                tool=_slugs(c.tool),
                model=_slugs(c.model),
                rules=[_slugs(rule) for rule in c.rules[:20]],
            )
            for c in found.commits[:_ROWS]
        ],
        files=found.files[:_ROWS],
        data_quality=[],
    )


def _slugs(text: str) -> str:
    """Slugs parted by spaces; anything else is none of ours."""
    return text if re.fullmatch(r"[a-z0-9.:_-]{0,60}(?: [a-z0-9.:_-]{1,60}){0,5}", text) else "unknown"


def _plain(tree: Any) -> Any:
    """Every text on one printable line: a cell of a table cannot end its row."""
    if isinstance(tree, str):
        return plain(tree)
    if isinstance(tree, list):
        return [_plain(item) for item in tree]
    return {key: _plain(value) for key, value in tree.items()} if isinstance(tree, dict) else tree


def _bad(why: str) -> UsageError:
    return UsageError(
        "bad-pull-request-report", f"This is no report of the pull request: {why}.", f"Name its report.json; {_RECIPE}"
    )
