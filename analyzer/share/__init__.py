"""The AI share as lower and upper bound, under every registered definition.

To add a definition, write one `Definition` in a module here and list it in `SHARES`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.share import main_definitions, recorded_definitions, vendor_definitions

if TYPE_CHECKING:
    from analyzer.share.definition import Definition

SHARES: tuple[Definition, ...] = (
    main_definitions.MERGED_CHANGES,
    main_definitions.COMMITS,
    main_definitions.LINES_ADDED,
    main_definitions.LINES_EFFECTIVE,
    main_definitions.FUNCTIONS,
    main_definitions.LINES_SURVIVING,
    main_definitions.LINES_LASTING,
    vendor_definitions.CHANGES_ANY,
    vendor_definitions.LINES_BLAMED,
    vendor_definitions.LINES_WEIGHTED,
    recorded_definitions.LINE_TRUTH,
    recorded_definitions.CHECKPOINT_LINES,
)
