"""Explain slugs, definitions, signals and grades from their registries, and commits from their marks."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from typing import TYPE_CHECKING

from analyzer.core.glossary import TERMS
from analyzer.core.messages import MESSAGES, RENAMED_SLUGS
from analyzer.core.rows import records
from analyzer.core.sanitize import plain
from analyzer.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from analyzer.history.repository import Repository
    from analyzer.outcomes.base import OutcomeDefinition

_WIDTH = 80

_SHARE = (
    "share",
    "The AI-authored part of a history, as marked part (floor) and the most it can be (ceiling).",
    """Floor = marked / all. Ceiling = 1 - provably pre-AI / all. Between them is what carries no mark: it may be
    AI-written or human-written. Each definition below counts something else, and all of them are true at once.""",
)
_GRADE = (
    "grade",
    "What AI share or marks tell about an outcome, in one of nine grades.",
    """unknown_not_measurable: nothing is marked, or the share varies with marking or with how work is split.
    unknown_too_little_history: too few people or periods, or only a large effect would have been detected.
    nothing_detected: no association, and 30 % would have been detected. says_nothing: shown to be near zero.
    says_little: an association within people, but growth, timing, size or another reason may explain it.
    says_something, says_a_lot: it also holds beyond each person's own trend, lasts, and passes every check.
    artefact: arithmetic. misleading: output rose while less of it lasted, or needed more fixes.""",
)


def explain(subject: str, path: str) -> str:
    """Return the text for the name of a registry entry or for a commit; raises `UsageError("unknown-name")`."""
    name = RENAMED_SLUGS.get(subject.lower(), subject.lower())
    if name == "share":
        return "\n\n".join([_format(*_SHARE), *(_format(*paragraphs) for paragraphs in _share_definitions().values())])
    explanations = _explanations()
    kind = name.partition(":")[0]  # a rule is its signal, a colon and the row of its table
    if kind in explanations:
        return _format(*explanations[kind])
    if re.fullmatch(r"[0-9a-f]{4,64}", name) or subject in ("HEAD", "@"):
        return explain_commit(subject, path)
    fix = "Run aishare list messages (or signals, shares, outcomes, estimators) for valid names."
    raise UsageError("unknown-name", f"Unknown name: {plain(subject)}.", fix)


def _share_definitions() -> dict[str, tuple[str, ...]]:
    from analyzer.share import SHARES

    return {d.id: (d.id, d.title, d.says, f"Limits: {d.limits}") for d in SHARES}


def _explanations() -> dict[str, tuple[str, ...]]:
    """Return title, subtitle and paragraphs of every entry of the registries, by name."""
    from analyzer.evidence import SIGNALS
    from analyzer.inference import ESTIMATORS
    from analyzer.outcomes import OUTCOMES
    from analyzer.prompts.ratios import RATIOS as EFFORTS
    from analyzer.report.format import GRADES

    measures = {m.id: _measure(m) for m in OUTCOMES}
    efforts = {e.id: (e.id, e.title, e.says, f"Unit: {e.unit}.", f"Limits: {e.limits}") for e in EFFORTS}
    signals = {s.id: (s.id, f"{s.title} (strength {s.strength})", s.says, f"Limits: {s.limits}") for s in SIGNALS}
    estimators = {e.id: (e.id, e.title, e.says, f"Limits: {e.limits}", *_source(e.source)) for e in ESTIMATORS}
    messages = {m.slug: (m.slug, m.severity, m.means, f"Fix: {m.fix}") for m in MESSAGES.values()}
    return {
        **_share_definitions(),
        **signals,
        **measures,
        **efforts,
        **estimators,
        **dict.fromkeys(("grade", *GRADES), _GRADE),
        **{term: (term, *paragraphs) for term, paragraphs in TERMS.items()},
        **messages,
    }


def _measure(measure: OutcomeDefinition) -> tuple[str, ...]:
    """Return title, meaning, unit, direction and limits of an outcome."""
    better = {"low": "lower is better", "high": "higher is better", "neither": "neither way is better"}[measure.better]
    coupled = "; coupled: it moves with the length and the cutting of work" if measure.coupled else ""
    unit = f"Unit: {measure.unit}; {better}{coupled}."
    return measure.id, measure.title, measure.says, unit, f"Limits: {measure.limits}", *_source(measure.source)


def _source(source: str) -> tuple[str, ...]:
    return (f"Source: {source}",) if source else ()


def explain_commit(rev: str, path: str) -> str:
    """Return why one commit of the repository at `path` has its label: every match with the text that matched."""
    from analyzer.evidence.labels import label_commits
    from analyzer.evidence.rejected import rejected_matches
    from analyzer.evidence.signal import CommitText
    from analyzer.history.authors import PeopleDirectory
    from analyzer.history.commits import read_commit
    from analyzer.pipeline.configured_repository import open_configured

    opened = open_configured(path, {"rev": rev}, settings_rev="HEAD")
    repository, settings = opened.repository, opened.settings
    commits = read_commit(repository.git, repository.head)
    history = _history_of(repository, path)
    account = _account_commits(commits, history)
    directory = PeopleDirectory(account, repository.head)
    evidence, labels = label_commits(account, directory.people_table(), directory, settings.rules, history)
    evidence = evidence[evidence["sha"] == repository.head]
    label_row = labels[labels["sha"] == repository.head].iloc[0]
    subject = plain(str(commits["message"].iloc[0]).split("\n", 1)[0], 70)
    lines = [f"{repository.head[:12]}  {subject}", "", f"label    {label_row['label']}"]
    if label_row["label"] == "marked":
        lines += [
            f"tool     {label_row['tool'] or 'unknown'}",
            f"model    {label_row['model'] or 'unknown'}",
            f"strength {label_row['strength']}",
        ]
    lines += ["", "traces"] + [
        f"  {t['rule']} ({t['strength']}, {t['role']}): {plain(t['match'], 120)}" for t in records(evidence)
    ]
    if evidence.empty:
        lines.append("  none. Unmarked does not mean human-written: most AI work leaves no mark.")
    lines += _line_note(repository, commits)
    lines += _checkpoint(repository, commits)
    row = commits.iloc[0]
    commit = CommitText(row["author_name"], row["author_email"], row["message"], row["committer_name"])
    rejected = list(rejected_matches(commit, settings.rules))
    if rejected:
        lines += ["", "left out", *(f"  {plain(text, 90)}\n    {reason}" for reason, text in rejected)]
    return "\n".join(lines)


def _history_of(repository: Repository, path: str) -> pd.DataFrame:
    """Return table `commits` of HEAD, whose merges name branches; of the commit itself if HEAD does not contain it."""
    from analyzer.history.commits import read_commits
    from analyzer.history.repository import resolve_commit

    history = read_commits(repository.git, resolve_commit(path, "HEAD"), lambda _: None)
    if history["sha"].eq(repository.head).any():
        return history
    return read_commits(repository.git, repository.head, lambda _: None)


def _account_commits(commits: pd.DataFrame, history: pd.DataFrame) -> pd.DataFrame:
    """Return the commits that decide whether the author may be an agent: of an application all, else only it."""
    from analyzer.history.authors import is_automation

    identity = ["author_name", "author_email"]
    name, address = commits[identity].iloc[0]
    if not is_automation(name, address):
        return commits
    of_account: pd.DataFrame = history[(history["author_name"] == name) & (history["author_email"] == address)]
    return of_account.reset_index(drop=True)


def _line_note(repository: Repository, commits: pd.DataFrame) -> list[str]:
    """Return what the first line-level record that names lines of the commit says; it does not affect its label."""
    from analyzer.evidence.records import RECORDS

    for record in RECORDS:
        if record.note_of is None or record.locate(repository) is None:
            continue
        note = record.note_of(repository, commits)
        lines: Counter[str] = Counter()
        for span in note.ranges if note else ():
            lines[" ".join(filter(None, (span.source, span.tool, span.model)))] += span.last - span.first + 1
        if lines:
            entries = [f"  {count} lines by {plain(writer, 80)}" for writer, count in lines.most_common()]
            return ["", f"line note in {record.place} (labels no commit)", *entries]
    return []


def _checkpoint(repository: Repository, commits: pd.DataFrame) -> list[str]:
    """Return the counts of the checkpoint that the commit names; they do not affect its label either."""
    from analyzer.evidence.checkpoints import ENTIRE_CHECKPOINTS

    is_here = ENTIRE_CHECKPOINTS.locate(repository) is not None
    recorded = ENTIRE_CHECKPOINTS.read(repository, commits) if is_here else None
    if recorded is None or recorded.counts.empty:
        return []
    row = recorded.counts.iloc[0]
    summary = f"  {row['agent_lines']} of {row['lines']} lines added are an agent's, over files of every kind"
    return ["", "checkpoint (labels no commit)", summary]


def _format(title: str, subtitle: str, *paragraphs: str) -> str:
    wrapped = (
        textwrap.fill(" ".join(p.split()), _WIDTH, break_on_hyphens=False)
        for p in (f"{title}: {subtitle}", *paragraphs)
    )
    return "\n\n".join(wrapped)
