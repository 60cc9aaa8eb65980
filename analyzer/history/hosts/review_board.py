"""Review Board: "Reviewed at https://HOST/r/12/", which `rbt stamp` and `rbt land` add."""

from __future__ import annotations

import re

from analyzer.history.hosts.review import CommitMessage, Review, ReviewHost

_REQUEST = re.compile(r"https?://\S+/r/([0-9]{1,12})(?:/diff)?/?\Z")


def _read(message: CommitMessage) -> Review | None:
    for beginning in ("Reviewed at ", "Review: "):
        line = message.last_line(beginning)
        request = _REQUEST.match(line) if line else None
        if request:
            return Review((f"review-board:{request[1]}",))
    return None


REVIEW_BOARD = ReviewHost(
    id="review-board",
    title="Review Board",
    sources=("https://www.reviewboard.org/docs/rbtools/latest/rbt/commands/stamp/",),
    clues=("\nReviewed at ", "\nReview: "),
    read=_read,
)
