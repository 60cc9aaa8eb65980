"""The callback with which a long stage reports its progress."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receives the progress of a stage; `total` 0 = unknown."""

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Report `done` of `total` of `stage`."""


def no_progress(stage: str, done: int, total: int) -> None:
    """Ignore the progress."""
