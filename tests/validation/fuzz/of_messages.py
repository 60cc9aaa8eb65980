"""Targets: what a stranger writes in a commit: messages, names, addresses, paths, and what is shown of them."""

from __future__ import annotations

import json
import math
import unicodedata
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from analyzer.config import Rule
from analyzer.core.sanitize import plain, spreadsheet_safe
from analyzer.errors import UsageError
from analyzer.evidence import agents, message, squash_messages
from analyzer.evidence.classify import classify_lines
from analyzer.evidence.labels import find_matches
from analyzer.evidence.pull_request_export import parse_export
from analyzer.evidence.rejected import rejected_matches
from analyzer.evidence.signal import STRENGTHS, CommitText
from analyzer.evidence.strongest import strongest_claim
from analyzer.github.annotations import workflow_command
from analyzer.history.authors import Author, handles_of, is_automation, keyed_hash
from analyzer.history.commits import decode_text
from analyzer.history.file_classes import PATH_CLASSES, PathFilter, class_by_pattern
from analyzer.history.file_types import interpreter_language, language_kind
from analyzer.history.languages import language
from analyzer.languages.python import PYTHON
from analyzer.report.renderers.markdown import escape
from analyzer.stylometry.extraction import added_functions
from analyzer.stylometry.features import FUNCTION_FEATURES, function_features
from tests.conftest import FIXTURES
from tests.validation.fuzz.target import Target, encodable, held, twisted

if TYPE_CHECKING:
    from collections.abc import Iterator

_RULES = (
    Rule(tool="own", addresses=("own@bot",), logins=("ownbot",), trailers=("Own-By",), value="yes"),
    Rule(tool="link", trailers=("Own Session",), session=True),
)


def _lines(name: str) -> list[bytes]:
    return (FIXTURES / f"{name}.jsonl").read_bytes().splitlines()


def _messages() -> Iterator[bytes]:
    for line in islice(_lines("commits"), 0, None, 40):
        row = json.loads(line)
        yield f"{row['subject']}\n\n{row.get('body') or row.get('trailers_or_body_excerpt') or ''}".encode()
    yield b"Squash (#1)\n\n* one\n\nCo-authored-by: Claude <noreply@anthropic.com>\n\n* two\n\n---------\n\nx"
    yield b"a\n\n> Co-authored-by: Claude <noreply@anthropic.com>\n```\nAssisted-by: AI\n```\n    Made-with: Cursor\n"
    yield "Squashed commit of the following:\n\n    Generated\u00a0with\uff1a AI\r\n\tAI-assisted: yes".encode()
    yield b"x\n\nCo-authored-by: " + b"A" * 470 + b" <a@b.c>\nSigned-off-by: B <b@c.d>\n"
    yield b"x.  Co-Authored-By: A <a@b.c>, Signed-off-by: B <b@c>\nCo-authored-by Claude <c@d.e>\nAssisted-by: A\n B"


def _message(data: bytes) -> None:
    text = decode_text(data.replace(b"\0", b""))
    lines = list(message.asserted_lines(text))
    # A footer or a credit behind lost line breaks is given a line of its own.
    breaks = (
        text.count("\n") + text.count("\\n") + text.lower().count("co-authored-by: ") + text.count("Generated with [")
    )
    held(len(lines) <= breaks + 1, "more lines than there are")
    held(sum(map(len, lines)) <= 2 * len(text) + 1, "more text than there is")
    found = list(message.trailers_in(lines))
    held(found == list(message.trailers(text)), "other trailers")
    for one in found:
        held(one.key.isascii() and one.key.isalpha() and one.key.islower(), "a key that is none")
        held("\n" not in one.line and len(one.line) <= 500, "a trailer of many lines")
        held(one.address == "" or "@" in one.address, "an address that is none")
        held(len(one.name) + len(one.address) <= len(one.line) + 8, "more than the line says")
        encodable(one.name, one.address, one.line)
    quoted = list(message.quoted_lines(text))
    held(len(quoted) + len(lines) <= 2 * (breaks + 1), "a line that is said and shown")
    held(
        all((word.isascii() and word.isalnum() and word.islower()) or word.isdigit() for word in message.words(text)),
        "",
    )
    held(0 < squash_messages.marked_share(lines, lambda part: "AI" in part) <= 1, "a part that is none")


