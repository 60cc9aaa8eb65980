"""commits → evidence → labels: what each trace of AI proves.

A new family of traces is one file here and one line in `SIGNALS`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.evidence.identities import AUTHOR
from analyzer.evidence.trailers import ASSISTED, COAUTHOR

if TYPE_CHECKING:
    from analyzer.evidence.signal import Signal

SIGNALS: tuple[Signal, ...] = (
    AUTHOR,
    COAUTHOR,
    ASSISTED,
)
