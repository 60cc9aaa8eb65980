"""history → outcomes: every registered measure judged, and compared by mark within the same person's work."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from analyzer.history.releases import released
from analyzer.inference.comparison import Outcome
from analyzer.inference.durability import lasting
from analyzer.inference.matching import matched
from analyzer.inference.multiplicity import benjamini_hochberg
from analyzer.inference.survival import Survival, survivals
from analyzer.inference.trends import Trend, by_person, by_quarter
from analyzer.outcomes import MEASURES
from analyzer.outcomes.follow_ups import taken_back
from analyzer.pipeline.inputs import seen_by_measures

if TYPE_CHECKING:
    from analyzer.core.progress import Progress
    from analyzer.inference.matching import Matched
    from analyzer.pipeline.load import History
    from analyzer.share.definition import Known
    from analyzer.share.time_window import Window


class Compared(NamedTuple):
    """Outcomes of the measures that judge, and how long lines live.

    tables: what they judged, by measure, of those whose history has what they read. lasting: chance to last by change
    (`inference.durable`), None without contents.
    """

    outcomes: list[Outcome]
    survival: list[Survival] | None
    tables: dict[str, pd.DataFrame]
    lasting: pd.Series | None = None

    def found(self, id_: str) -> Matched | None:
        """The matched comparison of one measure."""
        return next((outcome.found for outcome in self.outcomes if outcome.measure.id == id_), None)


def outcomes(history: History, known: Known, window: Window, progress: Progress) -> Compared:
    """Every measure's outcome for commits and changes in the range."""
    judging = [measure for measure in MEASURES if measure.judge is not None]
    if window.clock is None:
        return Compared([Outcome(measure, None) for measure in judging], None, {})
    releases = released(history.repository.git, history.commits, history.repository.tags)
    seen = replace(seen_by_measures(history, known, window, pd.Timestamp(window.clock)), released=releases)
    tables = {}
    for done, measure in enumerate(judging):
        progress("comparing", done, len(judging))
        judged = measure.judge(seen) if measure.judge is not None else None
        if judged is not None:
            tables[measure.id] = judged
    found = [Outcome(measure, matched(tables[measure.id]) if measure.id in tables else None) for measure in judging]
    tested = {k: o.found.p for k, o in enumerate(found) if o.found is not None and o.found.p is not None}
    adjusted = dict(zip(tested, benjamini_hochberg(list(tested.values())), strict=True))
    told = [outcome._replace(q=adjusted.get(k)) for k, outcome in enumerate(found)]
    return Compared(
        told,
        None if seen.lived is None else survivals(seen.lived),
        tables,
        None if seen.shipped is None else lasting(seen.shipped, taken_back(seen), seen.clock),
    )


def trends(compared: Compared, landed: pd.DataFrame) -> list[Trend]:
    """By quarter: merged changes a person, then every outcome of which one direction is better."""
    found = [by_person(landed)]
    for m, _, _ in compared.outcomes:
        if m.better != "neither" and m.id in compared.tables:
            points = by_quarter(compared.tables[m.id], share=m.unit.startswith("share"))
            found.append(Trend(m.id, m.title, m.unit, m.better, points))
    return found
