"""Read spec-kit's specifications, `specs/<number>-<name>/spec.md`, which an agent writes from one description.

The person's description is the field `**Input**: User description: "…"`. It may have many lines and ends before the
first section. Source of the format: github/spec-kit, `templates/spec-template.md` and `templates/commands/specify.md`.
The rest of the file, and the plans and tasks next to it, come from the agent or the template. The file does not say
which agent it was.

Kiro has no reader: the agent writes every word of `.kiro/specs/**` and `.kiro/steering/**`, and Kiro does not keep what
a person typed for them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from analyzer.prompts.readers.shared import decoded_lines
from analyzer.prompts.session import Session, Turn
from analyzer.prompts.typed_text import count_typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analyzer.prompts.session import SkippedCounts

SOURCE, TOOL = "spec_kit", "spec-kit"
_INPUT = re.compile(r"\*\*Input\*\*:\s*User description:\s*(.*)$")
_OPEN, _CLOSED = ('"', "\u201c"), ('"', "\u201d")
_TEMPLATE = "$ARGUMENTS"
# Characters held of one field.
_LONGEST = 1_000_000


def read(lines: Iterable[bytes], name: str, skipped: SkippedCounts) -> Iterator[Session]:
    """Yield the session of one file, named after its folder; none if the field is absent. The format has no time."""
    field_lines: list[str] | None = None
    size = 0
    for line in decoded_lines(lines, skipped, cut=True):
        if field_lines is None:
            match = _INPUT.match(line)
            field_lines = [match[1].removeprefix(_OPEN[0]).removeprefix(_OPEN[1])] if match else None
        elif line.startswith("## ") or size > _LONGEST:
            break
        else:
            size += len(line)
            field_lines.append(line)
    if field_lines is not None:
        yield _session(_quoted_text(field_lines), name)


def _quoted_text(lines: list[str]) -> str:
    """Return the field up to its last closing quotation mark: the text may contain others."""
    last = max((n for n, line in enumerate(lines) if line.rstrip().endswith(_CLOSED)), default=None)
    if last is None:
        return "\n".join(lines).strip()
    return "\n".join(lines[: last + 1]).strip()[:-1].strip()


def _session(text: str, name: str) -> Session:
    segments = name.split("/")
    key = segments[-2] if len(segments) > 1 else name
    session = Session(SOURCE, TOOL, key)
    # An empty form still holds the template's placeholder or its text in brackets.
    if not text or _TEMPLATE.startswith(text) or re.fullmatch(r"\[[^\]]*\]?", text):
        session.automatic += 1
    else:
        session.turns.append(Turn(f"{key}:input", None, *count_typed(text)))
    return session
