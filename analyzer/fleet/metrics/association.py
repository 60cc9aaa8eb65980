"""Outcomes beside the share, and what the share goes with: teams or repositories by period, each with its own level.

The estimate is the one of `aishare infer`: Poisson pseudo-likelihood with unit and period effects on the share of the
period before, intervals by leaving out units, p by swapping whole share trajectories. It needs no counts (Santos Silva
and Tenreyro, Rev. Econ. Stat. 2006), so hours and rates are fitted so as well, and their scale does not matter. Only
shares that the site shows enter: a figure made of them tells nothing of the others.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from msgspec import structs

from analyzer.core import tables
from analyzer.core.sanitize import plain
from analyzer.fleet.periods import position
from analyzer.fleet.result import Link, Outcome, Reading, Series
from analyzer.inference.grading.rules import FEWEST_PERIODS, FEWEST_SWAPPABLE
from analyzer.inference.grading.sentences import percent
from analyzer.inference.grading.throughput import judged
from analyzer.inference.throughput import estimate
from analyzer.panel import panel_of_table
from analyzer.report.format import many
from analyzer.report.result_verdicts import throughput_result

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from analyzer.config import By
    from analyzer.fleet.config_types import OutcomeEntry
    from analyzer.fleet.metrics.files import Brought
    from analyzer.inference.grading.throughput import ThroughputVerdict
    from analyzer.inference.throughput import Throughput
    from analyzer.panel import Panel

SWAPS, SEED = 999, 0
# Each refit leaves out one unit, so the work grows with their square: of more, those with the most changes enter.
MOST_UNITS = 400
# Placebos of `estimate` that an outcome by team or repository can have, as they are called there.
_PLACEBOS = {"timing": "timing", "other_author": "other_unit", "influence": "influence"}
_UNITS = {"team": ("team", "teams"), "repository": ("repository", "repositories")}


@dataclass(frozen=True, slots=True)
class _Estimated:
    panel: Panel | None
    found: Throughput | None


def linked(outcomes: Sequence[Brought], shares: Mapping[str, pd.DataFrame], every: By, as_of: str) -> list[Outcome]:
    """Every outcome with its series and its link; p-values of all of them are adjusted together (Holm).

    `shares`: by kind of join columns unit, period, share, n, of what is shown. An outcome's series are those of units
    that have a share: of a team that is not shown, nothing is.
    """
    joined = [_joined(one, shares[one.entry.join], every, as_of) for one in outcomes]
    known = [_estimated(table, one.entry, every) for one, table in zip(outcomes, joined, strict=True)]
    p = [None if k.found is None else k.found.p for k in known]
    return [
        Outcome(
            name=plain(one.entry.name, 100),
            join=one.entry.join,
            kind=one.entry.kind,
            better=one.entry.better,
            per=None if one.entry.exposure is None else plain(one.entry.exposure, 100),
            series=_series(table),
            link=_link(one.entry, at, [q for j, q in enumerate(p) if j != k and q is not None], every),
            notes=[plain(note, 300) for note in one.notes],
        )
        for k, (one, table, at) in enumerate(zip(outcomes, joined, known, strict=True))
    ]


def _joined(one: Brought, shares: pd.DataFrame, every: By, as_of: str) -> pd.DataFrame:
    """Rows of units with a share and a value in any period; value, exposure, share are NaN where not known, n is 0."""
    first = shares["period"].min() if len(shares) else "9999"
    values = one.by_period(every, first, as_of)
    units = set(values["unit"]) & set(shares["unit"])
    # An empty table has columns of no type of their own.
    parts = [table[table["unit"].isin(units)].astype({"unit": "str", "period": "str"}) for table in (values, shares)]
    table = parts[0].merge(parts[1], on=["unit", "period"], how="outer").sort_values(["unit", "period"])
    return table.assign(n=table["n"].fillna(0)).reset_index(drop=True)


def _estimated(table: pd.DataFrame, entry: OutcomeEntry, every: By) -> _Estimated:
    if table.empty:
        return _Estimated(None, None)
    most = table.groupby("unit")["n"].sum().sort_values(ascending=False, kind="stable").index[:MOST_UNITS]
    table = table[table["unit"].isin(most)]
    numbers = {name: position(name, every) for name in table["period"].unique()}
    exposed = entry.exposure is not None and entry.kind != "rate"
    known = table["value"].notna() & (table["exposure"].notna() | (not exposed))
    log = np.log1p(table["exposure"])
    table = table.assign(
        period=table["period"].map(numbers), value=table["value"].where(known), log=log.fillna(log.mean())
    )
    periods = [float(p) for p in range(min(numbers.values()), max(numbers.values()) + 1)]
    controls = ("log",) if exposed else ()
    panel = panel_of_table(table, "unit", "period", "value", "share", "n", controls=controls, periods=periods)
    panel = replace(panel, y=np.nan_to_num(panel.y), span=panel.span & np.isfinite(panel.y))
    return _Estimated(panel, estimate(panel, swaps=SWAPS, seed=SEED))


def _link(entry: OutcomeEntry, at: _Estimated, family: Sequence[float], every: By) -> Link:
    units = 0 if at.panel is None else len(at.panel.authors)
    varies = at.panel is not None and bool((np.nan_to_num(at.panel.ai) > 0).any())
    verdict = judged(at.found, varies or at.panel is None, units, units, family)
    slug, sentence = _said(entry, verdict, units, every)
    told = throughput_result(verdict)
    ran = [structs.replace(p, id=_PLACEBOS[p.id]) for p in told.placebos or [] if p.id in _PLACEBOS]
    bounded = told.association is not None and math.isfinite(told.association.low)
    return Link(
        grade=verdict.grade,
        slug=slug,
        sentence=plain(sentence, 400),
        association=told.association if bounded else None,
        use=told.use if bounded else None,
        smallest_detectable=told.smallest_detectable if bounded else None,
        n_units=units if at.found is None else at.found.authors,
        n_periods=None if at.found is None else verdict.periods,
        n_rows=None if at.found is None else at.found.rows,
        placebos=ran,
    )


def _said(entry: OutcomeEntry, v: ThroughputVerdict, units: int, every: By) -> tuple[str, str]:
    """Slug and sentence of a grade: what goes with what, how sure that is, and what could have been seen."""
    t, name = v.findings, entry.name
    one, several = _UNITS[entry.join]
    if v.grade == "unknown_not_measurable":
        return v.slug, v.sentence
    if t is None:
        both = f"{many(units, one, several)} of the fleet {'has' if units == 1 else 'have'} both a share and {name};"
        return "outcome-too-few", f"{both} beyond what all have in common, both have to move in three at least."
    if t.swappable < FEWEST_SWAPPABLE or t.periods < FEWEST_PERIODS:
        have = f"{t.swappable} of {many(units, one, several)} have like spans, over {many(t.periods, every)};"
        return "outcome-too-few", f"{have} {FEWEST_SWAPPABLE} over {FEWEST_PERIODS} are needed."
    r = t.recorded
    figure = f"+50 points of share go with {percent(r.change)} ({percent(r.low)} … {percent(r.high)}) of {name}"
    figure += f" a {every} later; {several} and {every}s like these could have shown {percent(r.smallest)}"
    told = {
        "unknown_too_little_history": f"{figure}: too coarse.",
        "nothing_detected": f"{figure}, four times in five.",
        "says_nothing": f"{figure}; with enough data to see 10 %, it is essentially nothing.",
    }
    return v.slug, told.get(v.grade, f"{figure}. {_no_more(t, every)}")


def _no_more(t: Throughput, every: By) -> str:
    """Why a link that is there is not worth more."""
    if t.timing is not None and t.timing.fired:
        return f"The share of the same {every} goes with it more: it may be the other way round."
    fired = next((_PLACEBOS[ran.id] for ran in t.placebos if ran.fired and ran.id in _PLACEBOS), None)
    if fired is not None:
        return f"The placebo {fired} finds something too."
    return "A figure from elsewhere has no second one that confirms it, so it says no more than that."


def _series(table: pd.DataFrame) -> list[Series]:
    """By unit in the order of names; periods with neither a value nor a share are not there."""
    columns = ("period", "value", "exposure", "share", "n")
    return [
        Series(plain(str(unit), 100), [_reading(*row) for row in tables.walk(own, *columns)])
        for unit, own in table.groupby("unit", sort=True)
    ]


def _reading(period: str, value: float, exposure: float, share: float, n: float) -> Reading:
    return Reading(period, _known(value), _known(exposure), _known(share), int(n))


def _known(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
