"""Explanations: slugs, definitions, signals and grades from their registries; commits from their traces."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from typing import TYPE_CHECKING

from analyzer.core.glossary import TERMS
from analyzer.core.messages import MESSAGES
from analyzer.core.sanitize import plain
from analyzer.core.tables import records
from analyzer.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

    from analyzer.history.repository import Repository
    from analyzer.outcomes.base import Measure

_WIDTH = 80

_SHARE = (
    "share",
    "The AI-authored part of a history, as declared part (floor) and the most it can be (ceiling).",
    """Floor = marked / all. Ceiling = 1 - provably pre-AI / all. Between them is what nobody declared: undeclared,
    not human. Each definition below counts something else, and all of them are true at once.""",
)
_GRADE = (
    "grade",
    "What the share tells about an outcome, in one of nine grades.",
    """unknown_not_measurable: no declared share varies, or it is one of marking or of cutting work otherwise.
    unknown_too_little_history: too few people or periods, or only
    an effect of use above 30 % would have been seen. nothing_detected: nothing seen, and 30 % would have been.
    says_nothing: shown to be within 10 % of zero. says_little, says_something, says_a_lot: swap test and interval agree
    that the share goes with throughput. artefact: arithmetic. misleading: output rose and what lasts did not, or
    defects rose too.""",
)


def explanation(subject: str, path: str) -> str:
    """Text for a slug, definition, signal, estimator, grade or commit; raises `UsageError("unknown-name")`."""
    name = subject.lower()
    if name == "share":
        return "\n\n".join([_text(*_SHARE), *(_text(*paragraphs) for paragraphs in _definitions().values())])
    named = _named()
    kind = name.partition(":")[0]  # a rule is its signal, a colon and the row of its table
    if kind in named:
        return _text(*named[kind])
    if re.fullmatch(r"[0-9a-f]{4,64}", name) or subject in ("HEAD", "@"):
        return commit(subject, path)
    where = "aishare list messages, signals, shares or estimators names what there is."
    raise UsageError("unknown-name", f"Nothing here is called {plain(subject)}.", where)


def _definitions() -> dict[str, tuple[str, ...]]:
    from analyzer.share import SHARES

    return {d.id: (d.id, d.title, d.says, f"Limits: {d.limits}") for d in SHARES}


def _named() -> dict[str, tuple[str, ...]]:
    """Everything that has a name, from the registries: title, subtitle, paragraphs."""
    from analyzer.evidence import SIGNALS
    from analyzer.inference import ESTIMATORS
    from analyzer.outcomes import MEASURES
    from analyzer.prompts.ratios import MEASURES as EFFORTS
    from analyzer.report.format import GRADES

    measures = {m.id: _measure(m) for m in MEASURES}
    efforts = {e.id: (e.id, e.title, e.says, f"Unit: {e.unit}.", f"Limits: {e.limits}") for e in EFFORTS}
    signals = {s.id: (s.id, f"{s.title} (strength {s.strength})", s.says, f"Limits: {s.limits}") for s in SIGNALS}
    estimators = {e.id: (e.id, e.title, e.says, f"Limits: {e.limits}", *_source(e.source)) for e in ESTIMATORS}
    messages = {m.slug: (m.slug, m.severity, m.means, f"Fix: {m.fix}") for m in MESSAGES.values()}
    return {
        **_definitions(),
        **signals,
        **measures,
        **efforts,
        **estimators,
        **dict.fromkeys(("grade", *GRADES), _GRADE),
        **{term: (term, *said) for term, said in TERMS.items()},
        **messages,
    }


def _measure(measure: Measure) -> tuple[str, ...]:
    """Title, words and limits of an outcome, with its unit and direction."""
    better = {"low": "lower is better", "high": "higher is better", "neither": "neither way is better"}[measure.better]
    coupled = "; coupled: it moves with the length and the cutting of work" if measure.coupled else ""
    unit = f"Unit: {measure.unit}; {better}{coupled}."
    return measure.id, measure.title, measure.says, unit, f"Limits: {measure.limits}", *_source(measure.source)


def _source(source: str) -> tuple[str, ...]:
    return (f"Source: {source}",) if source else ()


def commit(rev: str, path: str) -> str:
    """Why one commit of the repository at `path` is labelled as it is: every trace with the text that fired."""
    from analyzer.evidence.labels import label
    from analyzer.evidence.rejected import guards
    from analyzer.evidence.signal import CommitText
    from analyzer.history import commits as log
    from analyzer.history.authors import Directory
    from analyzer.pipeline.load import configured

    repository, settings = configured(path, {"rev": rev})
    commits = log.single(repository.git, repository.head)
    directory = Directory(commits, repository.head)
    evidence, labels = label(commits, directory.table(), directory, settings.rules)
    found = labels.iloc[0]
    subject = plain(str(commits["message"].iloc[0]).split("\n", 1)[0], 70)
    lines = [f"{repository.head[:12]}  {subject}", "", f"label    {found['label']}"]
    if found["label"] == "declared":
        lines += [
            f"tool     {found['tool'] or 'unknown'}",
            f"model    {found['model'] or 'unknown'}",
            f"strength {found['strength']}",
        ]
    lines += ["", "traces"] + [
        f"  {t['rule']} ({t['strength']}, {t['role']}): {plain(t['trace'], 120)}" for t in records(evidence)
    ]
    if evidence.empty:
        lines.append("  none. Undeclared is not human: most AI work leaves no mark.")
    lines += _line_note(repository)
    lines += _checkpoint(repository, commits)
    row = commits.iloc[0]
    kept = list(guards(CommitText(row["author_name"], row["author_email"], row["message"], row["committer_name"])))
    if kept:
        lines += ["", "left out", *(f"  {plain(text, 90)}\n    {reason}" for reason, text in kept)]
    return "\n".join(lines)


def _line_note(repository: Repository) -> list[str]:
    """What a line-level note records of the commit, as it records it: it labels no commit."""
    from analyzer.evidence.line_notes import listed_notes, read_notes

    if repository.ai_notes is None:
        return []
    lines: Counter[str] = Counter()
    blob = listed_notes(repository.git, repository.ai_notes).get(repository.head)
    for _, note in read_notes(repository.git, {repository.head: blob} if blob else {}):
        for span in note.ranges:
            lines[" ".join(filter(None, (span.source, span.tool, span.model)))] += span.last - span.first + 1
    told = [f"  {count} lines by {plain(who, 80)}" for who, count in lines.most_common()]
    return ["", "line note (labels no commit)", *told] if told else []


def _checkpoint(repository: Repository, commits: pd.DataFrame) -> list[str]:
    """What the checkpoint that the commit names has counted: it labels no commit either."""
    from analyzer.evidence.checkpoints import checkpoints

    found = checkpoints(repository, commits)
    if found is None or found.counts.empty:
        return []
    row = found.counts.iloc[0]
    told = f"  {row['agent_lines']} of {row['lines']} lines added are an agent's, over files of every kind"
    return ["", "checkpoint (labels no commit)", told]


def _text(title: str, subtitle: str, *paragraphs: str) -> str:
    wrapped = (
        textwrap.fill(" ".join(p.split()), _WIDTH, break_on_hyphens=False)
        for p in (f"{title}: {subtitle}", *paragraphs)
    )
    return "\n\n".join(wrapped)
