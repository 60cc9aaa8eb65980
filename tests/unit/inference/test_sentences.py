"""Sentences of the throughput verdict: the effect with its interval, then what limits it, then what would help."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.inference.checks.landing_habits import HabitPlacebo
from analyzer.inference.effect import EffectEstimate, effect_estimate
from analyzer.inference.grading.open_threats import open_threats
from analyzer.inference.grading.rules import INFORMATIVE
from analyzer.inference.grading.sentences import format_change
from analyzer.inference.grading.throughput import ThroughputVerdict, verdict_from_estimates
from analyzer.inference.jackknife import Interval
from analyzer.inference.results import Durable, DurableRatio, Information, Placebo, Specifications
from analyzer.inference.throughput import Throughput
from analyzer.report.result_verdicts import throughput_result

PEOPLE = 20
_CHECKS = ("earlier_share", "leavers", "change_size", "influence", "negative_control", "other_author")


def interval(point: float, se: float, people: int = PEOPLE) -> Interval:
    """A coefficient with an interval of two standard errors."""
    return Interval(point, se, point - 2 * se, point + 2 * se, people - 1)


def effect(point: float, se: float, people: int = PEOPLE) -> EffectEstimate:
    """The effect of a coefficient."""
    return effect_estimate(interval(point, se, people))


def estimates(
    within: EffectEstimate, beyond: EffectEstimate | None, *, people: int = PEOPLE, p: float | None = None
) -> Throughput:
    """Estimates in which nothing else speaks for or against the effect."""
    return Throughput(
        within=within,
        p=within.beta.p if p is None else p,
        permutation_p=None,
        beyond_trends=beyond,
        recorded=None,
        information=Information(0.3, 0.2, 0.4, 0.6),
        timing=Placebo.from_interval("timing", -0.1, -0.2, 0.0),
        habit=None,
        durable=None,
        placebos=(),
        tipping=None,
        halves_agree=True,
        forecast=None,
        robustness=None,
        ranks=None,
        coupled=(),
        people=people,
        exchangeable=people,
        periods=26,
        rows=500,
    )


STRONG, BEYOND = effect(1.0, 0.2), effect(0.9, 0.25)
FULL = replace(estimates(STRONG, BEYOND), durable=Durable(0.5, 0.3, 0.7, 0.01, None), placebos=())


def curve(same_sign: float) -> Specifications:
    """A specification curve of which only the agreement in sign matters."""
    return Specifications(10, same_sign, 0.3, 0.01, 0.01, [], [], [])


def verdict(
    throughput: Throughput | None, *, same_sign: float | None = 1.0, any_marked: bool = True, **named: object
) -> ThroughputVerdict:
    """The verdict on estimates of as many eligible people as there are behind them."""
    people = 4 if throughput is None else throughput.people
    specifications = None if same_sign is None else curve(same_sign)
    return verdict_from_estimates(throughput, any_marked, 30, people, curve=specifications, **named)  # type: ignore[arg-type]


def failed(id_: str) -> Throughput:
    """Full estimates with one failed check."""
    if id_ == "timing":
        return replace(FULL, timing=Placebo(id_, 0.3, 0.1, 0.5, passed=False))
    return replace(FULL, placebos=(Placebo(id_, 0.3, 0.1, 0.5, passed=False),))


FALLING = replace(
    FULL, within=effect(-1.0, 0.2), beyond_trends=effect(-0.9, 0.25), durable=Durable(-0.4, -0.5, -0.3, 0.01, None)
)
HABIT = HabitPlacebo("commits per change", interval(-1, 0.1), 0.001, interval(0.1, 0.3), agrees=False)
LESS_LASTS = Durable(0.1, 0, 0.2, 0.5, DurableRatio(-0.12, -0.18, -0.06, 0.001))


@pytest.mark.parametrize(
    ("graded", "grade", "slug", "pattern"),
    [
        (verdict(None), "unknown_too_little_history", "too-few-people",
         r"Only 4 of 30 people were active long enough to compare\. At least 6 are needed\."),
        (verdict(estimates(STRONG, BEYOND, people=5)), "unknown_too_little_history", "too-few-people",
         r"Only 5 of 30 people were .*At least 6 are needed; 6 people like these would show only effects above .*"),
        (verdict(replace(FULL, periods=11)), "unknown_too_little_history", "too-few-people",
         r"The comparison covers 11 four-week periods\. At least 12 are needed\."),
        (verdict(FULL, recall_unsteady=True), "unknown_not_measurable", "recall-unsteady",
         r"Line-level records show .*"),
        (verdict(replace(FULL, habit=HABIT)), "unknown_not_measurable", "habit-moves",
         r"How people merge \(commits per change\) changes along with the AI share.*Adjusted for that, it is \+5 %\."),
        (verdict(replace(FULL, durable=LESS_LASTS)), "misleading", "less-lasts",
         r"People merged 65 % more .* But fewer of them last 30 days \(−12 points, 95 % CI −18 to −6\)\. Do not .*"),
        (verdict(FULL, gaming_flags=("padding", "splitting")), "misleading", "gamed",
         r"People merged 65 % more .* may have been inflated \(padding, splitting\)\. Do not use it as a target\."),
        (verdict(estimates(effect(0.02, 0.05), effect(0.0, 0.1))), "says_nothing", "near-zero",
         r"Output does not move with AI share by 10 % or more: \+1 % \(95 % CI −4 to \+6 %\) per \+50 points\."),
        (verdict(estimates(effect(0.1, 0.15), effect(0.0, 0.2))), "nothing_detected", "nothing-detected",
         r"Output does not visibly move with AI share: \+5 % \(95 % CI .*This history detects changes above .*"),
        (verdict(estimates(effect(0.1, 0.4), effect(0.0, 0.5))), "unknown_too_little_history", "too-small-to-see",
         r"Output does not visibly move .*, 20 people\. This history .* Detecting \+30 % would take about \d+ .*"),
        (verdict(estimates(effect(0.1, 2.0), None)), "unknown_too_little_history", "too-small-to-see",
         r"How output moves with AI share cannot be estimated here: 20 people over 26 four-week periods would only .*"),
        (verdict(estimates(effect(0.8, 0.38), effect(0.7, 0.4), p=0.07)), "unknown_too_little_history",
         "too-small-to-see",
         r"People merged 49 % more .* That may be chance \(p = 0\.07 .*\)\. Detecting \+30 % would take about .*"),
        (verdict(estimates(effect(0.3, 0.14), effect(0.3, 0.14), p=0.07)), "nothing_detected", "nothing-detected",
         r"People merged 16 % more changes .* That may be chance \(p = 0\.07 after correcting for multiple tests\)\."),
        (verdict(estimates(effect(4.0, 1.7), effect(4.0, 1.7), p=0.01)), "unknown_too_little_history",
         "too-small-to-see", r"People merged .* It rests on too few marks to grade\. This history detects .* ×\d+ .*"),
        (verdict(estimates(effect(7.0, 3.0), effect(7.0, 3.0), p=0.01)), "unknown_too_little_history",
         "too-small-to-see", r"How output moves .* cannot be estimated here: 20 people .* effects above ×\d+\..*"),
        (verdict(FULL), "says_something", "says-something", r"People merged 65 % more .* Worth watching .*"),
        (verdict(FULL, defects_upper=1.05), "says_a_lot", "says-a-lot", r"People merged 65 % more .* Not a target\."),
        (verdict(FALLING, defects_upper=1.05), "says_a_lot", "says-a-lot", r"People merged 39 % fewer .*"),
        (verdict(estimates(effect(5.0, 0.2), None)), "says_little", "says-little",
         r"People merged ×12 as many changes .* Their own trends cannot be separated from it\. .*"),
    ],
)  # fmt: skip
def test_sentence_of_each_grade(graded: ThroughputVerdict, grade: str, slug: str, pattern: str) -> None:
    """The answer first, then the evidence, then the caveat."""
    assert (graded.grade, graded.slug) == (grade, slug), graded.sentence
    assert re.fullmatch(pattern, graded.sentence), graded.sentence


@pytest.mark.parametrize(
    ("graded", "reason"),
    [
        (verdict(replace(FULL, beyond_trends=effect(0.3, 0.2))),
         "People who grew may have taken AI up, or it made them grow."),
        (verdict(replace(FULL, beyond_trends=None)), "People who grew may have taken AI up, or it made them grow."),
        (verdict(replace(FALLING, beyond_trends=effect(-0.3, 0.2))),
         "People who slowed down may have taken AI up, or it slowed them down."),
        (verdict(failed("timing")), "Busy periods may use more AI, or the other way round."),
        (verdict(failed("earlier_share")),
         "AI may be taken up shortly before busy periods, or in cycles."),
        (verdict(failed("leavers")), "It rests on people who left and faded out."),
        (verdict(failed("change_size")),
         "Changes get smaller along with it, so the same work may be cut into more of them."),
        (verdict(replace(FALLING, placebos=failed("change_size").placebos)),
         "Changes get larger along with it, so the same work may be cut into fewer of them."),
        (verdict(failed("influence")), "Without one person its sign turns."),
        (verdict(failed("negative_control")), "The placebo test negative control finds an effect too."),
        (verdict(replace(FULL, within=effect(0.5, 0.22), p=0.01)), "It may be less than 5 %."),
        (verdict(FULL, same_sign=None), "No other specification could be fitted."),
        (verdict(FULL, same_sign=0.6), "Only 60 % of specifications have the same sign."),
        (verdict(replace(FULL, durable=None)), "Whether the extra changes would last is unknown."),
        (verdict(replace(FALLING, durable=None)), "Whether the missing changes would last is unknown."),
        (verdict(replace(FULL, durable=Durable(-0.1, -0.3, 0.1, 0.4, None))),
         "The number of changes that last does not rise with it."),
    ],
)  # fmt: skip
def test_says_little_names_the_reason(graded: ThroughputVerdict, reason: str) -> None:
    """The first condition that is not met ends the sentence, after both figures."""
    assert graded.grade == "says_little"
    assert graded.sentence.endswith(reason)
    assert graded.sentence.startswith("People merged ")
    assert "95 % CI" in graded.sentence


_EFFECT = st.builds(effect, st.floats(-6, 6), st.floats(0.01, 4), st.sampled_from([4, 6, 20, 300]))
_PLACEBO = st.builds(
    lambda id_, passed: Placebo(id_, 0.1, -0.1, 0.2, passed=passed), st.sampled_from(_CHECKS), st.booleans()
)
_DURABLE = st.one_of(
    st.none(),
    st.builds(
        lambda change, ratio, p: Durable(
            change, change - 0.2, change + 0.2, p, DurableRatio(ratio, ratio - 0.1, ratio + 0.1, p)
        ),
        st.floats(-0.9, 3), st.floats(-1, 1), st.floats(0, 1),
    ),
)  # fmt: skip
_ESTIMATES = st.builds(
    lambda within, beyond, people, p, periods, durable, placebos: replace(
        estimates(within, beyond, people=people, p=p), periods=periods, durable=durable, placebos=tuple(placebos)
    ),
    _EFFECT, st.one_of(st.none(), _EFFECT), st.sampled_from([3, 5, 6, 20, 300]), st.floats(0, 1),
    st.sampled_from([8, 12, 40]), _DURABLE, st.lists(_PLACEBO, max_size=3),
)  # fmt: skip


@given(
    _ESTIMATES,
    st.one_of(st.none(), st.floats(0, 1)),
    st.lists(st.sampled_from(["padding", "splitting", "spread"]), unique=True),
)
@settings(max_examples=400)
def test_every_sentence_is_short_and_says_something(
    throughput: Throughput, same_sign: float | None, flags: list[str]
) -> None:
    """At most 400 characters, no interval that says nothing, no NaN, and no claim that the interval contradicts."""
    graded = verdict(throughput, same_sign=same_sign, gaming_flags=flags)
    text = graded.sentence
    assert len(text) <= 400
    assert "could have shown" not in text
    assert "nan" not in text.lower()
    assert re.fullmatch(r"[A-Z].*[.]", text)
    for figure in (throughput.within, throughput.beyond_trends):
        if figure is not None and figure.low <= 0 <= figure.high and 1 + figure.high > 25 * (1 + figure.low):
            assert f"{format_change(figure.low)} to {format_change(figure.high)}" not in text
    if "does not visibly move" in text:
        assert throughput.within.low <= 0 <= throughput.within.high
    if graded.grade in {"says_something", "says_a_lot"} or graded.slug == "less-lasts":
        assert throughput.beyond_trends is not None
        assert throughput.within.beta.point * throughput.beyond_trends.beta.point > 0
        assert throughput.beyond_trends.beta.excludes_zero
    if graded.slug == "less-lasts":
        assert throughput.within.low > 0


@pytest.mark.parametrize("beyond", [None, effect(0.3, 0.2), effect(-0.9, 0.2)])
def test_less_that_lasts_is_misleading_only_beyond_trends(beyond: EffectEstimate | None) -> None:
    """Where output rises within people alone, a falling part that lasts does not make the share misleading."""
    rising = replace(FULL, durable=LESS_LASTS)
    assert verdict(rising).slug == "less-lasts"
    assert verdict(replace(rising, beyond_trends=beyond)).grade == "says_little"
    assert verdict(replace(rising, within=FALLING.within, beyond_trends=FALLING.beyond_trends)).grade != "misleading"


def test_intervals_that_say_nothing_are_not_printed() -> None:
    """Within people or beyond trends, in every grade that would print it."""
    wide = effect(0.5, 2.5)
    gamed = verdict(estimates(wide, wide), gaming_flags=("padding", "splitting"))
    assert gamed.sentence.startswith("How output moves with AI share cannot be estimated here (20 people).")
    beyond = verdict(replace(FULL, beyond_trends=wide))
    assert "Their own trends cannot be separated from it." in beyond.sentence
    for graded in (gamed, beyond, verdict(estimates(wide, wide))):
        assert "×" not in graded.sentence.split("above")[0]


def test_open_threats_name_what_could_not_run() -> None:
    """Two things that no design rules out, the trends where they are not separated, and every check that is missing."""
    passed = tuple(Placebo(id_, 0.0, -0.1, 0.1, passed=True) for id_ in ("earlier_share", "leavers", "change_size"))
    everything_ran = replace(FULL, placebos=passed)
    always = open_threats(everything_ran)
    assert len(always) == 2
    assert "new role" in always[0]
    assert "other tools" in always[1]
    missing = {
        "busy periods": replace(everything_ran, timing=None),
        "people on the way up": replace(everything_ran, beyond_trends=None),
        "shortly before busy periods": replace(everything_ran, placebos=passed[1:]),
        "fade out": replace(everything_ran, placebos=passed[::2]),
        "cut into more changes": replace(everything_ran, placebos=passed[:2]),
    }
    for words, throughput in missing.items():
        (extra,) = [text for text in open_threats(throughput) if text not in always]
        assert words in extra
    assert len(open_threats(replace(everything_ran, timing=None, beyond_trends=None, placebos=()))) == 7


def test_open_threats_stand_by_an_association_alone() -> None:
    """The JSON lists them with the three grades of an association, and with no other."""
    for graded in (verdict(FULL), verdict(FULL, defects_upper=1.0), verdict(failed("timing"))):
        assert graded.grade in INFORMATIVE
        assert throughput_result(graded).not_ruled_out == open_threats(graded.estimates) if graded.estimates else False
    for graded in (verdict(None), verdict(estimates(effect(0.1, 0.4), None)), verdict(FULL, gaming_flags=("a", "b"))):
        assert throughput_result(graded).not_ruled_out == []


def test_json_carries_the_graded_figures() -> None:
    """Association, the figure beyond trends and both smallest effects are those of the estimates."""
    result = throughput_result(verdict(FULL))
    assert result.association is not None
    assert result.beyond_trends is not None
    assert result.smallest_detectable is not None
    assert (result.association.per_50_points, result.association.low, result.association.high) == (
        *(STRONG.change, STRONG.low, STRONG.high),
    )
    assert (result.beyond_trends.per_50_points, result.beyond_trends.p) == (BEYOND.change, BEYOND.beta.p)
    assert result.smallest_detectable.association == STRONG.smallest_detectable
    assert result.smallest_detectable.beyond_trends == BEYOND.smallest_detectable
    assert result.recorded is None
    recorded = throughput_result(verdict(replace(FULL, recorded=BEYOND, permutation_p=0.03)))
    assert recorded.recorded == result.beyond_trends
    assert recorded.association is not None
    assert recorded.association.permutation_p == 0.03
    few = throughput_result(verdict(replace(FULL, beyond_trends=None)))
    assert few.smallest_detectable is not None
    assert few.smallest_detectable.beyond_trends is None
    assert math.isfinite(few.smallest_detectable.association)
