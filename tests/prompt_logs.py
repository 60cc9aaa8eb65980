"""Files of each store, written from scratch by its grammar; `MARK` stands in every text that may not be handed on."""

from __future__ import annotations

import json
from typing import Any

MARK = "zyxmarker"
ASKED = f"make the header sticky {MARK}"
PASTE = f"```\nleft pasted {MARK}\nright pasted {MARK}\n```"
REFUSED = f"no, at the bottom {MARK}\n{PASTE}"
WROTE = f"header = sticky({MARK!r}, top=0)\nfooter = absent({MARK!r})"


def lined(*records: object) -> bytes:
    """Records as lines of JSON."""
    return b"".join(json.dumps(record, ensure_ascii=False).encode() + b"\n" for record in records)


def at(second: int) -> str:
    """A time of the conversation."""
    return f"2026-02-03T10:00:{second:02d}.000Z"


def rollout(kind: str, second: int, /, **payload: Any) -> dict[str, Any]:
    """A record of Codex."""
    return {"timestamp": at(second), "type": kind, "payload": payload}


def meta(**more: Any) -> dict[str, Any]:
    """The first record of a rollout."""
    given = {"id": "c-1", "cwd": "/home/ada/app", "source": "cli", "originator": "codex_cli_rs"}
    return rollout("session_meta", 0, **(given | more))


def to_model(second: int, *texts: str, **more: Any) -> dict[str, Any]:
    """A message in the user's role, as the model gets it."""
    content = [{"type": "input_text", "text": text} for text in texts]
    return rollout("response_item", second, type="message", role="user", content=content, **more)


def event(second: int, text: str, **more: Any) -> dict[str, Any]:
    """A prompt as the older versions keep it."""
    return rollout("event_msg", second, type="user_message", message=text, **more)


def item(second: int, text: str) -> dict[str, Any]:
    """A prompt as the newer versions keep it."""
    said = {"type": "UserMessage", "id": "i", "content": [{"type": "text", "text": text}]}
    return rollout("event_msg", second, type="item_completed", item=said)


INJECTED = (
    f"# AGENTS.md instructions for /home/ada/app\n{MARK}",
    f"<environment_context>\n{MARK}",
    f"<user_instructions>{MARK}",
    f"<skill>\n<name>{MARK}</name>",
    f"<turn_aborted>\n{MARK}",
    f"<user_shell_command>{MARK}",
    f"<recommended_plugins>{MARK}",
    f"<collaboration_mode>{MARK}",
    f"PLEASE IMPLEMENT THIS PLAN:\n{MARK}",
)
PATCH = (
    f"*** Begin Patch\n*** Update File: asked.py\n@@\n-old {MARK} line here\n+{WROTE.splitlines()[0]}\n*** End Patch"
)
SAYS = f"Chunk ID: 1\nOutput:\n[main abc1234] feat: sticky {MARK}\n 1 file changed"
CODEX = lined(
    meta(),
    to_model(1, *INJECTED[:2]),
    to_model(2, ASKED),
    event(2, ASKED),
    rollout("response_item", 3, type="custom_tool_call", name="apply_patch", input=PATCH),
    rollout(
        "event_msg",
        4,
        type="patch_apply_end",
        success=True,
        changes={
            "/home/ada/app/a.py": {
                "type": "update",
                "unified_diff": f"@@ -1 +1,2 @@\n-old {MARK} line here\n+" + WROTE.replace("\n", "\n+"),
                "move_path": None,
            },
            "/home/ada/app/b.py": {"type": "add", "content": WROTE},
            "/home/ada/app/c.py": {"type": "delete", "content": WROTE},
        },
    ),
    rollout("event_msg", 4, type="patch_apply_end", success=False, changes={"d.py": {"type": "add", "content": WROTE}}),
    rollout("response_item", 5, type="function_call_output", output=SAYS),
    rollout("event_msg", 6, type="turn_aborted", reason="interrupted"),
    to_model(6, INJECTED[4]),
    to_model(7, REFUSED),
    event(7, REFUSED),
    rollout("compacted", 8, message="", replacement_history=[{"type": "message", "role": "user", "content": []}]),
)


def chat(kind: str, name: str, second: int, content: Any, **more: Any) -> dict[str, Any]:
    """A message of Gemini CLI."""
    return {"id": name, "timestamp": at(second), "type": kind, "content": content} | more


def call(name: str, status: str = "success", **more: Any) -> dict[str, Any]:
    """A tool call of Gemini CLI."""
    return {"id": name, "name": name, "status": status, "timestamp": at(4)} | more


