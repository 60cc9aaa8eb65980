"""Read the runner's environment and the event's JSON, both strictly validated, and return what to report on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from analyzer.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

# Commit ids of an event are passed to git's command line, so the pattern admits nothing else.
Sha = Annotated[str, Meta(pattern=r"^[0-9a-f]{40}(?:[0-9a-f]{24})?\Z")]
Slug = Annotated[str, Meta(pattern=r"^[\w.-]{1,100}/[\w.-]{1,100}\Z")]
_LARGEST_EVENT = 25_000_000
_PUBLIC_API = "https://api.github.com"

View = Literal["pull-request", "comment", "repository"]


class _Tip(Struct, frozen=True):
    sha: Sha


class _Pull(Struct, frozen=True):
    number: int
    base: _Tip
    head: _Tip


class _MergeGroup(Struct, frozen=True):
    base_sha: Sha
    head_sha: Sha


class _Owner(Struct, frozen=True):
    login: str


class _HeadRepository(Struct, frozen=True):
    owner: _Owner


class FinishedRun(Struct, frozen=True):
    """The workflow run that a `workflow_run` event reports; its branch may be a fork's."""

    head_sha: Sha
    head_branch: str | None = None
    head_repository: _HeadRepository | None = None


class _Event(Struct, frozen=True):
    pull_request: _Pull | None = None
    merge_group: _MergeGroup | None = None
    workflow_run: FinishedRun | None = None


class Run(Struct, frozen=True):
    """One run of the Action.

    Attributes
    ----------
    view : what to show.
    event : name of the event.
    repository : OWNER/NAME; None if the variable holds something else.
    api, graphql : addresses of the APIs.
    reports : folder for the reports.
    summary, output : files in which the runner reads the job summary and the outputs.
    merge : the commit that the runner checked out. For a pull request it merges both branches, and its first parent is
        the current base (the event's own base dates from when the pull request was opened).
    number : number of the pull request; None in a merge queue.
    base, head : range of a pull request or a merge queue.
    finished : the run that a `workflow_run` event reports.
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
    finished: FinishedRun | None = None


def read_run(environ: Mapping[str, str]) -> Run:
    """Return the run that the environment describes.

    Raises `UsageError("bad-github-event")` for a malformed event, and `UsageError("pull-request-target")` for the event
    that gives a stranger's pull request this repository's token.
    """
    name = environ.get("GITHUB_EVENT_NAME", "")
    if name == "pull_request_target":
        raise UsageError(
            "pull-request-target",
            "pull_request_target runs with this repository's rights on a stranger's pull request.",
            "Run on pull_request, and comment from a second workflow (docs/schedule.md, pull requests of forks).",
        )
    event = _read_event(environ.get("GITHUB_EVENT_PATH", ""))
    pull_request = event.pull_request if name.startswith("pull_request") else None
    merge_group = event.merge_group if name == "merge_group" else None
    finished = event.workflow_run if name == "workflow_run" else None
    slug = environ.get("GITHUB_REPOSITORY", "")
    run = Run(
        view="repository",
        event=name,
        repository=slug if _matches(slug, Slug) else None,
        api=environ.get("GITHUB_API_URL") or _PUBLIC_API,
        merge=environ["GITHUB_SHA"] if _matches(environ.get("GITHUB_SHA", ""), Sha) else None,
        graphql=environ.get("GITHUB_GRAPHQL_URL") or f"{_PUBLIC_API}/graphql",
        reports=Path(environ.get("RUNNER_TEMP") or ".") / "aishare-reports",
        summary=_path(environ, "GITHUB_STEP_SUMMARY"),
        output=_path(environ, "GITHUB_OUTPUT"),
    )
    if pull_request is not None:
        return msgspec.structs.replace(
            run, view="pull-request", number=pull_request.number, base=pull_request.base.sha, head=pull_request.head.sha
        )
    if merge_group is not None:
        return msgspec.structs.replace(run, view="pull-request", base=merge_group.base_sha, head=merge_group.head_sha)
    if finished is not None:
        return msgspec.structs.replace(run, view="comment", finished=finished)
    return run


def _read_event(path: str) -> _Event:
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


def _matches(text: str, kind: Any) -> bool:
    try:
        msgspec.convert(text, kind)
    except msgspec.ValidationError:
        return False
    return True


def _path(environ: Mapping[str, str], name: str) -> Path | None:
    return Path(environ[name]) if environ.get(name) else None
