"""Data quality of usage data: what was read, what could not be joined, and what the data say of marks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.core.messages import MESSAGES
from analyzer.pipeline.quality_row import quality_row
from analyzer.report.format import number, percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.pipeline.load import History
    from analyzer.report.analysis_tables import AnalysisTables
    from analyzer.report.contract import QualityRow
    from analyzer.usage.join import JoinedFile

# From this part of the rows on, rows that are nobody's or invalid are a warning.
_NOTABLE = 0.05
# What usage data leave empty in a report: each format says either something of commits or of days.
_NULLABLE = (
    *("marking.recall_by_usage", "marking.marks_by_use", "marking.usage[].first", "marking.usage[].last"),
    *(f"marking.recall_by_usage[].{name}" for name in ("recall", "low", "high", "precision")),
    *(f"marking.marks_by_use.{name}" for name in ("at_least", "low", "high")),
)
_SUBJECTS = {"person-day": "people", "commit": "commits", "repository-day": "repository"}


def usage_rows(history: History, tables: AnalysisTables) -> Iterator[QualityRow]:
    """Yield the rows on usage data; no row contains a person."""
    if history.refused_settings:
        names = " and ".join(history.refused_settings)
        yield quality_row(
            "usage-from-commit", f"The analysed commit sets {names}. {MESSAGES['usage-from-commit'].means}"
        )
    usage = tables.usage
    if not usage.files:
        yield quality_row("no-usage", None, ("marking.recall_by_usage", "marking.marks_by_use"))
    else:
        yield quality_row("usage-read", " ".join(map(_read_sentence, usage.files)), _NULLABLE)
        yield from (row for file in usage.files for row in _unmatched_rows(file))
    for name in usage.open_files:
        yield quality_row("usage-lists-use-only", f"{name} lists no day without use. {_means('usage-lists-use-only')}")
    yield from _calibration_rows(tables)
    if history.settings.treatment == "usage":
        used = tables.treatment == "usage"
        yield quality_row("usage-is-treatment" if used else "usage-not-used")


def _means(slug: str) -> str:
    return MESSAGES[slug].means


def _read_sentence(file: JoinedFile) -> str:
    usage = file.usage
    span = f" from {usage.first_day} to {usage.last_day}" if usage.first_day else ""
    about = f"about {number(file.subjects)} {_SUBJECTS[usage.format.per]} of this history"
    if usage.format.per == "repository-day":
        units = ", ".join(sorted(set(usage.table["unit"]))) or "rows"
        about = f"about this repository ({number(round(file.amount))} {units})"
    rows = f"{number(file.matched)} of {number(len(usage.table))} rows are {about}"
    return f"{usage.name} ({usage.format.title}){span}: {rows}."


def _unmatched_rows(file: JoinedFile) -> Iterator[QualityRow]:
    usage = file.usage
    rows = len(usage.table)
    if usage.format.per != "repository-day" and file.unmatched > _NOTABLE * rows:
        sentence = f"{usage.name}: {number(file.unmatched)} of {number(rows)} rows are nobody's here."
        if usage.format.per == "commit":
            sentence = f"{usage.name}: {number(file.unmatched)} of {number(rows)} commits are not in this history."
        yield quality_row("usage-unmatched", f"{sentence} {_means('usage-unmatched')}")
    dropped = usage.invalid + usage.conflicting
    if dropped:
        parts = f"{number(usage.invalid)} of {number(usage.records)} records are not valid"
        conflicting = f", {number(usage.conflicting)} commits have rows that contradict each other"
        yield quality_row("usage-invalid", f"{usage.name}: {parts}{conflicting if usage.conflicting else ''}.")


def _calibration_rows(tables: AnalysisTables) -> Iterator[QualityRow]:
    recall, days = tables.recall_by_usage, tables.marks_on_days
    if recall is not None and recall.n:
        sentence = f"Marks find {percent(recall.marked / recall.n)} of {number(recall.n)} commits with AI lines."
        advice = f" {_means('usage-recall')}" if recall.unsteady and tables.treatment == "marks" else ""
        yield quality_row("usage-recall", f"{sentence}{advice}")
    if days is not None and days.with_use:
        share = percent(days.marked_with_use / days.with_use)
        sentence = f"{share} of {number(days.with_use)} commits on days with AI use are marked, and "
        others = f"{number(days.marked_without_use)} of {number(days.without_use)} on days without."
        yield quality_row("usage-bounds-marks", f"{sentence}{others} {_means('usage-bounds-marks')}")
