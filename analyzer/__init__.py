"""aishare: how much of a git history is AI-written, and what that number tells you.

`analyze(path)` returns the same `Result` that `aishare analyze --json` prints. Importing the
package loads neither pandas nor git: the work is imported when it is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analyzer.version import VERSION

if TYPE_CHECKING:
    from pathlib import Path

    from analyzer.report.contract import Result

__all__ = ["__version__", "analyze"]

__version__ = VERSION


def analyze(path: str | Path = ".", **settings: Any) -> Result:
    """Analyse the repository that holds `path`; `settings` are the fields of `config.Settings`.

    Raises `errors.AishareError` (with a slug and a fix) where no share can be computed.
    """
    from analyzer.config import Settings
    from analyzer.pipeline.run import analysis

    return analysis(str(path), Settings(**settings)).result