def _commit(data: bytes) -> CommitText:
    parts = [decode_text(part.replace(b"\0", b"")) for part in data.split(b"\x1f", 4)]
    name, address, committer, its_address, text = [*parts, *[""] * 5][:5] if len(parts) > 1 else [*[""] * 4, parts[0]]
    return CommitText(name, address, text, committer, its_address, "2026-05-01")


def _label(data: bytes) -> None:
    commit = _commit(data)
    found = find_matches(commit, _RULES)
    said = strongest_claim(found)
    for trace in found:
        held(trace.strength in STRENGTHS and ":" in trace.rule, "a trace of no rule")
        held(trace.tool is None or trace.tool in _TOOLS, "a tool that no table has")
        encodable(trace.text, trace.model)
    held(said.ai in {"authored", "assisted", "unknown", "none"}, "a word that is none")
    held(said.marked <= (said.ai in {"authored", "assisted"}), "counted, and no AI")
    for reason, text in rejected_matches(commit):
        encodable(reason, text)


_TOOLS = {*(agent.tool for agent in agents.agent_table()[1]), *(rule.tool for rule in _RULES)}
_TOOLS |= {"replit", "amp", "entire", "claude-code", "copilot"}


def _labels() -> Iterator[bytes]:
    fields = ("author_name", "author_email", "committer_name", "committer_email")
    for line in islice(_lines("commits"), 7, None, 40):
        row = json.loads(line)
        body = f"{row['subject']}\n\n{row.get('body') or row.get('trailers_or_body_excerpt') or ''}"
        yield "\x1f".join((*(row.get(key) or "" for key in fields), body)).encode()
    yield b"Own\x1f1+ownbot@users.noreply.github.com\x1f\x1f\x1fx\n\nOwn-by: yes, it is\nOwn-Session: https://x"
    yield b"x\n\nOwn-by: YES\nCo-authored-by: x <own@bot>"


def _classify(data: bytes) -> None:
    for said in classify_lines([data]):
        row = msgspec.json.decode(said)
        held(row["ai"] in {"authored", "assisted", "unknown", "none"} and type(row["bot"]) is bool, "no verdict")
        held(said.count(b"\n") == 1, "a verdict of many lines")


def _identity(data: bytes) -> None:
    name, _, address = decode_text(data.replace(b"\0", b"")).partition("\x1f")
    author = Author(name, address)
    handles = handles_of(author)
    held(handles and all(keyed_hash(handle, "salt") for handle in handles), "nobody")
    shouted = handles_of(Author(name.upper(), f" {address.upper()}"))
    held(handles == shouted or not data.isascii() or handles[0].startswith("raw:"), "case tells people apart")
    held(type(is_automation(name, address)) is bool, "neither")
    agent = agents.by_identity(name, address)
    held(agent is None or agent.tool in _TOOLS, "an agent that no table has")


def _paths(data: bytes) -> None:
    """Patterns before a separator, a path behind it."""
    patterns, _, path = decode_text(data.replace(b"\0", b"")).rpartition("\x1f")
    globs = patterns.split("\x1f")
    held(class_by_pattern.__wrapped__(path) in PATH_CLASSES and language(path), "a class that is none")
    held(
        interpreter_language(data) is None or language_kind(str(interpreter_language(data))) != "unknown", "no language"
    )
    both = PathFilter(globs, globs)
    held(not both.includes(path), "in and out")
    held(
        PathFilter((), globs).includes(path) != PathFilter(globs).includes(path) or not any(globs), "neither in nor out"
    )


