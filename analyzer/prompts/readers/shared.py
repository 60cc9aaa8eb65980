"""What several readers share: what stands in a person's role and no person said, commit ids in a shell's output, lines.

The beginnings are Claude Code's and Codex's own; SpecStory copies them as they are, without the records' marks.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analyzer.prompts.session import Skipped

LARGEST_RECORD = 50_000_000
# Nobody types a longer line, and no program that writes Markdown does.
LARGEST_LINE = 4_000_000
# What a record in the user's role begins with when no person said it.
AUTOMATIC = (
    "This session is being continued from a previous conversation",
    "<bash-",
    "<local-command-",
    "Caveat: The messages below",
    "<task-notification>",
    "[SYSTEM NOTIFICATION",
    "<teammate-message",
    "<scheduled-task",
    "<<autonomous-loop",
    "Base directory for this skill:",
    # A plan that the agent wrote, sent again by one key.
    "Implement the following plan:",
    '{"task_id"',
)
# Codex: `codex-rs/protocol/src/instruction_markers.rs`; the last one as above.
INJECTED = (
    "# AGENTS.md instructions",
    "<environment_context",
    "<user_instructions",
    "<user_shell_command",
    "<turn_aborted",
    "<skill",
    "<recommended_plugins",
    "<collaboration_mode",
    "<subagent_notification",
    "PLEASE IMPLEMENT THIS PLAN:",
)
INTERRUPT = "[Request interrupted by user"
REFUSED = "The user doesn't want to proceed with this tool use"
# A block that a cut file leaves open lasts to the end.
BLOCKS = re.compile(r"<(ide_opened_file|ide_selection|system-reminder)>.*?(?:</\1>|\Z)", re.DOTALL)
COMMAND = re.compile(r"<command-(?:name|message)>")
COMMITTED = re.compile(r"^\[[^\]\n]{1,200} ([0-9a-f]{7,40})\] ", re.MULTILINE)


def whole_lines(lines: Iterable[bytes], skipped: Skipped, *, cut: bool = False) -> Iterator[str]:
    """Lines of a Markdown file without their ends; what is too long, or no UTF-8, is counted in `skipped`.

    So is a last line without an end where the others have one, unless `cut`: half a header would read as a person's.
    """
    ended = False
    for line in lines:
        ended = ended or line.endswith(b"\n")
        if len(line) > LARGEST_LINE or (ended and not cut and not line.endswith(b"\n")):
            skipped.lines += 1
            continue
        try:
            yield line.decode("utf-8").rstrip("\r\n")
        except UnicodeDecodeError:
            skipped.lines += 1


def arguments(command: str) -> str:
    """What a person wrote after the name of a command."""
    given, closed, _ = command.partition("<command-args>")[2].partition("</command-args>")
    return given.strip() if closed else ""


def digest(*parts: str) -> str:
    """A short name for texts, for stores whose records have none: the same texts have the same one."""
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
