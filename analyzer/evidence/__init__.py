"""commits → evidence → labels: what each trace of AI proves.

A new family of traces is one file here and one line in `SIGNALS`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.evidence.agent_identities import AUTHOR, BESIDE, COMMITTER
from analyzer.evidence.custom_rules import USER
from analyzer.evidence.other_trailers import CHECKPOINT, HINT, MADE, MESSAGE_ONLY, REVIEW, SESSION
from analyzer.evidence.statements import FOOTER, STATEMENT, SUBJECT
from analyzer.evidence.trailers import ASSISTED, COAUTHOR, SIGNED

if TYPE_CHECKING:
    from analyzer.evidence.signal import Signal

SIGNALS: tuple[Signal, ...] = (
    AUTHOR,
    BESIDE,
    COAUTHOR,
    ASSISTED,
    SIGNED,
    MADE,
    FOOTER,
    STATEMENT,
    SUBJECT,
    SESSION,
    CHECKPOINT,
    MESSAGE_ONLY,
    HINT,
    COMMITTER,
    REVIEW,
    USER,
)
