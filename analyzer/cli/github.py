"""`aishare github`: the command that `action.yml` runs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analyzer.cli import console, options
from analyzer.core.links import refuse_committed_links
from analyzer.errors import AishareError, Exit, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.github.api import Api
    from analyzer.github.comment_policy import CommentOutcome
    from analyzer.github.environment import Run
    from analyzer.github.run_views import View

PERIODS = ("week", "4week", "month", "quarter")


@click.command("github", short_help="Inside the GitHub Action: summary, outputs, annotations, comment.")
@options.PATH
@options.history_options
@click.option("--since", metavar="DATE", envvar="AISHARE_SINCE", help="Count from this day on (UTC).")
@click.option("--until", metavar="DATE", envvar="AISHARE_UNTIL", help="Count up to the end of this day (UTC).")
@click.option("--by", type=click.Choice(PERIODS), envvar="AISHARE_BY", help="Length of a period.  [default: month]")
@click.option(
    "--comment", envvar="AISHARE_COMMENT", is_flag=True, help="Keep one comment on the pull request up to date."
)
@click.option(
    "--comment-author",
    envvar="AISHARE_COMMENT_AUTHOR",
    default="github-actions[bot]",
    show_default=True,
    metavar="LOGIN",
    help="Whose comment it is: the account of the token.",
)
@click.option(
    "--annotations",
    envvar="AISHARE_ANNOTATIONS",
    type=click.IntRange(0, 10),
    default=0,
    show_default=True,
    help="Most annotations beside the code.",
)
@click.option(
    "--fail-on",
    envvar="AISHARE_FAIL_ON",
    multiple=True,
    metavar="SLUG|GRADE",
    help="Exit with 4 where the report has this grade or warning; repeatable. Never a share.",
)
@click.option(
    "--pull-request-report",
    envvar="AISHARE_PULL_REQUEST_REPORT",
    metavar="FILE",
    help="On workflow_run: the report.json of the finished run, to comment from.",
)
@click.option(
    "--recover-squashes",
    envvar="AISHARE_RECOVER_SQUASHES",
    is_flag=True,
    help="Ask GitHub for the marks that squashes lost; counted apart.",
)
@options.PULLS
@options.cache_options
def command(
    path: str,
    comment: bool,
    comment_author: str,
    annotations: int,
    fail_on: tuple[str, ...],
    pull_request_report: str | None,
    recover_squashes: bool,
    pulls: str | None,
    no_cache: bool,
    cache_dir: str | None,
    quiet: bool,
    **flags: object,
) -> None:
    """Write the job summary and outputs of a run of the GitHub Action.

    A pull request or merge queue shows its range as `aishare pr` does, a finished run (workflow_run) only its comment,
    anything else the repository as `aishare analyze` does. Reports go to $RUNNER_TEMP/aishare-reports. The token of the
    comment and of --recover-squashes is AISHARE_TOKEN; nothing else is asked of the network.

    \b
    Examples:
      aishare github                           in a step of a workflow
      aishare github --comment --annotations 5
      aishare github --fail-on misleading --fail-on drift
    """
    from analyzer.github.environment import read_run
    from analyzer.report.exit_rules import validate_names

    try:
        gates = validate_names(fail_on)
        run = read_run(os.environ)
        if run.summary is None:
            raise UsageError(
                "not-in-actions",
                "GITHUB_STEP_SUMMARY is not set: this is no run of GitHub Actions.",
                "Use aishare analyze, or aishare pr A..B.",
            )
        if run.view == "comment":
            _report_comment(run, _comment_on_finished_run(run, comment_author, pull_request_report))
            return
        cache_path = options.resolve_cache_dir(cache_dir, no_cache=no_cache)
        if run.base is not None:
            _warn_of_idle_gates(gates)
            view = _range_view(path, run, gates, annotations, cache_path, flags, quiet=quiet)
        else:
            pull_requests = _pull_request_export(run, pulls, recover=recover_squashes)
            view = _repository_view(path, gates, annotations, cache_path, flags, pull_requests, quiet=quiet)
    except AishareError as error:
        _report_failure(error)
        raise
    _write_view(run, view)
    if comment and run.view == "pull-request":
        from analyzer.github.comment_policy import post_comment

        _report_comment(run, post_comment(_api_client(run.api), run, comment_author, view.files["comment.md"]))
    if view.failed:
        click.echo(f"failed on: {', '.join(view.failed)}", err=True)
        raise click.exceptions.Exit(Exit.FAIL_ON)


def _warn_of_idle_gates(gates: Sequence[str]) -> None:
    """Print a notice for gates on a grade: a range has no grade, so they cannot fire."""
    from analyzer.github.annotations import workflow_command
    from analyzer.report.format import GRADES

    if idle := [gate for gate in gates if gate in GRADES]:
        sentence = f"fail-on {', '.join(idle)} cannot fire here: a pull request has no grade."
        click.echo(workflow_command("notice", sentence, title="aishare"))


def _range_view(
    path: str,
    run: Run,
    gates: Sequence[str],
    max_annotations: int,
    cache_dir: Path | None,
    flags: dict[str, Any],
    *,
    quiet: bool,
) -> View:
    """Return the view of a pull request or merge queue."""
    from analyzer.history.repository import commit_parents, open_repository

    parents = commit_parents(open_repository(path, run.head or "HEAD"), run.merge)
    base = parents[0] if len(parents) == 2 and parents[1] == run.head else run.base or ""
    opened = options.open_configured(path, flags | {"rev": run.head}, settings_rev=base, reported=True)
    from analyzer.github.run_views import range_view
    from analyzer.pipeline.load import load_history
    from analyzer.pull_request import compare_range

    with console.progress(quiet=quiet) as progress:
        pull_request = compare_range(path, base, load_history(opened, cache_dir, progress))
    return range_view(pull_request, opened.settings.digest(), gates, max_annotations)


def _repository_view(
    path: str,
    gates: Sequence[str],
    max_annotations: int,
    cache_dir: Path | None,
    flags: dict[str, Any],
    pull_requests: bytes | None,
    *,
    quiet: bool,
) -> View:
    """Return the view of the whole repository."""
    from analyzer.pipeline.answer_cache import analyze_cached

    opened = options.open_configured(path, flags, reported=True)
    with console.progress(quiet=quiet) as progress:
        answer = analyze_cached(opened, cache_dir=cache_dir, pull_requests=pull_requests, progress=progress)
    console.print_notes(answer.notes, quiet=quiet)
    from analyzer.github.run_views import repository_view

    return repository_view(answer.result, gates, max_annotations)


def _pull_request_export(run: Run, pulls: str | None, *, recover: bool) -> bytes | None:
    """Return the export in a file, else GitHub's if `recover`; a failure of GitHub is a warning, and returns None."""
    if pulls is not None:
        return console.read_file(pulls, "bad-pulls")
    api = _api_client(run.graphql)
    if not recover or api is None or run.repository is None:
        return None
    from analyzer.evidence.pull_request_export import parse_export as checked
    from analyzer.github.annotations import workflow_command
    from analyzer.github.api import ApiError
    from analyzer.github.merged_pull_requests import export_merged_pull_requests

    try:
        export = export_merged_pull_requests(api, run.repository)
        checked(export)
    except (ApiError, UsageError) as error:
        click.echo(
            workflow_command("warning", f"No pull requests: GitHub did not give them ({error}).", title="aishare")
        )
        return None
    return export


