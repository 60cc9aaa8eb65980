"""What the wheel installs as `aishare`: `import aishare` is `import analyzer`, `python -m aishare` the command."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if __name__ == "__main__":
    # `python -m` puts the current folder first on the path: started inside a stranger's repository, a folder called
    # analyzer there would be imported. (A file called aishare.py there runs before this line: hence `python -I -m`.)
    if not sys.flags.safe_path:
        del sys.path[0]

import analyzer

if TYPE_CHECKING:
    from analyzer import AishareError, HistoryTables, Result, __version__, analyze, open_history

__all__ = ["AishareError", "HistoryTables", "Result", "__version__", "analyze", "open_history"]


def __getattr__(name: str) -> Any:
    """Return a public name of `analyzer`, loaded on first use."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(analyzer, name)


def __dir__() -> list[str]:
    """List the public names."""
    return sorted(__all__)


if __name__ == "__main__":
    from analyzer.__main__ import main

    main()
