"""Label every commit as marked, unmarked or automation, from commit text to the tables `evidence` and `labels`.

An unmarked commit stays unmarked: it may be AI-written or human-written, and git cannot tell.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from analyzer.core.rows import iter_rows
from analyzer.evidence import SIGNALS, agents
from analyzer.evidence.branches import branches_of_rules
from analyzer.evidence.custom_rules import rule_matches
from analyzer.evidence.history_hints import HistoryHints, history_hints
from analyzer.evidence.prefilter import may_have_mark
from analyzer.evidence.signal import STRENGTHS, CommitText, Match
from analyzer.evidence.squash_messages import marked_share
from analyzer.evidence.strongest import strongest_claim
from analyzer.history.authors import Author, is_automation

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from analyzer.config import Rule
    from analyzer.history.authors import PeopleDirectory

_CREDIT_KEYS = ("coauthoredby", "signedoffby")
_IDENTITY_SIGNALS = tuple(signal for signal in SIGNALS if signal.reads == "people")
_MESSAGE_SIGNALS = tuple(signal for signal in SIGNALS if signal.reads == "message")
_FIELDS = ("sha", "author_name", "author_email", "message", "committer_name", "committer_email")


def find_matches(commit: CommitText, rules: Sequence[Rule] = ()) -> list[Match]:
    """Return every AI mark in one commit, by all registered signals and the user's `rules`."""
    day = commit.day if commit.author_email.strip().lower() in agents.doubtful_addresses() else ""
    people = (commit.author_name, commit.author_email, commit.committer_name, commit.committer_email)
    matches = list(_identity_matches(*people, day))
    if may_have_mark(commit.words):
        matches += [match for signal in _MESSAGE_SIGNALS for match in signal.extract(commit)]
    return [*matches, *rule_matches(commit, rules)]


@lru_cache(maxsize=1 << 14)
def _identity_matches(
    name: str, address: str, committer_name: str, committer_address: str, day: str
) -> tuple[Match, ...]:
    """Return the matches in author and committer; cached, because the same people commit again and again."""
    commit = CommitText(name, address, "", committer_name, committer_address, day)
    return tuple(match for signal in _IDENTITY_SIGNALS for match in signal.extract(commit))


def label_commits(
    commits: pd.DataFrame,
    people: pd.DataFrame,
    directory: PeopleDirectory,
    rules: Sequence[Rule] = (),
    history: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables `evidence` (one row per match) and `labels` (one row per commit).

    Parameters
    ----------
    commits : table `commits`.
    people : the person and the automation flag of each commit, in the same order.
    directory : merges the identities of a person.
    rules : the user's own rules.
    history : table `commits` of the whole history, which hints need; None if `commits` is.
    """
    from analyzer.core import tables  # `classify` needs no table, and so no pandas

    matches_of: dict[str, list[Match]] = {}
    labels: list[tuple[Any, ...]] = []
    fields = iter_rows(commits.assign(day=_days(commits["committed"])), *_FIELDS, "day")
    identities = iter_rows(people, "person", "automation")
    by_branch = branches_of_rules(commits if history is None else history, rules)
    for (sha, *fields_of_commit), (person, automation) in zip(fields, identities, strict=True):
        commit = CommitText(*fields_of_commit)
        if matches := [*find_matches(commit, rules), *([by_branch[sha]] if sha in by_branch else [])]:
            matches_of[sha] = matches
        labels.append(
            (sha, *_label_row(commit, matches, person if isinstance(person, str) else None, automation, directory))
        )
    marked = {sha for sha, _, is_marked, *_ in labels if is_marked}
    hints = history_hints(commits, people["automation"].tolist(), marked, rules, history)
    evidence = (
        (sha, match.rule, match.tool, match.model, match.role, match.strength, match.text, None, None, None)
        for sha, *_ in labels
        for match in [*matches_of.get(sha, ()), *hints.of(sha)]
    )
    return tables.EVIDENCE.frame(evidence), tables.LABELS.frame(_with_hints(row, hints) for row in labels)


def _days(dates: pd.Series) -> list[str]:
    """Return each date as YYYY-MM-DD, empty where there is none; `strftime` takes ten times as long."""
    import numpy as np

    days: list[str] = np.datetime_as_string(dates.to_numpy("datetime64[D]")).tolist()
    return ["" if day == "NaT" else day for day in days]


def _with_hints(row: tuple[Any, ...], hints: HistoryHints) -> tuple[Any, ...]:
    """Return a row of `labels` with its hints.

    A commit without a mark is possibly AI, and one whose author may be an agent is nobody's.
    """
    sha, kind, marked, share, weak, tools, models, strength, agent_author, person = row
    context = hints.of(sha)
    if not context:
        return row
    strengths = [*([strength] if strength else []), *(match.strength for match in context)]
    return (
        sha,
        kind if marked else "unmarked",
        marked,
        share,
        weak or not marked,
        tools,
        models,
        min(strengths, key=STRENGTHS.index),
        agent_author,
        None if sha in hints.accounts else person,
    )


def _label_row(
    commit: CommitText, matches: Sequence[Match], person: str | None, automation: bool, directory: PeopleDirectory
) -> tuple[object, ...]:
    if not matches:  # as most commits have none
        return ("automation" if automation else "unmarked", False, 0.0, False, "", "", None, False, person)
    claim = strongest_claim(matches)
    agent_author = any(match.role == "author" and match.strength == "A" and match.tool != "aider" for match in matches)
    if agent_author:
        person = _credited_person(commit, directory)
    kind = "marked" if claim.marked else "automation" if automation else "unmarked"
    return (
        kind,
        claim.marked,
        _marked_share(commit, matches) if claim.marked else 0.0,
        claim.ai != "none" and kind == "unmarked",
        " ".join(claim.tools) if claim.marked else "",
        " ".join(claim.models) if claim.marked else "",
        claim.strength,
        agent_author,
        person,
    )


def _marked_share(commit: CommitText, matches: Sequence[Match]) -> float:
    """Return the marked part of a marked commit: below 1 only for a squash that lists its commits."""
    if any(match.role == "author" for match in matches):
        return 1.0
    return marked_share(commit.lines, lambda message: strongest_claim(find_matches(CommitText("", "", message))).marked)


def _credited_person(commit: CommitText, directory: PeopleDirectory) -> str | None:
    """Return the person behind an agent's commit: its human co-author, else its signer (docs/method.md, "Credit")."""
    for key in _CREDIT_KEYS:
        for trailer in commit.trailers:
            if (
                trailer.key == key
                and trailer.address
                and not is_automation(trailer.name, trailer.address)
                and agents.by_identity(trailer.name, trailer.address) is None
            ):
                return directory.person_key(Author(trailer.name, trailer.address))
    return None
