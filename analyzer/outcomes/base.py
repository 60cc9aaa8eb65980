"""What a measure is: its words, which direction is better, and how it judges commits or changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from analyzer.outcomes.history_view import Seen

QUARTER = "quarter"


@dataclass(frozen=True, slots=True)
class Measure:
    """A registered outcome: the single source of `aishare list measures`, `explain` and the outcome table.

    judge: table `judged`, a row a commit (or change) and kind of file, with its events and what was exposed to them;
    None where the history lacks what it needs. A measure without it stands in a verdict of its own. describes: it says
    what work is made of, not what became of it. coupled: a size or a count, which longer or more finely cut work moves
    by arithmetic alone. reads_fixers: its events rest on the marks of the commits that come later.
    """

    id: str
    title: str
    unit: str
    better: Literal["low", "high", "neither"]
    says: str
    limits: str
    judge: Callable[[Seen], pd.DataFrame | None] | None = None
    matched_on: tuple[str, ...] = ("author", QUARTER)
    describes: bool = False
    coupled: bool = False
    reads_fixers: bool = False
    source: str = ""
