"""Turn a `Result` into a `Report`: choose the sections, their sentences, tables and charts, and their order.

`SECTIONS` lists the sections in the order of the report. A new section is one module in `report.sections` with a
function from a result to blocks, and one line in `SECTIONS`. Functions that place charts are in this module, because
charts import the tables of `report.sections`. Nothing is computed here beyond picking rows.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from analyzer.core.sanitize import plain
from analyzer.report.blocks import Block, Finding, Notice, Report, Section, Sentence, Spark
from analyzer.report.charts import chart
from analyzer.report.charts.share_over_time import end_of_last_period
from analyzer.report.format import GRADES, many, percent, verdict_title
from analyzer.report.sections.answers import answer_table
from analyzer.report.sections.breadth import breadth_sentence, breadth_table
from analyzer.report.sections.breakdowns import breakdown_blocks
from analyzer.report.sections.changes_since import comparison_blocks, comparison_title
from analyzer.report.sections.disclosure import (
    adoption_table,
    disclosure_changes_table,
    labelling_sentence,
    policies_table,
)
from analyzer.report.sections.estimates import PASSED, evidence_table
from analyzer.report.sections.gaming import gaming_finding
from analyzer.report.sections.glossary import glossary_tables
from analyzer.report.sections.outcomes import glance_table, outcome_tables
from analyzer.report.sections.prompts import prompt_blocks
from analyzer.report.sections.rank_correlation import ranks_table
from analyzer.report.sections.repository_settings import settings_sentence
from analyzer.report.sections.shares import (
    HEADLINE,
    credit_line,
    credit_table,
    headline,
    period_table,
    recovered_sentence,
    sensitivity_table,
)
from analyzer.report.sections.structure import structure_blocks
from analyzer.report.sections.summary import summary_points

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.report.blocks import Chart
    from analyzer.report.contract import AnalysisResult, Command

_SPARK_PERIODS = 12
_BRANCH_WIDTH = 20
_FILTERS_WIDTH = 66


@dataclass(frozen=True, slots=True)
class SectionDefinition:
    """A registered section.

    Attributes
    ----------
    id : target of links.
    title : title, or a function that takes it from the result.
    blocks : returns the blocks of a result; None leaves the section out.
    """

    id: str
    title: str | Callable[[AnalysisResult], str]
    blocks: Callable[[AnalysisResult], tuple[Block, ...] | None]

    def build(self, result: AnalysisResult) -> Section | None:
        """Return the section of a result, or None if the result has nothing to say in it."""
        blocks = self.blocks(result)
        if blocks is None:
            return None
        return Section(self.id, self.title if isinstance(self.title, str) else self.title(result), blocks)


def build_report(result: AnalysisResult) -> Report:
    """Return the report of one analysis."""
    repository = result.repository
    head = repository.head[:7]
    revision = f"{plain(repository.branch, _BRANCH_WIDTH)}@{head}" if repository.branch else head
    dates = f"{repository.first_commit or '?'} → {repository.last_commit or '?'}"
    people = many(repository.people, "person", "people")
    sections = (definition.build(result) for definition in SECTIONS)
    return Report(
        title=f"AI-written code in {repository.name}",
        facts=(repository.name, revision, dates, many(repository.commits, "commit"), people),
        sections=tuple(section for section in sections if section is not None),
        closing='"Goes with", not "causes".',
        footer=_footer(result),
    )


def _share_blocks(result: AnalysisResult) -> tuple[Block, ...]:
    definitions = {definition.id: definition for definition in result.share.definitions}
    blocks: list[Block] = [Sentence(headline(definitions[HEADLINE]))]
    blocks += _objects_sentence(result)
    blocks += settings_sentence(result.repository_settings)
    if filters := _filters(result.command):
        text = " · ".join(f"{name} {value}" for name, value in filters)
        blocks.append(Sentence(plain(text, _FILTERS_WIDTH), "counted"))
    blocks += _trend(result)
    blocks += breadth_sentence(result)
    blocks += labelling_sentence(result.marking)
    blocks += recovered_sentence(result.share.recovered)
    spread = result.share.spread
    if spread.low != spread.high:
        span = f"{percent(spread.low)} … {percent(spread.high)}"
        blocks.append(Sentence(f"by other definitions {span} marked, each true: aishare explain share"))
    blocks.append(Sentence("Unmarked does not mean human-written: unmarked code may be either."))
    abstained = definitions["functions"].abstained
    if abstained is not None and abstained.startswith("style-") and abstained != "style-not-asked":
        blocks.append(Sentence(f"style says nothing here: aishare explain {abstained}"))
    blocks.append(_definition_sheet(result))
    blocks.append(credit_line("tools", [(t.tool, t.commits) for t in result.share.by_tool]))
    blocks.append(credit_line("models", [(m.model, m.commits) for m in result.share.by_model]))
    blocks.append(chart("share_over_time", result))
    blocks += breadth_table(result)
    return tuple(blocks)


def _objects_sentence(result: AnalysisResult) -> list[Block]:
    """Return a warning for the headline if objects are not what their names say: no figure can be relied on then."""
    if all(row.slug != "objects-mismatch" for row in result.data_quality):
        return []
    return [Sentence("Objects of this clone are damaged or forged: clone it afresh.", "warning")]


def _definition_sheet(result: AnalysisResult) -> Chart:
    """Return the definition sheet; it is on the first screen, which has room for one table, only without outcomes."""
    sheet = chart("definition_sheet", result)
    if sheet.table is None or glance_table(result.outcomes) is None:
        return sheet
    return replace(sheet, table=replace(sheet.table, first_screen=False))


def _trend(result: AnalysisResult) -> list[Block]:
    periods = [p for p in result.share.by_period if p.definition == HEADLINE]
    if len(periods) > 2 and end_of_last_period([p.period for p in periods]) > result.command.as_of:
        periods = periods[:-1]  # not over at the as-of date: a partial period would look like a fall
    periods = periods[-_SPARK_PERIODS:]
    with_share = [p for p in periods if p.marked is not None]
    if len(with_share) < 2:
        return []
    first, last = with_share[0], with_share[-1]
    text = f"{percent(first.marked)} in {first.period} → {percent(last.marked)} in {last.period} marked"
    return [Spark(tuple(p.marked for p in periods), text)]


def _verdict_blocks(result: AnalysisResult) -> tuple[Block, ...]:
    blocks: list[Block] = [
        Finding(verdict_title(v.outcome), GRADES[v.grade], v.sentence, v.slug) for v in result.verdicts
    ]
    blocks += [
        Sentence(f"No check rules out {'; or '.join(v.not_ruled_out)}.", "still possible", first_screen=False)
        for v in result.verdicts
        if v.not_ruled_out
    ]
    states = [PASSED[placebo.passed] for v in result.verdicts for placebo in v.placebos or []]
    if states:
        counts = (f"{states.count(state)} {state}" for state in PASSED.values() if state in states)
        blocks.append(Sentence(", ".join(counts), "placebos"))
    if (glance := glance_table(result.outcomes)) is not None:
        blocks.append(glance)
    blocks += answer_table(result.verdicts)
    return (*blocks, chart("associations", result), evidence_table(result.verdicts), ranks_table(result.verdicts))


def _outcome_blocks(result: AnalysisResult) -> tuple[Block, ...]:
    _, composition = outcome_tables(result.outcomes)
    return (*_charts(result, "outcomes", "trends", "survival"), composition)


def _trust_blocks(result: AnalysisResult) -> tuple[Block, ...]:
    return _charts(result, "placebos", "specification_curve", "power")


def _gaming_blocks(result: AnalysisResult) -> tuple[Block, ...]:
    return (
        gaming_finding(result.gaming),
        *_charts(result, "gaming", "disclosure"),
        disclosure_changes_table(result.marking),
        *policies_table(result.marking),
        adoption_table(result.marking),
    )


def _quality_blocks(result: AnalysisResult) -> tuple[Block, ...]:
    notices = [Notice(row.slug, row.severity, row.message, row.fix) for row in result.data_quality]
    warnings = [n for n in notices if n.severity == "warning"]
    on_first_screen = {n.slug for n in warnings[:2]}
    return tuple(replace(n, first_screen=n.slug in on_first_screen) for n in notices)


def _detail_blocks(result: AnalysisResult) -> tuple[Block, ...]:
    share, by = result.share, result.command.by
    computed = [d for d in share.definitions if d.n is not None]
    return (
        credit_table("Commits by tool", "tool", [(t.tool, t) for t in share.by_tool]),
        credit_table("Commits by model", "model", [(m.model, m) for m in share.by_model]),
        *(sensitivity_table(d) for d in computed if d.estimate is not None),
        *(
            period_table(d, [p for p in share.by_period if p.definition == d.id], by)
            for d in computed
            if d.id != HEADLINE
        ),
    )


def _charts(result: AnalysisResult, *ids: str) -> tuple[Block, ...]:
    return tuple(chart(id_, result) for id_ in ids)


SECTIONS: tuple[SectionDefinition, ...] = (
    SectionDefinition("answers", "In short", summary_points),
    SectionDefinition("changes", comparison_title, comparison_blocks),
    SectionDefinition("how-much", "How much", _share_blocks),
    SectionDefinition("where", "Where: by directory, team, language, tool and model", breakdown_blocks),
    SectionDefinition("tells", "What it tells you", _verdict_blocks),
    SectionDefinition("outcomes", "What became of the work", _outcome_blocks),
    SectionDefinition("structure", "How the code changed", structure_blocks),
    SectionDefinition("doubt", "How far to trust it", _trust_blocks),
    SectionDefinition("gaming", "Gaming and labelling checks", _gaming_blocks),
    SectionDefinition("cost", "What it cost to specify", prompt_blocks),
    SectionDefinition("quality", "Data quality", _quality_blocks),
    SectionDefinition("details", "Details", _detail_blocks),
    SectionDefinition("terms", "Terms", glossary_tables),
)


def _filters(command: Command) -> list[tuple[str, str]]:
    """Return the options that narrow the count, with their values."""
    dates = [(name, value) for name, value in (("since", command.since), ("until", command.until)) if value]
    globs = [*(("include", glob) for glob in command.include), *(("exclude", glob) for glob in command.exclude)]
    return dates + globs


def _footer(result: AnalysisResult) -> tuple[tuple[str, str], ...]:
    command, tool = result.command, result.tool
    words = [
        f"aishare analyze --rev {plain(command.rev)} --by {command.by}",
        *(f"--{name} {value}" for name, value in _filters(command)),
    ]
    return (
        ("command", " ".join(words)),
        ("as of", command.as_of or "unknown"),
        ("settings", command.config_digest),
        ("head", result.repository.head),
        ("versions", f"aishare {tool.version}, rules {tool.rules}, git {tool.git}, schema {result.schema_version}"),
    )
