"""Read squash messages that list their commits, to find which part of the commits is marked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_TITLE = re.compile(r"\* \S")
_COMMIT = re.compile(r"commit [0-9a-f]{7,64}\Z")
_SEPARATOR = re.compile(r"-{5,}\Z")


def listed_commits(lines: Sequence[str]) -> list[str]:
    """Return the messages of the commits that a squash lists; empty if it lists fewer than two.

    GitHub lists them as "* title" between blank lines, before a horizontal rule; git as "commit ID" after "Squashed
    commit of the following:". Bullets without blank lines between them form an ordinary list, not commits.
    """
    listed: list[list[str]] = []
    for n, line in enumerate(lines[1:], start=1):
        if _SEPARATOR.match(line):
            break
        isolated = not lines[n - 1].strip() and (n + 1 >= len(lines) or not lines[n + 1].strip())
        if (_TITLE.match(line) and (isolated or n == 1)) or _COMMIT.match(line):
            listed.append([line.removeprefix("* ")])
        elif listed:
            listed[-1].append(line)
    return ["\n".join(block) for block in listed] if len(listed) > 1 else []


def marked_share(lines: Sequence[str], is_marked: Callable[[str], bool]) -> float:
    """Return the share of the listed commits that are marked; 1 if none are listed or the mark is outside the list."""
    listed = listed_commits(lines)
    hits = sum(is_marked(message) for message in listed)
    return hits / len(listed) if hits else 1.0
