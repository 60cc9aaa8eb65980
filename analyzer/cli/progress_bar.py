"""The progress bar of a terminal; a module of its own, because it imports rich."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

if TYPE_CHECKING:
    from types import TracebackType

_PATIENCE_SECONDS = 1


class ProgressBar:
    """Shows the stages of a run on stderr once it has taken a second, below what has been announced."""

    def __init__(self) -> None:
        """Start the clock."""
        columns = (TextColumn("{task.description:<17}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        console = Console(stderr=True)
        self._bar = Progress(*columns, console=console)
        self._live = Live(self._bar, console=console, transient=True)
        self._tasks: dict[str, TaskID] = {}
        self._started = time.monotonic()

    def __enter__(self) -> Self:
        """Return self."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove everything from the terminal."""
        self._live.stop()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Show `done` of `total` of `stage`."""
        if time.monotonic() - self._started > _PATIENCE_SECONDS:
            self._live.start()
        if stage not in self._tasks:
            self._tasks[stage] = self._bar.add_task(stage, total=None)
        self._bar.update(self._tasks[stage], completed=done, total=total or None)

    def announce(self, line: str) -> None:
        """Show a line above the bar, at once."""
        self._live.update(Group(Text(line), self._bar))
        self._live.start()
