"""Detection of AI marks: commit text and line-level records in, the tables `evidence` and `labels` out.

To add a detection rule, write one `Signal` in a module here and list it in `SIGNALS`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.evidence.agent_identities import AUTHOR, AUTHOR_MENTION, COMMITTER
from analyzer.evidence.branches import BRANCH_OF_MERGE
from analyzer.evidence.custom_rules import USER_RULE
from analyzer.evidence.footers import FOOTER
from analyzer.evidence.other_trailers import CHECKPOINT, HINT, MADE_BY_AGENT, MESSAGE_ONLY, REVIEW
from analyzer.evidence.possible_agents import POSSIBLE_AGENT
from analyzer.evidence.session_links import SESSION
from analyzer.evidence.statements import STATEMENT, SUBJECT
from analyzer.evidence.trailers import ASSISTED, COAUTHOR, SIGNED

if TYPE_CHECKING:
    from analyzer.evidence.signal import Signal

SIGNALS: tuple[Signal, ...] = (
    AUTHOR,
    AUTHOR_MENTION,
    COAUTHOR,
    ASSISTED,
    SIGNED,
    MADE_BY_AGENT,
    FOOTER,
    STATEMENT,
    SUBJECT,
    SESSION,
    CHECKPOINT,
    MESSAGE_ONLY,
    HINT,
    COMMITTER,
    POSSIBLE_AGENT,
    BRANCH_OF_MERGE,
    REVIEW,
    USER_RULE,
)
