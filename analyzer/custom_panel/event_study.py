"""`infer --event`: event study of a user's panel, as relative changes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pandas as pd

from analyzer.inference.event_study import MIN_ADOPTERS, AdoptionPanel, estimate_event_study
from analyzer.inference.linalg.log_change import relative_change

if TYPE_CHECKING:
    from analyzer.custom_panel.table import UserPanel
    from analyzer.inference.event_study import Effect, EventStudy


class Horizon(msgspec.Struct, frozen=True):
    """Relative change `horizon` periods after adoption (0.5 = +50 %), 95 % interval, p of no change, and n rows."""

    horizon: int
    estimate: float
    low: float | None
    high: float | None
    p: float | None
    n: int


class Average(msgspec.Struct, frozen=True):
    """Relative change over all adopted rows.

    Attributes
    ----------
    n : rows.
    adopters : units that adopt.
    clusters : clusters of the standard error.
    first_three : average of periods 0 to 2.
    later : average from period 3 on.
    """

    estimate: float
    low: float | None
    high: float | None
    p: float | None
    n: int
    adopters: int
    clusters: int
    first_three: Horizon | None
    later: Horizon | None


def run_event_study(panel: UserPanel, event: str) -> tuple[EventStudy | None, tuple[str, ...]]:
    """Return the event study of log(1 + outcome) by the adoption column `event`, and notes on it."""
    columns, table = panel.columns, panel.table
    step = _period_length(table[columns.period])
    position = ((table[columns.period] - table[columns.period].min()) / step).round()
    since = ((table[columns.period] - table[event]) / step).round()
    controls = table[list(columns.controls)].to_numpy(dtype=float)
    scale = controls.std(axis=0)
    cluster = table[columns.unit if columns.cluster is None else columns.cluster]
    study = estimate_event_study(
        AdoptionPanel(
            y=np.log1p(table[columns.outcome].to_numpy(dtype=float)),
            unit=pd.factorize(table[columns.unit])[0],
            period=pd.factorize(position, sort=True)[0],
            since=since.to_numpy(dtype=float),
            x=(controls - controls.mean(axis=0)) / np.where(scale > 0, scale, 1.0),
            cluster=pd.factorize(cluster)[0],
        )
    )
    if study is None:
        return None, (f"Fewer than {MIN_ADOPTERS} units have a period before they adopt and one since.",)
    if study.not_imputed:
        note = f"{study.not_imputed:,} rows since adoption have nothing before it to compare with and are left out."
        return study, (note.replace(",", " "),)
    return study, ()


def _period_length(periods: pd.Series) -> float:
    gaps = np.diff(np.sort(periods.unique().astype(float)))
    return float(gaps.min()) if len(gaps) else 1.0


def horizon_rows(study: EventStudy | None) -> list[Horizon]:
    """Return leads, then effects, in order; an empty list without a study."""
    if study is None:
        return []
    return [_horizon(h, effect) for h, effect in [*study.leads.items(), *study.effects.items()]]


def average_effect(study: EventStudy) -> Average:
    """Return the average effect, with early and later periods apart, because first reactions fade."""
    overall = _horizon(0, study.average)
    return Average(
        overall.estimate,
        overall.low,
        overall.high,
        overall.p,
        overall.n,
        study.adopters,
        study.clusters,
        None if study.early is None else _horizon(0, study.early),
        None if study.later is None else _horizon(3, study.later),
    )


def _horizon(h: int, effect: Effect) -> Horizon:
    estimate = effect.estimate
    low, high = (relative_change(end) if math.isfinite(end) else None for end in (estimate.low, estimate.high))
    p = estimate.p if estimate.se > 0 and math.isfinite(estimate.se) else None
    return Horizon(h, relative_change(estimate.point), low, high, p, effect.n)