def _shown(data: bytes) -> None:
    for text in (data.decode("utf-8", "surrogateescape"), decode_text(data)):
        line = plain(text, 60)
        held(len(line) <= 60 and line.splitlines() in ([], [line]), "more than a line")
        held(not any(unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for c in line), "a character that acts")
        held(plain(line, 60) == line, "shown otherwise again")
        held(not spreadsheet_safe(line).startswith(("=", "+", "-", "@", "\t")), "a formula")
        said = workflow_command("notice", line, file=line, title=line)
        held(
            "\n" not in said and "\r" not in said and "##[" not in said and said.startswith("::notice "), "two commands"
        )
        held(said.count("::") - 2 <= line.count("::"), "another command")
        cell = escape(line)
        held("\n" not in cell and not set("<>[]|`") & set(cell), "a tag")


def _functions(data: bytes) -> None:
    runs = [(1, data.count(b"\n") + 1)]
    for found in added_functions(PYTHON, data, runs, runs):
        row = function_features(found.function)
        held(
            set(row) <= set(FUNCTION_FEATURES) and all(map(math.isfinite, row.values())), "a feature that is no number"
        )
        held(1 <= found.line <= runs[0][1], "a function on no line")


def _sources() -> Iterator[bytes]:
    body = "".join(f"    value_{n} = compute(first, {n}.5, key='x{n}')  # note\n" for n in range(6))
    deep = body.replace("    ", "        ")
    head = 'def total(first: int, *, second="a"):\n    """Add.\n\n    Args: first.\n    """\n'
    yield f"{head}{body}    return value_1\n".encode()
    yield f"class A:\n    @cached\n    async def f(self):\n{deep}        return {{1: [x for x in y]}}\n".encode()
    tail = "    except (A, B) as e:\n        if a is not None and a != 'x':\n            raise\n    import os\n"
    yield f"def g(a):\n    try:\n{deep}{tail}    return f'{{a}}' 'b'\n".encode()


def _pulls(data: bytes) -> None:
    found = parse_export(data, _RULES)
    held(all(part is None or 0 <= part <= 1 for part in found.marked_shares.values()), "a part outside 0 to 1")
    held(
        len(found.marked_shares) <= data.count(b"\n") + data.count(b"\r") + 1 and found.truncated >= 0,
        "more than there are",
    )


def _exports() -> Iterator[bytes]:
    commits = {"totalCount": 2, "nodes": [{"commit": {"message": "x", "author": {"name": "A", "email": "a@b"}}}]}
    marked = {"commit": {"message": "y\n\nCo-authored-by: Claude <noreply@anthropic.com>", "author": None}}
    row = {"number": 1, "mergeCommit": {"oid": "a" * 40}, "commits": commits}
    yield json.dumps(row).encode()
    commits["nodes"].append(marked)  # type: ignore[attr-defined]  # a list
    yield from twisted(json.dumps(row).encode())
    yield json.dumps(row).encode() + b"\n\n" + json.dumps(row | {"mergeCommit": None}).encode() + b"\r\n"


