"""The runner's environment and the event's JSON → what to look at; pure, and strict about what it believes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from analyzer.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

# A commit id of an event reaches git's command line: nothing else passes.
Sha = Annotated[str, Meta(pattern=r"^[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")]
Slug = Annotated[str, Meta(pattern=r"^[\w.-]{1,100}/[\w.-]{1,100}\Z")]
_LARGEST_EVENT = 25_000_000
_PUBLIC = "https://api.github.com"

View = Literal["pull-request", "comment", "repository"]


class _Tip(Struct, frozen=True):
    sha: Sha


class _Pull(Struct, frozen=True):
    number: int
    base: _Tip
    head: _Tip


class _Queued(Struct, frozen=True):
    base_sha: Sha
    head_sha: Sha


class _Owner(Struct, frozen=True):
    login: str


class _Fork(Struct, frozen=True):
    owner: _Owner


class Finished(Struct, frozen=True):
    """The workflow run that a `workflow_run` event reports; its branch may be a fork's."""

    head_sha: Sha
    head_branch: str | None = None
    head_repository: _Fork | None = None


class _Event(Struct, frozen=True):
    pull_request: _Pull | None = None
    merge_group: _Queued | None = None
    workflow_run: Finished | None = None


class Run(Struct, frozen=True):
    """One run of the Action; `repository` is OWNER/NAME, files are where the runner reads what a step says.

    `base` and `head` are the range of a pull request or a merge queue; `number` is None in a queue. `merge` is the
    commit that the runner checked out: for a pull request the merge of both, whose first parent is the base of today
    (the event's own is the base of the day when it was opened).
    """

    view: View
    event: str
    repository: str | None
    api: str
    graphql: str
    reports: Path
    summary: Path | None
    output: Path | None
    merge: str | None = None
    number: int | None = None
    base: str | None = None
    head: str | None = None
    finished: Finished | None = None


def read(environ: Mapping[str, str]) -> Run:
    """What the runner says.

    Raises `UsageError("bad-github-event")` for an event that is no event, `UsageError("pull-request-target")` for the
    one that hands a stranger's pull request this repository's token.
    """
    name = environ.get("GITHUB_EVENT_NAME", "")
    if name == "pull_request_target":
        raise UsageError(
            "pull-request-target",
            "pull_request_target runs with this repository's rights on a stranger's pull request.",
            "Run on pull_request, and comment from a second workflow (docs/schedule.md, pull requests of forks).",
        )
    found = _event(environ.get("GITHUB_EVENT_PATH", ""))
    pull = found.pull_request if name.startswith("pull_request") else None
    queued = found.merge_group if name == "merge_group" else None
    finished = found.workflow_run if name == "workflow_run" else None
    slug = environ.get("GITHUB_REPOSITORY", "")
    run = Run(
        view="repository",
        event=name,
        repository=slug if _fits(slug, Slug) else None,
        api=environ.get("GITHUB_API_URL") or _PUBLIC,
        merge=environ["GITHUB_SHA"] if _fits(environ.get("GITHUB_SHA", ""), Sha) else None,
        graphql=environ.get("GITHUB_GRAPHQL_URL") or f"{_PUBLIC}/graphql",
        reports=Path(environ.get("RUNNER_TEMP") or ".") / "aishare-reports",
        summary=_path(environ, "GITHUB_STEP_SUMMARY"),
        output=_path(environ, "GITHUB_OUTPUT"),
    )
    if pull is not None:
        return msgspec.structs.replace(
            run, view="pull-request", number=pull.number, base=pull.base.sha, head=pull.head.sha
        )
    if queued is not None:
        return msgspec.structs.replace(run, view="pull-request", base=queued.base_sha, head=queued.head_sha)
    if finished is not None:
        return msgspec.structs.replace(run, view="comment", finished=finished)
    return run


def _event(path: str) -> _Event:
    if not path:
        return _Event()
    try:
        with Path(path).open("rb") as file:
            text = file.read(_LARGEST_EVENT)
        return msgspec.json.decode(text, type=_Event)
    except FileNotFoundError:
        return _Event()
    except (OSError, ValueError, msgspec.MsgspecError, RecursionError) as reason:
        raise UsageError(
            "bad-github-event", f"GITHUB_EVENT_PATH holds no event: {reason}.", "Run this inside GitHub Actions."
        ) from None


def _fits(text: str, kind: Any) -> bool:
    try:
        msgspec.convert(text, kind)
    except msgspec.ValidationError:
        return False
    return True


def _path(environ: Mapping[str, str], name: str) -> Path | None:
    return Path(environ[name]) if environ.get(name) else None
