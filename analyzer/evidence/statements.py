"""What a message says in words: tool footers, statements of the author, aider's subjects, branches of agents."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from analyzer.evidence import agents
from analyzer.evidence.model_names import is_model_name, model_in
from analyzer.evidence.signal import Signal, Trace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.evidence.signal import CommitText

# No sentence that declares something is longer; a longer line is data, and must not cost more than its length.
_LONGEST = 400
_SENTENCE_END = re.compile(r"(?<=[.!?]) +")
_EMOJI = re.compile(r"[\u2600-\u27bf\U0001f300-\U0001faff]")
# Names that are a model's, or a person's, as well: in prose they name no tool.
_BARE = frozenset({"claude", "gemini", "grok", "gpt"})
_AIDER = re.compile(r"aider: \S")


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("prose.toml").read_text("utf-8"))


@cache
def _patterns(kind: str) -> tuple[re.Pattern[str], ...]:
    return tuple(_compiled("".join(row["pattern"])) for row in _table()[kind])


def _compiled(pattern: str) -> re.Pattern[str]:
    fragments = {name: "".join(parts) for name, parts in _table()["fragments"].items()}
    for name, text in fragments.items():
        pattern = pattern.replace(f"{{{name}}}", text)
    return re.compile(pattern, re.IGNORECASE)


@cache
def _footer() -> re.Pattern[str]:
    """A whole line: emoji, "Generated with", a name in brackets with a link or bare, and an end."""
    return _compiled(
        r"(?P<sign>[^\w\[]*)(?:this (?:pr|pull request|commit|change|code) (?:was |is )?)?"
        r"{made} (?:with|by|using)(?: the)? "
        r"(?:\[(?P<linked>[^\]]{1,60})\](?:\([^)]*\)?)?|(?P<named>[\w][\w .+/-]{0,50}?))\s*(?:\([^)]*\))?[.!\s]*"
    )


@cache
def _ai() -> re.Pattern[str]:
    return _compiled(r"\b{ai}\b")


@cache
def _branch() -> re.Pattern[str]:
    folders = "|".join(_table()["branches"])
    start = r"Merge (?:pull request \S+ from [^/\s]+/|(?:(?:remote-tracking )?branch \S+ (?:of \S+ )?into )|"
    start += r"(?:remote-tracking )?branch '(?:origin/)?)"
    return re.compile(rf"{start}(?:{folders})/\S*")


@cache
def _denied() -> re.Pattern[str]:
    return re.compile(_table()["denied"], re.IGNORECASE)


def _footers(commit: CommitText) -> Iterator[Trace]:
    for line in commit.lines:
        yield from _footer_of(line)


def _footer_of(line: str) -> Iterator[Trace]:
    match = _footer().fullmatch(line) if len(line) <= _LONGEST and " " in line else None
    if match is None:
        return
    name = (match["linked"] or match["named"]).strip()
    agent = agents.by_mention(name, "footers")
    if agent is not None or is_model_name(name):
        tool = None if agent is None else agent.tool
        yield Trace(f"{FOOTER.id}:{tool or 'model'}", tool, model_in(line), "assisted", "B", line)
    elif match["linked"] and _EMOJI.search(match["sign"]):
        yield Trace(f"{FOOTER.id}:unknown", None, None, "hint", "H", line)


def _statements(commit: CommitText) -> Iterator[Trace]:
    """At most one trace a line; the subject says what the change is about, and is not read."""
    whole = "\n".join(commit.lines[1:]).lower()
    words = [word for word in _table()["words"] if word in whole]
    for line in commit.lines[1:] if words else ():
        lowered = line.lower()
        if len(line) > _LONGEST or not any(word in lowered for word in words) or any(_footer_of(line)):
            continue
        found = (_stated(sentence, line) for sentence in _SENTENCE_END.split(line.lstrip("-*_#( ")))
        yield from (trace for trace in [next(filter(None, found), None)] if trace is not None)


def _stated(sentence: str, line: str) -> Trace | None:
    if sentence.startswith("[ ]") or _denied().search(sentence):  # an empty box of a template says no
        return None
    for pattern in _patterns("wrote"):
        if match := pattern.match(sentence):
            named = [match.groupdict().get("ai") or "", *(m[0] for m in _ai().finditer(sentence))]
            tool = next((tool for name in named if (tool := _tool(name))), None)
            return Trace(f"{STATEMENT.id}:wrote", tool, model_in(named[0]), "assisted", "B", line)
    if any(pattern.match(sentence) for pattern in _patterns("consulted")):
        return Trace(f"{STATEMENT.id}:consulted", None, None, "hint", "H", line)
    return None


def _tool(name: str) -> str | None:
    """Tool of that name, unless it may be a model or a person."""
    agent = None if name.lower() in _BARE or model_in(name) else agents.by_mention(name, "footers")
    return agent.tool if agent else None


def _subjects(commit: CommitText) -> Iterator[Trace]:
    subject = commit.lines[0] if commit.lines else ""
    if _AIDER.match(subject):
        yield Trace(f"{SUBJECT.id}:aider", "aider", None, "assisted", "B", subject)
    elif match := _branch().match(subject):
        yield Trace(f"{SUBJECT.id}:branch", None, None, "hint", "H", match[0])


FOOTER = Signal(
    id="footer",
    title='"Generated with Claude Code" and the like, a line of its own',
    strength="B",
    says="The tool's default footer: it made the change, or a good part of it.",
    limits="Often removed. A footer of a tool that no table knows is a hint; a code generator's is nothing.",
    extract=_footers,
)
STATEMENT = Signal(
    id="statement",
    title='the author says so ("tests written by Claude", "this was mostly AI generated")',
    strength="B",
    says="A sentence of the message, from its beginning, says that AI wrote the change or a part of it.",
    limits="English only. Consulting AI settles nothing and is a hint (H); a sentence with a negation is not read.",
    extract=_statements,
)
SUBJECT = Signal(
    id="subject",
    title='the subject begins with "aider: ", or merges an agent\'s branch',
    strength="B",
    says="aider prefixes its commits so on request. A branch like copilot/… is a hint (H).",
    limits="A person can choose such a branch name, and the merge itself has no code.",
    extract=_subjects,
)
