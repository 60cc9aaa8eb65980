"""The verdicts of the JSON contract, as types: the grade of one outcome with all estimates that it depends on."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from analyzer.inference.results import (  # noqa: TC001 - msgspec reads these types at run time
    BoundedAnswer,
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
    """Association of the AI share with an outcome, with its 95 % interval; the figure that is graded.

    For throughput the share is that of a person's past changes, compared within people and four-week periods.

    high : null if the interval of a risk ratio has no upper end.
    p : for throughput of the permutation test, where six people and two thirds of all can be permuted, else of t.
    p_holm : p adjusted over the tests of all verdicts (Holm).
    permutation_p : p of the permutation test; for throughput.
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
    permutation_p: float | None = None


class RelativeChange(Struct, frozen=True):
    """Relative change of throughput per +50 points of AI share, with its 95 % interval and p (t over people)."""

    per_50_points: float
    low: float
    high: float
    p: float


class SmallestDetectable(Struct, frozen=True):
    """Smallest effect that this history would have detected four times in five.

    association : of the graded figure; a relative change for throughput, a risk ratio for defects.
    beyond_trends : relative change beyond each person's own trend; for throughput.
    """

    association: float
    beyond_trends: float | None


class Verdict(Struct, frozen=True):
    """The verdict on one outcome; `aishare explain SLUG` explains its grade.

    beyond_trends : association beyond a linear trend of each person; a grade above SAYS LITTLE needs it.
    recorded : association of the share of the preceding four weeks alone: about that number, not about AI use.
    not_ruled_out : what would look like this association and is excluded by no check; empty without an association.
    quarterly_grade : grade at a quarter of the significance level, which scheduled reports count (`--archive`).
    tipping_point : part of the unmarked changes that, if AI and placed at worst, would turn the sign.
    n_people, n_periods, n_rows : people, periods and rows behind the estimates.
    treatment : what the outcome is compared with: marks, or usage data (`marking.usage`).
    answers : what marked changes did, one per outcome; empty for throughput and defects.
    """

    outcome: Literal["throughput", "defects", "quality"]
    grade: Grade
    quarterly_grade: Grade
    slug: str
    sentence: str
    association: Association | None
    beyond_trends: RelativeChange | None
    recorded: RelativeChange | None
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
    not_ruled_out: list[str] = []
    treatment: Literal["marks", "usage"] = "marks"
    answers: list[BoundedAnswer] = []