_KEYS = (
    b"Co-authored-by: ",
    b"Signed-off-by: ",
    b"Assisted-by: ",
    b"Generated-by: ",
    b"Claude <noreply@anthropic.com>",
)
_MARKS = (
    b"Entire-Checkpoint: 0123456789ab",
    b"Copilot-Session: https://x",
    b"aider: ",
    b"copilot",
    b"Cursor",
    b"GPT-5",
)
_FORMS = (
    b"\n\n",
    b"\n    ",
    b"\n> ",
    b"\n```\n",
    b"* x\n\n",
    b"---------",
    b"\xc2\xa0",
    b"\xef\xbc\x9a",
    b"\\n",
    b" <a@b.c>",
)
_TOKENS = (
    *_KEYS,
    *_MARKS,
    *_FORMS,
    b"Squashed commit of the following:\n",
    b"Generated with [x](y)",
    b"written by Claude",
)
_JSON = (b'"', b"\\u00e9", b"\\ud800", b"null", b"1e400", b"[", b"{", b"true", b"-1", b"\\n")
TARGETS = (
    Target(
        "message",
        "trailers",
        ("analyzer.evidence.message", "analyzer.evidence.squash_messages"),
        _message,
        _messages,
        _TOKENS,
        (),
        900,
    ),
    Target(
        "label",
        "commits: names, addresses, messages",
        tuple(
            f"analyzer.evidence.{name}"
            for name in ("labels", "message", "trailers", "other_trailers", "prose", "agent_identities", "custom_rules")
        ),
        _label,
        _labels,
        (b"\x1f", b"[bot]", b"@users.noreply.github.com", b"(aider)", b" + Claude", b"Own-by: yes", *_TOKENS),
        (),
        500,
    ),
    Target(
        "classify",
        "classify: JSON Lines",
        ("analyzer.evidence.classify",),
        _classify,
        lambda: (odd for line in islice(_lines("torture"), 0, None, 3) for odd in twisted(line)),
        (b'"subject"', b'"body"', b'"author_name"', b'"date"', b'"id"', *_JSON, *_KEYS),
        (UsageError,),
        600,
    ),
    Target(
        "identity",
        "names and addresses",
        ("analyzer.history.authors", "analyzer.evidence.agents"),
        _identity,
        lambda: (
            b"Ada L\x1fada@example.org",
            b"x-bot\x1f1+x[bot]@users.noreply.github.com",
            b"Claude\x1fnoreply@anthropic.com",
        ),
        (b"\x1f", b"[bot]", b"-bot", b"@users.noreply.github.com", b"Claude", b"Copilot", b"1+", b" Bot", b"(aider)"),
        (),
        120,
    ),
    Target(
        "paths",
        "paths and patterns",
        ("analyzer.history.file_classes", "analyzer.history.file_types", "analyzer.history.languages"),
        _paths,
        lambda: (
            b"src/**\x1f*.sql\x1fsrc/a/b.py",
            b"/**/a/**/b\x1fx/a/y/b/c",
            b"[!a-z]?*\x1fdocs/README.md",
            b"\x1fpackage-lock.json",
        ),
        (b"\x1f", b"**/", b"/**", b"*", b"?", b"[!", b"[z-a]", b"test_", b".min.js", b"vendor/", b"/"),
        (),
        120,
    ),
    Target(
        "shown",
        "texts that are shown",
        ("analyzer.core.sanitize", "analyzer.github.annotations"),
        _shown,
        lambda: ("=cmd\u202e##[x]::error::<b>\U000e0041".encode(), b"\xff\r\n\x1b[31m|`a`", "e\u0301é".encode()),
        (b"##[", b"::", b"%0A", b"\xe2\x80\xae", b"\xef\xbf\xbd", b"\xef\xbc\x9d", b"<script>", b"|", b"\x1b["),
        (),
        120,
    ),
    Target(
        "functions",
        "Python sources",
        ("analyzer.stylometry.syntax", "analyzer.stylometry.features", "analyzer.stylometry.extraction"),
        _functions,
        _sources,
        (
            b"def f(",
            b"):\n    ",
            b'"""',
            b"async ",
            b"try:\n",
            b"except ",
            b"lambda",
            b"\t",
            b"@x\n",
            b"import ",
            b"f'{",
            b"# ",
        ),
        (),
        900,
    ),
    Target(
        "pulls",
        "pull requests",
        ("analyzer.evidence.pull_request_export",),
        _pulls,
        _exports,
        (b'"mergeCommit"', b'"oid"', b'"nodes"', b'"message"', *_JSON, *_KEYS),
        (UsageError,),
        600,
    ),
)
