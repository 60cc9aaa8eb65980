"""Data quality: what a reader must know before believing a number, and why each null is null."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from msgspec import structs

from analyzer.config import parse_date
from analyzer.core.messages import MESSAGES
from analyzer.core.rows import by_people, is_merge
from analyzer.pipeline.breakdown_quality import breakdown_rows
from analyzer.pipeline.clone_quality import clone_rows
from analyzer.pipeline.identity_quality import identity_rows
from analyzer.pipeline.left_out_row import left_out_rows, older_lines_rows
from analyzer.pipeline.possible_ai import possible_rows
from analyzer.pipeline.quality_row import quality_row
from analyzer.pipeline.recognised_rows import recognised_rows
from analyzer.pipeline.structure_row import structure_rows
from analyzer.pipeline.usage_quality import usage_rows
from analyzer.report.format import number, percent
from analyzer.report.sections.prompts import NULLABLE_PATHS
from analyzer.report.sections.repository_settings import settings_text
from analyzer.share.bounds import ALL_PERIODS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyzer.pipeline.load import History
    from analyzer.report.analysis_tables import AnalysisTables
    from analyzer.report.contract import QualityRow, RepositorySetting


_LATE_INTEGRATION = pd.Timedelta(days=30)
# Squashes below this share of the changes cannot move the AI share by more than that.
_NOTABLE_SQUASH_SHARE = 0.05
# From this share of the unmarked functions on, the style of one person, or of new people, decides the estimate.
_DOMINANT_SHARE = 0.5


def quality_rows(history: History, tables: AnalysisTables) -> list[QualityRow]:
    """Return every row, warnings first; within a severity in the order of the checks."""
    checks = [
        *clone_rows(history, tables),
        *settings_rows(history.repository_settings),
        *_date_rows(history, tables),
        *identity_rows(history),
        *_evidence_rows(history, tables),
        *_style_rows(tables),
        *_prompt_rows(tables),
        *_outcome_rows(tables),
        *structure_rows(tables.structure),
        *breakdown_rows(tables),
        *_verdict_rows(tables),
        *usage_rows(history, tables),
        quality_row("no-estimate", None, ("share.definitions[].estimate", "share.by_period[].estimate")),
        quality_row("no-comparison", None, ("comparison",)),
    ]
    return sorted(checks, key=lambda row: row.severity != "warning")


def settings_rows(settings: Sequence[RepositorySetting]) -> Iterator[QualityRow]:
    """Yield what the commit's own files set: a warning where that moves a share, else for information."""
    if settings:
        row = quality_row("repository-settings", settings_text(settings))
        moves_a_share = any(setting.changed for setting in settings if not setting.file.startswith("."))
        yield row if moves_a_share else structs.replace(row, severity="info")


def _recovered_mark_rows(tables: AnalysisTables) -> Iterator[QualityRow]:
    """Yield how many marks that squashes lost are in the export of pull requests."""
    recovered = tables.recovered
    if recovered is None:
        yield quality_row("no-pull-requests", None, ("share.recovered",))
    elif recovered.newly_marked:
        counts = f"{number(recovered.newly_marked)} of {number(recovered.matched)} matched changes"
        sentence = f"{counts} are unmarked here and marked there"
        yield quality_row(
            "squash-marks-lost",
            f"{sentence}: {percent(recovered.marked_with_recovered)} with them, {percent(recovered.marked)} without.",
        )


def _date_rows(history: History, tables: AnalysisTables) -> Iterator[QualityRow]:
    """Yield implausible dates, and definitions and periods that have nothing to count."""
    dates = history.commits["committed"]
    undated, total = int(dates.isna().sum()), len(dates)
    if undated:
        covers = ("repository.first_commit", "repository.last_commit") if undated == total else ()
        yield quality_row(
            "undated-commits",
            f"{undated} of {total} commits carry a date git cannot place; they count in totals and in no period.",
            covers,
        )
    future = int((dates >= parse_date(tables.as_of, "--as-of", end_of_day=True)).sum()) if tables.as_of else 0
    if future:
        yield quality_row(
            "future-commits", f"{future} of {total} commits are dated after the as-of date; they stand in no period."
        )
    before_parents = _count_before_parents(history)
    if before_parents:
        yield quality_row(
            "dates-out-of-order", f"{before_parents} of {total} commits are dated before a parent of theirs."
        )
    empty_totals = tables.bounds[(tables.bounds["n"] == 0) & (tables.bounds["period"] == ALL_PERIODS)]
    if len(empty_totals):
        covers = ("share.definitions[].marked", "share.definitions[].at_most")
        yield quality_row("empty-definition", f"Nothing to count in: {', '.join(empty_totals['definition'])}.", covers)
    empty_periods = tables.bounds[(tables.bounds["n"] == 0) & (tables.bounds["period"] != ALL_PERIODS)]
    periods = int((tables.bounds["period"] != ALL_PERIODS).sum())
    if len(empty_periods):
        covers = ("share.by_period[].marked", "share.by_period[].at_most")
        yield quality_row(
            "empty-periods",
            f"{len(empty_periods)} of {periods} period rows hold nothing to count; their share is unknown, not zero.",
            covers,
        )


