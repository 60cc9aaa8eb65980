"""Parse the line-level notes of git-ai (`refs/notes/ai`), which state who wrote which lines of a commit.

Source: git-ai-project/git-ai, specs/git_ai_standard_v3.0.0.md. Keys from its own older history are read as well: bare
16 or 7 hexadecimal digits and UUIDs that name a prompt. Unknown fields are ignored; unknown keys are counted.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from analyzer.evidence.model_names import model_in
from analyzer.evidence.record import LineRange, Note

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from analyzer.evidence.record import Source
    from analyzer.history.git import Git

# A note takes a few kilobytes, and two megabytes where it quotes the lines; anything larger is other data.
MAX_BYTES, MAX_RANGES, MAX_TOTAL_RANGES = 8_000_000, 50_000, 1_000_000
# No history has more commits; more notes than this are an attack.
_MAX_NOTES = 5_000_000
_COMMIT = re.compile(rb"(?:[0-9a-f]{40}|[0-9a-f]{64})\Z")
_SEPARATOR = re.compile(r"^---$", re.MULTILINE)
_ENTRY = re.compile(r"  (?P<key>\S+) (?P<ranges>\d[\d,-]*)\Z")
_RANGE = re.compile(r"(\d{1,9})(?:-(\d{1,9}))?\Z")
_SESSION = re.compile(r"(s_[0-9a-f]{4,32})(?:::\S+)?\Z")
_PROMPT = re.compile(r"[0-9a-f]{7}\Z|[0-9a-f]{16}\Z|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
# Agents of git-ai's own tests, and its placeholder for a model.
_FAKE_TOOLS, _FAKE_MODELS = frozenset({"mock_ai", "test-agent"}), frozenset({"<synthetic>"})
_TOOLS = {"claude": "claude-code", "github-copilot": "copilot", "gemini": "gemini-cli", "droid": "factory-droid"}


def parse_note(contents: bytes) -> Note:
    """Parse one note; invalid or oversized input gives a note without ranges."""
    note = Note()
    if len(contents) > MAX_BYTES:
        return note
    text = contents.decode("utf-8", "replace")
    body, *rest = _SEPARATOR.split(text, maxsplit=1)
    agents, note.acceptance = _parse_agents(rest[0] if rest else "")
    path = ""
    for line in body.split("\n"):
        if line and not line.startswith(" "):
            path = _unquoted(line.rstrip("\r"))
            continue
        attestation = _ENTRY.match(line.rstrip())
        if attestation is None or not path:
            continue
        credit = _credit_of(attestation["key"], agents)
        if credit is None:
            note.unknown_keys += 1
        elif credit[1] not in _FAKE_TOOLS:
            note.keys.add(attestation["key"].partition("::")[0])
            capacity = MAX_RANGES + 1 - len(note.ranges)
            line_ranges = islice(_parse_ranges(attestation["ranges"]), capacity)
            note.ranges += (LineRange(path, first, last, *credit) for first, last in line_ranges)
            if len(note.ranges) > MAX_RANGES:
                return Note()
    return note


def _unquoted(path: str) -> str:
    return path[1:-1].replace('\\"', '"').replace("\\\\", "\\") if path[:1] == '"' == path[-1:] and path[1:] else path


def _parse_ranges(text: str) -> Iterator[tuple[int, int]]:
    for line_range in text.split(","):
        if match := _RANGE.match(line_range):
            first = int(match[1])
            yield first, max(first, int(match[2] or first))


def _parse_agents(text: str) -> tuple[dict[str, tuple[str | None, str | None]], dict[str, tuple[int, int]]]:
    """Read the note's JSON part: (tool, model) by session or prompt, and (accepted, overridden) lines by prompt."""
    try:
        metadata = msgspec.json.decode(text.strip().encode() or b"{}")
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return {}, {}
    acceptance: dict[str, tuple[int, int]] = {}
    agents: dict[str, tuple[str | None, str | None]] = {}
    for table in ("sessions", "prompts"):
        entries = metadata.get(table) if isinstance(metadata, dict) else None
        for key, value in entries.items() if isinstance(entries, dict) else ():
            agents[str(key)] = _tool_and_model(value)
            if (counts := _acceptance(value)) is not None and agents[str(key)][0] not in _FAKE_TOOLS:
                acceptance[str(key)] = counts
    return agents, acceptance


def _acceptance(prompt: Any) -> tuple[int, int] | None:
    """Return how many lines of a prompt a person accepted, and how many of these were overridden before the commit."""
    names = ("accepted_lines", "overriden_lines")  # the spelling of the standard
    counts = [prompt.get(name) if isinstance(prompt, dict) else None for name in names]
    accepted, overridden = (n if type(n) is int and 0 <= n < 10**9 else None for n in counts)
    return None if accepted is None or overridden is None else (accepted, overridden)


def _tool_and_model(entry: Any) -> tuple[str | None, str | None]:
    agent = entry.get("agent_id") if isinstance(entry, dict) else None
    if not isinstance(agent, dict):
        return None, None
    tool, model = str(agent.get("tool") or "").lower(), str(agent.get("model") or "")
    slug = None if model in _FAKE_MODELS else model_in(model)
    return (_TOOLS.get(tool, tool) or None) if tool != "unknown" else None, slug


def _credit_of(
    key: str, agents: dict[str, tuple[str | None, str | None]]
) -> tuple[Source, str | None, str | None] | None:
    """Return who wrote the lines of a key: AI with tool and model, or a human; None if the key's form is unknown."""
    if key == "human" or key.startswith("h_"):
        return "human", None, None
    if key == "ai_agent":
        return "ai", None, None
    session = _SESSION.match(key)
    if session is not None or _PROMPT.match(key):
        return "ai", *agents.get(session[1] if session else key, (None, None))
    return None


def list_notes(git: Git, tree: str) -> dict[str, bytes]:
    """Return the blob of every note by commit id, including notes on commits outside the analysed history."""
    blobs: dict[str, bytes] = {}
    for entry in islice(git.tree_entries(tree), _MAX_NOTES):
        fields, _, path = entry.partition(b"\t")
        sha = path.replace(b"/", b"")
        if _COMMIT.match(sha):
            blobs[sha.decode("ascii")] = fields.split(b" ")[2]
    return blobs


def read_notes(git: Git, blobs: Mapping[str, bytes], parse: Callable[[bytes], Note]) -> Iterator[tuple[str, Note]]:
    """Yield commit id and parsed note, in order of commit ids; raises `NoShareError` if git fails half-way.

    Once the total number of ranges exceeds its limit, all further notes are empty.
    """
    parsed_notes: dict[bytes, Note] = {}
    capacity = MAX_TOTAL_RANGES
    with git.start_batch("cat-file", "--batch") as batch:
        for sha in sorted(blobs):
            blob = blobs[sha]
            if blob not in parsed_notes:
                parsed_notes[blob] = parse(batch.read_object(blob) or b"")
            capacity -= len(parsed_notes[blob].ranges)
            yield sha, parsed_notes[blob] if capacity >= 0 else Note()
