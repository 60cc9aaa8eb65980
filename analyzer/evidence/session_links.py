"""Signal: a link to an agent's session or task, as a trailer or alone on a line."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from analyzer.evidence.other_trailers import mark_table, names_other_agent, trailer_matches
from analyzer.evidence.signal import Match, Signal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.evidence.signal import CommitText

# No link with a few words around it is longer.
_MAX_LINE = 300
_NO_AI = re.compile(
    r"\bno (?:ai|llm)s?\b[\w ]{0,20}\bused\b|\bwithout (?:any |the use of )?(?:ai|llms?)\b"
    r"|(?:n['’]t|\bnot) use (?:any )?(?:ai|llms?)\b",
    re.IGNORECASE,
)
_EXAMPLE_FOLLOWS = re.compile(r"\b(?:example|e\.g\.|such as|see|like)\b[^:]{0,20}:\W*\Z", re.IGNORECASE)
_ID = r"[\w-]{6,80}"
# A bullet, emphasis, a few words and a colon, or the text of a Markdown link may stand around the link.
_BEFORE = (
    r"(?:[^\w\[<(]*(?:(?!example|e\.g|see|from|cf)[A-Za-z][\w '’-]{0,40}:)?[*_`]*\s*)(?:!?\[[^\[\]]{0,80}\]\(|<|\()?"
)
_AFTER = r"(?:[?#/][^\s)>]{0,120})?[)>.*_`\s]*"


class _Link(NamedTuple):
    """A row `link` of `marks.toml`."""

    tool: str
    hosted: bool
    pattern: re.Pattern[str]


@cache
def _links() -> tuple[_Link, ...]:
    rows = tomllib.loads(resources.files(__package__).joinpath("marks.toml").read_text("utf-8"))["link"]
    return tuple(_Link(row["tool"], row.get("hosted", False), _compile(row["url"])) for row in rows)


def _compile(url: str) -> re.Pattern[str]:
    return re.compile(rf"{_BEFORE}https?://(?:www\.)?{url.replace('{id}', _ID)}{_AFTER}", re.IGNORECASE)


def _session_matches(commit: CommitText) -> Iterator[Match]:
    yield from trailer_matches(commit, SESSION.id, "session", "session", "D")
    links = list(_links_alone(commit)) if "://" in commit.message else []
    if links and not _denies_ai(commit):
        for line, link in links:
            tool = None if link.hosted and names_other_agent(commit, link.tool) else link.tool
            yield Match(f"{SESSION.id}:alone", tool, None, "session", "D", line)


def _links_alone(commit: CommitText) -> Iterator[tuple[str, _Link]]:
    """Yield the lines that hold a link and nothing else to speak of, without trailers and examples."""
    with_key = {trailer.line for trailer in commit.trailers if trailer.key in mark_table()}
    lines = [line for line in dict.fromkeys((*commit.lines[1:], *commit.paragraphs)) if line]
    for before, line in pairwise(("", *lines)):
        if (
            "://" in line
            and line not in with_key
            and (link := _link_alone(line))
            and not _EXAMPLE_FOLLOWS.search(before)
        ):
            yield line, link


def _denies_ai(commit: CommitText) -> bool:
    """Return whether the message says that it was made without AI, so that its links are about something else."""
    return any(_NO_AI.search(line) for line in commit.paragraphs)


def _link_alone(line: str) -> _Link | None:
    """Return the kind of the link that a line holds and nothing else to speak of, or None."""
    if len(line) > _MAX_LINE:
        return None
    return next((link for link in _links() if link.pattern.fullmatch(line)), None)


SESSION = Signal(
    id="session-link",
    title="a link to an agent's session (Claude-Session, Copilot-Session, Agent-Logs-Url, Amp-Thread-ID, Executed-By), "
    "or such a link alone on a line",
    strength="D",
    says="An agent took part in this commit. It counts as marked.",
    limits="How much of it is the agent's is not known. A link within a sentence may be a reference and does not "
    "count.",
    extract=_session_matches,
)
