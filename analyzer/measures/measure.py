"""What a measure is: its words, and which direction is better."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Measure:
    """A registered outcome: the single source of `aishare list measures`."""

    id: str
    title: str
    unit: str
    better: Literal["low", "high", "neither"]
    says: str
    limits: str
