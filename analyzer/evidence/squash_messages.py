"""Squash messages that list their commits: which part of them is marked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_TITLE = re.compile(r"\* \S")
_COMMIT = re.compile(r"commit [0-9a-f]{7,64}\Z")
_RULE = re.compile(r"-{5,}\Z")


def parts(lines: Sequence[str]) -> list[str]:
    """Messages of the commits that a squash lists; none where it lists fewer than two.

    The host lists them as "* title" between blank lines, before a rule; git as "commit ID" after "Squashed commit of
    the following:". Bullets of one list stand without blank lines between them and are no commits.
    """
    found: list[list[str]] = []
    for n, line in enumerate(lines[1:], start=1):
        if _RULE.match(line):
            break
        alone = not lines[n - 1].strip() and (n + 1 >= len(lines) or not lines[n + 1].strip())
        if (_TITLE.match(line) and (alone or n == 1)) or _COMMIT.match(line):
            found.append([line.removeprefix("* ")])
        elif found:
            found[-1].append(line)
    return ["\n".join(part) for part in found] if len(found) > 1 else []


def declared_part(lines: Sequence[str], marked: Callable[[str], bool]) -> float:
    """Share of the listed commits that are marked; 1 where none are listed or the marks stand beside the list."""
    listed = parts(lines)
    hits = sum(marked(message) for message in listed)
    return hits / len(listed) if hits else 1.0
