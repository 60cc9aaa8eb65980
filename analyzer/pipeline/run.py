"""Analyse one repository: run the stages in their order. Rules and statistics live in the stages' own packages.

    history → blame → evidence → share → outcomes → panel → inference → report

Between two stages there is a table with a schema (`core.tables`). The command line, the Action, a fleet's tasks and the
Python API all call `analyze`; `answer_cache.analyze_cached` wraps it from outside.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from analyzer.core.progress import Progress, no_progress
from analyzer.evidence.pull_request_export import parse_export
from analyzer.pipeline.first_figure import FirstFigure, first_figure
from analyzer.pipeline.load import History, load_history
from analyzer.usage.files import read_files
from analyzer.usage.tables import read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from analyzer.evidence.pull_request_export import PullRequestExport
    from analyzer.pipeline.commit_history import CommitHistory
    from analyzer.pipeline.configured_repository import ConfiguredRepository
    from analyzer.report.contract import AnalysisResult
    from analyzer.usage.files import UsageFile
    from analyzer.usage.tables import UsageTable


@dataclass(frozen=True, slots=True)
class Analysis:
    """A finished run: the history that was read, and the answer."""

    history: History
    result: AnalysisResult


def analyze(
    opened: ConfiguredRepository,
    *,
    cache_dir: Path | None = None,
    pull_requests: bytes | None = None,
    usage_files: Sequence[UsageFile] | None = None,
    progress: Progress = no_progress,
    on_first_figure: Callable[[FirstFigure], None] | None = None,
) -> Analysis:
    """Answer the product's questions for one repository at one commit.

    Parameters
    ----------
    opened : the repository with its settled settings (`configured_repository.open_configured`).
    cache_dir : folder of earlier line replays; None reads everything and stores nothing.
    pull_requests : an export of the repository's pull requests; its marks are counted apart.
    usage_files : the files of `[[usage]]`, if they have been read already.
    progress : called with a stage, how much of it is done, and how much there is (0 = unknown).
    on_first_figure : called with the share of the latest changes, as soon as it is known, before lines are followed.

    Raises `NoShareError` where no share can be computed.
    """
    export = None if pull_requests is None else parse_export(pull_requests, opened.settings.rules)
    usage_tables = [read_table(file) for file in usage_files or read_files(opened.settings.usage)]
    history = load_history(opened, cache_dir, progress, on_first_figure and partial(_report, on_first_figure))
    progress("counting shares", 0, 0)
    return Analysis(history, _answer(history, export, usage_tables, cache_dir, progress))


def _answer(
    history: History,
    export: PullRequestExport | None,
    usage_tables: Sequence[UsageTable],
    cache_dir: Path | None,
    progress: Progress,
) -> AnalysisResult:
    """Run the stages that follow the history. They need scipy, which is imported no sooner than there is a history."""
    from analyzer.pipeline import data_quality
    from analyzer.pipeline.break_down import break_down
    from analyzer.pipeline.compare_outcomes import compare_outcomes
    from analyzer.pipeline.estimate_style import estimate_style
    from analyzer.pipeline.grade import grade
    from analyzer.pipeline.inputs import (
        marking_changes_in_range,
        merged_in,
        recall_in_range,
        share_inputs,
        time_window,
    )
    from analyzer.pipeline.prompt_cost import prompt_cost
    from analyzer.pipeline.read_structure import read_structure
    from analyzer.pipeline.result_tables import Stages, result_tables
    from analyzer.pipeline.usage import join_history, usage_calibration
    from analyzer.report.result_builder import build_result
    from analyzer.share import SHARES

    usage = join_history(history, usage_tables)
    window = time_window(history)
    style = estimate_style(history, window, progress)
    shares = share_inputs(history, window, style)
    merged_changes = merged_in(history, window)
    structure = read_structure(history, shares, window, cache_dir, progress)
    outcomes = compare_outcomes(history, shares, window, progress, structure)
    progress("judging", 0, 0)
    recall = recall_in_range(history, window)
    marking, months = marking_changes_in_range(history, shares, window, recall)
    calibration = usage_calibration(history, usage, window)
    verdicts = grade(history, merged_changes, outcomes, window, marking, [recall, calibration.recall], usage)
    progress("composing", 0, 0)
    prompts = prompt_cost(history, window, progress)
    stages = Stages(
        window=window,
        shares=shares,
        style=style,
        merged_changes=merged_changes,
        structure=structure,
        outcomes=outcomes,
        breakdowns=break_down(history, shares, window, outcomes),
        recall=recall,
        marking=marking,
        months=months,
        verdicts=verdicts,
        prompts=prompts,
        pull_requests=export,
        usage=usage,
        usage_calibration=calibration,
    )
    tables = result_tables(history, stages)
    return build_result(tables, SHARES, data_quality.quality_rows(history, tables))


def _report(on_first_figure: Callable[[FirstFigure], None], early: CommitHistory) -> None:
    """Call back with the first figure, if there is one."""
    figure = first_figure(early)
    if figure is not None:
        on_first_figure(figure)
