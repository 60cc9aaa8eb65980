"""CODEOWNERS: which owners a path has, by GitHub's rules and, where there are sections, by GitLab's.

The last rule that matches counts; in a file with sections the last one of each section, and the owners of all sections
together (docs.github.com "About code owners", docs.gitlab.com "Code Owners syntax", both as of 2026). Patterns are
gitignore's but for `!`, character classes and `\\#` on GitHub: a pattern without a slash matches at any depth, one that
names a folder all below it, `docs/*` files alone. Files come from strangers: nothing here backtracks, and a file that
would take too many comparisons gives no owner at all. Libraries at hand compile patterns to regexes that do backtrack.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fnmatch import translate
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

PLACES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
# GitHub reads no larger file.
LARGEST = 3_000_000
# Comparisons of a rule with a path before a file is given up: some ten seconds.
MOST_COMPARED = 10_000_000
_LONGEST_PATTERN, _MOST_WILD = 1_000, 32
_OWNER = re.compile(r"@{1,2}[\w.-]+(?:/[\w.-]+)*|[^\s@]+@[^\s@]+")
_SECTION = re.compile(r"\^?\[([^\]]+)\](?:\[\d+\])?(?:\s+(.*))?")
_TOKEN = re.compile(r"(?:\\.|[^\s\\]|\\\Z)+")


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern's path segments ("**" for any number of them), and whom it gives; `excludes`: GitLab's `!`."""

    segments: tuple[str, ...]
    owners: tuple[str, ...]
    excludes: bool = False


@dataclass(slots=True)
class _Section:
    """Rules in order, found by what a path must hold: its first folder, a name anywhere, or nothing of the kind."""

    defaults: tuple[str, ...] = ()
    rules: list[Rule] = field(default_factory=list)
    by_first: dict[str, list[int]] = field(default_factory=dict)
    by_name: dict[str, list[int]] = field(default_factory=dict)
    others: list[int] = field(default_factory=list)

    def add(self, rule: Rule) -> None:
        """The next rule."""
        number, first = len(self.rules), rule.segments[0]
        self.rules.append(rule)
        if first != "**" and not _wild(first):
            self.by_first.setdefault(_literal(first), []).append(number)
        elif first == "**" and len(rule.segments) > 1 and rule.segments[1] != "**" and not _wild(rule.segments[1]):
            self.by_name.setdefault(_literal(rule.segments[1]), []).append(number)
        else:
            self.others.append(number)

    def candidates(self, parts: Sequence[str]) -> list[int]:
        """Rules that may match, the last one first."""
        named = (number for part in set(parts) for number in self.by_name.get(part, ()))
        return sorted({*self.by_first.get(parts[0], ()), *named, *self.others}, reverse=True)


class TooManyRulesError(ValueError):
    """A file and paths that would take more comparisons than are made."""


class CodeOwners:
    """The rules of one file."""

    def __init__(self, content: bytes, *, gitlab: bool = False) -> None:
        """Any bytes; a line that is no rule is left out, and so is all of a file that is larger than GitHub reads.

        gitlab: read it by GitLab's rules also without sections.
        """
        text = content.decode("utf-8", "surrogateescape") if len(content) <= LARGEST else ""
        lines = [line.strip() for line in re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff"))]
        gitlab = gitlab or any(_SECTION.fullmatch(line) for line in lines)
        self._compared = 0
        at = _Section()
        named: dict[str, _Section] = {"": at}
        for line in lines:
            if gitlab and (heading := _SECTION.fullmatch(line)):
                at = named.setdefault(heading[1].strip().lower(), _Section(_owners(heading[2] or "")[0]))
            elif line and not line.startswith("#") and (rule := self._rule(line, at, gitlab=gitlab)):
                at.add(rule)
        self._sections = list(named.values())

    @staticmethod
    def _rule(line: str, section: _Section, *, gitlab: bool) -> Rule | None:
        token = _TOKEN.match(line)
        assert token is not None  # noqa: S101 - a stripped line that is not empty begins with one
        pattern = token[0]
        owners, strangers = _owners(line[token.end() :])
        excludes = gitlab and pattern.startswith("!")
        segments = _segments(pattern.removeprefix("!") if excludes else pattern, gitlab=gitlab)
        if segments is None or (not gitlab and (strangers or pattern.startswith("!"))):
            return None
        return Rule(segments, owners or section.defaults, excludes)

    def owners(self, path: str) -> frozenset[str]:
        """Owners of a path, in small letters; none where no rule matches, or the last one names nobody.

        Raises `TooManyRulesError` after ten million comparisons over all paths.
        """
        parts = path.split("/")
        found: set[str] = set()
        for section in self._sections:
            for number in section.candidates(parts):
                rule = section.rules[number]
                self._compared += 1
                if self._compared > MOST_COMPARED:
                    raise TooManyRulesError(path)
                if matches(rule.segments, parts):
                    found.update(() if rule.excludes else rule.owners)
                    break
        return frozenset(found)


def _owners(text: str) -> tuple[tuple[str, ...], bool]:
    """Handles and addresses up to a comment, in small letters, and whether anything else stands among them."""
    words = re.split(r"(?:^|\s)#", text, maxsplit=1)[0].split()
    known = tuple(dict.fromkeys(word.lower() for word in words if _OWNER.fullmatch(word)))
    return known, any(not _OWNER.fullmatch(word) for word in words)


def _segments(pattern: str, *, gitlab: bool) -> tuple[str, ...] | None:
    """Segments from the root on, "**" for any number of them; None for what is no pattern, or too long to be one."""
    parts = [part for part in pattern.split("/") if part]
    if not parts or len(pattern) > _LONGEST_PATTERN or pattern.count("*") > _MOST_WILD:
        return None
    rooted = pattern.startswith("/") or (len(parts) > 1 and not gitlab)
    above = () if rooted else ("**",)
    if pattern.endswith("/"):
        return (*above, *parts, *(("*",) if parts[-1] == "**" else ()), "**", "*")
    if parts[-1] == "**" and len(parts) > 1:
        return (*above, *parts, "*")
    return (*above, *parts) if parts[-1] == "*" else (*above, *parts, "**")


def matches(segments: Sequence[str], parts: Sequence[str]) -> bool:
    """Whether a path's parts are these segments; of several "**" only the last one ever has to give way."""
    at = part = 0
    star, taken = -1, 0
    while part < len(parts):
        if at < len(segments) and segments[at] == "**":
            star, taken = at, part
            at += 1
        elif at < len(segments) and _same(segments[at], parts[part]):
            at, part = at + 1, part + 1
        elif star >= 0:
            taken += 1
            at, part = star + 1, taken
        else:
            return False
    return all(segment == "**" for segment in segments[at:])


def _same(segment: str, part: str) -> bool:
    return segment == "*" or (bool(_glob(segment).match(part)) if _wild(segment) else _literal(segment) == part)


@lru_cache(maxsize=10_000)
def _wild(segment: str) -> bool:
    return re.search(r"[*?]", re.sub(r"\\.", "", segment)) is not None


@lru_cache(maxsize=10_000)
def _literal(segment: str) -> str:
    return re.sub(r"\\(.)", r"\1", segment)


@lru_cache(maxsize=10_000)
def _glob(segment: str) -> re.Pattern[str]:
    """A segment's pattern; translated by the standard library, whose translation does not backtrack over stars."""
    signs = re.findall(r"\\.|.", segment, re.DOTALL)
    return re.compile(translate("".join(f"[{s[-1]}]" if len(s) == 2 or s == "[" else s for s in signs)))
