"""history → outcomes: compute every registered outcome, and compare marked with unmarked work of the same people."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from analyzer.history.releases import first_releases
from analyzer.inference.comparison import OutcomeComparison
from analyzer.inference.durability import durable_probability
from analyzer.inference.event_comparison import compare_events, compare_shares
from analyzer.inference.group_outcomes import LINE_OUTCOME_DAYS
from analyzer.inference.matching import compare_matched
from analyzer.inference.multiplicity import benjamini_hochberg
from analyzer.inference.results import Survival, Trend
from analyzer.inference.size_classes import within_size_classes
from analyzer.inference.survival import survival_by_mark
from analyzer.inference.trends import changes_per_person, rates_by_quarter
from analyzer.outcomes import OUTCOMES
from analyzer.outcomes.churn import churned_lines_by_file
from analyzer.outcomes.hot_spots import find_hot_spots
from analyzer.outcomes.structure import complexity_growth_by_file
from analyzer.pipeline.inputs import outcome_inputs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analyzer.core.progress import Progress
    from analyzer.inference.matching import MatchedComparison
    from analyzer.outcomes.base import OutcomeDefinition
    from analyzer.outcomes.history_view import OutcomeInputs
    from analyzer.outcomes.hot_spots import HotSpot
    from analyzer.pipeline.load import History
    from analyzer.share.definition import ShareInputs
    from analyzer.share.time_window import TimeWindow
    from analyzer.structure.run import StructureTables

_COMPARE = {"cells": compare_matched, "event_ratio": compare_events, "share_ratio": compare_shares}


class ComparedOutcomes(NamedTuple):
    """Every outcome compared by mark, and how long lines live.

    Attributes
    ----------
    comparisons : one per outcome of the registry that is computed.
    survival : survival of lines by mark; None without contents.
    tables : outcome id → its table, where the history has the outcome's input.
    durable_probability : probability to last, by change (`inference.durability`); None without contents.
    lines_by_file : lines removed early, by commit and file (`outcomes.churn`); None without contents.
    reverts : which commit reverts which merged change of the range; None without dates.
    growth_by_file : growth of complexity by commit and file (`outcomes.structure`); None where no functions were read.
    hot_spots : files whose complexity marked changes raised.
    """

    comparisons: list[OutcomeComparison]
    survival: list[Survival] | None
    tables: dict[str, pd.DataFrame]
    durable_probability: pd.Series | None = None
    lines_by_file: pd.DataFrame | None = None
    reverts: pd.DataFrame | None = None
    growth_by_file: pd.DataFrame | None = None
    hot_spots: Sequence[HotSpot] = ()

    def matched_comparison(self, id_: str) -> MatchedComparison | None:
        """Return the matched comparison of one outcome."""
        return next((outcome.matched for outcome in self.comparisons if outcome.measure.id == id_), None)


def compare_outcomes(
    history: History,
    shares: ShareInputs,
    window: TimeWindow,
    progress: Progress,
    structure: StructureTables | None = None,
) -> ComparedOutcomes:
    """Compute and compare every outcome for the commits and merged changes of the range.

    `structure`: functions that sampled commits touch (`read_structure`); None leaves out the outcomes that read them.
    """
    computable = [measure for measure in OUTCOMES if measure.compute is not None]
    if window.as_of is None:
        return ComparedOutcomes([OutcomeComparison(measure, None) for measure in computable], None, {})
    releases = first_releases(history.repository.git, history.commits, history.repository.tags)
    inputs = outcome_inputs(history, shares, window, pd.Timestamp(window.as_of))
    inputs = replace(inputs, first_releases=releases, structure=structure)
    tables = {}
    for done, measure in enumerate(computable):
        progress("comparing", done, len(computable))
        table = measure.compute(inputs) if measure.compute is not None else None
        if table is not None:
            tables[measure.id] = table
    comparisons = [
        OutcomeComparison(
            measure,
            _COMPARE[measure.compared_by](tables[measure.id]) if measure.id in tables else None,
            same_size=_same_size_comparison(measure, tables),
        )
        for measure in computable
    ]
    return ComparedOutcomes(
        _with_q_values(comparisons),
        None if inputs.line_lifetimes is None else survival_by_mark(inputs.line_lifetimes),
        tables,
        probability_to_last(inputs),
        churned_lines_by_file(inputs, LINE_OUTCOME_DAYS),
        inputs.reverts,
        complexity_growth_by_file(inputs),
        () if history.lines is None else find_hot_spots(inputs, history.lines.surviving["path"].unique()),
    )


def _same_size_comparison(measure: OutcomeDefinition, tables: Mapping[str, pd.DataFrame]) -> MatchedComparison | None:
    """Return the comparison among commits or changes of the same size, of the outcomes that quality grades."""
    answer = measure.answer
    if answer is None or not answer.graded or measure.id not in tables or answer.size not in tables:
        return None
    return _COMPARE[measure.compared_by](within_size_classes(tables[measure.id], tables[answer.size]))


def probability_to_last(inputs: OutcomeInputs) -> pd.Series | None:
    """Return the probability to last, by change (`inference.durability`); None without contents."""
    if inputs.production_lines is None:
        return None
    return durable_probability(inputs.production_lines, inputs.reverted_changes, inputs.as_of)


def _with_q_values(comparisons: list[OutcomeComparison]) -> list[OutcomeComparison]:
    """Fill in q: p of each comparison, adjusted for all of them."""
    p_values = {k: o.matched.p for k, o in enumerate(comparisons) if o.matched is not None and o.matched.p is not None}
    q_values = dict(zip(p_values, benjamini_hochberg(list(p_values.values())), strict=True))
    return [comparison._replace(q=q_values.get(k)) for k, comparison in enumerate(comparisons)]


def outcome_trends(outcomes: ComparedOutcomes, merged_changes: pd.DataFrame) -> list[Trend]:
    """Return trends by quarter: merged changes per person, then every outcome with a better direction."""
    trends = [changes_per_person(merged_changes)]
    for measure, *_ in outcomes.comparisons:
        if measure.better != "neither" and measure.id in outcomes.tables:
            points = rates_by_quarter(outcomes.tables[measure.id], share=measure.unit.startswith("share"))
            trends.append(Trend(measure.id, measure.title, measure.unit, measure.better, points))
    return trends