def _write_view(run: Run, view: View) -> None:
    """Write reports into their folder, then summary and outputs for the runner; annotations go to stdout."""
    from analyzer.github.job_summary import append, output_lines

    refuse_committed_links(run.reports)  # `mkdir` would follow them
    run.reports.mkdir(parents=True, exist_ok=True)
    for name, text in view.files.items():
        console.write(text, str(run.reports / name))
    if run.summary is not None:
        append(run.summary, view.summary)
    if run.output is not None:
        paths = {f"{kind}-path": str(run.reports / f"report.{kind}") for kind in ("html", "json")}
        named_paths = {"report-path": paths["html-path"], "json-path": paths["json-path"]}
        append(run.output, output_lines(view.outputs | named_paths))
    for line in view.annotations:
        click.echo(line)


def _comment_on_finished_run(run: Run, author: str, report: str | None) -> CommentOutcome:
    """Comment from the report of a finished run (workflow_run)."""
    from analyzer.github.comment_policy import post_comment_of_report

    if report is None:
        raise UsageError(
            "bad-pull-request-report",
            "A finished run (workflow_run) has no range of its own.",
            "Name its report.json with --pull-request-report (docs/schedule.md, pull requests of forks).",
        )
    return post_comment_of_report(_api_client(run.api), run, author, Path(report))


def _api_client(address: str) -> Api | None:
    """Return a client with the token of the environment; None without a token."""
    from analyzer.github.api import Api

    token = os.environ.get("AISHARE_TOKEN")
    return Api(address, token) if token else None


def _report_comment(run: Run, outcome: CommentOutcome) -> None:
    """Print the outcome of the comment to the log, and to the job summary if it was not posted."""
    from analyzer.github.annotations import workflow_command
    from analyzer.github.job_summary import append

    if outcome.text.startswith("Comment "):
        click.echo(outcome.text, err=True)
        return
    click.echo(workflow_command(outcome.level, outcome.text, title="aishare"))
    if run.summary is not None:
        append(run.summary, f"\n{outcome.text}\n")


def _report_failure(error: AishareError) -> None:
    """Print why the run failed to the job summary and as an annotation, where readers of the workflow look first."""
    from analyzer.github.annotations import workflow_command
    from analyzer.github.checkout_help import failure_summary
    from analyzer.github.job_summary import append

    if path := os.environ.get("GITHUB_STEP_SUMMARY"):
        append(Path(path), failure_summary(error.message, error.fix, error.slug))
        click.echo(workflow_command("error", f"{error.message} {error.fix}", title=error.slug))
