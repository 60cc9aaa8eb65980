"""Build what a run shows for one repository or one range: summary, files, outputs and annotations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.core.json_text import pretty_json
from analyzer.github import checkout_help, comment, job_summary
from analyzer.github.annotations import file_annotations, quality_annotations
from analyzer.report.exit_rules import triggered, triggered_in
from analyzer.report.renderers import find_renderer, html, markdown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.pull_request import PullRequest
    from analyzer.report.contract import AnalysisResult


@dataclass(frozen=True, slots=True)
class View:
    """Everything that a run shows.

    Attributes
    ----------
    summary : job summary in Markdown.
    files : texts by file name, for the folder of reports.
    outputs : outputs of the step.
    annotations : workflow commands.
    failed : the gates (`--fail-on`) that fired.
    """

    summary: str
    files: dict[str, str]
    outputs: dict[str, str]
    annotations: tuple[str, ...]
    failed: list[str]


def repository_view(result: AnalysisResult, gates: Sequence[str], max_annotations: int) -> View:
    """Return the view of the whole repository, for a schedule or a push."""
    text = markdown.render(result)
    files = {
        f"report.{name}": find_renderer(form).render(result) for name, form in (("html", "html"), ("json", "json"))
    }
    fixes = checkout_help.workflow_fixes([row.slug for row in result.data_quality])
    return View(
        summary=job_summary.truncated_summary(text) + fixes,
        files={"report.md": text, **files},
        outputs={"view": "repository", **job_summary.repository_outputs(result)},
        annotations=tuple(quality_annotations(result.data_quality, max_annotations)),
        failed=triggered(result, gates),
    )


def range_view(pull_request: PullRequest, settings: str, gates: Sequence[str], max_annotations: int) -> View:
    """Return the view of one pull request; `settings` is the digest of the settings."""
    from analyzer.pull_request.document import build_report

    report = build_report(pull_request, settings)
    text = markdown.render_text(report)
    slugs = [row.slug for row in pull_request.data_quality]
    return View(
        summary=job_summary.truncated_summary(text) + checkout_help.workflow_fixes(slugs),
        files={
            "report.md": text,
            "report.html": html.render_page(report),
            "report.json": pretty_json(pull_request),
            "comment.md": comment.body(pull_request),
        },
        outputs={"view": "pull-request", **job_summary.range_outputs(pull_request)},
        annotations=tuple(file_annotations(pull_request, max_annotations)),
        failed=triggered_in(slugs, gates),
    )
