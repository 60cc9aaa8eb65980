"""Estimate the association of each outcome with the AI share, over teams or repositories and periods.

The estimator is that of `aishare infer`: Poisson pseudo-maximum likelihood of the outcome on the share one period
earlier, with unit and period fixed effects, jackknife intervals over units, and p-values from permuting whole share
trajectories. It does not require counts (Santos Silva and Tenreyro, Rev. Econ. Stat. 2006), so hours and rates are
fitted the same way, and their scale does not matter. Only published shares enter, so that no estimate discloses others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from msgspec import structs

from analyzer.core import tables
from analyzer.core.sanitize import plain
from analyzer.fleet.periods import period_number
from analyzer.fleet.result import FleetOutcome, OutcomeAssociation, OutcomePoint, OutcomeSeries
from analyzer.inference.grading.rules import MIN_PEOPLE, MIN_PERIODS
from analyzer.inference.grading.sentences import format_change
from analyzer.inference.grading.throughput import verdict_from_estimates
from analyzer.inference.throughput import estimate_throughput
from analyzer.panel.from_table import panel_from_table
from analyzer.report.format import many
from analyzer.report.result_verdicts import throughput_result

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from analyzer.config import PeriodLength
    from analyzer.fleet.config_types import OutcomeEntry
    from analyzer.fleet.metrics.files import MetricFile
    from analyzer.inference.grading.throughput import ThroughputVerdict
    from analyzer.inference.throughput import Throughput
    from analyzer.panel import Panel

PERMUTATIONS, SEED = 999, 0
# The jackknife refits once per unit, so run time grows with the square of their number. Beyond this number, only the
# units with the most changes enter.
MAX_UNITS = 400
# Placebo tests of `estimate_throughput` that apply to teams and repositories → their names in fleet.json.
_PLACEBOS = {"timing": "timing", "other_author": "other_unit", "influence": "influence"}
_UNITS = {"team": ("team", "teams"), "repository": ("repository", "repositories")}


@dataclass(frozen=True, slots=True)
class _OutcomeEstimate:
    """A panel and its estimate; None where the data are too few."""

    panel: Panel | None
    estimate: Throughput | None


def outcomes_with_associations(
    files: Sequence[MetricFile], shares: Mapping[str, pd.DataFrame], every: PeriodLength, as_of: str
) -> list[FleetOutcome]:
    """Return every outcome with its series and its association with the AI share.

    The p-values of all outcomes are adjusted together (Holm). Units without a published share have no series, so that
    nothing appears of a suppressed team.

    Parameters
    ----------
    files : one per outcome.
    shares : published shares by kind of join ("team", "repository"), columns unit, period, share, n.
    every : kind of period.
    as_of : YYYY-MM-DD; later rows do not count.
    """
    joined = [_with_shares(file, shares[file.entry.join], every, as_of) for file in files]
    estimates = [_estimate(table, file.entry, every) for file, table in zip(files, joined, strict=True)]
    p_values = [None if e.estimate is None else e.estimate.p for e in estimates]
    return [
        FleetOutcome(
            name=plain(file.entry.name, 100),
            join=file.entry.join,
            kind=file.entry.kind,
            better=file.entry.better,
            per=None if file.entry.denominator is None else plain(file.entry.denominator, 100),
            series=_outcome_series(table),
            link=_association(
                file.entry, estimated, [p for j, p in enumerate(p_values) if j != k and p is not None], every
            ),
            notes=[plain(note, 300) for note in file.notes],
        )
        for k, (file, table, estimated) in enumerate(zip(files, joined, estimates, strict=True))
    ]


def _with_shares(file: MetricFile, shares: pd.DataFrame, every: PeriodLength, as_of: str) -> pd.DataFrame:
    """Join values and shares of units that have both; missing value, denominator and share are NaN, missing n is 0."""
    first_period = shares["period"].min() if len(shares) else "9999"
    values = file.by_period(every, first_period, as_of)
    units = set(values["unit"]) & set(shares["unit"])
    # Columns of an empty table have no useful dtype.
    overlapping = [
        table[table["unit"].isin(units)].astype({"unit": "str", "period": "str"}) for table in (values, shares)
    ]
    table = overlapping[0].merge(overlapping[1], on=["unit", "period"], how="outer").sort_values(["unit", "period"])
    return table.assign(n=table["n"].fillna(0)).reset_index(drop=True)


def _estimate(table: pd.DataFrame, entry: OutcomeEntry, every: PeriodLength) -> _OutcomeEstimate:
    if table.empty:
        return _OutcomeEstimate(None, None)
    largest = table.groupby("unit")["n"].sum().sort_values(ascending=False, kind="stable").index[:MAX_UNITS]
    table = table[table["unit"].isin(largest)]
    period_numbers = {name: period_number(name, every) for name in table["period"].unique()}
    has_denominator = entry.denominator is not None and entry.kind != "rate"
    observed = table["value"].notna() & (table["denominator"].notna() | (not has_denominator))
    log_denominator = np.log1p(table["denominator"])
    table = table.assign(
        period=table["period"].map(period_numbers),
        value=table["value"].where(observed),
        log=log_denominator.fillna(log_denominator.mean()),
    )
    periods = [float(p) for p in range(min(period_numbers.values()), max(period_numbers.values()) + 1)]
    controls = ("log",) if has_denominator else ()
    panel = panel_from_table(table, "unit", "period", "value", "share", "n", controls=controls, periods=periods)
    panel = replace(panel, y=np.nan_to_num(panel.y), span=panel.span & np.isfinite(panel.y))
    return _OutcomeEstimate(panel, estimate_throughput(panel, n_permutations=PERMUTATIONS, seed=SEED))


def _association(
    entry: OutcomeEntry, estimated: _OutcomeEstimate, other_p_values: Sequence[float], every: PeriodLength
) -> OutcomeAssociation:
    units = 0 if estimated.panel is None else len(estimated.panel.people)
    share_varies = estimated.panel is not None and bool((np.nan_to_num(estimated.panel.ai) > 0).any())
    verdict = verdict_from_estimates(
        estimated.estimate, share_varies or estimated.panel is None, units, units, other_p_values
    )
    slug, sentence = _slug_and_sentence(entry, verdict, units, every)
    formatted = throughput_result(verdict)
    placebos = [structs.replace(p, id=_PLACEBOS[p.id]) for p in formatted.placebos or [] if p.id in _PLACEBOS]
    bounded = formatted.association is not None and math.isfinite(formatted.association.low)
    return OutcomeAssociation(
        grade=verdict.grade,
        slug=slug,
        sentence=plain(sentence, 400),
        association=formatted.association if bounded else None,
        beyond_trends=formatted.beyond_trends if bounded else None,
        smallest_detectable=formatted.smallest_detectable if bounded else None,
        n_units=units if estimated.estimate is None else estimated.estimate.people,
        n_periods=None if estimated.estimate is None else verdict.periods,
        n_rows=None if estimated.estimate is None else estimated.estimate.rows,
        placebos=placebos,
    )


def _slug_and_sentence(
    entry: OutcomeEntry, verdict: ThroughputVerdict, units: int, every: PeriodLength
) -> tuple[str, str]:
    """Return slug and sentence of a grade, with the estimate, its interval and the smallest detectable effect."""
    estimates, name = verdict.estimates, entry.name
    singular, plural = _UNITS[entry.join]
    if verdict.grade == "unknown_not_measurable":
        return verdict.slug, verdict.sentence
    if estimates is None:
        subject = (
            f"{many(units, singular, plural)} of the fleet {'has' if units == 1 else 'have'} both a share and {name};"
        )
        return "outcome-too-few", f"{subject} beyond what all have in common, both have to move in three at least."
    if estimates.people < MIN_PEOPLE or estimates.periods < MIN_PERIODS:
        subject = f"{estimates.people} of {many(units, singular, plural)} can be compared over"
        subject += f" {many(estimates.periods, every)}."
        return "outcome-too-few", f"{subject} At least {MIN_PEOPLE} over {MIN_PERIODS} are needed."
    within = estimates.within
    interval = f"95 % CI {format_change(within.low)} to {format_change(within.high)}"
    estimate_text = f"+50 points of share went with {format_change(within.change)} ({interval}) of {name}"
    smallest = format_change(within.smallest_detectable)
    estimate_text += f" a {every} later; {plural} and {every}s like these would show {smallest} or more"
    sentences = {
        "unknown_too_little_history": f"{estimate_text}: too coarse.",
        "nothing_detected": f"{estimate_text}, four times in five.",
        "says_nothing": f"{estimate_text}; with enough data to see 10 %, it is essentially nothing.",
    }
    return verdict.slug, sentences.get(verdict.grade, f"{estimate_text}. {_why_not_stronger(estimates, every)}")


def _why_not_stronger(estimates: Throughput, every: PeriodLength) -> str:
    """Return why a detected association does not get a stronger grade."""
    if estimates.timing is not None and estimates.timing.passed is False:
        return f"The share of the same {every} goes with it more: it may be the other way round."
    failed_placebo = next(
        (
            _PLACEBOS[placebo.id]
            for placebo in estimates.placebos
            if placebo.passed is False and placebo.id in _PLACEBOS
        ),
        None,
    )
    if failed_placebo is not None:
        return f"The placebo {failed_placebo} finds something too."
    return "A figure from elsewhere has no second one that confirms it, so it says no more than that."


def _outcome_series(table: pd.DataFrame) -> list[OutcomeSeries]:
    """Return one series per unit, sorted by name; periods with neither a value nor a share are left out."""
    columns = ("period", "value", "denominator", "share", "n")
    return [
        OutcomeSeries(plain(str(unit), 100), [_outcome_point(*row) for row in tables.iter_rows(rows, *columns)])
        for unit, rows in table.groupby("unit", sort=True)
    ]


def _outcome_point(period: str, value: float, denominator: float, share: float, n: float) -> OutcomePoint:
    return OutcomePoint(period, _finite_or_none(value), _finite_or_none(denominator), _finite_or_none(share), int(n))


def _finite_or_none(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
