"""Shared by several readers: how automatic records begin, commit ids in a shell's output, and decoding of lines.

The beginnings are Claude Code's and Codex's own. SpecStory copies them unchanged, without the records' marks.
"""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from analyzer.prompts.session import SkippedCounts

LARGEST_RECORD = 50_000_000
# Nobody types a longer line, and no program writes one in Markdown.
LARGEST_LINE = 4_000_000
# Beginnings of records in the user's role that no person wrote.
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
# A block that a truncated file leaves open extends to the end.
BLOCKS = re.compile(r"<(ide_opened_file|ide_selection|system-reminder)>.*?(?:</\1>|\Z)", re.DOTALL)
COMMAND = re.compile(r"<command-(?:name|message)>")
COMMITTED = re.compile(r"^\[[^\]\n]{1,200} ([0-9a-f]{7,40})\] ", re.MULTILINE)


def decoded_lines(lines: Iterable[bytes], skipped: SkippedCounts, *, cut: bool = False) -> Iterator[str]:
    """Yield the lines of a Markdown file without their ends; lines too long or not UTF-8 are counted in `skipped`.

    A last line without an end, where the others have one, is also skipped unless `cut`: half a header would read as
    a person's text.
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


def command_arguments(command: str) -> str:
    """Return what a person wrote after the name of a command."""
    text, closed, _ = command.partition("<command-args>")[2].partition("</command-args>")
    return text.strip() if closed else ""


def digest(*texts: str) -> str:
    """Return a short id of texts, for stores whose records have none; equal texts have equal ids."""
    return hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
