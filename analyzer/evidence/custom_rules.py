"""Apply the user's own rules: identities, trailers, lines and subjects of agents that are missing from `agents.toml`.

Rules are literal strings, not patterns: the configuration may come from the analysed repository, which must not be able
to make a run slow.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from analyzer.evidence.signal import Match, Signal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from analyzer.config import Rule
    from analyzer.evidence.signal import CommitText, Role

# A rule with this tool says that an account is no agent.
NO_AGENT = "none"
_NOREPLY = re.compile(r"(?:\d+\+)?([^@+]+)@users\.noreply\.(?:github\.com|gitlab\.com)")


def rule_matches(commit: CommitText, rules: Sequence[Rule]) -> Iterator[Match]:
    """Yield the matches of the user's rules: author (A), co-author, subject, trailer or line (B; session links D)."""
    message = commit.message.lower()
    for rule in rules:
        if rule.tool == NO_AGENT:
            continue
        if owns_identity(rule, commit.author_name, commit.author_email):
            yield _match(rule, "author", f"{commit.author_name} <{commit.author_email}>")
        identities = (*rule.addresses, *rule.logins, *rule.names)
        literals = (*identities, *(key[:4] for key in rule.trailers), *rule.lines, *rule.subjects)
        if not any(literal.lower() in message for literal in literals):
            continue
        yield from _match_texts(rule, commit)
        keys = {re.sub(r"[ -]", "", key).lower() for key in rule.trailers}
        for trailer in commit.trailers:
            if trailer.key in keys and trailer.name.lower().startswith(rule.value.lower()):
                yield _match(rule, "session" if rule.session else "assisted", trailer.line)
            elif trailer.key == "coauthoredby" and owns_identity(rule, trailer.name, trailer.address):
                yield _match(rule, "coauthor", trailer.line)


def _match_texts(rule: Rule, commit: CommitText) -> Iterator[Match]:
    """Match the beginnings of asserted lines, and what a subject contains, ignoring case; quoted lines do not count."""
    subject, *body = commit.lines or [""]
    beginnings = tuple(text.strip().lower() for text in rule.lines)
    for line in body if beginnings else ():
        if line.lower().startswith(beginnings):
            yield _match(rule, "session" if rule.session else "assisted", line)
    if any(text.lower() in subject.lower() for text in rule.subjects):
        yield _match(rule, "assisted", subject)


def owns_identity(rule: Rule, name: str, address: str) -> bool:
    """Return whether a rule names the account with this name and address."""
    if name.strip().lower() in {text.lower() for text in rule.names}:
        return True
    folded = address.strip().lower()
    login = _NOREPLY.fullmatch(folded)
    logins = {text.lower() for text in rule.logins}
    return folded in {text.lower() for text in rule.addresses} or (login is not None and login[1] in logins)


def _match(rule: Rule, role: Role, line: str) -> Match:
    strength = {"author": "A", "session": "D"}.get(role, "B")
    return Match(f"{USER_RULE.id}:{rule.tool}", rule.tool, None, role, strength, line)  # type: ignore[arg-type]  # of the three


USER_RULE = Signal(
    id="user-rule",
    title="a rule of your configuration",
    strength="A, B or D",
    says="An address, account, trailer, line, subject or branch that your configuration gives to a tool "
    "(docs/configuration.md).",
    limits="As good as the rule.",
    extract=lambda _: iter(()),
)
