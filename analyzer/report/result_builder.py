"""Stage tables → `Result`. Copies figures into the contract; computes no statistic."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from analyzer.core.sanitize import plain
from analyzer.core.tables import records
from analyzer.evidence.agents import rules_version
from analyzer.evidence.recall import wilson
from analyzer.inference.checks.power import power_table
from analyzer.report import contract as r
from analyzer.report.result_verdicts import defects_result, throughput_result
from analyzer.report.sections.disclosure import explained
from analyzer.report.sections.gaming import goodhart_result
from analyzer.report.sections.outcomes import outcome_result, survival_result
from analyzer.report.sections.prompts import effort_result
from analyzer.share.bounds import WHOLE
from analyzer.stylometry.classifier import load
from analyzer.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.config import Settings
    from analyzer.evidence.recall import Recall
    from analyzer.history.repository import Repository
    from analyzer.inference.checks.power import Cell
    from analyzer.inference.comparison import Outcome
    from analyzer.inference.goodhart import Goodhart
    from analyzer.inference.grading.defects import DefectsVerdict
    from analyzer.inference.grading.throughput import ThroughputVerdict
    from analyzer.inference.survival import Survival
    from analyzer.inference.trends import Trend
    from analyzer.prompts.summary import Effort
    from analyzer.share.definition import Definition
    from analyzer.share.disclosure_changes import Change
    from analyzer.share.recovered_marks import Recovered
    from analyzer.stylometry.estimate import StyleEstimate

_ESTIMATE = "estimate-not-in-this-version"


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a result is composed from; tables as the stages left them."""

    repository: Repository
    settings: Settings
    commits: pd.DataFrame
    as_of: str
    authors: int
    languages: pd.Series | None
    lines_missing: str | None
    bounds: pd.DataFrame
    tools: pd.DataFrame
    models: pd.DataFrame
    landed: pd.DataFrame
    throughput: ThroughputVerdict
    defects: DefectsVerdict
    netted: int
    regimes: tuple[str, ...]
    goodhart: Goodhart | None
    recall: Recall | None
    outcomes: list[Outcome]
    survival: list[Survival] | None
    trends: list[Trend]
    disclosed: list[Change]
    drifted: bool | None
    adoption: pd.DataFrame | None
    style: StyleEstimate | None = None
    recovered: Recovered | None = None
    effort: Effort | None = None


def compose(facts: Facts, shares: Sequence[Definition], quality: list[r.QualityRow]) -> r.Result:
    """The result in the contract's shape."""
    return r.Result(
        schema_version=r.SCHEMA_VERSION,
        tool=r.Tool("aishare", VERSION, rules_version(), _style_model(facts), facts.repository.git_version),
        command=_command(facts),
        repository=_repository(facts),
        share=_share(facts, shares),
        disclosure=_disclosure(facts),
        outcomes=[outcome_result(outcome) for outcome in facts.outcomes],
        survival=None if facts.survival is None else [survival_result(lives) for lives in facts.survival],
        trends=[_trend(trend) for trend in facts.trends],
        verdicts=[throughput_result(facts.throughput), defects_result(facts.defects)],
        goodhart=goodhart_result(facts.goodhart),
        power=[_power(cell) for cell in power_table()],
        effort=effort_result(facts.effort),
        baseline=None,
        data_quality=quality,
    )


def _trend(trend: Trend) -> r.Trend:
    points = [r.TrendPoint(*point) for point in trend.points]
    return r.Trend(trend.id, trend.title, trend.unit, trend.better, points)


def _power(cell: Cell) -> r.Power:
    use = cell.use if math.isfinite(cell.use) else None
    return r.Power(cell.people, cell.months, cell.recorded, use, cell.panels)


def _style_model(facts: Facts) -> str | None:
    if facts.style is None:
        return None
    model = load()
    return f"{model.stored.language} {model.stored.cut_off} sha256:{model.digest[:16]}"


def shown(globs: Sequence[str]) -> list[str]:
    """Patterns as text that can be printed; they may come from the analysed repository."""
    return [plain(glob) for glob in globs]


def _command(facts: Facts) -> r.Command:
    s = facts.settings
    return r.Command(
        plain(s.rev), s.since, s.until, facts.as_of, s.by, shown(s.include), shown(s.exclude), s.seed, s.digest()
    )


def _repository(facts: Facts) -> r.RepositoryFacts:
    dates = facts.commits["committed"].dropna()
    repository = facts.repository
    languages = (
        None if facts.languages is None else [r.Language(str(name), int(n)) for name, n in facts.languages.items()]
    )
    return r.RepositoryFacts(
        name=repository.name,
        head=repository.head,
        branch=None if repository.branch is None else plain(repository.branch),
        first_commit=None if dates.empty else dates.min().strftime("%Y-%m-%d"),
        last_commit=None if dates.empty else dates.max().strftime("%Y-%m-%d"),
        commits=len(facts.commits),
        authors=facts.authors,
        shallow=False,
        partial=repository.partial,
        languages=languages,
    )


