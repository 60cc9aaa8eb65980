"""The verdicts of the JSON contract, as types: what the share tells about one outcome, and all that it rests on."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from analyzer.inference.results import (  # noqa: TC001 - msgspec reads these types at run time
    CoupledRow,
    Durable,
    Forecast,
    Grade,
    Information,
    Placebo,
    Ranks,
    Robustness,
    Specifications,
    SpillOver,
)


class Association(Struct, frozen=True):
    """What +50 points of recorded share go with; for defects risk_ratio and risk_difference are set.

    `high` is null where a risk ratio's interval has no upper end.
    """

    low: float
    high: float | None
    p: float | None
    p_holm: float | None
    per_50_points: float | None = None
    risk_ratio: float | None = None
    risk_difference: float | None = None


class Use(Struct, frozen=True):
    """The same for AI use, corrected for the recorded share's reliability."""

    per_50_points: float
    low: float
    high: float
    reliability: float


class SmallestDetectable(Struct, frozen=True):
    """Smallest effect this history would have shown four times in five."""

    recorded: float
    use: float | None


class Verdict(Struct, frozen=True):
    """What the share tells about one outcome; `slug` explains the grade.

    quarterly_grade: the same at a quarter of the level, which scheduled reports count (`--archive`).
    """

    outcome: Literal["throughput", "defects"]
    grade: Grade
    quarterly_grade: Grade
    slug: str
    sentence: str
    association: Association | None
    use: Use | None
    smallest_detectable: SmallestDetectable | None
    information: Information | None
    durable: Durable | None
    tipping_point: float | None
    robustness: Robustness | None
    forecast: Forecast | None
    ranks: Ranks | None
    coupled: list[CoupledRow] | None
    spill_over: SpillOver | None
    n_authors: int | None
    n_periods: int | None
    n_rows: int | None
    placebos: list[Placebo] | None
    specifications: Specifications | None

