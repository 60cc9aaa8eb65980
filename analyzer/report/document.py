"""`Result` → `Report`: which sentences are said, in which order. No arithmetic beyond picking rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from analyzer.core.sanitize import plain
from analyzer.report.blocks import Block, Finding, Notice, Report, Section, Sentence, Spark
from analyzer.report.charts import chart
from analyzer.report.charts.share_over_time import ends
from analyzer.report.format import GRADES, many, percent
from analyzer.report.sections.changes_since import baseline_section
from analyzer.report.sections.disclosure import adoption_table, changes_table, marking
from analyzer.report.sections.estimates import PASSED, evidence_table
from analyzer.report.sections.gaming import gaming_finding
from analyzer.report.sections.glossary import terms
from analyzer.report.sections.outcomes import glance_table, outcome_tables
from analyzer.report.sections.prompts import cost_blocks
from analyzer.report.sections.rank_correlation import ranks_table
from analyzer.report.sections.shares import (
    HEADLINE,
    credit_line,
    credit_table,
    headline,
    lost,
    period_table,
    sensitivity_table,
)
from analyzer.report.sections.summary import answers

if TYPE_CHECKING:
    from analyzer.report.blocks import Chart
    from analyzer.report.contract import Command, Result

_SPARK_PERIODS = 12
_BRANCH_WIDTH = 20
_NARROWED_WIDTH = 66


def story(result: Result) -> Report:
    """The report of one analysis."""
    facts = result.repository
    where = f"{plain(facts.branch, _BRANCH_WIDTH)}@{facts.head[:7]}" if facts.branch else facts.head[:7]
    span = f"{facts.first_commit or '?'} → {facts.last_commit or '?'}"
    return Report(
        title=f"AI-written code in {facts.name}",
        facts=(facts.name, where, span, many(facts.commits, "commit"), many(facts.authors, "author")),
        sections=(
            Section("answers", "In short", answers(result)),
            *baseline_section(result.baseline),
            _how_much(result),
            _what_it_tells(result),
            _outcomes(result),
            _doubt(result),
            _gamed(result),
            _cost(result),
            _quality(result),
            _details(result),
            Section("terms", "Terms", terms()),
        ),
        closing='"Goes with", not "causes".',
        footer=_footer(result),
    )


def _how_much(result: Result) -> Section:
    definitions = {d.id: d for d in result.share.definitions}
    blocks: list[Block] = [Sentence(headline(definitions[HEADLINE]))]
    if narrowed := _narrowed(result.command):
        text = " · ".join(f"{name} {value}" for name, value in narrowed)
        blocks.append(Sentence(plain(text, _NARROWED_WIDTH), "counted"))
    blocks += _trend(result)
    blocks += marking(result.disclosure)
    blocks += lost(result.share.recovered)
    spread = result.share.spread
    if spread.low != spread.high:
        span = f"{percent(spread.low)} … {percent(spread.high)}"
        blocks.append(Sentence(f"by other definitions {span} declared, each true: aishare explain share"))
    blocks.append(Sentence("undeclared is not human: a missing mark says nothing about who wrote it"))
    abstained = definitions["functions"].abstained
    if abstained is not None and abstained.startswith("style-") and abstained != "style-not-asked":
        blocks.append(Sentence(f"style says nothing here: aishare explain {abstained}"))
    blocks.append(_definition_sheet(result))
    blocks.append(credit_line("tools", [(t.tool, t.commits) for t in result.share.by_tool]))
    blocks.append(credit_line("models", [(m.model, m.commits) for m in result.share.by_model]))
    blocks.append(chart("share_over_time", result))
    return Section("how-much", "How much", tuple(blocks))


def _definition_sheet(result: Result) -> Chart:
    """On the first screen only where no outcome could be compared: it holds one table."""
    sheet = chart("definition_sheet", result)
    if sheet.table is None or glance_table(result.outcomes) is None:
        return sheet
    return replace(sheet, table=replace(sheet.table, first_screen=False))


def _trend(result: Result) -> list[Block]:
    rows = [p for p in result.share.by_period if p.definition == HEADLINE]
    if len(rows) > 2 and ends([p.period for p in rows]) > result.command.as_of:
        rows = rows[:-1]  # not over at the clock: part of a period reads as a fall
    rows = rows[-_SPARK_PERIODS:]
    known = [p for p in rows if p.floor is not None]
    if len(known) < 2:
        return []
    first, last = known[0], known[-1]
    text = f"{percent(first.floor)} in {first.period} → {percent(last.floor)} in {last.period} declared"
    return [Spark(tuple(p.floor for p in rows), text)]


def _what_it_tells(result: Result) -> Section:
    blocks: list[Block] = [Finding(v.outcome, GRADES[v.grade], v.sentence, v.slug) for v in result.verdicts]
    ran = [PASSED[p.passed] for v in result.verdicts for p in v.placebos or []]
    if ran:
        words = {"passed": "passed", "FIRED": "FIRED", "not runnable": "not runnable"}
        told = ", ".join(f"{ran.count(state)} {word}" for state, word in words.items() if state in ran)
        blocks.append(Sentence(told, "placebos"))
    if (glance := glance_table(result.outcomes)) is not None:
        blocks.append(glance)
    blocks += [chart("associations", result), evidence_table(result.verdicts), ranks_table(result.verdicts)]
    return Section("tells", "What it tells you", tuple(blocks))


def _outcomes(result: Result) -> Section:
    _, shape = outcome_tables(result.outcomes)
    blocks = (chart("outcomes", result), chart("trends", result), chart("survival", result), shape)
    return Section("outcomes", "What became of the work", blocks)


def _doubt(result: Result) -> Section:
    blocks = tuple(chart(id_, result) for id_ in ("placebos", "specification_curve", "power"))
    return Section("doubt", "How far to trust it", blocks)


def _gamed(result: Result) -> Section:
    disclosure = result.disclosure
    blocks = (
        gaming_finding(result.goodhart),
        chart("gaming", result),
        chart("disclosure", result),
        changes_table(disclosure),
        adoption_table(disclosure),
    )
    return Section("gaming", "Is it gamed, or only disclosed differently", blocks)


def _cost(result: Result) -> Section:
    return Section(
        "cost", "What it cost to specify", cost_blocks(result.effort, {row.slug for row in result.data_quality})
    )


def _details(result: Result) -> Section:
    computed = [d for d in result.share.definitions if d.n is not None]
    credited = (
        credit_table("By tool", "tool", [(t.tool, t) for t in result.share.by_tool]),
        credit_table("By model", "model", [(m.model, m) for m in result.share.by_model]),
    )
    by = result.command.by
    rest = [d for d in computed if d.id != HEADLINE]
    periods = (period_table(d, [p for p in result.share.by_period if p.definition == d.id], by) for d in rest)
    estimates = (sensitivity_table(d) for d in computed if d.estimate is not None)
    return Section("details", "Details", (*credited, *estimates, *periods))


def _quality(result: Result) -> Section:
    notices = [Notice(q.slug, q.severity, q.message, q.fix) for q in result.data_quality]
    history = [n for n in notices if n.severity == "warning" and not n.slug.endswith("-not-in-this-version")]
    lifted = {n.slug for n in history[:2]}
    shown = tuple(Notice(n.slug, n.severity, n.text, n.fix, first_screen=n.slug in lifted) for n in notices)
    return Section("quality", "Data quality", shown)


def _narrowed(c: Command) -> list[tuple[str, str]]:
    """What narrows the count, as options and values."""
    ends = [(name, value) for name, value in (("since", c.since), ("until", c.until)) if value]
    return [*ends, *(("include", g) for g in c.include), *(("exclude", g) for g in c.exclude)]


def _footer(result: Result) -> tuple[tuple[str, str], ...]:
    c, t = result.command, result.tool
    asked = [
        f"aishare analyze --rev {plain(c.rev)} --by {c.by}",
        *(f"--{k} {v}" for k, v in _narrowed(c)),
    ]
    return (
        ("command", " ".join(asked)),
        ("as of", c.as_of or "unknown"),
        ("settings", c.config_digest),
        ("head", result.repository.head),
        ("versions", f"aishare {t.version}, rules {t.rules}, git {t.git}, schema {result.schema_version}"),
    )
