"""Definition of an outcome: its texts, which direction is better, and how it is computed per commit or change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from analyzer.outcomes.history_view import OutcomeInputs

QUARTER = "quarter"


@dataclass(frozen=True, slots=True)
class OutcomeDefinition:
    """A registered outcome: the single source of `aishare list outcomes`, `explain` and the outcome table.

    Attributes
    ----------
    compute : returns table `outcome_rows`, one row per commit (or change) and kind of file, with its events and what
        they are counted over; returns None where the history lacks what the outcome needs. An outcome without
        `compute` has a verdict of its own.
    matched_on : what compared rows have in common.
    descriptive : describes what work is made of, not what became of it.
    coupled : a size or a count, which changes mechanically with longer or more finely split work.
    uses_later_marks : its events depend on the AI marks of later commits.
    """

    id: str
    title: str
    unit: str
    better: Literal["low", "high", "neither"]
    says: str
    limits: str
    compute: Callable[[OutcomeInputs], pd.DataFrame | None] | None = None
    matched_on: tuple[str, ...] = ("person", QUARTER)
    descriptive: bool = False
    coupled: bool = False
    uses_later_marks: bool = False
    source: str = ""
