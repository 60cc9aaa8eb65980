"""Lines that were first written in the copies of a conflict that jj committed, and later stand in a file.

jj commits the sides of a conflict as whole trees in root folders `.jjconflict-…`
(https://docs.jj-vcs.dev/latest/git-compatibility/). No share counts the copies, so the first line outside of them that
comes from there counts as written where it stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analyzer.blame.lines import Lines

_FOLDER = b".jjconflict-"


def lines_from_conflicts(lines: Lines) -> NDArray[np.int64]:
    """Return the numbers of the first lines outside of the copies, one per line that was first written in a copy."""
    is_copy = np.array([path.startswith(_FOLDER) for path in lines.paths], dtype=bool)
    if not is_copy.any():
        return np.zeros(0, dtype=np.int64)
    by_birth = lines.birth_order
    moved_out = by_birth[is_copy[lines.path[lines.origin[by_birth]]] & ~is_copy[lines.path[by_birth]]]
    _, first = np.unique(lines.origin[moved_out], return_index=True)
    numbers: NDArray[np.int64] = moved_out[first].astype(np.int64)
    return numbers
