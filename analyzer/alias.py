"""What the wheel installs as `aishare`: `import aishare` is `import analyzer`, `python -m aishare` the command."""

from analyzer import AishareError, HistoryTables, Result, __version__, analyze, open_history
from analyzer.__main__ import main

__all__ = ["AishareError", "HistoryTables", "Result", "__version__", "analyze", "open_history"]

if __name__ == "__main__":
    main()
