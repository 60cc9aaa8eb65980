"""The verdicts of the JSON contract, as types: the grade of one outcome with all estimates that it depends on."""

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
    """Association of the recorded AI share with an outcome, with its 95 % interval.

    high : null if the interval of a risk ratio has no upper end.
    p_holm : p adjusted over the tests of all verdicts (Holm).
    per_50_points : relative change per +50 points of AI share; for throughput.
    risk_ratio, risk_difference : marked changes against others; for defects.
    """

    low: float
    high: float | None
    p: float | None
    p_holm: float | None
    per_50_points: float | None = None
    risk_ratio: float | None = None
    risk_difference: float | None = None


class Use(Struct, frozen=True):
    """Association of AI use with an outcome: that of the recorded share, corrected for the share's reliability."""

    per_50_points: float
    low: float
    high: float
    reliability: float


class SmallestDetectable(Struct, frozen=True):
    """Smallest effect that this history would have detected four times in five."""

    recorded: float
    use: float | None


class Verdict(Struct, frozen=True):
    """The verdict on one outcome; `aishare explain SLUG` explains its grade.

    quarterly_grade : grade at a quarter of the significance level, which scheduled reports count (`--archive`).
    tipping_point : part of the unmarked changes that, if AI and placed at worst, would turn the sign.
    n_people, n_periods, n_rows : people, periods and rows behind the estimates.
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
    n_people: int | None
    n_periods: int | None
    n_rows: int | None
    placebos: list[Placebo] | None
    specifications: Specifications | None
