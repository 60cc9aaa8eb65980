"""Results of the stages of one run → the tables that the report is built from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from analyzer.evidence.possible_counts import count_possible
from analyzer.history.languages import lines_by_language
from analyzer.history.left_out import lines_left_out
from analyzer.pipeline.compare_outcomes import outcome_trends
from analyzer.pipeline.inputs import as_of_date, policies_in
from analyzer.pipeline.usage import usage_treatment
from analyzer.report.analysis_tables import AnalysisTables
from analyzer.share import SHARES
from analyzer.share.bounds import share_bounds, share_items, without_periods
from analyzer.share.breadth import breadth_by_month
from analyzer.share.disclosure_changes import marking_changed
from analyzer.share.recovered_marks import recover_marks
from analyzer.share.time_window import period_of
from analyzer.share.tool_credit import credits_by

if TYPE_CHECKING:
    from analyzer.evidence.pull_request_export import PullRequestExport
    from analyzer.evidence.recall import Recall
    from analyzer.pipeline.compare_outcomes import ComparedOutcomes
    from analyzer.pipeline.estimate_style import StyleSample
    from analyzer.pipeline.grade import Verdicts
    from analyzer.pipeline.load import History
    from analyzer.pipeline.usage import UsageCalibration
    from analyzer.prompts.summary import PromptSummary
    from analyzer.report.analysis_tables import BreakdownTable
    from analyzer.share.definition import ShareInputs
    from analyzer.share.disclosure_changes import MarkingChange
    from analyzer.share.time_window import TimeWindow
    from analyzer.structure.run import StructureTables
    from analyzer.usage.join import Usage


@dataclass(frozen=True, slots=True)
class Stages:
    """The result of each stage of one run, in the order of the stages.

    Attributes
    ----------
    window : the range and its as-of date.
    shares : inputs of the definitions of the share.
    style : sampled functions and the estimate from their style; None unless asked for.
    merged_changes : table `merged_changes`, those of the range.
    structure : functions that sampled commits touch; None if they were not read.
    outcomes : every outcome, compared by mark.
    breakdowns : shares and outcomes by every breakdown of the registry.
    recall : how many commits with AI lines carry a mark; None without line-level records.
    marking, months : changes of the marked rate, and over how many months they were sought.
    verdicts : the graded verdicts.
    prompts : prompt characters typed per merged character; None unless asked for.
    pull_requests : an export of pull requests; None unless given.
    usage, usage_calibration : usage data joined with the history, and what they say of marks.
    """

    window: TimeWindow
    shares: ShareInputs
    style: StyleSample | None
    merged_changes: pd.DataFrame
    structure: StructureTables | None
    outcomes: ComparedOutcomes
    breakdowns: list[BreakdownTable]
    recall: Recall | None
    marking: list[MarkingChange]
    months: int
    verdicts: Verdicts
    prompts: PromptSummary | None
    pull_requests: PullRequestExport | None
    usage: Usage
    usage_calibration: UsageCalibration


def result_tables(history: History, stages: Stages) -> AnalysisTables:
    """Count shares by period and tool, and return them with the results of the other stages."""
    window, shares, verdicts = stages.window, stages.shares, stages.verdicts
    export = stages.pull_requests
    return AnalysisTables(
        repository=history.repository,
        settings=history.settings,
        commits=history.commits,
        as_of=as_of_date(history),
        people=_count_people(history),
        languages=None if history.lines is None else lines_by_language(history.lines.changes, history.lines.scripts),
        left_out=None if history.lines is None else lines_left_out(history.lines.changes, history.lines.surviving),
        lines_missing=history.lines_missing,
        bounds=_bounds(shares, window),
        tools=credits_by(shares, "tool", window),
        models=credits_by(shares, "model", window),
        merged_changes=stages.merged_changes,
        repository_settings=history.repository_settings,
        throughput=verdicts.throughput,
        defects=verdicts.defects,
        quality=verdicts.quality,
        cancelled_changes=verdicts.cancelled_changes,
        regimes=verdicts.regimes,
        gaming=verdicts.gaming,
        recall=stages.recall,
        outcomes=stages.outcomes.comparisons,
        survival=stages.outcomes.survival,
        trends=outcome_trends(stages.outcomes, stages.merged_changes),
        marking_changes=stages.marking,
        marking_changed=marking_changed(stages.marking, stages.months, stages.recall),
        adoption=history.adoption,
        policies=policies_in(history, window),
        style=None if stages.style is None else stages.style.estimate,
        prompts=stages.prompts,
        recovered=None if export is None else recover_marks(stages.merged_changes, export),
        possible=count_possible(history.commits, history.evidence, history.labels),
        breakdowns=stages.breakdowns,
        breadth=breadth_by_month(stages.merged_changes, window),
        usage=stages.usage,
        recall_by_usage=stages.usage_calibration.recall,
        marks_on_days=stages.usage_calibration.on_days,
        structure=stages.structure,
        hot_spots=stages.outcomes.hot_spots,
        treatment="marks" if usage_treatment(history, stages.usage) is None else "usage",
    )


def _count_people(history: History) -> int:
    """Return the number of people who committed; an account that may be an agent's is nobody."""
    labels = history.labels
    return int(history.people.loc[~labels["agent_author"] & labels["person"].notna(), "person"].nunique())


def _bounds(shares: ShareInputs, window: TimeWindow) -> pd.DataFrame:
    """Return table `bounds`; how many lines were added before the start of the followed history is unknown, not 0."""
    bounds = share_bounds(share_items(shares, SHARES, window), window.by)
    if shares.older is None:
        return bounds
    before = pd.Series([shares.older.start - pd.Timedelta(seconds=1)])
    of_lines = [definition.id for definition in SHARES if definition.unit == "line"]
    return without_periods(bounds, of_lines, period_of(before, window.by)[0])
