"""history → breakdowns: shares and outcomes by every registered breakdown, and how many people mark work by month."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.history.codeowners import read_code_owners
from analyzer.inference.group_outcomes import (
    CHANGE_OUTCOMES,
    FUNCTION_OUTCOME,
    LINE_OUTCOME,
    GroupableOutcome,
    GroupOutcome,
    compare_groups,
)
from analyzer.outcomes import OUTCOMES
from analyzer.pipeline.inputs import with_lines
from analyzer.report.analysis_tables import BreakdownTable
from analyzer.share.breakdowns import BREAKDOWNS
from analyzer.share.breakdowns.base import BreakdownInputs
from analyzer.share.breakdowns.shares import break_down_share

if TYPE_CHECKING:
    from analyzer.pipeline.compare_outcomes import ComparedOutcomes
    from analyzer.pipeline.load import History
    from analyzer.share.definition import ShareInputs
    from analyzer.share.time_window import TimeWindow


def break_down(
    history: History, shares: ShareInputs, window: TimeWindow, outcomes: ComparedOutcomes
) -> list[BreakdownTable]:
    """Return every breakdown of the registry, with the outcomes of its groups."""
    inputs = BreakdownInputs(
        shares=shares,
        window=with_lines(history, window),
        merged_change_of=history.merged_change_of,
        change_of_lines=history.change_of_lines,
        file_changes=history.file_changes,
        lines_missing=history.lines_missing,
        scripts={} if history.lines is None else history.lines.scripts,
        code_owners=lambda: read_code_owners(history.repository),
    )
    measures = {measure.id: measure for measure in OUTCOMES}
    groupable = [GroupableOutcome(measures[id_], outcomes.tables.get(id_)) for id_ in CHANGE_OUTCOMES]
    groupable.append(GroupableOutcome(measures[LINE_OUTCOME], outcomes.lines_by_file))
    groupable.append(GroupableOutcome(measures[FUNCTION_OUTCOME], outcomes.growth_by_file))
    tables = []
    for definition in BREAKDOWNS:
        breakdown = break_down_share(definition, inputs)
        by_group_name: dict[str, list[GroupOutcome]] = compare_groups(breakdown, inputs, groupable)
        tables.append(BreakdownTable(breakdown, by_group_name))
    return tables