def _share(facts: Facts, shares: Sequence[Definition]) -> r.Share:
    rows = {(row["definition"], row["period"]): row for row in records(facts.bounds)}
    definitions = [_definition(d, rows.get((d.id, WHOLE)), facts) for d in shares]
    whole = {d.id for d in shares if not d.of_part}
    floors = [d.floor for d in definitions if d.floor is not None and d.id in whole]
    return r.Share(
        definitions=definitions,
        spread=r.Spread(min(floors), max(floors)),
        by_period=[
            r.SharePeriod(period, id_, _number(row["floor"]), None, _number(row["ceiling"]), row["n"])
            for (id_, period), row in rows.items()
            if period != WHOLE
        ],
        by_tool=[r.ToolCredit(*_credit(t)) for t in records(facts.tools)],
        by_model=[r.ModelCredit(*_credit(m)) for m in records(facts.models)],
        recovered=None if facts.recovered is None else r.Recovered(**asdict(facts.recovered)),
    )


def _disclosure(facts: Facts) -> r.Disclosure:
    return r.Disclosure(
        changes=[r.DisclosureChange(c.period, c.kind, c.before, c.after, explained(c)) for c in facts.disclosed],
        adoption=None if facts.adoption is None else [_adoption(row) for row in records(facts.adoption)],
        recall_by_period=None if facts.recall is None else _recall(facts.recall),
        drift=facts.drifted,
    )


def _adoption(row: dict[str, Any]) -> r.Adoption:
    day = None if pd.isna(row["first"]) else row["first"].strftime("%Y-%m-%d")
    return r.Adoption(row["tool"], plain(row["path"]), row["sha"], day)


def _recall(found: Recall) -> list[r.RecallPeriod]:
    rows = []
    for month in records(found.months):
        n, hits, marks = int(month["n"]), int(month["found"]), int(month["marks"])
        low, high = wilson(hits, n) if n else (None, None)
        precision = hits / marks if marks else None
        rows.append(r.RecallPeriod(month["period"], n, hits / n if n else None, low, high, marks, precision))
    return rows


def _credit(row: dict[str, Any]) -> tuple[str, int, int | None, int | None]:
    return row["name"], row["commits"], _count(row["lines_added"]), _count(row["lines_surviving"])


def _definition(definition: Definition, row: dict[str, Any] | None, facts: Facts) -> r.ShareDefinition:
    title, unit = definition.title, definition.unit
    if definition.id == "functions":
        return _functions(definition, row, facts)
    if row is None:
        why = facts.lines_missing or _absent(definition, facts)
        return r.ShareDefinition(definition.id, title, unit, None, None, None, None, why, definition.of_part)
    floor, ceiling = _number(row["floor"]), _number(row["ceiling"])
    abstained = _ESTIMATE if row["n"] else "empty-definition"
    return r.ShareDefinition(definition.id, title, unit, floor, None, ceiling, row["n"], abstained, definition.of_part)


def _absent(definition: Definition, facts: Facts) -> str | None:
    """Why this history has no such share though its contents are here."""
    unfetched = definition.absent == "no-line-notes" and facts.repository.ai_notes is None
    return "notes-not-fetched" if unfetched else definition.absent


def _functions(definition: Definition, row: dict[str, Any] | None, facts: Facts) -> r.ShareDefinition:
    """The one definition that is estimated: its interval, or the slug that says why it has none."""
    found = facts.style
    if row is None or found is None:
        why = facts.lines_missing or "style-not-asked"
        return r.ShareDefinition(definition.id, definition.title, definition.unit, None, None, None, None, why)
    estimate = None
    if found.point is not None and found.low is not None and found.high is not None:
        moved = [dict(zip(("relative_recall", "low", "high"), step, strict=True)) for step in found.sensitivity]
        estimate = r.Estimate(found.point, found.low, found.high, "style-kdey-90", moved)
    floor, ceiling = _number(row["floor"]), _number(row["ceiling"])
    reason = found.abstained if row["n"] else "empty-definition"
    return r.ShareDefinition(
        definition.id, definition.title, definition.unit, floor, estimate, ceiling, row["n"], reason
    )


def _number(value: Any) -> float | None:
    """A share as the contract prints it: twelve digits are beyond any history and hide float dust."""
    return None if pd.isna(value) else round(float(value), 12)


def _count(value: Any) -> int | None:
    return None if pd.isna(value) else int(value)
