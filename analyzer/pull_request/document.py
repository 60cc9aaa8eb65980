"""A pull request in words: the same sentences in every format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.report.blocks import Block, Notice, Report, Section, Sentence, Table
from analyzer.report.format import many, number, percent, spaced

if TYPE_CHECKING:
    from analyzer.pull_request import Commit, Earlier, File, PullRequest

_BAR, _ROWS = 20, 50


def story(found: PullRequest, settings: str) -> Report:
    """The report; `settings` is the digest of what was asked."""
    r = found.range
    facts = (found.repository, f"{r.base[:7]}..{r.head[:7]}", many(r.commits, "commit"))
    return Report(
        title=f"AI-written code in {found.repository}",
        facts=facts,
        sections=(_how_much(found), _earlier(found), _evidence(found)),
        closing="Not a judgement of people, or of quality.",
        footer=(("command", f"aishare pr {r.base}..{r.head}"), ("settings", settings), ("head", r.head)),
    )


def _how_much(found: PullRequest) -> Section:
    new = found.new_lines
    counted = round(new.declared + new.undeclared)
    blocks: list[Block] = [Sentence(headline(found))]
    if found.share is not None:
        blocks.append(Sentence(f"{bar(found.share)}  of {many(counted, 'new line')} of code and tests"))
    if new.automation:
        blocks.append(Sentence(f"{many(round(new.automation), 'line')} by maintenance bots stand on neither side"))
    tools = sorted({tool for c in found.commits for tool in c.tool.split()})
    models = sorted({model for c in found.commits for model in c.model.split()})
    blocks.append(Sentence("undeclared is not human: a missing mark says nothing about who wrote it"))
    blocks.append(Sentence(", ".join(tools) or "none declared", "tools"))
    blocks.append(Sentence(", ".join(models) or "none declared", "models"))
    return Section("how-much", "How much", tuple(blocks))


def headline(found: PullRequest) -> str:
    """The declared part of the new lines, and how many commits are marked."""
    if found.share is None:
        return "no line of code or tests at the head comes from this range"
    marked = sum(c.ai > 0 for c in found.commits)
    return (
        f"declared {percent(found.share)} of new lines, undeclared {percent(1 - found.share)}; "
        f"{marked} of {many(len(found.commits), 'commit')} marked"
    )


def bar(share: float) -> str:
    """Declared and undeclared as one bar; a trace shows, and so does a rest."""
    filled = round(share * _BAR)
    filled = min(max(filled, int(share > 0)), _BAR - int(share < 1))
    return "█" * filled + "░" * (_BAR - filled)


def _earlier(found: PullRequest) -> Section:
    rows = tuple((e.title, rate(e), number(e.n), percent(e.all)) for e in found.earlier)
    columns = ("of earlier work", "in touched files", "of", "in all")
    note = (
        f"Known when the range began, before {found.range.base[:7]}; 95 % intervals over commits or changes. Files by "
        "name: what a renamed file was before is not among them. History, no forecast."
    )
    table = Table(
        "Earlier work in the touched files", columns, rows, frozenset({1, 2, 3}), first_screen=True, note=note
    )
    return Section("earlier", "The touched code so far", (table,))


def rate(e: Earlier) -> str:
    """The rate in the touched files, with its interval where it has one."""
    if e.low is None or e.high is None:
        return percent(e.touched)
    return f"{percent(e.touched)} ({percent(e.low)} … {percent(e.high)})"


def _evidence(found: PullRequest) -> Section:
    more = [
        f"{many(len(rows) - _ROWS, name)} more in the JSON"
        for rows, name in ((found.commits, "commit"), (found.files, "file"))
        if len(rows) > _ROWS
    ]
    blocks: list[Block] = [by_commit(found, _ROWS), by_file(found, _ROWS)]
    if more:
        blocks.append(Notice("rows-left-out", "info", f"{'; '.join(more)}.", "--json has every row."))
    blocks += [Notice(row.slug, row.severity, row.message, row.fix) for row in found.data_quality]
    return Section("evidence", "Evidence", tuple(blocks))


def by_commit(found: PullRequest, rows: int) -> Table:
    """Why each of the newest `rows` commits is labelled so."""
    columns = ("commit", "label", "tool", "model", "rules", "new lines")
    cells = tuple(_commit(c) for c in found.commits[:rows])
    note = "Merges stand aside. Newest first."
    return Table("Why each commit is labelled so", columns, cells, frozenset({5}), note=note)


def by_file(found: PullRequest, rows: int) -> Table:
    """The `rows` touched files with most new lines."""
    columns = ("file", "new lines", "declared", "gone in 21 days before", "earlier lines")
    cells = tuple(_file(f) for f in found.files[:rows])
    return Table(
        "By file",
        columns,
        cells,
        frozenset({1, 2, 3, 4}),
        note="Code and tests; declared is a part of the new lines.",
    )


def _commit(c: Commit) -> tuple[str, ...]:
    label = c.label if c.ai in {0.0, 1.0} else f"{c.label}, {percent(c.ai)}"
    return (c.sha[:10], label, c.tool, c.model, spaced(", ".join(c.rules)), number(c.lines))


def _file(f: File) -> tuple[str, ...]:
    declared = percent(f.declared / f.lines) if f.lines else "-"
    return (f.path, number(f.lines), declared, percent(f.churned) if f.earlier_lines else "-", number(f.earlier_lines))
