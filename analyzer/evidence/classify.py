"""Commit metadata as JSON Lines → one verdict a line: the door for testing rules without a repository."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from analyzer.errors import UsageError
from analyzer.evidence.labels import traces
from analyzer.evidence.signal import CommitText
from analyzer.evidence.strongest import concluded
from analyzer.history.authors import is_automation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from analyzer.config import Rule

_PEOPLE = ("author_name", "author_email", "committer_name", "committer_email")


def classified(lines: Iterable[bytes], rules: Sequence[Rule] = ()) -> Iterator[bytes]:
    """One verdict a line, in order: id, ai, tool, model, bot, strength, rules (docs/cli.md). `rules`: the user's own.

    Raises `UsageError("classify-invalid")` naming the first line that is no JSON object of texts.
    """
    for number, line in enumerate(lines, start=1):
        try:
            yield msgspec.json.encode(_verdict(msgspec.json.decode(line, type=dict[str, Any]), rules)) + b"\n"
        except (msgspec.MsgspecError, TypeError, UnicodeError, RecursionError) as reason:
            raise UsageError(
                "classify-invalid",
                f"Line {number} is no commit: {reason}.",
                "One JSON object a line, with author_name, author_email, subject, body and the like as texts.",
            ) from None


def _verdict(row: dict[str, Any], rules: Sequence[Rule]) -> dict[str, object]:
    body = _text(row, "body") or _text(row, "trailers_or_body_excerpt")
    name, address, committer, committer_address = (_text(row, key) for key in _PEOPLE)
    message = f"{_text(row, 'subject')}\n\n{body}"
    commit = CommitText(name, address, message, committer, committer_address, _text(row, "date")[:10])
    found = traces(commit, rules)
    said = concluded(found)
    return {
        "id": row.get("id"),
        "ai": said.ai,
        "tool": _one(said.tools),
        "model": _one(said.models),
        "bot": is_automation(name, address),
        "strength": said.strength,
        "rules": [trace.rule for trace in found],
    }


def _text(row: dict[str, Any], key: str) -> str:
    value = row.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError(f"{key} is no text")
    return value


def _one(slugs: tuple[str, ...]) -> object:
    """Nothing, one slug, or a sorted list of several."""
    return None if not slugs else slugs[0] if len(slugs) == 1 else list(slugs)
