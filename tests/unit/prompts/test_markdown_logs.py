"""aider's, SpecStory's and spec-kit's Markdown: what is a person's, and what is not."""

from __future__ import annotations

import numpy as np
import pytest

from analyzer.prompts.readers import aider, spec_kit, specstory
from analyzer.prompts.readers.claude_code import parse_timestamp
from analyzer.prompts.session import Session, SkippedCounts, line_hashes
from tests.prompt_logs import (
    AIDER,
    ASKED,
    AUTOMATIC,
    MARK,
    PASTE,
    REFUSED,
    SPEC,
    SPECSTORY,
    SPECSTORY_OLD,
    WROTE,
    block,
)

WORDS = len(ASKED.split())
OWN = REFUSED.splitlines()[0]
PASTED = sum(map(len, PASTE.splitlines()))
ASK = f"why is it {MARK}"
HEAD = "<!-- Claude Code Session s-1 (2026-02-03 10:00:00Z) -->\n\n"


def stretches(text: str | bytes, skipped: SkippedCounts | None = None) -> list[Session]:
    """Sessions of a chat history; a tilde at a line's end stands for two spaces."""
    data = text if isinstance(text, bytes) else text.replace("~\n", "  \n").encode()
    return list(aider.read(data.splitlines(keepends=True), "h.md", skipped or SkippedCounts()))


def story(text: str | bytes, name: str = ".specstory/history/a.md") -> Session:
    """The session of one file of SpecStory's."""
    data = text if isinstance(text, bytes) else text.encode()
    (session,) = specstory.read(data.splitlines(keepends=True), name, SkippedCounts())
    return session


def spec(text: str, name: str = "app/specs/001-header/spec.md") -> list[Session]:
    """Sessions of one specification."""
    return list(spec_kit.read(text.encode().splitlines(keepends=True), name, SkippedCounts()))


def test_aider_chat_history_is_read() -> None:
    """A session for each stretch that commits end, with its prompts, and the commits that hold the agent's edits."""
    first, second, last = stretches(AIDER)
    assert len({one.key for one in (first, second, last)}) == 3
    assert {(one.source, one.tool) for one in (first, second, last)} == {("aider", "aider")}
    assert first.commits == [(None, "abc1234"), (None, "abc1235")]
    assert second.commits == [(None, "def5678")]
    assert last.commits == []
    turns = [(turn.timestamp, turn.low, turn.high, turn.words, turn.pasted) for turn in first.turns + second.turns]
    assert len({turn.id for turn in first.turns + second.turns}) == 3
    assert turns == [
        (None, len(ASKED), len(ASKED), WORDS, 0),
        (None, len(OWN), len(OWN), len(OWN.split()), PASTED),
        (None, len(ASK), len(ASK), len(ASK.split()), 0),
    ]
    assert [turn.correction for turn in second.turns] == [False, True]
    assert [len(one.turns) for one in (first, second, last)] == [1, 2, 1]
    # An answer written again, an empty one, a command; a command of the shell's.
    assert [one.automatic for one in (first, second, last)] == [3, 0, 1]
    edits = first.edits + second.edits
    assert [edit.path for edit in edits] == ["src/a.py", "src/b.py"]
    assert all(np.array_equal(edit.lines[-2:], line_hashes(WROTE)) for edit in edits)
    assert len(edits[0].lines) == 2


@pytest.mark.parametrize(
    "line", ["/add a.py", "/ask", "/undo", "!make", "<blank>", "Create new file? (Y)es/(N)o [Yes]: all", "  "]
)
def test_aider_commands_are_no_prompts(line: str) -> None:
    """Commands, a shell's lines, empty input, and answers that aider writes again."""
    (session,) = stretches(f"# aider chat started at 2026-02-03 10:00:00\n\n#### {line}~\n\n")
    assert (session.turns, session.automatic) == ([], 1)


