"""Build the report document of a pull request, with the same sentences in every format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.report.blocks import Block, Notice, Report, Section, Sentence, Table
from analyzer.report.format import many, number, percent, spaced
from analyzer.report.sections.repository_settings import settings_sentence

if TYPE_CHECKING:
    from analyzer.pull_request import Commit, Earlier, File, PullRequest

_BAR, _ROWS = 20, 50


def build_report(pull_request: PullRequest, settings: str) -> Report:
    """Return the report; `settings` is the digest of the settings."""
    range_ = pull_request.range
    facts = (pull_request.repository, f"{range_.base[:7]}..{range_.head[:7]}", many(range_.commits, "commit"))
    return Report(
        title=f"AI-written code in {pull_request.repository}",
        facts=facts,
        sections=(_share_section(pull_request), _earlier_section(pull_request), _evidence_section(pull_request)),
        closing="Not a judgement of people, or of quality.",
        footer=(("command", f"aishare pr {range_.base}..{range_.head}"), ("settings", settings), ("head", range_.head)),
    )


def _share_section(pull_request: PullRequest) -> Section:
    new = pull_request.new_lines
    counted = round(new.marked + new.unmarked)
    blocks: list[Block] = [Sentence(headline(pull_request))]
    if pull_request.share is not None:
        blocks.append(Sentence(f"{share_bar(pull_request.share)}  of {many(counted, 'new line')} of code and tests"))
    if new.automation:
        blocks.append(Sentence(f"{many(round(new.automation), 'line')} by maintenance bots stand on neither side"))
    blocks += settings_sentence(pull_request.repository_settings)
    blocks += [Sentence(q.message) for q in pull_request.data_quality if q.slug == "settings-changed-in-range"]
    tools = sorted({tool for c in pull_request.commits for tool in c.tool.split()})
    models = sorted({model for c in pull_request.commits for model in c.model.split()})
    blocks.append(Sentence("Unmarked does not mean human-written: unmarked code may be either."))
    blocks.append(Sentence(", ".join(tools) or "none marked", "tools"))
    blocks.append(Sentence(", ".join(models) or "none marked", "models"))
    return Section("how-much", "How much", tuple(blocks))


def headline(pull_request: PullRequest) -> str:
    """Return a sentence with the marked share of the new lines and the number of marked commits."""
    if pull_request.share is None:
        return "no line of code or tests at the head comes from this range"
    marked = sum(c.ai > 0 for c in pull_request.commits)
    return (
        f"marked {percent(pull_request.share)} of new lines, unmarked {percent(1 - pull_request.share)}; "
        f"{marked} of {many(len(pull_request.commits), 'commit')} marked"
    )


def share_bar(share: float) -> str:
    """Return the share as a bar of text; it is empty only at 0 and full only at 1."""
    filled = round(share * _BAR)
    filled = min(max(filled, int(share > 0)), _BAR - int(share < 1))
    return "█" * filled + "░" * (_BAR - filled)


def _earlier_section(pull_request: PullRequest) -> Section:
    rows = tuple((e.title, format_rate(e), number(e.n), percent(e.all)) for e in pull_request.earlier)
    columns = ("of earlier work", "in touched files", "of", "in all")
    note = (
        f"Known when the range began, before {pull_request.range.base[:7]}; 95 % intervals over commits or changes. "
        "Files by name: what a renamed file was before is not among them. History, no forecast."
    )
    table = Table(
        "Earlier work in the touched files", columns, rows, frozenset({1, 2, 3}), first_screen=True, note=note
    )
    return Section("earlier", "The touched code so far", (table,))


def format_rate(earlier: Earlier) -> str:
    """Return the rate in the touched files as text, with its interval where it has one."""
    if earlier.low is None or earlier.high is None:
        return percent(earlier.touched)
    return f"{percent(earlier.touched)} ({percent(earlier.low)} … {percent(earlier.high)})"


def _evidence_section(pull_request: PullRequest) -> Section:
    omitted = [
        f"{many(len(rows) - _ROWS, name)} more in the JSON"
        for rows, name in ((pull_request.commits, "commit"), (pull_request.files, "file"))
        if len(rows) > _ROWS
    ]
    blocks: list[Block] = [commit_table(pull_request, _ROWS), file_table(pull_request, _ROWS)]
    if omitted:
        blocks.append(Notice("rows-left-out", "info", f"{'; '.join(omitted)}.", "--json has every row."))
    blocks += [Notice(row.slug, row.severity, row.message, row.fix) for row in pull_request.data_quality]
    return Section("evidence", "Evidence", tuple(blocks))


def commit_table(pull_request: PullRequest, rows: int) -> Table:
    """Return a table of the newest `rows` commits with the reasons for their labels."""
    columns = ("commit", "label", "tool", "model", "rules", "new lines")
    cells = tuple(_commit_row(c) for c in pull_request.commits[:rows])
    note = "Merges stand aside. Newest first."
    return Table("Why each commit is labelled so", columns, cells, frozenset({5}), note=note)


def file_table(pull_request: PullRequest, rows: int) -> Table:
    """Return a table of the `rows` touched files with most new lines."""
    columns = ("file", "new lines", "marked", "gone in 21 days before", "earlier lines")
    cells = tuple(_file_row(f) for f in pull_request.files[:rows])
    return Table(
        "By file",
        columns,
        cells,
        frozenset({1, 2, 3, 4}),
        note="Code and tests; marked is a part of the new lines.",
    )


def _commit_row(commit: Commit) -> tuple[str, ...]:
    label = commit.label if commit.ai in {0.0, 1.0} else f"{commit.label}, {percent(commit.ai)}"
    return (commit.sha[:10], label, commit.tool, commit.model, spaced(", ".join(commit.rules)), number(commit.lines))


def _file_row(file: File) -> tuple[str, ...]:
    declared = percent(file.marked / file.lines) if file.lines else "-"
    return (
        file.path,
        number(file.lines),
        declared,
        percent(file.churned) if file.earlier_lines else "-",
        number(file.earlier_lines),
    )
