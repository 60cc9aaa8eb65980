"""`infer --event`: the event study of a panel that somebody brings, as relative changes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pandas as pd

from analyzer.inference.event_study import FEWEST_ADOPTERS, Adoption, event_study
from analyzer.inference.linalg.log_change import relative

if TYPE_CHECKING:
    from analyzer.custom_panel.table import Brought
    from analyzer.inference.event_study import Effect, EventStudy


class Horizon(msgspec.Struct, frozen=True):
    """Relative change `horizon` periods since adoption (0.5 = +50 %), 95 % interval, p of none; n: rows."""

    horizon: int
    estimate: float
    low: float | None
    high: float | None
    p: float | None
    n: int


class Average(msgspec.Struct, frozen=True):
    """Relative change over all adopted rows; first_three: periods 0 to 2, later: from 3 on."""

    estimate: float
    low: float | None
    high: float | None
    p: float | None
    n: int
    adopters: int
    clusters: int
    first_three: Horizon | None
    later: Horizon | None


def studied(panel: Brought, event: str) -> tuple[EventStudy | None, tuple[str, ...]]:
    """The study of log(1 + outcome) by the column of adoption, and what to know of it."""
    c, table = panel.columns, panel.table
    step = _step(table[c.period])
    position = ((table[c.period] - table[c.period].min()) / step).round()
    since = ((table[c.period] - table[event]) / step).round()
    controls = table[list(c.controls)].to_numpy(dtype=float)
    scale = controls.std(axis=0)
    cluster = table[c.unit if c.cluster is None else c.cluster]
    found = event_study(
        Adoption(
            y=np.log1p(table[c.outcome].to_numpy(dtype=float)),
            unit=pd.factorize(table[c.unit])[0],
            period=pd.factorize(position, sort=True)[0],
            since=since.to_numpy(dtype=float),
            x=(controls - controls.mean(axis=0)) / np.where(scale > 0, scale, 1.0),
            cluster=pd.factorize(cluster)[0],
        )
    )
    if found is None:
        return None, (f"Fewer than {FEWEST_ADOPTERS} units have a period before they adopt and one since.",)
    if found.left_out:
        what = f"{found.left_out:,} rows since adoption have nothing before it to compare with and are left out."
        return found, (what.replace(",", " "),)
    return found, ()


def _step(periods: pd.Series) -> float:
    known = np.diff(np.sort(periods.unique().astype(float)))
    return float(known.min()) if len(known) else 1.0


def horizons(found: EventStudy | None) -> list[Horizon]:
    """Leads, then effects, in order; none where there is no study."""
    if found is None:
        return []
    return [_horizon(h, effect) for h, effect in [*found.leads.items(), *found.effects.items()]]


def average_effect(found: EventStudy) -> Average:
    """The average with its two parts: first reactions fade."""
    whole = _horizon(0, found.average)
    return Average(
        whole.estimate,
        whole.low,
        whole.high,
        whole.p,
        whole.n,
        found.adopters,
        found.clusters,
        None if found.early is None else _horizon(0, found.early),
        None if found.later is None else _horizon(3, found.later),
    )


def _horizon(h: int, effect: Effect) -> Horizon:
    found = effect.found
    low, high = (relative(end) if math.isfinite(end) else None for end in (found.low, found.high))
    p = found.p if found.se > 0 and math.isfinite(found.se) else None
    return Horizon(h, relative(found.point), low, high, p, effect.n)
