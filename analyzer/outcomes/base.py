"""Definition of an outcome: its texts, which direction is better, and how it is computed per commit or change."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from analyzer.outcomes.history_view import OutcomeInputs

QUARTER, QUARTER_AS_DATE = "quarter", "date"


@dataclass(frozen=True, slots=True)
class AnswerDefinition:
    """How the verdict `quality` words and judges an outcome; declared before any history is read (docs/outcomes.md).

    Attributes
    ----------
    subject : what is compared, in words.
    more, fewer : what marked changes do where the difference is positive, or negative.
    equivalence : largest difference that is not large: a difference of shares, or a ratio. For rare events
        half of the base rate takes its place, and likewise for events that are nearly always the case.
    least : difference of shares below which none is large, however rare the event is.
    graded : whether the grade uses it; reverts and follow-up fixes are graded in `defects`.
    size : id of the outcome that measures the size of the same commits or changes, where larger ones have more of this
        outcome; "" where size does not matter.
    """

    subject: str
    more: str
    fewer: str
    equivalence: float
    least: float = 0.0
    graded: bool = True
    size: str = ""


@dataclass(frozen=True, slots=True)
class OutcomeDefinition:
    """A registered outcome: the single source of `aishare list outcomes`, `explain` and the outcome table.

    Attributes
    ----------
    compute : returns table `outcome_rows`, one row per commit (or change) and kind of file, with its events and what
        they are counted over; returns None where the history lacks what the outcome needs. An outcome without
        `compute` has a verdict of its own.
    matched_on : what compared rows have in common, where they are compared within cells.
    compared_by : `cells` for the matched comparison; `event_ratio` for the estimate of the verdict on defects, which
        rests on this outcome; `share_ratio` for the same regression of shares, within kinds of files.
    descriptive : describes what work is made of, not what became of it.
    coupled : a size or a count, which changes mechanically with longer or more finely split work.
    uses_later_marks : its events depend on the AI marks of later commits.
    answer : how the verdict `quality` judges it; None for outcomes that are no part of that verdict.
    """

    id: str
    title: str
    unit: str
    better: Literal["low", "high", "neither"]
    says: str
    limits: str
    compute: Callable[[OutcomeInputs], pd.DataFrame | None] | None = None
    matched_on: tuple[str, ...] = ("person", QUARTER)
    compared_by: Literal["cells", "event_ratio", "share_ratio"] = "cells"
    descriptive: bool = False
    coupled: bool = False
    uses_later_marks: bool = False
    answer: AnswerDefinition | None = None
    source: str = ""

    @property
    def adjusted_for(self) -> tuple[str, ...]:
        """What both sides have in common: a regression has a curve of the date where cells have quarters."""
        in_cells = self.compared_by == "cells"
        return tuple(QUARTER_AS_DATE if name == QUARTER and not in_cells else name for name in self.matched_on)

    @property
    def is_share(self) -> bool:
        """Whether the outcome is a share, between 0 and 1."""
        return self.unit.startswith("share")

    def difference_limits(self, base_rate: float) -> tuple[float, float]:
        """Return the smallest and the largest difference from `base_rate` that can be: −base rate and 1 − base rate."""
        return (-base_rate, 1 - base_rate) if self.is_share else (-math.inf, math.inf)
