"""history → outcomes: every registered measure judged, and compared by mark within the same person's work."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from analyzer.history.releases import first_releases
from analyzer.inference.comparison import OutcomeComparison
from analyzer.inference.durability import durable_probability
from analyzer.inference.matching import compare_matched
from analyzer.inference.multiplicity import benjamini_hochberg
from analyzer.inference.results import Survival, Trend
from analyzer.inference.survival import survival_by_mark
from analyzer.inference.trends import changes_per_person, rates_by_quarter
from analyzer.outcomes import OUTCOMES
from analyzer.outcomes.follow_ups import reverted_changes
from analyzer.pipeline.inputs import outcome_inputs

if TYPE_CHECKING:
    from analyzer.core.progress import Progress
    from analyzer.inference.matching import MatchedComparison
    from analyzer.pipeline.load import History
    from analyzer.share.definition import ShareInputs
    from analyzer.share.time_window import TimeWindow


class ComparedOutcomes(NamedTuple):
    """Outcomes of the measures that judge, and how long lines live.

    tables: what they judged, by measure, of those whose history has what they read. lasting: chance to last by change
    (`inference.durable`), None without contents.
    """

    outcomes: list[OutcomeComparison]
    survival: list[Survival] | None
    tables: dict[str, pd.DataFrame]
    lasting: pd.Series | None = None

    def found(self, id_: str) -> MatchedComparison | None:
        """The matched comparison of one measure."""
        return next((outcome.found for outcome in self.outcomes if outcome.measure.id == id_), None)


def compare_outcomes(history: History, known: ShareInputs, window: TimeWindow, progress: Progress) -> ComparedOutcomes:
    """Every measure's outcome for commits and changes in the range."""
    judging = [measure for measure in OUTCOMES if measure.compute is not None]
    if window.as_of is None:
        return ComparedOutcomes([OutcomeComparison(measure, None) for measure in judging], None, {})
    releases = first_releases(history.repository.git, history.commits, history.repository.tags)
    seen = replace(outcome_inputs(history, known, window, pd.Timestamp(window.as_of)), first_releases=releases)
    tables = {}
    for done, measure in enumerate(judging):
        progress("comparing", done, len(judging))
        judged = measure.compute(seen) if measure.compute is not None else None
        if judged is not None:
            tables[measure.id] = judged
    found = [
        OutcomeComparison(measure, compare_matched(tables[measure.id]) if measure.id in tables else None)
        for measure in judging
    ]
    tested = {k: o.found.p for k, o in enumerate(found) if o.found is not None and o.found.p is not None}
    adjusted = dict(zip(tested, benjamini_hochberg(list(tested.values())), strict=True))
    told = [outcome._replace(q=adjusted.get(k)) for k, outcome in enumerate(found)]
    return ComparedOutcomes(
        told,
        None if seen.line_lifetimes is None else survival_by_mark(seen.line_lifetimes),
        tables,
        None
        if seen.production_lines is None
        else durable_probability(seen.production_lines, reverted_changes(seen), seen.as_of),
    )


def trends(compared: ComparedOutcomes, landed: pd.DataFrame) -> list[Trend]:
    """By quarter: merged changes a person, then every outcome of which one direction is better."""
    found = [changes_per_person(landed)]
    for m, _, _ in compared.outcomes:
        if m.better != "neither" and m.id in compared.tables:
            points = rates_by_quarter(compared.tables[m.id], share=m.unit.startswith("share"))
            found.append(Trend(m.id, m.title, m.unit, m.better, points))
    return found
