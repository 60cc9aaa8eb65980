"""How a long stage says how far it is."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Hears how far a stage is; `total` 0 = unknown."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Report `done` of `total` of `stage`."""


def silent(stage: str, done: int, total: int) -> None:
    """No progress."""
