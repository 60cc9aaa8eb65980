"""Comparison with an earlier report: which figures changed, and what could have changed them.

Possible reasons are more history, other rules, another style model and other settings. A change with several reasons is
not divided between them, because that would take a run for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from msgspec import Meta, Struct, structs

from analyzer.core.sanitize import plain
from analyzer.errors import UsageError
from analyzer.inference.results import Grade  # noqa: TC001 - msgspec reads these types at run time
from analyzer.report import contract as r
from analyzer.report.blocks import Block, Sentence, Table
from analyzer.report.format import GRADES, many, percent, points, relative, spaced

if TYPE_CHECKING:
    from collections.abc import Iterator

# Slug of the data-quality row of a run without an earlier report.
NO_COMPARISON = "no-comparison"
_TEXT_WIDTH = 80


class _Tool(Struct):
    version: str
    rules: str
    style_model: str | None
    git: str = ""


class _Command(Struct):
    rev: str
    as_of: Annotated[str, Meta(pattern=r"^(\d{4}-\d{2}-\d{2})?$", max_length=10)]
    by: str
    config_digest: str
    since: str | None = None
    until: str | None = None
    include: list[str] = []
    exclude: list[str] = []
    seed: int = 0


class _Repository(Struct):
    name: str
    head: Annotated[str, Meta(pattern="^[0-9a-f]{40,64}$")]
    commits: Annotated[int, Meta(ge=0, le=1_000_000_000)]
    first_commit: str | None = None


_Share01 = Annotated[float, Meta(ge=0, le=1)]
_Figure = Annotated[float, Meta(ge=-1_000_000_000, le=1_000_000_000)]


class _Definition(Struct):
    id: str
    title: str
    marked: _Share01 | None
    at_most: _Share01 | None


class _Share(Struct):
    definitions: list[_Definition]


class _Association(Struct):
    per_50_points: _Figure | None = None
    risk_ratio: _Figure | None = None


class _Verdict(Struct):
    outcome: str
    grade: Grade
    association: _Association | None = None


class _Difference(Struct):
    value: _Figure


class _Outcome(Struct):
    id: str
    title: str
    unit: str
    difference: _Difference | None = None


class _ComparedReport(Struct):
    """The part of a report that is compared. Every version with the same schema writes it."""

    schema_version: str
    tool: _Tool
    command: _Command
    repository: _Repository
    share: _Share
    verdicts: list[_Verdict]
    outcomes: list[_Outcome] | None = None


def compare_with(result: r.AnalysisResult, old: bytes) -> r.AnalysisResult:
    """Return the result with its comparison with the report `old` (JSON); raise `UsageError("bad-comparison")`."""
    earlier = _decode(old)
    current = msgspec.convert(msgspec.to_builtins(result), _ComparedReport)
    comparison = r.Comparison(
        head=plain(earlier.repository.head, 40),
        as_of=plain(earlier.command.as_of, 10),
        reasons=list(_change_reasons(earlier, current)),
        changed=list(_changed_figures(earlier, current)),
    )
    quality = [row for row in result.data_quality if row.slug != NO_COMPARISON]
    return structs.replace(result, comparison=comparison, data_quality=quality)


def _decode(old: bytes) -> _ComparedReport:
    try:
        earlier = msgspec.convert(_as_schema_2(msgspec.json.decode(old)), _ComparedReport)
    except (ValueError, RecursionError) as reason:
        why = plain(str(reason), 160)
        raise UsageError("bad-comparison", f"This file is not a report of aishare: {why}", _HOW_TO_FIX) from None
    if earlier.schema_version != r.SCHEMA_VERSION:
        version = plain(earlier.schema_version, 20)
        raise UsageError(
            "bad-comparison",
            f"The report has schema {version}; this version reads 1 and {r.SCHEMA_VERSION}.",
            _HOW_TO_FIX,
        )
    return earlier


def _as_schema_2(report: Any) -> Any:
    """Return a report of schema 1 with the names that its compared figures have in schema 2; others as they are."""
    if not isinstance(report, dict) or report.get("schema_version") != "1":
        return report
    share = report.get("share")
    definitions = share.get("definitions") if isinstance(share, dict) else None
    for definition in definitions if isinstance(definitions, list) else ():
        if isinstance(definition, dict) and {"floor", "ceiling"} <= definition.keys():
            definition["marked"], definition["at_most"] = definition.pop("floor"), definition.pop("ceiling")
    return {**report, "schema_version": "2"}


_HOW_TO_FIX = "Name a file that aishare analyze --json wrote."


def _change_reasons(old: _ComparedReport, new: _ComparedReport) -> Iterator[r.Reason]:
    """Yield every difference that can change a figure, data first."""
    before, now = old.repository, new.repository
    if (before.name, before.first_commit) != (now.name, now.first_commit):
        yield r.Reason(
            "repository", f"It was another repository, or another range of it: {plain(before.name, _TEXT_WIDTH)}."
        )
    if before.head != now.head:
        more = now.commits - before.commits
        difference = "no more commits" if more == 0 else many(abs(more), "commit") + (" more" if more > 0 else " fewer")
        yield r.Reason("data", f"{difference} than at {plain(before.head, 7)}.")
    if old.command.as_of != new.command.as_of:
        yield r.Reason("data", f"The as-of date moved from {plain(old.command.as_of, 10)} to {new.command.as_of}.")
    if old.tool.rules != new.tool.rules:
        yield r.Reason("rules", f"Traces were read by rules {plain(old.tool.rules, 40)}, now {new.tool.rules}.")
    if old.tool.style_model != new.tool.style_model:
        yield r.Reason("model", "Style was not estimated by the same model.")
    if old.tool.version != new.tool.version:
        yield r.Reason("version", f"aishare was {plain(old.tool.version, 20)}, now {new.tool.version}.")
    yield from _changed_settings(old.command, new.command)


def _changed_settings(old: _Command, new: _Command) -> Iterator[r.Reason]:
    names = ("rev", "since", "until", "by", "include", "exclude", "seed")
    changed = [name for name in names if getattr(old, name) != getattr(new, name)]
    if changed:
        yield r.Reason("settings", f"Other settings: {', '.join(changed)}.")
    elif old.config_digest != new.config_digest and old.as_of == new.as_of:
        yield r.Reason("settings", "Other settings in the configuration.")


def _changed_figures(old: _ComparedReport, new: _ComparedReport) -> Iterator[r.ChangedFigure]:
    """Yield the figures and grades that changed, in the order of the report."""
    shares = {d.id: d for d in old.share.definitions}
    for d in new.share.definitions:
        definition_before = shares.get(d.id)
        for bound, title in (("marked", "marked"), ("at_most", "at most")):
            before = None if definition_before is None else getattr(definition_before, bound)
            if before != getattr(d, bound):
                yield r.ChangedFigure(
                    f"share.{d.id}.{bound}", f"{d.title}, {title}", "share", before, getattr(d, bound)
                )
    grades = {v.outcome: v for v in old.verdicts}
    for verdict in new.verdicts:
        verdict_before = grades.get(verdict.outcome)
        if verdict_before is None or verdict_before.grade != verdict.grade:
            grade_before = None if verdict_before is None else plain(verdict_before.grade, _TEXT_WIDTH)
            yield r.ChangedFigure(
                f"verdicts.{verdict.outcome}.grade", f"{verdict.outcome}, grade", "grade", grade_before, verdict.grade
            )
        yield from _changed_associations(verdict_before, verdict)
    outcomes = {o.id: o for o in old.outcomes or []}
    for o in new.outcomes or []:
        outcome_before = outcomes.get(o.id)
        before = (
            None if outcome_before is None or outcome_before.difference is None else outcome_before.difference.value
        )
        after = None if o.difference is None else o.difference.value
        if before != after:
            unit = "points" if o.unit.startswith("share") else o.unit
            yield r.ChangedFigure(f"outcomes.{o.id}.difference", f"{o.title}, difference", unit, before, after)


def _changed_associations(old: _Verdict | None, new: _Verdict) -> Iterator[r.ChangedFigure]:
    for name, unit in (("per_50_points", "relative change"), ("risk_ratio", "ratio")):
        before, after = (getattr(v.association, name) if v and v.association else None for v in (old, new))
        if before != after:
            yield r.ChangedFigure(
                f"verdicts.{new.outcome}.{name}", f"{new.outcome}, {spaced(name)}", unit, before, after
            )


def comparison_title(result: r.AnalysisResult) -> str:
    """Return the title of the section: the as-of date of the earlier report."""
    return f"Since {result.comparison.as_of or 'the baseline'}" if result.comparison is not None else ""


def comparison_blocks(result: r.AnalysisResult) -> tuple[Block, ...] | None:
    """Return what changed and why, or None without an earlier report."""
    comparison = result.comparison
    if comparison is None:
        return None
    why = " ".join(reason.text for reason in comparison.reasons) or "Nothing differs that could move a figure."
    if len({reason.kind for reason in comparison.reasons}) > 1:
        why += " Several of these changed at once; the figures do not tell them apart."
    rows = tuple((m.title, _value_text(m, m.before), _value_text(m, m.after)) for m in comparison.changed)
    table = Table("What moved", ("figure", "then", "now"), rows, frozenset({1, 2}))
    return (Sentence(_leading_changes(comparison), "moved"), Sentence(why, "because"), table)


_HEADLINE_FIGURES = {
    "share.merged_changes.marked": "marked",
    "verdicts.throughput.grade": "throughput",
    "verdicts.defects.grade": "defects",
    "verdicts.quality.grade": "quality",
}


def _leading_changes(comparison: r.Comparison) -> str:
    """Return the changes of the headline figures, and how many other figures changed."""
    changes = [
        f"{_HEADLINE_FIGURES[m.id]} {_value_text(m, m.before)} → {_value_text(m, m.after)}"
        for m in comparison.changed
        if m.id in _HEADLINE_FIGURES
    ]
    others = len(comparison.changed) - len(changes)
    more = [f"{many(others, 'figure')} below"] if others else []
    return "; ".join([*changes, *more]) or "no figure moved"


def _value_text(figure: r.ChangedFigure, value: float | str | None) -> str:
    if value is None or isinstance(value, str):
        return "unknown" if value is None else GRADES.get(value, value).lower()
    formats = {"share": percent, "points": lambda v: f"{points(v)} points", "relative change": relative}
    return formats.get(figure.unit, lambda v: f"{v:.3f}")(value)