@pytest.mark.parametrize("command", ["/ask", "/code", "/architect"])
def test_what_asks_aider_for_work_is_a_prompt(command: str) -> None:
    """Without the command's name."""
    (session,) = stretches(f"\n#### {command} make it so~\n\n")
    assert [turn.low for turn in session.turns] == [10]


def test_headings_of_an_answer_are_no_prompts() -> None:
    """Two spaces end each line of a prompt."""
    assert stretches("\n#### Steps to take\n\n") == []


def test_prompts_after_a_commit_begin_a_stretch_and_a_chat_ends_one() -> None:
    """Prompts belong to the commits that follow them in their chat."""
    chat = "# aider chat started at 2026-02-03 10:00:00\n\n"
    text = f"{chat}#### one~\n\n#### two~\n\n> Commit aaaaaaa x~\n\n#### three~\n\n"
    text += f"{chat}#### four~\n\n> Commit bbbbbbb y~\n"
    found = [([turn.low for turn in one.turns], [name for _, name in one.commits]) for one in stretches(text)]
    assert found == [([3, 3], ["aaaaaaa"]), ([5], []), ([4], ["bbbbbbb"])]


def test_changes_from_before_are_no_commit_of_a_stretch() -> None:
    """They are committed before the first edit; what follows the edit is its own."""
    text = "\n#### go~\n\n> Commit aaaaaaa before~\n> Applied edit to a.py~\n"
    text += "> Commit bbbbbbb own~\n> Commit ccccccc lint~\n"
    (session,) = stretches(text)
    assert [name for _, name in session.commits] == ["bbbbbbb", "ccccccc"]


def test_blocks_that_were_not_applied_are_no_edits() -> None:
    """A file that was written by another form of answer is named without lines."""
    proposed = f"\n#### go~\n\na.py\n```\n<<<<<<< SEARCH\n=======\n{WROTE}\n>>>>>>> REPLACE\n```\n"
    assert [one.edits for one in stretches(proposed)] == [[]]
    (session,) = stretches(f"{proposed}> Applied edit to other.py~\n")
    assert [(edit.path, len(edit.lines)) for edit in session.edits] == [("other.py", 0)]
    (session,) = stretches(f"{proposed}\n#### again~\n\n> Applied edit to a.py~\n")
    assert [len(edit.lines) for edit in session.edits] == [0]


def test_a_quotation_of_an_answer_is_pasted() -> None:
    """A line that stood in the conversation before was not typed."""
    said = "The header is sticky in all browsers."
    (session,) = stretches(f"\n#### go~\n\n{said}\n\n#### {said}~\n#### is that so?~\n\n")
    assert [(turn.low, turn.pasted) for turn in session.turns] == [(2, 0), (11, len(said))]


def test_specstory_history_is_read() -> None:
    """Prompts, an argument of a command, and what follows an interrupt; the commit that a tool printed."""
    session = story(SPECSTORY)
    given = f"to the end {MARK}"
    assert (session.source, session.tool, session.key) == ("specstory", "claude-code", "0a0b-c1")
    assert [(turn.low, turn.high, turn.words, turn.pasted, turn.correction) for turn in session.turns] == [
        (len(ASKED), len(ASKED), WORDS, 0, False),
        (len(given), len(given), len(given.split()), 0, False),
        (len(OWN), len(OWN), len(OWN.split()), PASTED, True),
    ]
    assert session.turns[0].timestamp == parse_timestamp("2026-02-03T10:00:01Z")
    # What an agent told another, the expanded command, and every kind that no person says.
    assert session.automatic == 2 + len(AUTOMATIC)
    assert session.commits == [(parse_timestamp("2026-02-03T10:00:03Z"), "abc1234")]


@pytest.mark.parametrize("text", [*AUTOMATIC, "[Request interrupted by user for tool use]", "---"])
def test_generated_turns_are_no_prompts(text: str) -> None:
    """Each kind alone."""
    session = story(HEAD + block("User", 1, text))
    assert (session.turns, session.automatic) == ([], 1)


