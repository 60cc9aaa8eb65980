"""Rules of the user's configuration: identities and trailers of agents that no public table knows.

They are literal, without patterns: the configuration may come from the analysed repository, which must not be able to
make a run slow.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from analyzer.evidence.signal import Signal, Trace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyzer.config import Rule
    from analyzer.evidence.signal import CommitText, Role

_NOREPLY = re.compile(r"(?:\d+\+)?([^@+]+)@users\.noreply\.(?:github\.com|gitlab\.com)")


def by_rules(commit: CommitText, rules: Sequence[Rule]) -> Iterator[Trace]:
    """Traces of the user's rules: author (A), co-author (B), trailers (B, or D for session links)."""
    message = commit.message.lower()
    for rule in rules:
        if _owns(rule, commit.author_email):
            yield _trace(rule, "author", f"{commit.author_name} <{commit.author_email}>")
        texts = (*rule.addresses, *rule.logins, *(key[:4] for key in rule.trailers))
        if not any(text.lower() in message for text in texts):
            continue
        keys = {re.sub(r"[ -]", "", key).lower() for key in rule.trailers}
        for trailer in commit.trailers:
            if trailer.key in keys and trailer.name.lower().startswith(rule.value.lower()):
                yield _trace(rule, "session" if rule.session else "assisted", trailer.line)
            elif trailer.key == "coauthoredby" and _owns(rule, trailer.address):
                yield _trace(rule, "coauthor", trailer.line)


def _owns(rule: Rule, address: str) -> bool:
    folded = address.strip().lower()
    login = _NOREPLY.fullmatch(folded)
    known = {text.lower() for text in rule.logins}
    return folded in {text.lower() for text in rule.addresses} or (login is not None and login[1] in known)


def _trace(rule: Rule, role: Role, text: str) -> Trace:
    strength = {"author": "A", "session": "D"}.get(role, "B")
    return Trace(f"{USER.id}:{rule.tool}", rule.tool, None, role, strength, text)  # type: ignore[arg-type]  # of the three


USER = Signal(
    id="user-rule",
    title="a rule of your configuration",
    strength="A, B or D",
    says="An address, account or trailer that your configuration gives to a tool (docs/configuration.md).",
    limits="As good as the rule.",
    extract=lambda _: iter(()),
)
