"""Section on outcomes: marked work compared with the same people's other work, and survival of lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.inference.results import Placebo
from analyzer.report import contract as r
from analyzer.report.blocks import Table
from analyzer.report.format import number, percent, points, signed
from analyzer.report.rates import limited_difference, limited_rate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.inference.comparison import OutcomeComparison
    from analyzer.inference.matching import MatchedComparison
    from analyzer.inference.results import Survival, SurvivalAtAge
    from analyzer.outcomes.base import OutcomeDefinition
    from analyzer.report.contract_rates import Rate

_PLACEBOS = ("permuted_marks", "other_author", "pre_ai")
# False discovery rate over all outcomes below which an outcome stands out (docs/method.md, "Outcomes").
MAX_FALSE_DISCOVERY = 0.10
_SMALL = 0.5
_NOTES = {
    "too few marked": "Fewer than ten marked commits or changes beside others of the same person and quarter.",
    "nothing varies": "It came to none of them, or to all: nothing to compare.",
    "too few people and weeks": "Fewer than six people, or weeks of work, to take an interval over.",
}


def outcome_result(outcome: OutcomeComparison) -> r.Outcome:
    """Return an outcome of the JSON contract. If it could not be compared, figures are null and the note says why."""
    measure, comparison, q = outcome.measure, outcome.matched, outcome.q
    placebos_by_id = {p.id: p for p in (comparison.placebos if comparison is not None else ())}
    placebos = [placebos_by_id.get(id_) or Placebo.not_runnable(id_) for id_ in _PLACEBOS]
    return r.Outcome(
        id=measure.id,
        title=measure.title,
        unit=measure.unit,
        better=measure.better,
        descriptive=measure.descriptive,
        coupled=measure.coupled,
        marked=None if comparison is None else limited_rate(measure, comparison.ai, comparison.n_ai),
        unmarked=None if comparison is None else limited_rate(measure, comparison.other, comparison.n_other),
        difference=limited_difference(measure, comparison),
        q=q,
        pooled=None if comparison is None else comparison.pooled,
        simpson=comparison is not None and comparison.simpson,
        sign_depends_on=None if comparison is None else comparison.decisive_commit,
        matched_on=_matched_on(measure, comparison),
        placebo=next((p for p in placebos if p.passed is False), placebos[0]),
        placebos=placebos,
        note=_note(comparison, q),
    )


def _matched_on(measure: OutcomeDefinition, comparison: MatchedComparison | None) -> list[str]:
    """Return what both sides have in common, which depends on whether a regression could be estimated."""
    estimated = comparison is not None and comparison.ratio is not None
    return list(measure.adjusted_for if estimated else measure.matched_on)


def _note(comparison: MatchedComparison | None, q: float | None) -> str:
    if comparison is None:
        return "This clone or range lacks what it reads."
    if comparison.reason is not None:
        return _NOTES[comparison.reason]
    sentences = [f"Interval over {comparison.clusters} {comparison.cluster_kind}."]
    if comparison.ratio is not None:
        ratio = comparison.ratio
        sentences = [f"{ratio.people} people; ratio {ratio.ratio:.1f} (95 % CI {ratio.low:.1f} to {ratio.high:.1f})."]
    if comparison.failed:
        sentences.insert(0, f"It fails a placebo here ({', '.join(comparison.failed)}): no evidence of anything.")
    d = comparison.difference
    if d is not None and (d.low > 0 or d.high < 0) and q is not None and q >= MAX_FALSE_DISCOVERY:
        sentences.append("Among so many outcomes it does not stand out.")
    if comparison.simpson:
        sentences.append("Unmatched, the difference has the other sign.")
    if comparison.decisive_commit is not None:
        sentences.append(f"Without {comparison.decisive_commit[:12]} it would have the other sign.")
    return " ".join(sentences)


def survival_table(survival: Sequence[Survival] | None) -> Table:
    """Return a table of the part of lines alive by age, and of half-lives, for marked and other lines."""
    curves = [curve for curve in survival or () if curve.lines]
    ages = [age.days for age in curves[0].ages] if curves else []
    rows = tuple((f"{days} days", *(_alive(curve.ages[k]) for curve in curves)) for k, days in enumerate(ages))
    if curves:
        rows += (("half gone after", *(_half(curve) for curve in curves)),)
        rows += (("lines", *(number(curve.lines) for curve in curves)),)
        rows += (("still alive, censored", *(percent(curve.censored) for curve in curves)),)
    names = {"marked": "marked AI", "unmarked": "the rest"}
    columns = ("alive after", *(names[curve.label] for curve in curves))
    note = (
        "Kaplan-Meier, 95 % intervals over people. Not matched: other people, years and files, so the two columns are "
        "no comparison; the table of outcomes is."
        if curves
        else "This clone or range has no lines to follow."
    )
    return Table("How long lines live", columns, rows, frozenset(range(1, len(columns))), note=note)


def _alive(age: SurvivalAtAge) -> str:
    if age.alive is None:
        return "unknown"
    if age.low is None or age.high is None:
        return percent(age.alive)
    return f"{percent(age.alive)} ({percent(age.low)} … {percent(age.high)})"


def _half(curve: Survival) -> str:
    half = curve.half_life
    if half is None:
        return "not seen"
    low, high = ("?" if end is None else f"{end:.0f}" for end in (half.low, half.high))
    return f"{half.days:.0f} days ({low} … {high})"


def outcome_tables(outcomes: Sequence[r.Outcome] | None) -> tuple[Table, Table]:
    """Return a table of the results of work and one of its composition: both rates, the difference and its placebo.

    The difference of an outcome that fails its placebo is not shown.
    """
    results_note = (
        "Within the same person's work on the same kind of file, adjusted for the date; lead time and releases within "
        "a quarter. Both sides are of people who mark some of their commits. "
        '"Goes with", not "causes"; unmarked does not mean human-written. Placebo: the '
        "difference with permuted marks, which must include 0."
    )
    composition_note = (
        "No outcomes by themselves. Coupled: longer or more finely cut work moves it by arithmetic alone."
    )
    return (
        _table("What the marked work went on to do", [o for o in outcomes or () if not o.descriptive], results_note),
        _table("What the marked work is made of", [o for o in outcomes or () if o.descriptive], composition_note),
    )


# Outcomes for the first screen, in this order.
_AT_A_GLANCE = {
    "churn_21d": "lines gone in 21 days",
    "follow_ups_90d": "needed a follow-up fix",
    "reverts_35d": "reverted in 35 days",
    "rewritten_90d": "rewritten in 90 days",
    "test_cochange": "tests changed too",
}
_MAX_AT_A_GLANCE = 3
# Differences from −50 to +50 points say nothing; all outcomes of the first screen are shares.
_WIDE = 0.5


def glance_table(outcomes: Sequence[r.Outcome] | None) -> Table | None:
    """Return a table of at most three outcomes with a useful interval that pass their placebos; None without any."""
    comparable = {o.id: o for o in outcomes or () if o.placebo.passed is not False and _says_something(o)}
    chosen = [comparable[id_] for id_ in _AT_A_GLANCE if id_ in comparable][:_MAX_AT_A_GLANCE]
    if not chosen:
        return None
    rows = tuple(
        (_AT_A_GLANCE[o.id], _value_text(o.marked, o), _value_text(o.unmarked, o), _difference(o)) for o in chosen
    )
    columns = ("of the same people", "marked AI", "the rest", "difference (95 %)")
    return Table("Marked work beside the rest", columns, rows, frozenset({1, 2, 3}), first_screen=True)


def _says_something(outcome: r.Outcome) -> bool:
    """Return whether the interval of an outcome excludes −50 or +50 points."""
    difference = outcome.difference
    return difference is not None and not (difference.high >= _WIDE and difference.low <= -_WIDE)


def _table(caption: str, outcomes: Sequence[r.Outcome], note: str) -> Table:
    rows = tuple(
        (_outcome_name(o), _rate_text(o.marked, o), _rate_text(o.unmarked, o), _difference(o), _placebo(o), o.note)
        for o in outcomes
    )
    columns = ("outcome", "marked AI", "the rest", "difference (95 %)", "placebo", "note")
    return Table(caption, columns, rows, frozenset({1, 2, 3, 4}), note=note)


def _outcome_name(outcome: r.Outcome) -> str:
    return f"{outcome.title}, coupled" if outcome.coupled else outcome.title


def _digits(outcome: r.Outcome) -> int:
    """Return the decimals for a rate that is not a share: three if it is small."""
    largest = max((rate.value for rate in (outcome.marked, outcome.unmarked) if rate is not None), default=1.0)
    return 3 if largest < _SMALL else 2


def _is_share(outcome: r.Outcome) -> bool:
    return outcome.unit.startswith("share")


def _value_text(rate: Rate | None, outcome: r.Outcome) -> str:
    if rate is None:
        return "unknown"
    return percent(rate.value) if _is_share(outcome) else f"{rate.value:.{_digits(outcome)}f}"


def _rate_text(rate: Rate | None, outcome: r.Outcome) -> str:
    return "unknown" if rate is None else f"{_value_text(rate, outcome)} of {number(round(rate.n))}"


def _difference(outcome: r.Outcome) -> str:
    difference = outcome.difference
    if difference is None:
        return "unknown"
    if outcome.placebo.passed is False:
        return "struck out: fails its placebo"
    return _interval_text(difference.value, difference.low, difference.high, outcome)


def _placebo(outcome: r.Outcome) -> str:
    p = outcome.placebo
    if p.low is None or p.high is None:
        return "could not run"
    if _is_share(outcome):
        return f"{points(p.low)} … {points(p.high)}"
    digits = _digits(outcome)
    return f"{signed(p.low, digits)} … {signed(p.high, digits)}"


def _interval_text(value: float, low: float, high: float, outcome: r.Outcome) -> str:
    if _is_share(outcome):
        return f"{points(value)} points ({points(low)} … {points(high)})"
    digits = _digits(outcome)
    return f"{signed(value, digits)} ({signed(low, digits)} … {signed(high, digits)})"
