"""labels, units, changes → the declared share as floor and ceiling, under every definition.

A new definition is one `Definition` in a file here and one line in `SHARES`.
"""

from __future__ import annotations

from analyzer.share.definitions import (
    CHECKPOINT_LINES,
    COMMITS,
    FUNCTIONS,
    LINE_TRUTH,
    LINES_ADDED,
    LINES_LASTING,
    LINES_SURVIVING,
    MERGED_CHANGES,
    Definition,
)

SHARES: tuple[Definition, ...] = (
    MERGED_CHANGES,
    COMMITS,
    LINES_ADDED,
    FUNCTIONS,
    LINES_SURVIVING,
    LINES_LASTING,
    LINE_TRUTH,
    CHECKPOINT_LINES,
)
