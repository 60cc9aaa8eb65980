"""Copybara: a commit exported from Google's own repository names its reviewed change, "PiperOrigin-RevId: 12"."""

from __future__ import annotations

from analyzer.history.hosts.review import CommitMessage, Review, ReviewHost


def _read(message: CommitMessage) -> Review | None:
    line = message.last_line("PiperOrigin-RevId: ")
    return Review((f"piper:{line}",)) if line and line.isdecimal() else None


COPYBARA = ReviewHost(
    id="copybara",
    title="Copybara",
    sources=("https://github.com/google/copybara/blob/master/docs/reference.md",),
    clues=("\nPiperOrigin-RevId: ",),
    read=_read,
)
