"""Power table: smallest detectable effects by number of people and months of history (`power.toml`)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class PowerCell:
    """Median smallest detectable effect over simulated histories; `use` is infinite where most have no use figure."""

    people: int
    months: int
    panels: int
    recorded: float
    use: float


@cache
def power_table() -> tuple[PowerCell, ...]:
    """Return the shipped table."""
    text = resources.files(__package__).joinpath("power.toml").read_text("utf-8")
    return tuple(PowerCell(**row) for row in tomllib.loads(text)["cell"])
