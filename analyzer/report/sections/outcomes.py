"""Outcomes as results and as a table: what lines and changes marked AI went on to do, beside the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from analyzer.report import contract as r
from analyzer.report.blocks import Table
from analyzer.report.format import number, percent, points, signed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.inference.comparison import Outcome
    from analyzer.inference.jackknife import Interval
    from analyzer.inference.matching import Matched
    from analyzer.inference.survival import Survival

_PLACEBOS = ("marks_dealt_anew", "other_author", "pre_ai")
# False discovery rate among the outcomes (docs/method.md, "Outcomes"); below it one stands out.
STANDS_OUT = 0.10
_SMALL = 0.5
_NOTES = {
    "too few marked": "Fewer than ten marked commits or changes beside others of the same person and quarter.",
    "nothing varies": "It came to none of them, or to all: nothing to compare.",
    "too few people and weeks": "Fewer than six people, or weeks of work, to take an interval over.",
}


def outcome_result(outcome: Outcome) -> r.Outcome:
    """An outcome of the JSON; where nothing can be compared, figures are null and the note says why."""
    measure, found, q = outcome
    ran = {p.id: p for p in (found.placebos if found is not None else ())}
    placebos = [
        r.OutcomePlacebo(id_, None, None, None, "not_runnable")
        if (p := ran.get(id_)) is None
        else r.OutcomePlacebo(id_, p.value, p.low, p.high, p.passed)
        for id_ in _PLACEBOS
    ]
    difference = None
    if found is not None and found.difference is not None:
        difference = r.OutcomeDifference(found.difference.point, found.difference.low, found.difference.high)
    return r.Outcome(
        id=measure.id,
        title=measure.title,
        unit=measure.unit,
        better=measure.better,
        describes=measure.describes,
        coupled=measure.coupled,
        declared_ai=None if found is None else _rate(found.ai, found.n_ai),
        other=None if found is None else _rate(found.other, found.n_other),
        difference=difference,
        q=q,
        pooled=None if found is None else found.pooled,
        simpson=found is not None and found.simpson,
        turned_by=None if found is None else found.turns,
        matched_on=list(measure.matched_on),
        placebo=next((p for p in placebos if p.passed is False), placebos[0]),
        placebos=placebos,
        note=_note(found, q),
    )


def _rate(found: Interval | None, n: float) -> r.Rate | None:
    return None if found is None else r.Rate(found.point, found.low, found.high, n)


def _note(found: Matched | None, q: float | None) -> str:
    if found is None:
        return "This clone or range lacks what it reads."
    if found.why is not None:
        return _NOTES[found.why]
    told = [f"Interval over {found.groups} {found.over}."]
    if found.failed:
        told.insert(0, f"It fails a placebo here ({', '.join(found.failed)}): no evidence of anything.")
    d = found.difference
    if d is not None and (d.low > 0 or d.high < 0) and q is not None and q >= STANDS_OUT:
        told.append("Among so many outcomes it does not stand out.")
    if found.simpson:
        told.append("Unmatched, the difference has the other sign.")
    if found.turns is not None:
        told.append(f"Without {found.turns[:12]} it would have the other sign.")
    return " ".join(told)


def survival_result(found: Survival) -> r.Survival:
    """The curve of one mark, for the JSON."""
    ages = [r.AliveAt(*age) for age in found.ages]
    label: Literal["declared_ai", "other"] = "declared_ai" if found.marked else "other"
    half = None if found.half_life is None else r.HalfLife(*found.half_life)
    return r.Survival(label, found.lines, found.commits, found.censored, ages, half)


def survival_table(survival: Sequence[r.Survival] | None) -> Table:
    """Part alive by age, declared and the rest, and half-lives."""
    curves = [curve for curve in survival or () if curve.lines]
    ages = [age.days for age in curves[0].ages] if curves else []
    rows = tuple((f"{days} days", *(_alive(curve.ages[k]) for curve in curves)) for k, days in enumerate(ages))
    if curves:
        rows += (("half gone after", *(_half(curve) for curve in curves)),)
        rows += (("lines", *(number(curve.lines) for curve in curves)),)
        rows += (("still alive, censored", *(percent(curve.censored) for curve in curves)),)
    names = {"declared_ai": "declared AI", "other": "the rest"}
    columns = ("alive after", *(names[curve.label] for curve in curves))
    note = (
        "Kaplan-Meier, 95 % intervals over people. Not matched: other people, years and files, so the two columns are "
        "no comparison; the table of outcomes is."
        if curves
        else "This clone or range has no lines to follow."
    )
    return Table("How long lines live", columns, rows, frozenset(range(1, len(columns))), note=note)


def _alive(age: r.AliveAt) -> str:
    if age.alive is None:
        return "unknown"
    if age.low is None or age.high is None:
        return percent(age.alive)
    return f"{percent(age.alive)} ({percent(age.low)} … {percent(age.high)})"


def _half(curve: r.Survival) -> str:
    half = curve.half_life
    if half is None:
        return "not seen"
    low, high = ("?" if end is None else f"{end:.0f}" for end in (half.low, half.high))
    return f"{half.days:.0f} days ({low} … {high})"


def outcome_tables(outcomes: Sequence[r.Outcome] | None) -> tuple[Table, Table]:
    """What became of the work, and what it is made of: both rates, the difference and its placebo.

    An outcome that fails its placebo shows no difference.
    """
    fate = (
        "Within the same person's work of a quarter, and the same kind of file; so both sides are of people who mark "
        'some of their commits. "Goes with", not "causes"; undeclared is not human. Placebo: the difference with marks '
        "dealt anew, which must hold 0."
    )
    shape = "No outcomes by themselves. Coupled: longer or more finely cut work moves it by arithmetic alone."
    return (
        _table("What the marked work went on to do", [o for o in outcomes or () if not o.describes], fate),
        _table("What the marked work is made of", [o for o in outcomes or () if o.describes], shape),
    )


# What the first screen shows, where it could be compared.
_GLANCE = {
    "churn_21d": "lines gone in 21 days",
    "follow_ups_90d": "followed up in 90 days",
    "reverts_35d": "reverted in 35 days",
    "rewritten_90d": "rewritten in 90 days",
    "test_cochange": "tests changed too",
}
_GLANCED = 3


def glance_table(outcomes: Sequence[r.Outcome] | None) -> Table | None:
    """At most three outcomes with an interval that pass their placebos; None where there are none."""
    known = {o.id: o for o in outcomes or () if o.difference is not None and o.placebo.passed is not False}
    shown = [known[id_] for id_ in _GLANCE if id_ in known][:_GLANCED]
    if not shown:
        return None
    rows = tuple((_GLANCE[o.id], _value(o.declared_ai, o), _value(o.other, o), _difference(o)) for o in shown)
    columns = ("of the same people", "declared AI", "the rest", "difference (95 %)")
    return Table("Marked work beside the rest", columns, rows, frozenset({1, 2, 3}), first_screen=True)


def _table(caption: str, outcomes: Sequence[r.Outcome], note: str) -> Table:
    rows = tuple(
        (_named(o), _told(o.declared_ai, o), _told(o.other, o), _difference(o), _placebo(o), o.note) for o in outcomes
    )
    columns = ("outcome", "declared AI", "the rest", "difference (95 %)", "placebo", "note")
    return Table(caption, columns, rows, frozenset({1, 2, 3, 4}), note=note)


def _named(outcome: r.Outcome) -> str:
    return f"{outcome.title}, coupled" if outcome.coupled else outcome.title


def _digits(outcome: r.Outcome) -> int:
    """Decimals of a rate that is no share: three for small ones."""
    largest = max((rate.value for rate in (outcome.declared_ai, outcome.other) if rate is not None), default=1.0)
    return 3 if largest < _SMALL else 2


def _share(outcome: r.Outcome) -> bool:
    return outcome.unit.startswith("share")


def _value(rate: r.Rate | None, outcome: r.Outcome) -> str:
    if rate is None:
        return "unknown"
    return percent(rate.value) if _share(outcome) else f"{rate.value:.{_digits(outcome)}f}"


def _told(rate: r.Rate | None, outcome: r.Outcome) -> str:
    return "unknown" if rate is None else f"{_value(rate, outcome)} of {number(round(rate.n))}"


def _difference(outcome: r.Outcome) -> str:
    found = outcome.difference
    if found is None:
        return "unknown"
    if outcome.placebo.passed is False:
        return "struck out: fails its placebo"
    return _span(found.value, found.low, found.high, outcome)


def _placebo(outcome: r.Outcome) -> str:
    p = outcome.placebo
    if p.low is None or p.high is None:
        return "not runnable"
    if _share(outcome):
        return f"{points(p.low)} … {points(p.high)}"
    digits = _digits(outcome)
    return f"{signed(p.low, digits)} … {signed(p.high, digits)}"


def _span(value: float, low: float, high: float, outcome: r.Outcome) -> str:
    if _share(outcome):
        return f"{points(value)} points ({points(low)} … {points(high)})"
    digits = _digits(outcome)
    return f"{signed(value, digits)} ({signed(low, digits)} … {signed(high, digits)})"
