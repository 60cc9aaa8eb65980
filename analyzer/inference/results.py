"""Result types of the estimators, in the shape in which `aishare analyze --json` prints them.

Estimators return these types and `report.contract` embeds them, so no figure is copied from one class to another.
Field names are JSON keys, and class docstrings become descriptions in the JSON Schema. The module imports neither
numpy nor pandas, because reading a stored report must not load the statistics.

Shares and relative changes are fractions (0.5 = 50 %). `low` and `high` are the ends of a 95 % interval.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

Grade = Literal[
    "unknown_not_measurable",
    "unknown_too_little_history",
    "artefact",
    "says_nothing",
    "nothing_detected",
    "says_little",
    "says_something",
    "says_a_lot",
    "misleading",
]
Passed = Literal["not_runnable"] | bool
Side = Literal["marked", "unmarked", "all"]


class Placebo(Struct, frozen=True):
    """One placebo test: an estimate made where there is no effect of AI to find.

    id : of an outcome's comparison, `permuted_marks` permutes each person's marks among that person's commits,
        `other_author` takes the mark of somebody else's nearest commit, and `pre_ai` assigns marks by size to what
        these people wrote before AI tools existed.
    passed : whether the test found nothing, which as a rule means that the interval holds 0.
    """

    id: str
    value: float | None
    low: float | None
    high: float | None
    passed: Passed

    @classmethod
    def from_interval(cls, id_: str, value: float, low: float, high: float) -> Placebo:
        """Return a placebo that passes if its interval holds 0."""
        return cls(id_, value, low, high, passed=bool(low <= 0 <= high))

    @classmethod
    def not_runnable(cls, id_: str) -> Placebo:
        """Return a placebo that could not run on this history."""
        return cls(id_, None, None, None, passed="not_runnable")


class Information(Struct, frozen=True):
    """Within R² of the AI share, with the most it could be.

    at_most : the part of the outcome's within variance that is not Poisson noise; null if the outcome is not a count.
    """

    r2: float
    low: float
    high: float
    at_most: float | None


class DurableRatio(Struct, frozen=True):
    """Change of the durable part of merged changes per +50 points of AI share (0.1 = 10 points).

    p : two-sided, t over people.
    """

    per_50_points: float
    low: float
    high: float
    p: float


class Durable(Struct, frozen=True):
    """Relative change of durable changes per +50 points of AI share.

    A change is durable if half of its production lines are alive 30 days after it was merged.

    p : permutation p; null if no two people can be swapped.
    ratio : the same for durable changes as a part of all changes; null if that part does not vary.
    """

    per_50_points: float
    low: float
    high: float
    p: float | None
    ratio: DurableRatio | None


class Robustness(Struct, frozen=True):
    """Robustness value: minimum strength of an unobserved confounder that could explain the estimate away.

    value : part of the within variance of both outcome and AI share that the confounder would have to explain.
    tenure_outcome, tenure_share : parts that a person's tenure explains, for scale.
    """

    value: float
    tenure_outcome: float
    tenure_share: float


class Forecast(Struct, frozen=True):
    """Out-of-sample skill that the AI share adds to a forecast of the outcome.

    skill : part of the squared forecast error that the share saves; negative if it adds error.
    p : one-sided p of no skill (Clark and West); null if the gains do not vary.
    n : forecasts.
    origins : periods in which forecasts were made.
    """

    skill: float
    p: float | None
    n: int
    origins: int


class Ranks(Struct, frozen=True):
    """Spearman correlation of the preceding AI share with the outcome, pooled and within people. Not graded.

    Neither correlation is adjusted for trends that all people share.

    pooled : over all rows.
    within : median of each person's own correlation, over people with five rows in which both vary.
    simpson : whether the two differ in sign beyond noise, so that differences between people explain the pooled one.
    n_people, n_rows : people and rows behind the pooled correlation.
    n_people_within, n_rows_within : people and rows behind the median.
    """

    pooled: float
    pooled_low: float
    pooled_high: float
    within: float
    within_low: float
    within_high: float
    simpson: bool
    n_people: int
    n_rows: int
    n_people_within: int
    n_rows_within: int


class CoupledRow(Struct, frozen=True):
    """Association of a sum of sizes (lines_added, commits) with the AI share. Not used in grading.

    lag : periods between share and outcome; 0 is the same period.
    per_50_points, low, high : relative change per +50 points of AI share.
    arithmetic : the association that remains if sizes are permuted among a person's changes.
    artefact : whether there is an association and at least half of it is arithmetic.
    """

    id: str
    lag: int
    per_50_points: float
    low: float
    high: float
    arithmetic: Placebo
    artefact: bool


class SpillOver(Struct, frozen=True):
    """Relative change of the risk that a person's other changes need a follow-up fix, per +50 points of AI share.

    smallest_detectable : smallest change that would be detected four times in five.
    grade : null if the smallest detectable change is over 30 %, which is too coarse to judge.
    n_people, n_rows : people and changes behind the estimate.
    """

    per_50_points: float
    low: float
    high: float
    smallest_detectable: float
    grade: Grade | None
    n_people: int
    n_rows: int


class BoundedAnswer(Struct, frozen=True):
    """One outcome of marked changes, compared with the same people's other changes, as the verdict `quality` says it.

    title : the outcome in words.
    unit : unit of the outcome, as in `outcomes`.
    scale : `share` for a difference of shares (0.1 = 10 points), `relative` for a relative change (0.5 = 50 % more).
    kind : `difference` beyond chance among the outcomes compared; `no_large_difference`, the interval lies within
        `bound`; `inconclusive`, neither; `unknown`, no interval, and `reason` says why.
    graded : whether the verdict's grade uses it; the verdict on defects grades the others.
    value, low, high : difference with its 95 % interval, within the limits of the scale; null if unknown.
    base_rate : rate of the unmarked changes; of times in hours, of complexity relative to the mean of functions alike;
        null if unknown.
    bound : largest difference that is not large, declared in advance; null if unknown. A relative bound of 0.5 is a
        ratio from 1/1.5 to 1.5.
    p, p_holm : of no difference; adjusted over the graded, or the other, answers with an interval (Holm).
    smallest_detectable : smallest difference that would be detected four times in five, before any adjustment.
    same_size : whether only commits or changes of the same size are compared, within a factor of four.
    size_may_explain : a difference that larger changes would have as well, not compared at the same size.
    n_people, n_marked, n_unmarked : people, and marked and unmarked commits or changes, that are compared.
    """

    id: str
    title: str
    unit: str
    scale: Literal["share", "relative"]
    kind: Literal["difference", "no_large_difference", "inconclusive", "unknown"]
    graded: bool
    value: float | None
    low: float | None
    high: float | None
    base_rate: float | None
    bound: float | None
    p: float | None
    p_holm: float | None
    smallest_detectable: float | None
    same_size: bool
    size_may_explain: bool
    n_people: int
    n_marked: int
    n_unmarked: int
    sentence: str
    reason: str


class Specification(Struct, frozen=True):
    """One fit of the specification curve.

    grain : weeks per period.
    lag : periods between share and outcome; 0 asks another question and is not counted.
    definition : how a change counts as marked (part of the change, any mark, whole changes, part by commits).
    trend : whether each person has a linear trend.
    maturity : days within which a change could have been reverted.
    per_50_points : relative change per +50 points of AI share, with a cluster-robust interval; null for ranks.
    t : t statistic.
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


