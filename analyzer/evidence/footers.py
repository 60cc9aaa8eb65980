"""Signal: a line of its own says which tool or model made the change ("Generated with Claude Code")."""

from __future__ import annotations

import re
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from analyzer.evidence import agents
from analyzer.evidence.markup import has_emoji, is_ticked, plain_words, without_box
from analyzer.evidence.model_names import is_ambiguous, is_model_name, model_by_shape, model_in
from analyzer.evidence.prose import MAX_SENTENCE, prose_patterns
from analyzer.evidence.signal import Match, Signal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.evidence.agents import Agent
    from analyzer.evidence.signal import CommitText

# As in: Model: `anthropic:claude-opus-4-8`.
_MODEL_LABEL = re.compile(
    r"\bmodel(?: used)?\b\W{0,4}(?:[\w-]{1,30}:)?(?P<model>[\w./-]{2,60}(?: [\d.]+)?)", re.IGNORECASE
)
# The tool's name ends before brackets, a link, a list of properties, a full stop, or "via" another name.
_NAME_END = re.compile(
    r"\s*(?:[(\[<•|·;/]|[.!:,]+(?:\s|\Z)|\s[-–—]+\s|\s(?:via|with|using|in|on|at|from|for|and)\s|\Z)"
)
# Behind it only brackets, links and punctuation, or properties ("• Model: … • Cost: …").
_PLAIN_TAIL = re.compile(r"(?:\([^()]*\)|\[[^\[\]]*\]|<[^<>]*>|[-–—:]? ?https?://\S+|[.!,\s])*\Z")
_PROPERTIES = re.compile(r"\s*[•|·;]")
_MODEL_TAIL = re.compile(r"\s*(?:\(| via\b| in\b| using\b)|\s+(?:via|in|using|on)\b")
_TASK_TAIL = re.compile(r"\s+(?:for|in|on) (?:task|session|issue|request)\b", re.IGNORECASE)
_OTHER_NAME = re.compile(
    r"(?: via| with| using| in| on| from| and|/|,| [-–—]+|\s*\() *(?:the )?(?P<other>[^()]{1,60}?)\)?[.! ]*\Z"
)


@cache
def _footer_pattern() -> re.Pattern[str]:
    return prose_patterns("footer")[0]


# Also the names of models or people: alone, without a link or an emoji, they name no tool.
AMBIGUOUS_NAMES = frozenset({"claude", "gemini", "grok", "gpt", "agent", "the agent"})
_SIGN_LENGTH = 8  # an emoji before the footer, behind a bullet or emphasis
# "Created using [a GitHub action](…)" names no tool.
_NO_TOOL = re.compile(r"an? |.*\b(?:action|workflow|script|template|generator|bot)\b", re.IGNORECASE)
_NEXT_CREDIT = re.compile(r"\s+co-authored-by: .*\Z", re.IGNORECASE)
# Every footer has one of these words, near its beginning.
_LINKING_WORD = re.compile(r" (?:with|by|using|via|through) ", re.IGNORECASE)
_LATEST_LINKING_WORD = 80
_MOST_NAME_WORDS = 6


def footer_matches(commit: CommitText) -> Iterator[Match]:
    """Yield the footers of a message, one a line; a line that goes on with a sentence of the line before is none."""
    matched: list[str] = []
    begun = [line for before, line in pairwise(("", *commit.lines)) if not _goes_on(before, line)]
    for line in dict.fromkeys((*begun, *commit.paragraphs)):
        for match in match_footer(line):
            if not line.startswith(tuple(matched)):  # the same line, joined with the next
                yield match
            matched.append(line)


def _goes_on(before: str, line: str) -> bool:
    return line[:1].islower() and bool(before) and before[-1:] not in ".!?:"


def match_footer(line: str) -> Iterator[Match]:
    """Yield the match of a line that is a footer; of a tool that no table knows only where a model is named."""
    if _LINKING_WORD.search(line, 0, _LATEST_LINKING_WORD) is None:
        return
    if len(line) > MAX_SENTENCE or is_ticked(line) is False:
        return
    text = _NEXT_CREDIT.sub("", plain_words(without_box(line)))
    match = _footer_pattern().fullmatch(text)
    if match is not None:
        yield from _match_name(match["rest"], line)
    elif "](" in line and (signature := prose_patterns("signature")[0].fullmatch(text)):
        yield from (match for match in _match_name(signature["rest"], line) if match.tool)


def _match_name(text: str, line: str) -> Iterator[Match]:
    """Match what a footer names; a tool that no table knows, behind a link and an emoji, is a hint."""
    agent, model = _agent_and_model(text)
    decorated = "](" in line or has_emoji(line[:_SIGN_LENGTH])
    if agent is not None or model is not None:
        alone = model is None and text.strip(" .!").lower().split(";")[0] in AMBIGUOUS_NAMES
        tool = None if agent is None or (alone and not decorated) else agent.tool
        yield Match(f"{FOOTER.id}:{tool or 'model'}", tool, model, "assisted", "B", line)
    elif "](" in line and has_emoji(line[:_SIGN_LENGTH]) and not _NO_TOOL.match(text):
        yield Match(f"{FOOTER.id}:unknown", None, None, "hint", "H", line)


def looks_like_footer(line: str) -> bool:
    """Return whether a line has the form of a footer, whatever tool it names."""
    match = _footer_pattern().fullmatch(plain_words(line)) if len(line) <= MAX_SENTENCE else None
    return match is not None and len(match["rest"].split()) <= _MOST_NAME_WORDS


def _agent_and_model(text: str) -> tuple[Agent | None, str | None]:
    """Return the tool and the model that the end of a footer names; neither if no table knows the one or the other."""
    end = _NAME_END.search(text)
    name, tail = (text[: end.start()], text[end.start() :]) if end else (text, "")
    agent = agents.by_mention(name.strip("\"'“” "), "footers")
    model = model_in(name) if is_model_name(name) and not is_ambiguous(model_in(name) or "") else None
    if labelled := _MODEL_LABEL.search(tail):
        model = model_in(labelled["model"]) or (model_by_shape(labelled["model"]) if agent else None)
    if _PLAIN_TAIL.match(tail) or _PROPERTIES.match(tail):
        in_brackets = tail.strip(" .!()[]")
        if is_model_name(in_brackets) or agent is not None:
            model = model or model_in(in_brackets) or model_in(name)
        return agent, model
    if (labelled and model) or (agent and _TASK_TAIL.match(tail)):
        return agent, model
    other = _OTHER_NAME.match(tail)
    beside = agents.by_mention(other["other"], "footers") if other else None
    other_model = model_in(other["other"]) if other and (beside or is_model_name(other["other"])) else None
    if other_model or (agent and beside) or (model and _MODEL_TAIL.match(tail)):
        return agent or beside, model or other_model
    return None, None


FOOTER = Signal(
    id="footer",
    title='"Generated with Claude Code" and the like, a line of its own',
    strength="B",
    says="The tool's default footer: it made the change, or a good part of it. A line that names a known model counts "
    "whatever the tool is called.",
    limits="Often removed. A footer of a tool that no table knows and without a model is a hint; a code generator's is "
    "nothing.",
    extract=footer_matches,
)
