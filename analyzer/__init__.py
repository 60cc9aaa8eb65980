"""aishare: how much of a git history is AI-written, and what that number tells you.

`analyze(path)` gives the answer of `aishare analyze`, `open_history(path)` the tables behind it. Importing the package
loads neither pandas nor git: the work is imported when it is first asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer.errors import AishareError
from analyzer.version import VERSION

if TYPE_CHECKING:
    from analyzer.api import HistoryTables, Result, analyze, open_history

__all__ = ["AishareError", "HistoryTables", "Result", "__version__", "analyze", "open_history"]

__version__ = VERSION


def __getattr__(name: str) -> Any:
    """Load the API on first use."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from analyzer import api

    return getattr(api, name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)