class SkippedFits(Struct, frozen=True):
    """Number of specifications that were not fitted for one reason."""

    reason: str
    n: int


class Specifications(Struct, frozen=True):
    """The specification curve with its joint tests.

    n : specifications fitted.
    same_sign_share : part of them with the sign of the headline estimate.
    median : of the relative changes.
    p_median : part of permutations with a median at least as far from 0.
    p_same_sign : part of permutations with signs that agree at least as much.
    rows : every fit, in ascending order of its estimate.
    apart : fits that answer another question (lag 0), not counted.
    """

    n: int
    same_sign_share: float
    median: float | None
    p_median: float | None
    p_same_sign: float | None
    skipped: list[SkippedFits]
    rows: list[Specification]
    not_counted: list[Specification]


class SurvivalAtAge(Struct, frozen=True):
    """Part of lines alive at an age in days (Kaplan-Meier); null without enough lines, or people for the interval."""

    days: int
    alive: float | None
    low: float | None
    high: float | None


class HalfLife(Struct, frozen=True):
    """Days until half of the lines are gone; an end that is not reached is null (Brookmeyer & Crowley 1982)."""

    days: float
    low: float | None
    high: float | None


class Survival(Struct, frozen=True):
    """How long the lines of marked commits, or of the others, live. The two groups are not matched.

    lines, commits : lines in this group and the commits that added them.
    censored : part of the lines that are still alive at the as-of date.
    half_life : null if more than half of the lines are alive at the greatest observed age.
    """

    label: Literal["marked", "unmarked"]
    lines: int
    commits: int
    censored: float
    ages: list[SurvivalAtAge]
    half_life: HalfLife | None


class TrendRate(Struct, frozen=True):
    """Rate of one outcome in one quarter, of marked work, of the rest, or of all.

    n : denominator of the rate.
    people : people behind it.
    """

    period: str
    side: Side
    value: float
    low: float
    high: float
    n: float
    people: int


class Trend(Struct, frozen=True):
    """One outcome by quarter, unmatched. Quarters with fewer than five people on a side are left out."""

    id: str
    title: str
    unit: str
    better: Literal["low", "high", "neither"]
    points: list[TrendRate]


class GoodhartFlag(Struct, frozen=True):
    """One test of gaming.

    flagged : whether the test `diverges` and a target was announced; null if the test could not run.
    value : estimate, in `unit`.
    q : p adjusted over all tests that ran (false discovery rate).
    threshold : smallest value that counts.
    note : what to know of the value, or why the test could not run.
    diverges : whether q is under .05, value is at least `threshold`, and the variant's other predictions hold, with or
        without a target; null if the test could not run, and in reports of earlier versions.
    """

    variant: str
    title: str
    unit: str
    flagged: bool | None
    value: float | None
    low: float | None
    high: float | None
    p: float | None
    q: float | None
    threshold: float
    note: str
    diverges: bool | None = None


class Goodhart(Struct, frozen=True):
    """Tests of gaming. A flag is consistent with gaming and does not prove it.

    label : `goodhart` if a target was announced by the as-of date, else `divergence`: then nothing is flagged, and no
        verdict or exit code depends on the tests.
    day : day from which the target was known, or else from which the marked share rose for good.
    """

    label: Literal["goodhart", "divergence"]
    day: str | None
    flags: list[GoodhartFlag]
