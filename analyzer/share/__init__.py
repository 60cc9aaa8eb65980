"""labels, units, changes → the declared share as floor and ceiling, under every definition.

A new definition is one `Definition` in a file here and one line in `SHARES`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.share import published, recorded, whole

if TYPE_CHECKING:
    from analyzer.share.definitions import Definition

SHARES: tuple[Definition, ...] = (
    whole.MERGED_CHANGES,
    whole.COMMITS,
    whole.LINES_ADDED,
    whole.LINES_EFFECTIVE,
    whole.FUNCTIONS,
    whole.LINES_SURVIVING,
    whole.LINES_LASTING,
    published.CHANGES_ANY,
    published.LINES_BLAMED,
    published.LINES_WEIGHTED,
    recorded.LINE_TRUTH,
    recorded.CHECKPOINT_LINES,
)
