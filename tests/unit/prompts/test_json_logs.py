"""Codex's rollouts and Gemini CLI's chats: what is a person's, and what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from analyzer.prompts.readers import codex, gemini_cli
from analyzer.prompts.readers.claude_code import parse_timestamp
from analyzer.prompts.session import Edit, Session, SkippedCounts, Turn, line_hashes
from tests.prompt_logs import (
    ASKED,
    CODEX,
    GEMINI,
    GEMINI_MESSAGES,
    GEMINI_WHOLE,
    INJECTED,
    PASTE,
    PATCH,
    REFUSED,
    WROTE,
    at,
    chat,
    event,
    item,
    lined,
    meta,
    rollout,
    to_model,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

WORDS = len(ASKED.split())
OWN = REFUSED.splitlines()[0]
PASTED = sum(map(len, PASTE.splitlines()))


def one(*records: object) -> Session:
    """The session of a rollout."""
    (session,) = codex.read(lined(*records).splitlines(keepends=True), "rollout-1.jsonl", SkippedCounts())
    return session


def chats(data: bytes) -> Session:
    """The session of a chat."""
    (session,) = gemini_cli.read(data.splitlines(keepends=True), "session-1.jsonl", SkippedCounts())
    return session


def counted(turns: Iterable[Turn]) -> list[tuple[int, int, int, int, bool]]:
    """What the turns come to."""
    return [(turn.low, turn.high, turn.words, turn.pasted, turn.correction) for turn in turns]


def same(edits: list[Edit], expected: dict[str, str]) -> bool:
    """Whether the edits are these files with these texts."""
    return [edit.path for edit in edits] == list(expected) and all(
        np.array_equal(edit.lines, line_hashes(text)) for edit, text in zip(edits, expected.values(), strict=True)
    )


BOTH = [(len(ASKED), len(ASKED), WORDS, 0, False), (len(OWN), len(OWN), len(OWN.split()), PASTED, True)]


def test_codex_rollout_is_read() -> None:
    """Prompts once each, with what was pasted apart; edits of patches that were applied; the commit; the folder."""
    (session,) = codex.read(CODEX.splitlines(keepends=True), "r.jsonl", SkippedCounts())
    assert (session.source, session.tool, session.key, session.folder) == ("codex", "codex", "c-1", "/home/ada/app")
    assert session.interactive
    assert counted(session.turns) == BOTH
    assert [turn.timestamp for turn in session.turns] == [parse_timestamp(at(2)), parse_timestamp(at(7))]
    assert session.automatic == 2
    assert same(session.edits, {"/home/ada/app/a.py": WROTE, "/home/ada/app/b.py": WROTE})
    assert session.commits == [(parse_timestamp(at(5)), "abc1234")]


@pytest.mark.parametrize("text", INJECTED)
def test_text_that_codex_inserts_is_no_prompt(text: str) -> None:
    """In each kind of record."""
    for record in (to_model(1, text), event(1, text), item(1, text)):
        session = one(meta(), record)
        assert (session.turns, session.automatic) == ([], 1)


def test_the_best_kind_of_record_is_taken() -> None:
    """Completed items before message events before messages to the model, whichever stands first."""
    kinds = [to_model(1, "a model has this"), event(1, "an event has"), item(1, "item")]
    for n in range(3):
        (turn,) = one(meta(), *kinds[: n + 1]).turns
        assert turn.low == (16, 12, 4)[n]


def test_user_text_parts_alone_are_typed() -> None:
    """Where a record says what each part is, only `user.text` counts."""
    kinds = {"content_item_kinds": ["hooks.additional_context", "user.text"]}
    passed = {"internal_chat_message_metadata_passthrough": kinds}
    (turn,) = one(meta(), to_model(1, "words of a hook", "a person", **passed)).turns
    assert turn.low == 8
    (turn,) = one(meta(), to_model(1, INJECTED[1], "a person")).turns
    assert turn.low == 8


def test_an_editors_context_is_no_prompt() -> None:
    """What the editor puts before the request does not count, nor do events that are said not to be plain."""
    text = "# Context from my IDE setup:\n\n## Open tabs:\n- a.py\n\n## My request for Codex:\ngo on\n"
    (turn,) = one(meta(), event(1, text)).turns
    assert turn.low == 5
    assert one(meta(), event(1, "words", kind="environment_context")).turns == []


@pytest.mark.parametrize("about", [{"source": {"subagent": "review"}}, {"thread_source": "subagent"}])
def test_sub_agents_are_left_out(about: dict[str, Any]) -> None:
    """What an agent asks another is nobody's typing."""
    records = lined(meta(**about), event(1, ASKED)).splitlines(keepends=True)
    assert list(codex.read(records, "r", SkippedCounts())) == []


@pytest.mark.parametrize("about", [{"source": "exec"}, {"source": "mcp"}, {"originator": "codex_exec"}])
def test_scripts_are_not_interactive(about: dict[str, Any]) -> None:
    """They are handed on, and say what they are."""
    session = one(meta(**about), event(1, ASKED))
    assert (session.interactive, len(session.turns)) == (False, 1)


