"""Line-level notes of git-ai (`refs/notes/ai`) → which lines of a commit's files an agent wrote.

Source: git-ai-project/git-ai, specs/git_ai_standard_v3.0.0.md, and older keys of its own history: bare 16 or
7 hexadecimal digits and UUIDs that name a prompt. Unknown fields are ignored; an unknown key is counted, not guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec

from analyzer.evidence.model_names import model_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from analyzer.history.git import Git

Source = Literal["ai", "human"]
# A note is a few kilobytes; a larger one is data that somebody else put there.
_LARGEST, _MOST_RANGES, _MOST_IN_ALL = 8_000_000, 50_000, 1_000_000
# More notes than any history has commits are a trap.
_MOST_NOTES = 5_000_000
_COMMIT = re.compile(rb"(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")
_SEPARATOR = re.compile(r"^---$", re.MULTILINE)
_ENTRY = re.compile(r"  (?P<key>\S+) (?P<ranges>\d[\d,-]*)\Z")
_RANGE = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?\Z")
_SESSION = re.compile(r"(s_[0-9a-f]{4,32})(?:::\S+)?\Z")
_PROMPT = re.compile(r"[0-9a-f]{7}\Z|[0-9a-f]{16}\Z|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
# Agents of the recorder's own tests, and the harness's placeholder for a model.
_FAKE_TOOLS, _FAKE_MODELS = frozenset({"mock_ai", "test-agent"}), frozenset({"<synthetic>"})
_TOOLS = {"claude": "claude-code", "github-copilot": "copilot", "gemini": "gemini-cli", "droid": "factory-droid"}


class Range(NamedTuple):
    """Lines first to last (1-based, both in) of a file, as a note credits them."""

    path: str
    first: int
    last: int
    source: Source
    tool: str | None
    model: str | None


@dataclass(slots=True)
class Note:
    """A note: its ranges, and keys that nothing explains. Without ranges it is no truth about anything.

    `keys`: sessions and prompts that its ranges name. `kept`: by prompt, lines that were accepted and overridden.
    """

    ranges: list[Range] = field(default_factory=list)
    unknown: int = 0
    keys: set[str] = field(default_factory=set)
    kept: dict[str, tuple[int, int]] = field(default_factory=dict)


def parsed(contents: bytes) -> Note:
    """Read one note; one that is no such note has no ranges."""
    note = Note()
    if len(contents) > _LARGEST:
        return note
    text = contents.decode("utf-8", "replace")
    body, *rest = _SEPARATOR.split(text, maxsplit=1)
    agents, note.kept = _agents(rest[0] if rest else "")
    path = ""
    for line in body.split("\n"):
        if line and not line.startswith(" "):
            path = _unquoted(line.rstrip("\r"))
            continue
        entry = _ENTRY.match(line.rstrip())
        if entry is None or not path:
            continue
        credited = _credited(entry["key"], agents)
        if credited is None:
            note.unknown += 1
        elif credited[1] not in _FAKE_TOOLS:
            note.keys.add(entry["key"].partition("::")[0])
            room = _MOST_RANGES + 1 - len(note.ranges)
            spans = islice(_spans(entry["ranges"]), room)
            note.ranges += (Range(path, first, last, *credited) for first, last in spans)
            if len(note.ranges) > _MOST_RANGES:
                return Note()
    return note


def _unquoted(path: str) -> str:
    return path[1:-1].replace('\\"', '"').replace("\\\\", "\\") if path[:1] == '"' == path[-1:] and path[1:] else path


def _spans(text: str) -> Iterator[tuple[int, int]]:
    for part in text.split(","):
        if match := _RANGE.match(part):
            first = int(match[1])
            yield first, max(first, int(match[2] or first))


def _agents(text: str) -> tuple[dict[str, tuple[str | None, str | None]], dict[str, tuple[int, int]]]:
    """Key → tool, model, from the sessions and prompts of the note's JSON; prompt → lines accepted, overridden."""
    try:
        data = msgspec.json.decode(text.strip().encode() or b"{}")
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return {}, {}
    kept: dict[str, tuple[int, int]] = {}
    found: dict[str, tuple[str | None, str | None]] = {}
    for table in ("sessions", "prompts"):
        entries = data.get(table) if isinstance(data, dict) else None
        for key, value in entries.items() if isinstance(entries, dict) else ():
            found[str(key)] = _agent(value)
            if (counts := _kept(value)) is not None and found[str(key)][0] not in _FAKE_TOOLS:
                kept[str(key)] = counts
    return found, kept


def _kept(value: Any) -> tuple[int, int] | None:
    """Lines of a prompt that a person accepted, and of these those overridden before the commit."""
    names = ("accepted_lines", "overriden_lines")  # the spelling of the standard
    counts = [value.get(name) if isinstance(value, dict) else None for name in names]
    accepted, overridden = (n if type(n) is int and 0 <= n < 10**9 else None for n in counts)
    return None if accepted is None or overridden is None else (accepted, overridden)


def _agent(value: Any) -> tuple[str | None, str | None]:
    agent = value.get("agent_id") if isinstance(value, dict) else None
    if not isinstance(agent, dict):
        return None, None
    tool, model = str(agent.get("tool") or "").lower(), str(agent.get("model") or "")
    slug = None if model in _FAKE_MODELS else model_in(model)
    return (_TOOLS.get(tool, tool) or None) if tool != "unknown" else None, slug


def _credited(
    key: str, agents: dict[str, tuple[str | None, str | None]]
) -> tuple[Source, str | None, str | None] | None:
    """Who wrote a key's lines: AI with tool and model, a known human, or None where nothing says."""
    if key == "human" or key.startswith("h_"):
        return "human", None, None
    if key == "ai_agent":
        return "ai", None, None
    session = _SESSION.match(key)
    if session is not None or _PROMPT.match(key):
        return "ai", *agents.get(session[1] if session else key, (None, None))
    return None


def listed_notes(git: Git, tree: str) -> dict[str, bytes]:
    """Commit id → blob of its note, for every note there is, whatever history the commit is in."""
    blobs: dict[str, bytes] = {}
    for entry in islice(git.entries(tree), _MOST_NOTES):
        facts, _, path = entry.partition(b"\t")
        sha = path.replace(b"/", b"")
        if _COMMIT.match(sha):
            blobs[sha.decode("ascii")] = facts.split(b" ")[2]
    return blobs


def read_notes(git: Git, blobs: Mapping[str, bytes]) -> Iterator[tuple[str, Note]]:
    """Commit and note of every listed note; raises `NoShareError` where git fails half-way."""
    known: dict[bytes, Note] = {}
    room = _MOST_IN_ALL
    with git.dialogue("cat-file", "--batch") as asked:
        for sha in sorted(blobs):
            blob = blobs[sha]
            if blob not in known:
                known[blob] = parsed(asked.sized(blob) or b"")
            room -= len(known[blob].ranges)
            yield sha, known[blob] if room >= 0 else Note()
