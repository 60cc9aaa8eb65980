"""The verdicts of the JSON contract, as types: what the share tells about one outcome, and all that it rests on."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from analyzer.inference.grading.rules import Grade  # noqa: TC001 - msgspec reads these types at run time

Passed = Literal["not_runnable"] | bool


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


class DurableRatio(Struct, frozen=True):
    """By how much the part of changes that last moves with +50 points of share (0.1 = 10 points)."""

    per_50_points: float
    low: float
    high: float
    p: float


class Durable(Struct, frozen=True):
    """The same for changes of which half the production lines are alive 30 days on, and for their part of all."""

    per_50_points: float
    low: float
    high: float
    p: float | None
    ratio: DurableRatio | None


class SmallestDetectable(Struct, frozen=True):
    """Smallest effect this history would have shown four times in five."""

    recorded: float
    use: float | None


class Information(Struct, frozen=True):
    """Within R² of the share, and the most it could be."""

    r2: float
    low: float
    high: float
    at_most: float | None


class Placebo(Struct, frozen=True):
    """One placebo on this repository."""

    id: str
    value: float | None
    low: float | None
    high: float | None
    passed: Passed


class Specification(Struct, frozen=True):
    """One fit of the curve: +50 points as relative change with a cluster-robust interval, null on ranks; its t.

    grain: weeks in a period. definition: what counts as marked (part of a change, any mark, whole changes, part by
    commits). maturity: days a change had to be taken back. lag: periods; 0 is another question and not counted. trend:
    people have trends of their own.
    """

    grain: int | None
    lag: int
    model: str
    definition: str | None
    trend: bool
    maturity: int | None
    per_50_points: float | None
    low: float | None
    high: float | None
    t: float | None


class Skipped(Struct, frozen=True):
    """Specifications that were not fitted, and why."""

    reason: str
    n: int


class Specifications(Struct, frozen=True):
    """The specification curve: `n` fits, the part with the headline's sign, their median, and joint p of both.

    p_median, p_same_sign: how often swapped shares give a median as far from 0, or signs that agree as much. apart:
    fits of another question, not counted.
    """

    n: int
    same_sign_share: float
    median: float | None
    p_median: float | None
    p_same_sign: float | None
    skipped: list[Skipped]
    rows: list[Specification]
    apart: list[Specification]


class CoupledRow(Struct, frozen=True):
    """An outcome that adds sizes up (lines_added, commits) on the share `lag` periods before: never part of a verdict.

    per_50_points, low, high: relative change. arithmetic: what of it is there with sizes dealt anew. artefact: there is
    a link, and at least half of it is arithmetic.
    """

    id: str
    lag: int
    per_50_points: float
    low: float
    high: float
    arithmetic: Placebo
    artefact: bool


class Forecast(Struct, frozen=True):
    """Part of squared forecast error that the share saves, one-sided p of none (Clark and West), forecasts, origins."""

    skill: float
    p: float | None
    n: int
    origins: int


class Robustness(Struct, frozen=True):
    """What is unseen would have to account for `value` of outcome and share alike; tenure does for the other two."""

    value: float
    tenure_outcome: float
    tenure_share: float


class Ranks(Struct, frozen=True):
    """Spearman of the preceding share with the outcome: over all rows, and the median of people's own. Not graded.

    n_authors, n_rows: behind the pooled one; n_authors_within, n_rows_within: people with five rows in which both move,
    and their rows. simpson: they differ in sign beyond noise, so who the people are explains the pooled one. Both hold
    what all people share over time.
    """

    pooled: float
    pooled_low: float
    pooled_high: float
    within: float
    within_low: float
    within_high: float
    simpson: bool
    n_authors: int
    n_rows: int
    n_authors_within: int
    n_rows_within: int


class SpillOver(Struct, frozen=True):
    """Other changes after weeks of +50 points more share: relative change of being followed up, with its interval.

    grade: null where the smallest detectable change is over 30 %: too coarse to judge.
    """

    per_50_points: float
    low: float
    high: float
    smallest_detectable: float
    grade: Grade | None
    n_authors: int
    n_rows: int


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


class GoodhartFlag(Struct, frozen=True):
    """One test of gaming: `value` in `unit` with its interval, p, and q over all that ran (false discovery rate).

    fired: q under .05, value at the floor or above, and all else as the variant predicts; null where it could not be
    run, and `note` says why.
    """

    variant: str
    title: str
    unit: str
    fired: bool | None
    value: float | None
    low: float | None
    high: float | None
    p: float | None
    q: float | None
    floor: float
    note: str


class Goodhart(Struct, frozen=True):
    """Tests of gaming, "consistent with", never "is"; label: divergence where no target is known.

    day: from which a target was known, or else the declared part rose for good.
    """

    label: Literal["goodhart", "divergence"]
    day: str | None
    flags: list[GoodhartFlag]