def test_a_forks_copied_history_is_not_counted_again() -> None:
    """It is stamped with the time of the copy; the session it came from has it."""
    old = rollout("session_meta", 0, id="c-0", cwd="/home/ada/old")
    session = one(meta(forked_from_id="c-0"), old, event(1, ASKED), event(30, "go on"))
    assert (session.key, session.folder, [turn.low for turn in session.turns]) == ("c-1", "/home/ada/app", [5])
    assert len(one(meta(), event(1, ASKED), event(30, "go on")).turns) == 2


def test_patches_that_are_asked_for_stand_in_for_those_applied() -> None:
    """In a call's input, in its arguments, in a shell's; but not beside patches that are known to be applied."""
    more = f"*** Begin Patch\n*** Add File: new.py\n+{WROTE.splitlines()[1]}\n*** End Patch"
    asked = [
        rollout("response_item", 1, type="custom_tool_call", name="apply_patch", input=PATCH),
        rollout("response_item", 2, type="function_call", name="shell", arguments='{"command":["apply_patch",%s]}'),
    ]
    asked[1]["payload"]["arguments"] %= lined(more).decode().strip()
    session = one(meta(), *asked)
    first, second = WROTE.splitlines()
    assert same(session.edits, {"asked.py": first, "new.py": second})
    moved = {"old.py": {"type": "update", "unified_diff": f"+{first}", "move_path": "new.py"}}
    for applied in (
        rollout("event_msg", 3, type="patch_apply_end", success=True, changes=moved),
        rollout("event_msg", 3, type="item_completed", item={"type": "FileChange", "changes": moved}),
    ):
        assert same(one(meta(), *asked, applied).edits, {"new.py": first})


@pytest.mark.parametrize(
    "output",
    [
        "[main (root-commit) abc1234] feat: x",
        '{"output": "ok\\n[main abc1234] feat: x", "metadata": {"exit_code": 0}}',
        [{"type": "input_text", "text": "Output:\n[main abc1234] feat: x"}],
    ],
)
def test_commits_that_a_shell_printed(output: object) -> None:
    """As text, as text in an object, as parts."""
    session = one(meta(), rollout("response_item", 5, type="function_call_output", output=output))
    assert session.commits == [(parse_timestamp(at(5)), "abc1234")]


def test_a_copied_rollout_has_the_same_turns() -> None:
    """A caller counts them once, whatever the copy's name; said at another time they are others."""
    record = event(1, ASKED)
    ids = [one(meta(), record).turns[0].id for _ in range(2)]
    assert ids[0] == ids[1] != one(meta(), event(2, ASKED)).turns[0].id


@pytest.mark.parametrize("data", [GEMINI, GEMINI_WHOLE])
def test_gemini_chat_is_read(data: bytes) -> None:
    """Both forms come to the same: what was typed and not what was sent, calls that were done, the commit."""
    session = chats(data)
    assert (session.source, session.tool, session.key) == ("gemini_cli", "gemini-cli", "g-1")
    assert counted(session.turns) == BOTH
    assert [turn.id for turn in session.turns] == ["g-1:m1", "g-1:m6"]
    assert session.turns[1].timestamp == parse_timestamp(at(6))
    assert session.automatic == (4 if data is GEMINI else 3)
    assert same(session.edits, {"a.py": WROTE, "b.py": WROTE.splitlines()[0]})
    assert session.commits == [(parse_timestamp(at(4)), "abc1234")]
    assert session.folder == ("/home/ada/app" if data is GEMINI else None)


@pytest.mark.parametrize("text", ["/clear", "?", "<session_context>x", "<hook_context>x", "<state_snapshot>x", "  "])
def test_gemini_commands_are_no_prompts(text: str) -> None:
    """Commands and what is put in."""
    session = chats(lined({"sessionId": "g"}, chat("user", "m", 1, text)))
    assert (session.turns, session.automatic) == ([], 1)


def test_tool_results_are_no_prompts() -> None:
    """With words beside it or not."""
    answer = [{"functionResponse": {"name": "read_file"}}, {"text": "Content of a.png:"}]
    assert chats(lined({"sessionId": "g"}, chat("user", "m", 1, answer))).turns == []


def test_rewound_messages_do_not_count() -> None:
    """The message and all after it; what is sent again counts."""
    records = [{"sessionId": "g"}, *(chat("user", f"m{n}", n, "word " * n) for n in range(1, 4))]
    assert [turn.words for turn in chats(lined(*records)).turns] == [1, 2, 3]
    assert [turn.words for turn in chats(lined(*records, {"$rewindTo": "m2"})).turns] == [1]
    again = chat("user", "m9", 9, "word " * 9)
    assert [turn.words for turn in chats(lined(*records, {"$rewindTo": "m2"}, again)).turns] == [1, 9]
    assert chats(lined(*records, {"$rewindTo": "unknown"})).turns == []


def test_a_compressed_chat_keeps_what_was_typed() -> None:
    """The history that replaces it has a summary, which nobody typed, and lacks prompts, which somebody did."""
    first = {"$set": {"messages": [chat("user", "m1", 1, "first")], "sessionId": "g"}}
    then = {"$set": {"messages": [chat("user", "s1", 2, "a summary of it")]}}
    session = chats(lined(first, chat("user", "m2", 3, "second"), then))
    assert [turn.low for turn in session.turns] == [5, 6]
    assert session.automatic == 1


def test_gemini_sub_agents_are_not_interactive() -> None:
    """Their prompts are an agent's."""
    assert not chats(lined({"sessionId": "g", "kind": "subagent"}, *GEMINI_MESSAGES)).interactive
