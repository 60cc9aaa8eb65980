"""Classify commits given as JSON Lines: the entry point for testing detection rules without a repository."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from analyzer.errors import UsageError
from analyzer.evidence.labels import find_matches
from analyzer.evidence.possible_agents import name_match
from analyzer.evidence.signal import CommitText
from analyzer.evidence.strongest import strongest_claim
from analyzer.history.authors import is_automation

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from analyzer.config import Rule

_IDENTITY_FIELDS = ("author_name", "author_email", "committer_name", "committer_email")


def classify_lines(lines: Iterable[bytes], rules: Sequence[Rule] = ()) -> Iterator[bytes]:
    """Yield one classification per line, in order: id, ai, tool, model, bot, strength, rules (docs/cli.md).

    `rules`: the user's own rules. Raises `UsageError("classify-invalid")` naming the first line that is not a JSON
    object of strings.
    """
    for number, line in enumerate(lines, start=1):
        try:
            yield msgspec.json.encode(_classify(msgspec.json.decode(line, type=dict[str, Any]), rules)) + b"\n"
        except (msgspec.MsgspecError, TypeError, UnicodeError, RecursionError) as reason:
            raise UsageError(
                "classify-invalid",
                f"Line {number} is no commit: {reason}.",
                "One JSON object a line, with author_name, author_email, subject, body and the like as texts.",
            ) from None


def _classify(row: dict[str, Any], rules: Sequence[Rule]) -> dict[str, object]:
    body = _text_field(row, "body") or _text_field(row, "trailers_or_body_excerpt")
    author_name, author_email, committer_name, committer_email = (_text_field(row, key) for key in _IDENTITY_FIELDS)
    message = f"{_text_field(row, 'subject')}\n\n{body}"
    commit = CommitText(
        author_name, author_email, message, committer_name, committer_email, _text_field(row, "date")[:10]
    )
    matches = find_matches(commit, rules)
    hint = name_match(author_name, author_email, commit.day, rules)
    matches += [] if hint is None else [hint]
    claim = strongest_claim(matches)
    return {
        "id": row.get("id"),
        "ai": claim.ai,
        "tool": _scalar_or_list(claim.tools),
        "model": _scalar_or_list(claim.models),
        "bot": is_automation(author_name, author_email),
        "strength": claim.strength,
        "rules": [match.rule for match in matches],
    }


def _text_field(row: dict[str, Any], key: str) -> str:
    value = row.get(key)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise TypeError(f"{key} is no text")
    return value


def _scalar_or_list(slugs: tuple[str, ...]) -> object:
    """Return None, the only slug, or the list of several."""
    return None if not slugs else slugs[0] if len(slugs) == 1 else list(slugs)
