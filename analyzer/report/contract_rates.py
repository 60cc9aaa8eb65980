"""Rates and differences of matched comparisons, as part of the JSON contract (`report.contract`)."""

from __future__ import annotations

from msgspec import Struct


class Rate(Struct, frozen=True):
    """A rate within matched cells, with its 95 % interval; `n` counts the commits or changes in these cells."""

    value: float
    low: float
    high: float
    n: float


class OutcomeDifference(Struct, frozen=True):
    """Rate of marked work minus the rate of other work within matched cells, with its 95 % interval."""

    value: float
    low: float
    high: float