CALLS = [
    call("write_file", args={"file_path": "a.py", "content": WROTE}),
    call("replace", args={"file_path": "b.py", "old_string": f"old {MARK} line", "new_string": WROTE.splitlines()[0]}),
    call("run_shell_command", resultDisplay=SAYS, args={"command": f"git commit -m {MARK}"}),
    call("write_file", "error", args={"file_path": "c.py", "content": WROTE}),
    call("replace", "cancelled", args={"file_path": "d.py", "new_string": WROTE}),
]
GEMINI_MESSAGES = [
    chat("user", "m0", 0, [{"text": f"<session_context>\n{MARK}"}]),
    chat("user", "m1", 1, [{"text": f"{ASKED}\n--- a.py ---\n{MARK}"}], displayContent=[{"text": ASKED}]),
    chat("info", "m2", 2, f"info {MARK}"),
    chat("gemini", "m3", 3, f"I will {MARK}", toolCalls=CALLS),
    chat("user", "m4", 4, [{"functionResponse": {"name": "replace", "response": {"output": MARK}}}]),
    chat("user", "m5", 5, f"/compress {MARK}"),
    chat("user", "m6", 6, REFUSED),
]
ABOUT = {"sessionId": "g-1", "projectHash": "00", "startTime": at(0), "lastUpdated": at(9)}
GEMINI_WHOLE = json.dumps(ABOUT | {"messages": GEMINI_MESSAGES}, indent=2).encode()
GEMINI = lined(
    ABOUT | {"directories": ["/home/ada/app"]},
    *GEMINI_MESSAGES[:3],
    chat("gemini", "m3", 3, f"I will {MARK}", toolCalls=CALLS[:1]),
    *GEMINI_MESSAGES[3:],
    {"$set": {"messages": [GEMINI_MESSAGES[1], chat("user", "s1", 8, f"summary of all that was said {MARK}")]}},
)

# A tilde at the end of a line stands for the two spaces there.
ECHO = "#### Add src/a.py to the chat? (Y)es/(N)o/(A)ll/(S)kip all/(D)on't ask again [Yes]: all~"
AIDER = f"""
# aider chat started at 2026-02-03 10:00:00

> Add src/a.py to the chat? (Y)es/(N)o [Yes]: y~

{ECHO}

#### <blank>~

#### /add src/a.py {MARK}~

#### {ASKED}~

Quoted answer {MARK}, and a heading of it:

#### heading {MARK}

src/a.py
```python
<<<<<<< SEARCH
was_there_before({MARK!r})
=======
{WROTE}
>>>>>>> REPLACE
```

> Commit 0000001 chore: what lay there {MARK}~
> Applied edit to src/a.py~
> Commit abc1234 feat: sticky {MARK}~
> Commit abc1235 style: lint {MARK}~

#### no, at the bottom {MARK}~
{chr(10).join("#### " + line + "~" for line in PASTE.splitlines())}

src/b.py
````
{WROTE.splitlines()[0]}
```
{WROTE.splitlines()[1]}
````

> Applied edit to src/b.py~
> ^C again to exit~

#### /ask why is it {MARK}~

> Commit def5678 feat: bottom {MARK}~

# aider chat started at 2026-02-03 12:00:00

#### !ls {MARK}~

#### never mind {MARK}~
""".replace("~\n", "  \n").encode()

AUTOMATIC = (
    f"This session is being continued from a previous conversation {MARK}",
    f"<bash-stdout>{MARK}</bash-stdout>",
    f"<local-command-stdout>{MARK}</local-command-stdout>",
    f"Caveat: The messages below {MARK}",
    f"<task-notification>{MARK}</task-notification>",
    f"Base directory for this skill: /home/ada\n{MARK}",
    f"Implement the following plan:\n\n# Plan {MARK}",
    f"<system-reminder>{MARK}</system-reminder>",
    *INJECTED[:4],
)


def block(role: str, second: int, text: str, *, form: str = "") -> str:
    """A block of SpecStory's Markdown."""
    return f"_**{role} (2026-02-03 10:00:{second:02d}Z)**_\n\n{text}\n\n{form}"


TOOL_USE = f"""<tool-use data-tool-type="shell" data-tool-name="Bash"><details>
<summary>Tool use: **Bash**</summary>

[main abc1234] feat: sticky {MARK}
_**User (2026-02-03 10:00:59Z)**_

a quoted prompt {MARK}
{{refused}}
</details></tool-use>
"""
SPECSTORY = (
    "<!-- Generated by SpecStory, Markdown v2.1.0 -->\n\n# 2026-02-03 10:00:00Z\n\n"
    "<!-- Claude Code Session 0a0b-c1 (2026-02-03 10:00:00Z) -->\n\n"
    + block("User", 1, ASKED, form="---\n\n")
    + block("Agent - sidechain", 2, f"an agent's own {MARK}")
    + block("User - sidechain", 2, f"said by an agent {MARK}")
    + block("Agent (model-1", 3, TOOL_USE).replace("(model-1 (", "(model-1 ").replace("{refused}", "")
    + block("User", 4, f"<command-name>/go</command-name>\n<command-args>to the end {MARK}</command-args>")
    + block("User", 4, f"## Context\n\nan expanded command {MARK}")
    + "".join(block("User", 10 + n, text) for n, text in enumerate(AUTOMATIC))
    + block("User", 40, f"[Request interrupted by user]{REFUSED}", form="---\n\n")
).encode()
SPECSTORY_OLD = f"""<!-- Generated by SpecStory -->

_**User**_

{ASKED}

---

_**Assistant**_

Done {MARK}

---

_**User**_

continue

---

_**User**_

continue
""".encode()

SPEC = f"""# Feature Specification: Header

**Feature Branch**: `001-header`
**Created**: 2026-02-03
**Input**: User description: "{ASKED}, and say "hello"
{PASTE}
to all"

**Note**: an agent's word {MARK}

## User Scenarios

A story that an agent wrote {MARK}

**Input**: User description: "another {MARK}"
""".encode()
