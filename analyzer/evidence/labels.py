"""commits, people → evidence, labels. Undeclared stays undeclared: silence is never human."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer import tables
from analyzer.evidence import SIGNALS, agents
from analyzer.evidence.signal import CommitText, Trace
from analyzer.history.identity import Author, is_automation

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from analyzer.history.identity import Directory

COUNTED_STRENGTHS = ("A", "B")
_CREDIT_KEYS = ("coauthoredby", "signedoffby")


def traces(commit: CommitText) -> list[Trace]:
    """Every trace of AI in one commit, by all registered signals."""
    return [trace for signal in SIGNALS for trace in signal.extract(commit)]


def label(commits: pd.DataFrame, people: pd.DataFrame, directory: Directory) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables `evidence` (a row a trace) and `labels` (a row a commit)."""
    evidence: list[tuple[object, ...]] = []
    labels: list[tuple[object, ...]] = []
    fields = zip(commits["sha"], commits["author_name"], commits["author_email"], commits["message"], strict=True)
    for (sha, *text), author, automation in zip(fields, people["author"], people["automation"], strict=True):
        commit = CommitText(*text)
        found = traces(commit)
        evidence.extend((sha, t.rule, t.tool, t.model, t.role, t.strength, t.text, None, None, None) for t in found)
        labels.append((sha, *_label(commit, found, author if isinstance(author, str) else None, automation, directory)))
    return tables.EVIDENCE.frame(evidence), tables.LABELS.frame(labels)


def _label(
    commit: CommitText, found: Sequence[Trace], author: str | None, automation: bool, directory: Directory
) -> tuple[object, ...]:
    counted = [t for t in found if t.strength in COUNTED_STRENGTHS]
    agent_author = any(t.role == "author" and t.strength == "A" and t.tool != "aider" for t in found)
    if agent_author:
        author = _credited_person(commit, directory)
    kind = "declared" if counted else "automation" if automation else "undeclared"
    return (
        kind,
        bool(counted),
        bool(found) and not counted and kind == "undeclared",
        " ".join(sorted({t.tool for t in counted if t.tool})),
        " ".join(sorted({t.model for t in counted if t.model})),
        min((t.strength for t in found), default=None),
        agent_author,
        author,
    )


def _credited_person(commit: CommitText, directory: Directory) -> str | None:
    """Person behind an agent's commit: its human co-author, else its signer (docs/method.md, "Credit")."""
    for key in _CREDIT_KEYS:
        for t in commit.trailers:
            if (
                t.key == key
                and t.address
                and not is_automation(t.name, t.address)
                and agents.by_identity(t.name, t.address) is None
            ):
                return directory.key(Author(t.name, t.address))
    return None
