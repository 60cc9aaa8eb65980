"""Build the `Result` from the tables of an analysis. Nothing is estimated here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from msgspec import structs

from analyzer.core.sanitize import plain
from analyzer.core.tables import records
from analyzer.evidence.agents import rules_version
from analyzer.evidence.records import names_lines
from analyzer.history.left_out import MAX_ENDING
from analyzer.inference.checks.power import smallest_detectable_by
from analyzer.report import contract as r
from analyzer.report.result_breakdowns import breadth_result, breakdowns_result
from analyzer.report.result_marking import marking_result
from analyzer.report.result_structure import structure_result
from analyzer.report.result_verdicts import defects_result, quality_result, throughput_result
from analyzer.report.sections.outcomes import outcome_result
from analyzer.share.bounds import ALL_PERIODS
from analyzer.share.recognised_changes import recognised_changes
from analyzer.stylometry.classifier import load_model
from analyzer.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.history.left_out import ClassLines
    from analyzer.inference.throughput import Throughput
    from analyzer.report.analysis_tables import AnalysisTables
    from analyzer.share.definition import Definition

_ESTIMATE = "no-estimate"


# Numbers of people for which the smallest detectable effect is given.
_POWER_PEOPLE = (6, 10, 15, 25, 40, 60, 100, 200)


def build_result(tables: AnalysisTables, shares: Sequence[Definition], quality: list[r.QualityRow]) -> r.AnalysisResult:
    """Return the result of one analysis."""
    return r.AnalysisResult(
        schema_version=r.SCHEMA_VERSION,
        tool=r.Tool("aishare", VERSION, rules_version(), _style_model(tables), tables.repository.git_version),
        command=_command(tables),
        repository=_repository(tables),
        share=_share(tables, shares),
        marking=marking_result(tables),
        outcomes=[outcome_result(outcome) for outcome in tables.outcomes],
        survival=tables.survival,
        trends=tables.trends,
        verdicts=[
            structs.replace(throughput_result(tables.throughput), treatment=tables.treatment),
            defects_result(tables.defects),
            quality_result(tables.quality),
        ],
        gaming=tables.gaming,
        power=_power(tables.throughput.estimates),
        effort=tables.prompts,
        comparison=None,
        data_quality=quality,
        repository_settings=tables.repository_settings,
        breakdowns=breakdowns_result(tables),
        breadth=breadth_result(tables),
        structure=structure_result(tables.structure, tables.hot_spots),
    )


def _power(estimates: Throughput | None) -> list[r.Power]:
    """Return the smallest detectable effect by number of people; empty without an estimate."""
    if estimates is None:
        return []
    beyond = estimates.beyond_trends
    return [
        r.Power(
            n,
            smallest_detectable_by(estimates.within.smallest_detectable, estimates.people, n),
            None if beyond is None else smallest_detectable_by(beyond.smallest_detectable, estimates.people, n),
        )
        for n in _POWER_PEOPLE
    ]


def _style_model(tables: AnalysisTables) -> str | None:
    if tables.style is None:
        return None
    model = load_model()
    return f"{model.stored.language} {model.stored.cut_off} sha256:{model.digest[:16]}"


def printable_globs(globs: Sequence[str]) -> list[str]:
    """Return globs as printable text; they may come from the analysed repository."""
    return [plain(glob) for glob in globs]


def _command(tables: AnalysisTables) -> r.Command:
    settings = tables.settings
    return r.Command(
        plain(settings.rev),
        settings.since,
        settings.until,
        tables.as_of,
        settings.by,
        printable_globs(settings.include),
        printable_globs(settings.exclude),
        settings.seed,
        settings.digest(),
    )


def _repository(tables: AnalysisTables) -> r.RepositoryFacts:
    dates = tables.commits["committed"].dropna()
    repository = tables.repository
    languages = (
        None
        if tables.languages is None
        else [r.LanguageLines(str(name), int(n)) for name, n in tables.languages.items()]
    )
    return r.RepositoryFacts(
        name=repository.name,
        head=repository.head,
        branch=None if repository.branch is None else plain(repository.branch),
        first_commit=None if dates.empty else dates.min().strftime("%Y-%m-%d"),
        last_commit=None if dates.empty else dates.max().strftime("%Y-%m-%d"),
        commits=len(tables.commits),
        people=tables.people,
        shallow=False,
        partial=repository.partial,
        languages=languages,
        merged_by=[r.MergedBy(*row) for row in recognised_changes(tables.merged_changes)],
        left_out=None if tables.left_out is None else [_left_out(row) for row in tables.left_out],
    )


def _left_out(row: ClassLines) -> r.LeftOut:
    """Return the lines of one class; endings come from paths, so from strangers."""
    endings = [r.EndingLines(plain(e.ending, MAX_ENDING), e.files, e.lines_added) for e in row.endings]
    return r.LeftOut(row.kind, row.files, row.lines_added, row.lines_at_head, endings)


def _share(tables: AnalysisTables, shares: Sequence[Definition]) -> r.Share:
    rows = {(row["definition"], row["period"]): row for row in records(tables.bounds)}
    definitions = [_definition(d, rows.get((d.id, ALL_PERIODS)), tables) for d in shares]
    of_all_work = {d.id for d in shares if not d.recorded_only}
    floors = [d.marked for d in definitions if d.marked is not None and d.id in of_all_work]
    return r.Share(
        definitions=definitions,
        spread=r.Spread(min(floors), max(floors)),
        by_period=[
            r.SharePeriod(period, id_, _rounded(row["marked"]), None, _rounded(row["at_most"]), row["n"])
            for (id_, period), row in rows.items()
            if period != ALL_PERIODS
        ],
        by_tool=[r.ToolCredit(*_credit(t)) for t in records(tables.tools)],
        by_model=[r.ModelCredit(*_credit(m)) for m in records(tables.models)],
        recovered=tables.recovered,
    )


def _credit(row: dict[str, Any]) -> tuple[str, int, int | None, int | None]:
    return row["name"], row["commits"], _count(row["lines_added"]), _count(row["lines_surviving"])


def _definition(definition: Definition, row: dict[str, Any] | None, tables: AnalysisTables) -> r.ShareDefinition:
    title, unit = definition.title, definition.unit
    if definition.id == "functions":
        return _functions_definition(definition, row, tables)
    if row is None:
        why = tables.lines_missing or _missing_reason(definition, tables)
        return r.ShareDefinition(definition.id, title, unit, None, None, None, None, why, definition.recorded_only)
    floor, ceiling = _rounded(row["marked"]), _rounded(row["at_most"])
    abstained = _ESTIMATE if row["n"] else "empty-definition"
    return r.ShareDefinition(
        definition.id, title, unit, floor, None, ceiling, row["n"], abstained, definition.recorded_only
    )


def _missing_reason(definition: Definition, tables: AnalysisTables) -> str | None:
    """Return why this history has no such share although its contents are present."""
    unfetched = definition.missing_slug == "no-line-notes" and not names_lines(tables.repository)
    return "notes-not-fetched" if unfetched else definition.missing_slug


def _functions_definition(
    definition: Definition, row: dict[str, Any] | None, tables: AnalysisTables
) -> r.ShareDefinition:
    """Return the only definition with an estimate: its interval, or the slug that says why it has none."""
    style = tables.style
    if row is None or style is None:
        why = tables.lines_missing or "style-not-asked"
        return r.ShareDefinition(definition.id, definition.title, definition.unit, None, None, None, None, why)
    estimate = None
    if style.point is not None and style.low is not None and style.high is not None:
        sensitivity = [dict(zip(("relative_recall", "low", "high"), step, strict=True)) for step in style.sensitivity]
        estimate = r.Estimate(style.point, style.low, style.high, "style-kdey-90", sensitivity)
    floor, ceiling = _rounded(row["marked"]), _rounded(row["at_most"])
    reason = style.abstained if row["n"] else "empty-definition"
    return r.ShareDefinition(
        definition.id, definition.title, definition.unit, floor, estimate, ceiling, row["n"], reason
    )


def _rounded(value: Any) -> float | None:
    """Return a share with twelve digits, which no history exceeds and which hide rounding errors."""
    return None if pd.isna(value) else round(float(value), 12)


def _count(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)
