"""Signals in the words of a message: tool footers, statements by the author, aider's subjects, agents' branches."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from analyzer.evidence import agents
from analyzer.evidence.model_names import is_model_name, model_in
from analyzer.evidence.signal import Match, Signal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.evidence.signal import CommitText

# No real statement is longer. Longer lines are data, and reading them must take linear time.
_MAX_LINE = 400
_SENTENCE_END = re.compile(r"(?<=[.!?]) +")
_EMOJI = re.compile(r"[\u2600-\u27bf\U0001f300-\U0001faff]")
# These may also name a model or a person, so in prose they do not identify a tool.
_AMBIGUOUS_NAMES = frozenset({"claude", "gemini", "grok", "gpt"})
_AIDER_SUBJECT = re.compile(r"aider: \S")


@cache
def _prose_table() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("prose.toml").read_text("utf-8"))


@cache
def _patterns(kind: str) -> tuple[re.Pattern[str], ...]:
    return tuple(_compile("".join(row["pattern"])) for row in _prose_table()[kind])


def _compile(pattern: str) -> re.Pattern[str]:
    fragments = {name: "".join(pieces) for name, pieces in _prose_table()["fragments"].items()}
    for name, text in fragments.items():
        pattern = pattern.replace(f"{{{name}}}", text)
    return re.compile(pattern, re.IGNORECASE)


@cache
def _footer_pattern() -> re.Pattern[str]:
    """Compile the pattern of a footer line: emoji, "Generated with", a bare name or a link, and an ending."""
    return _compile(
        r"(?P<sign>[^\w\[]*)(?:this (?:pr|pull request|commit|change|code) (?:was |is )?)?"
        r"{made} (?:with|by|using)(?: the)? "
        r"(?:\[(?P<linked>[^\]]{1,60})\](?:\([^)]*\)?)?|(?P<named>[\w][\w .+/-]{0,50}?))\s*(?:\([^)]*\))?[.!\s]*"
    )


@cache
def _ai_pattern() -> re.Pattern[str]:
    return _compile(r"\b{ai}\b")


@cache
def _branch_pattern() -> re.Pattern[str]:
    folders = "|".join(_prose_table()["branches"])
    merge = r"Merge (?:pull request \S+ from [^/\s]+/|(?:(?:remote-tracking )?branch \S+ (?:of \S+ )?into )|"
    merge += r"(?:remote-tracking )?branch '(?:origin/)?)"
    return re.compile(rf"{merge}(?:{folders})/\S*")


@cache
def _negation_pattern() -> re.Pattern[str]:
    return re.compile(_prose_table()["denied"], re.IGNORECASE)


def _footer_matches(commit: CommitText) -> Iterator[Match]:
    for line in commit.lines:
        yield from _match_footer(line)


def _match_footer(line: str) -> Iterator[Match]:
    match = _footer_pattern().fullmatch(line) if len(line) <= _MAX_LINE and " " in line else None
    if match is None:
        return
    name = (match["linked"] or match["named"]).strip()
    agent = agents.by_mention(name, "footers")
    if agent is not None or is_model_name(name):
        tool = None if agent is None else agent.tool
        yield Match(f"{FOOTER.id}:{tool or 'model'}", tool, model_in(line), "assisted", "B", line)
    elif match["linked"] and _EMOJI.search(match["sign"]):
        yield Match(f"{FOOTER.id}:unknown", None, None, "hint", "H", line)


def _statement_matches(commit: CommitText) -> Iterator[Match]:
    """Yield at most one match per line; the subject is skipped, because it says what the change is about."""
    body = "\n".join(commit.lines[1:]).lower()
    ai_words = [word for word in _prose_table()["words"] if word in body]
    for line in commit.lines[1:] if ai_words else ():
        lowered = line.lower()
        if len(line) > _MAX_LINE or not any(word in lowered for word in ai_words) or any(_match_footer(line)):
            continue
        matches = (_match_sentence(sentence, line) for sentence in _SENTENCE_END.split(line.lstrip("-*_#( ")))
        yield from (match for match in [next(filter(None, matches), None)] if match is not None)


def _match_sentence(sentence: str, line: str) -> Match | None:
    if sentence.startswith("[ ]") or _negation_pattern().search(
        sentence
    ):  # an unticked checkbox of a template means no
        return None
    for pattern in _patterns("wrote"):
        if match := pattern.match(sentence):
            mentions = [match.groupdict().get("ai") or "", *(m[0] for m in _ai_pattern().finditer(sentence))]
            tool = next((tool for name in mentions if (tool := _tool_named(name))), None)
            return Match(f"{STATEMENT.id}:wrote", tool, model_in(mentions[0]), "assisted", "B", line)
    if any(pattern.match(sentence) for pattern in _patterns("consulted")):
        return Match(f"{STATEMENT.id}:consulted", None, None, "hint", "H", line)
    return None


def _tool_named(name: str) -> str | None:
    """Return the tool of that name, unless the name may be a model's or a person's."""
    agent = None if name.lower() in _AMBIGUOUS_NAMES or model_in(name) else agents.by_mention(name, "footers")
    return agent.tool if agent else None


def _subject_matches(commit: CommitText) -> Iterator[Match]:
    subject = commit.lines[0] if commit.lines else ""
    if _AIDER_SUBJECT.match(subject):
        yield Match(f"{SUBJECT.id}:aider", "aider", None, "assisted", "B", subject)
    elif match := _branch_pattern().match(subject):
        yield Match(f"{SUBJECT.id}:branch", None, None, "hint", "H", match[0])


FOOTER = Signal(
    id="footer",
    title='"Generated with Claude Code" and the like, a line of its own',
    strength="B",
    says="The tool's default footer: it made the change, or a good part of it.",
    limits="Often removed. A footer of a tool that no table knows is a hint; a code generator's is nothing.",
    extract=_footer_matches,
)
STATEMENT = Signal(
    id="statement",
    title='the author says so ("tests written by Claude", "this was mostly AI generated")',
    strength="B",
    says="A sentence of the message, from its beginning, says that AI wrote the change or a part of it.",
    limits="English only. Consulting AI settles nothing and is a hint (H); a sentence with a negation is not read.",
    extract=_statement_matches,
)
SUBJECT = Signal(
    id="subject",
    title='the subject begins with "aider: ", or merges an agent\'s branch',
    strength="B",
    says="aider prefixes its commits so on request. A branch like copilot/… is a hint (H).",
    limits="A person can choose such a branch name, and the merge itself has no code.",
    extract=_subject_matches,
)
