"""Squashes that list the commits they are made of."""

from __future__ import annotations

from analyzer.evidence.squash_messages import listed_commits, marked_share

MARK = "Co-authored-by: Claude Opus 4.5 <noreply@anthropic.com>"


def squash(*messages: str, tail: str = "") -> list[str]:
    """Lines of a squash message as the host writes it."""
    listed = "\n\n".join(f"* {message}" for message in messages)
    return f"Title (#7)\n\n{listed}\n\n---------\n\n{tail}".split("\n")


def test_marked_part_of_a_squash_is_its_listed_commits() -> None:
    """The part is marked over listed commits; a mark outside or without a list counts for the whole."""

    def marked(message: str) -> bool:
        return "MARK" in message

    assert marked_share(squash("one\n\nMARK", "two", "three", "four"), marked) == 0.25
    assert marked_share(squash("one", "two", tail="MARK"), marked) == 1.0
    assert marked_share(["Title (#7)", "", "MARK"], marked) == 1.0
    assert listed_commits(["Title", "", "* one", "* two", "* three"]) == []
    git = "Squashed commit of the following:\n\ncommit abcdef1\nAuthor: A <a@b>\n\none\n\ncommit abcdef2\n\ntwo MARK"
    assert marked_share(["Title", *git.split("\n")], marked) == 0.5