def test_inserted_blocks_are_not_typed() -> None:
    """Also where the file was cut before the block's end."""
    for end in ("\n</system-reminder>", ""):
        (turn,) = story(HEAD + block("User", 1, f"go on\n<system-reminder>\nwords\n\nmore words{end}")).turns
        assert turn.high == 5


def test_an_expanded_command_has_the_commands_time() -> None:
    """A prompt at another time is a prompt."""
    command = block("User", 1, "<command-message>go</command-message>\n<command-name>/go</command-name>")
    assert story(HEAD + command + block("User", 1, "Go through all files.")).turns == []
    assert len(story(HEAD + command + block("User", 2, "Go through all files.")).turns) == 1


def test_a_session_in_two_files_has_the_same_turns() -> None:
    """Also where one has milliseconds; the same words at another time are others."""
    first = story(HEAD + block("User", 1, "continue") + block("User", 2, "continue"), "x/a.md")
    again = story((HEAD + block("User", 1, "continue")).replace("02-03 10:00:01Z", "02-03T10:00:01.250Z"), "x/b.md")
    assert first.key == again.key == "s-1"
    assert len({turn.id for turn in first.turns}) == 2
    assert again.turns[0].id == first.turns[0].id


def test_older_specstory_form_is_read() -> None:
    """No time, no name, no tool: the file's name is the key, and what is said twice is two turns."""
    session = story(SPECSTORY_OLD)
    assert (session.key, session.tool) == ("a.md", "specstory")
    assert [(turn.low, turn.timestamp) for turn in session.turns] == [(len(ASKED), None), (8, None), (8, None)]
    assert len({turn.id for turn in session.turns}) == 3


def test_a_refused_tool_makes_the_next_prompt_a_correction() -> None:
    """The agent's log says so in what the tool answered."""
    refused = "The user doesn't want to proceed with this tool use. The tool use was rejected"
    tool = f'<tool-use data-tool-type="x" data-tool-name="X"><details>\n{refused}\n</details></tool-use>'
    session = story(HEAD + block("User", 1, "go") + block("Agent", 2, tool) + block("User", 3, "not so"))
    assert [turn.correction for turn in session.turns] == [False, True]


def test_bytes_that_are_no_text_are_counted() -> None:
    """So is a last line that was cut; the rest is read."""
    skipped = SkippedCounts()
    (session,) = stretches(b"\n#### go  \n\xff\n#### on  \n\n#### and cut", skipped)
    assert ([turn.low for turn in session.turns], skipped.lines) == ([4], 2)


def test_spec_kit_input_field_is_read() -> None:
    """The one field that a person wrote, up to its last quotation mark."""
    (session,) = spec(SPEC.decode())
    assert (session.source, session.tool, session.key) == ("spec_kit", "spec-kit", "001-header")
    size = len(f'{ASKED}, and say "hello"') + len("to all")
    (turn,) = session.turns
    assert (turn.id, turn.timestamp, turn.low, turn.high, turn.pasted) == ("001-header:input", None, size, size, PASTED)
    assert session.automatic == 0


@pytest.mark.parametrize("given", ['"$ARGUMENTS"', '""', '"[what is wanted]"', ""])
def test_template_text_is_not_typed(given: str) -> None:
    """The template's own words are no person's."""
    (session,) = spec(f"# Spec\n\n**Input**: User description: {given}\n\n## Stories\n")
    assert (session.turns, session.automatic) == ([], 1)


def test_specification_without_input_field_has_no_prompt() -> None:
    """An agent wrote all of it."""
    assert spec("# Spec\n\n**Status**: Draft\n\n## Stories\n\nInput\n") == []


def test_a_field_without_a_closing_mark_ends_before_the_first_section() -> None:
    """So does one at the end of a file without a last line's end."""
    (session,) = spec('**Input**: User description: "make it\nso\n\n## Stories\n\nwords\n')
    assert [turn.low for turn in session.turns] == [9]
    (session,) = spec('# Spec\n\n**Input**: User description: "make it\nso"')
    assert [turn.low for turn in session.turns] == [9]
