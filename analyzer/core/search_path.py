"""The search path for programs, without entries that lead into a checkout.

The analysed repository is input from a stranger. An empty or relative entry of PATH means the current folder, which may
be a checkout of it: a file called git there would run.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

# Where GitHub Actions and GitLab CI check out the repository.
_CHECKOUTS = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")


def safe_search_path(environ: Mapping[str, str]) -> str:
    """Return PATH without entries that are empty, relative or inside the checkout of a CI job; never empty."""
    checkouts = [Path(folder).resolve() for name in _CHECKOUTS if os.path.isabs(folder := environ.get(name, ""))]
    entries = [
        entry
        for entry in environ.get("PATH", "").split(os.pathsep)
        if os.path.isabs(entry) and not any(Path(entry).resolve().is_relative_to(folder) for folder in checkouts)
    ]
    # An empty PATH would mean the current folder again.
    return os.pathsep.join(entries) or os.defpath