def _count_before_parents(history: History) -> int:
    """Count commits dated before one of their parents."""
    commits = history.commits[["sha", "parents", "committed"]]
    edges = commits.assign(parent=commits["parents"].str.split(" ")).explode("parent")
    joined = edges.merge(commits[["sha", "committed"]], left_on="parent", right_on="sha", suffixes=("", "_parent"))
    return int(joined.loc[joined["committed"] < joined["committed_parent"], "sha"].nunique())


def _evidence_rows(history: History, tables: AnalysisTables) -> Iterator[QualityRow]:
    yield quality_row("unmarked-not-human")
    counted = tables.merged_changes[by_people(tables.merged_changes)]
    squashes = int((counted["kind"] == "squash").sum())
    if squashes:
        sentence = (
            f"{number(squashes)} of {number(len(counted))} merged changes are squashes: marks inside them may be lost."
        )
        squash_row = quality_row("squash-merges", sentence)
        yield (
            squash_row
            if squashes >= _NOTABLE_SQUASH_SHARE * len(counted)
            else structs.replace(squash_row, severity="info")
        )
    yield from _recovered_mark_rows(tables)
    yield from recognised_rows(tables.merged_changes)
    if tables.cancelled_changes:
        yield quality_row(
            "reverts-netted",
            f"{number(tables.cancelled_changes)} of {number(len(counted))} merged changes are reverts, or were "
            "reverted within 35 days: no throughput.",
        )
    if tables.regimes:
        sentence = f"From {', '.join(tables.regimes)} on, changes land in another way."
        yield quality_row("landing-changed", f"{sentence} {MESSAGES['landing-changed'].means}")
    committed = counted["sha"].map(history.committed)
    late = int((counted["merged"] - committed > _LATE_INTEGRATION).sum())
    if late:
        yield quality_row(
            "integrated-late",
            f"{number(late)} of {number(len(counted))} merged changes had landed elsewhere over 30 days before "
            "the mainline took them in; they stand in the period of their arrival.",
        )
    weak = int(history.labels["weak"].sum())
    if weak:
        yield quality_row(
            "weak-evidence",
            f"{weak} commits hold only a suggestion, a checkpoint or a hint: outside the floor, inside the ceiling.",
        )
    yield from possible_rows(tables.possible, int((by_people(history.labels) & ~is_merge(history.commits)).sum()))
    yield quality_row("evidence-families-read")
    if history.file_changes is not None:
        yield quality_row("lines-raw")
    yield from left_out_rows(tables.left_out)
    yield from older_lines_rows(history.lines)


def _prompt_rows(tables: AnalysisTables) -> Iterator[QualityRow]:
    if tables.prompts is None:
        requested = tables.settings.effort or tables.settings.transcripts is not None
        yield quality_row("effort-needs-contents" if requested else "effort-not-asked", None, ("effort",))
        return
    yield quality_row("effort-measured", None, NULLABLE_PATHS)
    if tables.prompts.abstained is not None:
        yield quality_row(tables.prompts.abstained)


def _style_rows(tables: AnalysisTables) -> Iterator[QualityRow]:
    """Yield whether style was estimated, why it abstains, and the result of its placebo test."""
    nulls = ("share.definitions[].marked", "share.definitions[].at_most", "share.definitions[].n", "tool.style_model")
    estimate = tables.style
    if estimate is None:
        yield quality_row("style-not-asked", None, nulls)
        return
    sample = f"{number(estimate.basis.functions)} unmarked functions of {number(estimate.basis.commits)} commits"
    placebo = ""
    if estimate.placebo is not None:
        span = f"{percent(estimate.placebo.low)} to {percent(estimate.placebo.high)}"
        placebo = f" Placebo: half of the baseline against the other half gives {span} AI; it must include 0."
    basis = f"Read: {sample}; baseline {number(estimate.basis.baseline)} functions of 2018 to 2022-11.{placebo}"
    slug = estimate.abstained or "style-estimate"
    covers = ("share.definitions[].estimate",) if estimate.abstained else ()
    yield quality_row(slug, f"{MESSAGES[slug].means} {basis}", covers)
    if estimate.paced:
        sentence = f"Without the pace of commits it would be {percent(estimate.paceless)}."
        yield quality_row("style-pace-sensitive", f"{MESSAGES['style-pace-sensitive'].means} {sentence}")
    for slug, share in (
        ("style-one-author", estimate.basis.busiest_person),
        ("style-new-authors", estimate.basis.new_people),
    ):
        if estimate.abstained is None and share is not None and share >= _DOMINANT_SHARE:
            yield quality_row(slug, f"{percent(share)} of the unmarked functions. {MESSAGES[slug].means}")


