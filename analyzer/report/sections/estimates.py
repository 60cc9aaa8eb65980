"""Section on verdicts: every estimate that a grade depends on, with its interval, as texts and tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from analyzer.report.blocks import Table
from analyzer.report.format import (
    UNKNOWN,
    increase_and_decrease,
    many,
    number,
    percent,
    points,
    ratio,
    relative,
    signed,
    spaced,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyzer.inference.results import CoupledRow, Passed, Placebo
    from analyzer.report.contract import Outcome, Power
    from analyzer.report.contract_verdicts import Verdict

PASSED: dict[Passed, str] = {True: "passed", False: "failed", "not_runnable": "could not run"}


@dataclass(frozen=True, slots=True)
class RatioEstimate:
    """An estimate as a ratio; 1 is no association.

    Attributes
    ----------
    high : upper end of the interval; None if it has none.
    smallest : smallest detectable ratio.
    text : the estimate in words.
    graded : whether the verdict grades this estimate.
    """

    name: str
    ratio: float
    low: float
    high: float | None
    smallest: float | None
    text: str
    graded: bool


def ratio_estimates(verdict: Verdict) -> Iterator[RatioEstimate]:
    """Yield every estimate of a verdict that is a ratio, the graded one first."""
    a, detectable = verdict.association, verdict.smallest_detectable
    graded = verdict.grade != "unknown_not_measurable"
    if a is not None and a.risk_ratio is not None:
        text = f"follow-up fixes, marked {ratio(a.risk_ratio)} ({ratio(a.low)} … {_upper_end(a.high)})"
        smallest = None if detectable is None else detectable.association
        yield RatioEstimate("follow-up fixes, marked", a.risk_ratio, a.low, a.high, smallest, text, graded=graded)
    elif a is not None and a.per_50_points is not None and a.high is not None:
        smallest = None if detectable is None else detectable.association
        yield _from_relative_change(
            "merged changes, within people", a.per_50_points, a.low, a.high, smallest, graded=graded
        )
    if verdict.beyond_trends is not None:
        b = verdict.beyond_trends
        smallest = None if detectable is None else detectable.beyond_trends
        name = "merged changes, beyond own trends"
        yield _from_relative_change(name, b.per_50_points, b.low, b.high, smallest, graded=graded)
    if verdict.recorded is not None:
        u = verdict.recorded
        name = "merged changes, last period's share"
        yield _from_relative_change(name, u.per_50_points, u.low, u.high, None, graded=False)
    if verdict.durable is not None:
        d = verdict.durable
        yield _from_relative_change("changes that last", d.per_50_points, d.low, d.high, None, graded=False)
    for row in verdict.coupled or ():
        name = coupled_name(row) + (" (arithmetic)" if row.arithmetic.passed is False else "")
        yield _from_relative_change(name, row.per_50_points, row.low, row.high, None, graded=False)
    if verdict.spill_over is not None:
        s = verdict.spill_over
        # Additive changes of a risk are relative to it, so they cannot fall below -100 %.
        point, low, high = (max(value, -1.0) for value in (s.per_50_points, s.low, s.high))
        yield _from_relative_change("follow-up fixes, unmarked", point, low, high, s.smallest_detectable, graded=False)


def _upper_end(high: float | None) -> str:
    return "no upper end" if high is None else ratio(high)


def _from_relative_change(
    name: str, point: float, low: float, high: float, smallest: float | None, *, graded: bool
) -> RatioEstimate:
    text = f"{name} {relative(point)} ({relative(low)} … {relative(high)})"
    smallest_ratio = None if smallest is None else 1 + smallest
    return RatioEstimate(name, 1 + point, 1 + low, 1 + high, smallest_ratio, text, graded)


def association_table(estimates: Sequence[RatioEstimate]) -> Table:
    """Return a table of the estimates."""
    rows = tuple(
        (
            f.name,
            ratio(f.ratio),
            f"{ratio(f.low)} … {_upper_end(f.high)}",
            ratio(f.smallest),
            "yes" if f.graded else "no",
        )
        for f in estimates
    )
    columns = ("figure", "ratio", "95 % interval", "smallest detectable", "graded")
    note = (
        "Merged changes and what lasts: for +50 points of AI share in a person's past changes. Follow-up fixes: marked "
        "changes against the same people's other changes. Lines and commits add sizes up: arithmetic."
    )
    return Table("Figures of the verdicts", columns, rows, frozenset({1, 2, 3}), note=note)


def evidence_table(verdicts: Sequence[Verdict]) -> Table:
    """Return a table of sizes, p-values, information, tipping point, robustness, forecast skill and durable part."""
    rows = tuple(row for verdict in verdicts for row in _evidence(verdict))
    columns = ("outcome", "what", "value", "what it is of")
    note = "" if rows else "Nothing was estimated."
    return Table("What else the verdicts rest on", columns, rows, frozenset({2}), note=note)


def _evidence(v: Verdict) -> Iterator[tuple[str, str, str, str]]:
    if v.n_rows is not None:
        size = f"{many(v.n_people or 0, 'person', 'people')}, {number(v.n_rows)} rows"
        yield v.outcome, "rests on", size, "people and rows of the panel, or changes, that enter"
    if v.association is not None and v.association.p is not None:
        p_values = f"{v.association.p:.3f} ({_p_text(v.association.p_holm)})"
        yield v.outcome, "p (Holm)", p_values, "no link; adjusted over the verdicts' tests"
    if v.association is not None and v.association.permutation_p is not None:
        yield (
            v.outcome,
            "p of permutations",
            _p_text(v.association.permutation_p),
            "people with similar spans, permuted",
        )
    if v.information is not None:
        i = v.information
        value = f"{percent(i.r2)} ({percent(i.low)} … {percent(i.high)})"
        has_bound = i.at_most is not None and i.at_most >= i.r2
        context = f", of at most {percent(i.at_most)} that is not chance" if has_bound else ""
        yield v.outcome, "accounts for", value, f"of what varies beyond who and when{context}"
    if v.durable is not None and v.durable.ratio is not None:
        d = v.durable.ratio
        value = f"{points(d.per_50_points)} ({points(d.low)} … {points(d.high)})"
        yield v.outcome, "part that lasts", f"{value} points", "durable ÷ merged with +50 points of share"
    if v.tipping_point is not None:
        yield (
            v.outcome,
            "tipping point",
            percent(v.tipping_point),
            "of unmarked changes: AI, worst placed, they turn the sign",
        )
    if v.robustness is not None:
        r = v.robustness
        scale = f"tenure: {percent(r.tenure_outcome)} of output, {percent(r.tenure_share)} of share"
        yield v.outcome, "robustness", percent(r.value), f"what something unseen must account for; {scale}"
    if v.forecast is not None:
        value = f"{points(v.forecast.skill)} points"
        yield (
            v.outcome,
            "forecast skill",
            value,
            f"of squared error saved (\u2212: added), p {_p_text(v.forecast.p)}, {v.forecast.n} forecasts",
        )


def _p_text(value: float | None) -> str:
    return UNKNOWN if value is None else f"{value:.3f}"


def all_placebos(verdicts: Sequence[Verdict], outcomes: Sequence[Outcome]) -> list[tuple[str, Placebo]]:
    """Return every placebo with the name of what it tests: verdicts, coupled rows, and outcomes with any that ran."""
    placebos: list[tuple[str, Placebo]] = [(v.outcome, p) for v in verdicts for p in v.placebos or []]
    placebos += [(coupled_name(row), row.arithmetic) for v in verdicts for row in v.coupled or ()]
    with_placebo = [o for o in outcomes if any(p.passed != "not_runnable" for p in o.placebos)]
    return [*placebos, *((o.title, p) for o in with_placebo for p in o.placebos)]


def coupled_name(row: CoupledRow) -> str:
    """Return the name of a coupled row."""
    return f"{spaced(row.id)}, {'same period' if row.lag == 0 else 'period before'}"


def placebo_table(verdicts: Sequence[Verdict], outcomes: Sequence[Outcome]) -> Table:
    """Return a table of every placebo with its value and interval, each on its own scale."""
    placebos = all_placebos(verdicts, outcomes)
    rows = tuple((name, spaced(p.id), PASSED[p.passed], _interval(p)) for name, p in placebos)
    note = "A placebo that could not run has not passed." if rows else "Nothing was estimated, so no placebo ran."
    columns = ("outcome", "placebo", "result", "value and 95 % interval, on its own scale")
    return Table("Placebos", columns, rows, frozenset({3}), note=note)


def _interval(p: Placebo) -> str:
    if p.value is None:
        return ""
    reach = "" if p.low is None or p.high is None else f" ({signed(p.low, 3)} … {signed(p.high, 3)})"
    return signed(p.value, 3) + reach


def power_requirements_table(power: Sequence[Power]) -> Table:
    """Return a table of the smallest detectable effect of this history, by number of people."""
    rows = tuple(
        (str(c.people), increase_and_decrease(c.association), increase_and_decrease(c.beyond_trends)) for c in power
    )
    note = (
        "From this history's own variance, for people like those compared here over the same months. Each cell: the "
        "increase, and the decrease that is as far as a ratio."
        if rows
        else "Nothing was estimated, so its variance is unknown."
    )
    columns = ("people compared", "within people", "beyond own trends")
    return Table("Smallest effect on output that would be detected", columns, rows, frozenset({0, 1, 2}), note=note)


def specification_table(verdicts: Sequence[Verdict]) -> Table:
    """Return a table of every specification with its choices and its estimate."""
    specifications = next((v.specifications for v in verdicts if v.specifications is not None), None)
    rows = tuple(
        (
            relative(s.per_50_points) if s.per_50_points is not None else "ranks",
            UNKNOWN if s.low is None or s.high is None else f"{relative(s.low)} … {relative(s.high)}",
            UNKNOWN if s.t is None else signed(s.t, 2),
            UNKNOWN if s.grain is None else f"{s.grain} weeks",
            str(s.lag),
            spaced(s.model),
            UNKNOWN if s.definition is None else s.definition,
            "yes" if s.trend else "no",
            UNKNOWN if s.maturity is None else f"{s.maturity} days",
        )
        for s in (specifications.rows if specifications is not None else ())
    )
    columns = (
        "+50 points go with",
        "95 % interval",
        "t",
        "grain",
        "lag",
        "model",
        "marked by",
        "own trends",
        "maturity",
    )
    if specifications is None:
        return Table("Specification curve", columns, (), note="Nothing was fitted.")
    skipped = "; ".join(f"{s.n} {s.reason}" for s in specifications.skipped)
    note = (
        f"{specifications.n} fitted, {percent(specifications.same_sign_share)} with the headline's sign; "
        f"median {relative(specifications.median)}; joint p of the median {_p_text(specifications.p_median)}, "
        f"of the signs {_p_text(specifications.p_same_sign)}."
    )
    return Table(
        "Specification curve", columns, rows, frozenset({0, 1, 2}), note=f"{note} Not fitted: {skipped or 'none'}."
    )
