"""Arithmetic coupling: how much of an association with lines or commits is arithmetic.

An outcome that is a sum of sizes rises with the share wherever marked changes are longer, whatever was achieved. If
sizes are permuted among a person's own changes of the same mark, with marks and periods unchanged, only this arithmetic
remains; the mean over all permutations is known without drawing one. An association that is at least half arithmetic is
an artefact (R6.5 of docs/method.md). Reported for context; not used in grading.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from analyzer.core.constants import SHARE_STEP
from analyzer.inference.durability import slope_on_share
from analyzer.inference.linalg.log_change import relative_change
from analyzer.inference.results import CoupledRow, Placebo

if TYPE_CHECKING:
    from analyzer.inference.jackknife import Interval
    from analyzer.panel import Panel

_MIN_ARITHMETIC = 0.5
LAGS = (0, 1)


def coupled_rows(panel: Panel) -> list[CoupledRow]:
    """Return the panel's sums of sizes on the share of the same and of the preceding period, if identified."""
    coupled = []
    for id_, (sums, expected_sums) in (panel.size_sums or {}).items():
        n = panel.y
        has_changes = np.where(n > 0, 1.0, 0.0)
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.where((n > 0) & (sums > 0), np.log(sums), np.nan)
            per_change = np.where((n > 0) & (expected_sums > 0), np.log(expected_sums / n), np.nan)
        for lag in LAGS:
            lagged_panel = replace(panel, lag=lag)
            share = lagged_panel.recorded_share
            slope = slope_on_share(lagged_panel, share, logs, has_changes)
            if slope is not None and math.isfinite(slope.se):
                coupled.append(
                    _coupled_row(id_, lag, slope, slope_on_share(lagged_panel, share, per_change, has_changes))
                )
    return coupled


def _coupled_row(id_: str, lag: int, slope: Interval, arithmetic: Interval | None) -> CoupledRow:
    """Return the row of a sum from its slope and the slope of its arithmetic part, both in logs."""
    placebo, is_arithmetic = Placebo.not_runnable("coupling"), False
    if arithmetic is not None:
        is_arithmetic = arithmetic.excludes_zero and arithmetic.point * slope.point >= _MIN_ARITHMETIC * slope.point**2
        placebo = Placebo("coupling", *_relative_change(arithmetic), passed=not is_arithmetic)
    return CoupledRow(id_, lag, *_relative_change(slope), placebo, slope.excludes_zero and is_arithmetic)


def _relative_change(slope: Interval) -> tuple[float, float, float]:
    """Return point, low and high end of a slope as relative changes per +50 points of share."""
    point, low, high = (relative_change(SHARE_STEP * end) for end in (slope.point, slope.low, slope.high))
    return point, low, high