def _outcome_rows(tables: AnalysisTables) -> Iterator[QualityRow]:
    """Yield which outcomes could not be compared, and which fail their placebo test."""
    figures = ("marked", "unmarked", "difference", "q", "pooled", "sign_depends_on")
    shapes = ("outcomes[].placebo", "outcomes[].placebos[]")
    placebo = tuple(f"{shape}.{name}" for shape in shapes for name in ("value", "low", "high"))
    comparisons = [outcome.matched for outcome in tables.outcomes if outcome.matched is not None]
    uncompared = len(tables.outcomes) - sum(comparison.difference is not None for comparison in comparisons)
    sentence = (
        f"{uncompared} of {len(tables.outcomes)} outcomes could not be compared"
        if uncompared
        else "Every outcome was compared"
    )
    covers = (*(f"outcomes[].{name}" for name in figures), *placebo)
    yield quality_row("outcomes-compared", f"{sentence}. {MESSAGES['outcomes-compared'].means}", covers)
    ends = ("survival[].half_life.low", "survival[].half_life.high")
    survival_paths = (
        "survival",
        *(f"survival[].ages[].{name}" for name in ("alive", "low", "high")),
        "survival[].half_life",
        *ends,
    )
    yield quality_row("survival-censored", None, tuple(survival_paths))
    failed = [outcome.measure.title for outcome in tables.outcomes if outcome.matched and outcome.matched.failed]
    if failed:
        yield quality_row("outcome-placebo-failed", f"{', '.join(failed)}: {MESSAGES['outcome-placebo-failed'].means}")


def _answer_row() -> QualityRow:
    """Return why answers of the verdict on quality have nulls, and why that verdict has no other figures."""
    numbers = ("value", "low", "high", "base_rate", "bound", "p", "p_holm", "smallest_detectable")
    return quality_row("bounded-answers", None, tuple(f"verdicts[].answers[].{name}" for name in numbers))


def _verdict_rows(tables: AnalysisTables) -> Iterator[QualityRow]:
    """Yield why some fields of the verdicts are null although the verdicts were computed."""
    scales = [f"verdicts[].association.{name}" for name in ("per_50_points", "risk_ratio", "risk_difference")]
    scales.append("verdicts[].association.permutation_p")
    yield quality_row("verdict-scales", None, (*scales, "verdicts[].smallest_detectable.beyond_trends"))
    yield _answer_row()
    nullable = (
        *(
            "association",
            "beyond_trends",
            "recorded",
            "smallest_detectable",
            "information",
            "durable",
            "tipping_point",
            "robustness",
        ),
        *("coupled", "coupled[].arithmetic.value", "coupled[].arithmetic.low", "coupled[].arithmetic.high"),
        *("forecast", "ranks", "spill_over", "spill_over.grade", "n_people", "n_periods", "n_rows", "placebos"),
        *("placebos[].value", "placebos[].low", "placebos[].high", "specifications", "durable.p", "durable.ratio"),
    )
    numbers = ("per_50_points", "low", "high", "t", "grain", "definition", "maturity")
    fits = [f"specifications.{group}[].{name}" for group in ("rows", "not_counted") for name in numbers]
    others = ("specifications.median", "specifications.p_median", "specifications.p_same_sign", "forecast.p")
    missing = (f"verdicts[].{name}" for name in (*nullable, *fits, *others))
    yield quality_row("not-estimated", None, (*missing, "power[].beyond_trends"))
    gaming = [f"gaming.flags[].{name}" for name in ("flagged", "diverges", "value", "low", "high", "p", "q")]
    yield quality_row(
        "gaming" if tables.gaming is not None else "gaming-too-few", None, ("gaming", "gaming.day", *gaming)
    )
    yield quality_row("no-p-value", None, ("verdicts[].association.p", "verdicts[].association.p_holm"))
