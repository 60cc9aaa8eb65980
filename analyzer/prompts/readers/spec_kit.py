"""spec-kit's specifications, `specs/<number>-<name>/spec.md`: an agent writes them out of one sentence of a person's.

That sentence is the field `**Input**: User description: "…"`; it may have many lines and ends before the first section.
The form: github/spec-kit, `templates/spec-template.md` and `templates/commands/specify.md`. All the rest of the file,
and the plans and tasks beside it, are the agent's or the template's. Which agent it was is not in the file.

Kiro has no reader: of `.kiro/specs/**` and `.kiro/steering/**` the agent writes every word, and what a person typed for
it is not kept.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from analyzer.prompts.readers.shared import whole_lines
from analyzer.prompts.session import Session, Turn
from analyzer.prompts.typed_text import typed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analyzer.prompts.session import Skipped

SOURCE, TOOL = "spec_kit", "spec-kit"
_INPUT = re.compile(r"\*\*Input\*\*:\s*User description:\s*(.*)$")
_OPEN, _CLOSED = ('"', "\u201c"), ('"', "\u201d")
_TEMPLATE = "$ARGUMENTS"
# As much is held of one field.
_LONGEST = 1_000_000


def read(lines: Iterable[bytes], name: str, skipped: Skipped) -> Iterator[Session]:
    """One session a file, named as its folder; none where the field is absent. There is no time."""
    found: list[str] | None = None
    size = 0
    for line in whole_lines(lines, skipped, cut=True):
        if found is None:
            match = _INPUT.match(line)
            found = [match[1].removeprefix(_OPEN[0]).removeprefix(_OPEN[1])] if match else None
        elif line.startswith("## ") or size > _LONGEST:
            break
        else:
            size += len(line)
            found.append(line)
    if found is not None:
        yield _session(_quoted(found), name)


def _quoted(lines: list[str]) -> str:
    """The field up to its last closing quotation mark: the text may hold others."""
    last = max((n for n, line in enumerate(lines) if line.rstrip().endswith(_CLOSED)), default=None)
    if last is None:
        return "\n".join(lines).strip()
    return "\n".join(lines[: last + 1]).strip()[:-1].strip()


def _session(text: str, name: str) -> Session:
    parts = name.split("/")
    key = parts[-2] if len(parts) > 1 else name
    session = Session(SOURCE, TOOL, key)
    # A field that nobody filled in holds the template's own word, or what stands in brackets there.
    if not text or _TEMPLATE.startswith(text) or re.fullmatch(r"\[[^\]]*\]?", text):
        session.automatic += 1
    else:
        session.turns.append(Turn(f"{key}:input", None, *typed(text)))
    return session
