"""What a run shows: one repository or one range, as summary, files, outputs and annotations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from analyzer.github import checkout_help, comment, job_summary
from analyzer.github.annotations import of_files, of_quality
from analyzer.report.exit_rules import fired, fired_in
from analyzer.report.renderers import html, markdown, renderer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.pull_request import PullRequest
    from analyzer.report.contract import Result


@dataclass(frozen=True, slots=True)
class View:
    """A finished view; `files` go by name into the folder of reports, `failed` names the gates that fired."""

    summary: str
    files: dict[str, str]
    outputs: dict[str, str]
    annotations: tuple[str, ...]
    failed: list[str]


def of_repository(result: Result, gates: Sequence[str], most: int) -> View:
    """The whole repository: a schedule's or a push's view; at most `most` annotations."""
    text = markdown.render(result)
    files = {f"report.{name}": renderer(form).render(result) for name, form in (("html", "html"), ("json", "json"))}
    lines = checkout_help.mended([row.slug for row in result.data_quality])
    return View(
        summary=job_summary.summary(text) + lines,
        files={"report.md": text, **files},
        outputs={"view": "repository", **job_summary.of_repository(result)},
        annotations=tuple(of_quality(result.data_quality, most)),
        failed=fired(result, gates),
    )


def of_range(found: PullRequest, settings: str, gates: Sequence[str], most: int) -> View:
    """One pull request; `settings` is the digest of what was asked."""
    from analyzer.pull_request.document import story

    report = story(found, settings)
    text = markdown.text(report)
    slugs = [row.slug for row in found.data_quality]
    return View(
        summary=job_summary.summary(text) + checkout_help.mended(slugs),
        files={
            "report.md": text,
            "report.html": html.page(report),
            "report.json": msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n",
            "comment.md": comment.body(found),
        },
        outputs={"view": "pull-request", **job_summary.of_range(found)},
        annotations=tuple(of_files(found, most)),
        failed=fired_in(slugs, gates),
    )
