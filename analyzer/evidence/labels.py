"""commits, people → evidence, labels. Undeclared stays undeclared: silence is never human."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from analyzer.core import tables
from analyzer.evidence import SIGNALS, agents
from analyzer.evidence.custom_rules import by_rules
from analyzer.evidence.prefilter import vocabulary
from analyzer.evidence.signal import CommitText, Trace
from analyzer.evidence.squash_messages import declared_part
from analyzer.evidence.strongest import concluded
from analyzer.history.authors import Author, is_automation

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from analyzer.config import Rule
    from analyzer.history.authors import Directory

_CREDIT_KEYS = ("coauthoredby", "signedoffby")
_OF_PEOPLE = tuple(signal for signal in SIGNALS if signal.reads == "people")
_OF_MESSAGES = tuple(signal for signal in SIGNALS if signal.reads == "message")
_FIELDS = ("sha", "author_name", "author_email", "message", "committer_name", "committer_email")


def traces(commit: CommitText, rules: Sequence[Rule] = ()) -> list[Trace]:
    """Every trace of AI in one commit, by all registered signals and the user's `rules`."""
    found = list(_of_people(commit.author_name, commit.author_email, commit.committer_name, commit.committer_email))
    if not commit.words.isdisjoint(vocabulary()):
        found += [trace for signal in _OF_MESSAGES for trace in signal.extract(commit)]
    return [*found, *by_rules(commit, rules)]


@lru_cache(maxsize=1 << 14)
def _of_people(name: str, address: str, committer_name: str, committer_address: str) -> tuple[Trace, ...]:
    """The same people commit again and again."""
    commit = CommitText(name, address, "", committer_name, committer_address)
    return tuple(trace for signal in _OF_PEOPLE for trace in signal.extract(commit))


def label(
    commits: pd.DataFrame, people: pd.DataFrame, directory: Directory, rules: Sequence[Rule] = ()
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables `evidence` (a row a trace) and `labels` (a row a commit); `rules` are the user's own."""
    evidence: list[tuple[object, ...]] = []
    labels: list[tuple[object, ...]] = []
    days = commits["committed"].dt.strftime("%Y-%m-%d").fillna("")
    fields = tables.walk(commits.assign(day=days), *_FIELDS, "day")
    behind = tables.walk(people, "author", "automation")
    for (sha, *text), (author, automation) in zip(fields, behind, strict=True):
        commit = CommitText(*text)
        found = traces(commit, rules)
        evidence.extend((sha, t.rule, t.tool, t.model, t.role, t.strength, t.text, None, None, None) for t in found)
        labels.append((sha, *_label(commit, found, author if isinstance(author, str) else None, automation, directory)))
    return tables.EVIDENCE.frame(evidence), tables.LABELS.frame(labels)


def _label(
    commit: CommitText, found: Sequence[Trace], author: str | None, automation: bool, directory: Directory
) -> tuple[object, ...]:
    said = concluded(found)
    agent_author = any(t.role == "author" and t.strength == "A" and t.tool != "aider" for t in found)
    if agent_author:
        author = _credited_person(commit, directory)
    kind = "declared" if said.counted else "automation" if automation else "undeclared"
    return (
        kind,
        said.counted,
        _part(commit, found) if said.counted else 0.0,
        said.ai != "none" and kind == "undeclared",
        " ".join(said.tools) if said.counted else "",
        " ".join(said.models) if said.counted else "",
        said.strength,
        agent_author,
        author,
    )


def _part(commit: CommitText, found: Sequence[Trace]) -> float:
    """Declared part of a declared commit: less than 1 only where it is a squash that lists what it was made of."""
    if any(trace.role == "author" for trace in found):
        return 1.0
    return declared_part(commit.lines, lambda message: concluded(traces(CommitText("", "", message))).counted)


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
