"""Find the owners of a path in a CODEOWNERS file, by GitHub's rules or, if the file has sections, by GitLab's.

The last matching rule wins. In a file with sections, the last matching rule of each section wins, and the owners of
all sections are combined (docs.github.com "About code owners", docs.gitlab.com "Code Owners syntax", both as of 2026).
Patterns are gitignore's, except for `!`, character classes and `\\#` on GitHub: a pattern without a slash matches at
any depth, a folder's name matches everything below it, `docs/*` matches files only. Files come from strangers, so
matching never backtracks, and a file that needs too many comparisons yields no owner at all. We use no library: those
available compile patterns to regexes that do backtrack.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fnmatch import translate
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.history.repository import Repository

LOCATIONS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS")
# GitHub ignores larger files.
MAX_BYTES = 3_000_000
# Comparisons of a rule with a path before we give up on a file: about ten seconds.
MAX_COMPARISONS = 10_000_000
_MAX_PATTERN_LENGTH, _MAX_WILDCARDS = 1_000, 32
_OWNER = re.compile(r"@{1,2}[\w.-]+(?:/[\w.-]+)*|[^\s@]+@[^\s@]+")
_SECTION = re.compile(r"\^?\[([^\]]+)\](?:\[\d+\])?(?:\s+(.*))?")
_TOKEN = re.compile(r"(?:\\.|[^\s\\]|\\\Z)+")


@dataclass(frozen=True, slots=True)
class OwnerRule:
    """A pattern as path segments ("**" = any number of them) and its owners; `excludes`: GitLab's `!`."""

    segments: tuple[str, ...]
    owners: tuple[str, ...]
    excludes: bool = False


@dataclass(slots=True)
class _Section:
    """Rules in order, indexed by the literal name that a path must contain.

    by_first: rules that need this first segment. by_name: rules that need this segment anywhere. others: the rest.
    defaults: owners of rules that name none.
    """

    defaults: tuple[str, ...] = ()
    rules: list[OwnerRule] = field(default_factory=list)
    by_first: dict[str, list[int]] = field(default_factory=dict)
    by_name: dict[str, list[int]] = field(default_factory=dict)
    others: list[int] = field(default_factory=list)

    def add(self, rule: OwnerRule) -> None:
        """Append a rule."""
        number, first = len(self.rules), rule.segments[0]
        self.rules.append(rule)
        if first != "**" and not _has_wildcard(first):
            self.by_first.setdefault(_unescape(first), []).append(number)
        elif (
            first == "**"
            and len(rule.segments) > 1
            and rule.segments[1] != "**"
            and not _has_wildcard(rule.segments[1])
        ):
            self.by_name.setdefault(_unescape(rule.segments[1]), []).append(number)
        else:
            self.others.append(number)

    def candidates(self, segments: Sequence[str]) -> list[int]:
        """Return the numbers of the rules that may match a path, last rule first."""
        by_any_name = (number for segment in set(segments) for number in self.by_name.get(segment, ()))
        return sorted({*self.by_first.get(segments[0], ()), *by_any_name, *self.others}, reverse=True)


class TooManyRulesError(ValueError):
    """The file and paths would need more than `MAX_COMPARISONS` comparisons."""


class CodeOwners:
    """The rules of one file."""

    def __init__(self, content: bytes, *, gitlab: bool = False) -> None:
        """Parse a file of any bytes; lines that are not rules are skipped, and so is a file larger than GitHub reads.

        gitlab: apply GitLab's rules even if the file has no sections.
        """
        text = content.decode("utf-8", "surrogateescape") if len(content) <= MAX_BYTES else ""
        lines = [line.strip() for line in re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff"))]
        gitlab = gitlab or any(_SECTION.fullmatch(line) for line in lines)
        self._comparisons = 0
        section = _Section()
        sections: dict[str, _Section] = {"": section}
        for line in lines:
            if gitlab and (heading := _SECTION.fullmatch(line)):
                section = sections.setdefault(heading[1].strip().lower(), _Section(_parse_owners(heading[2] or "")[0]))
            elif line and not line.startswith("#") and (rule := self._rule(line, section, gitlab=gitlab)):
                section.add(rule)
        self._sections = list(sections.values())

    @staticmethod
    def _rule(line: str, section: _Section, *, gitlab: bool) -> OwnerRule | None:
        token = _TOKEN.match(line)
        assert token is not None  # noqa: S101 - a stripped line that is not empty begins with one
        pattern = token[0]
        owners, has_invalid = _parse_owners(line[token.end() :])
        excludes = gitlab and pattern.startswith("!")
        segments = _pattern_segments(pattern.removeprefix("!") if excludes else pattern, gitlab=gitlab)
        if segments is None or (not gitlab and (has_invalid or pattern.startswith("!"))):
            return None
        return OwnerRule(segments, owners or section.defaults, excludes)

    def owners(self, path: str) -> frozenset[str]:
        """Return the owners of a path in lower case; empty if no rule matches or the last match names nobody.

        Raises `TooManyRulesError` after `MAX_COMPARISONS` comparisons over all paths.
        """
        segments = path.split("/")
        path_owners: set[str] = set()
        for section in self._sections:
            for number in section.candidates(segments):
                rule = section.rules[number]
                self._comparisons += 1
                if self._comparisons > MAX_COMPARISONS:
                    raise TooManyRulesError(path)
                if matches(rule.segments, segments):
                    path_owners.update(() if rule.excludes else rule.owners)
                    break
        return frozenset(path_owners)


def read_code_owners(repository: Repository) -> CodeOwners | None:
    """Return the rules of the analysed commit, from the first of `LOCATIONS` that it has; None without a file."""
    for path in LOCATIONS:
        if (content := repository.read_file_at_head(path)) is not None:
            return CodeOwners(content, gitlab=path.startswith(".gitlab"))
    return None


def _parse_owners(text: str) -> tuple[tuple[str, ...], bool]:
    """Return the handles and addresses before a comment, in lower case, and whether there are any other words."""
    words = re.split(r"(?:^|\s)#", text, maxsplit=1)[0].split()
    owners = tuple(dict.fromkeys(word.lower() for word in words if _OWNER.fullmatch(word)))
    return owners, any(not _OWNER.fullmatch(word) for word in words)


def _pattern_segments(pattern: str, *, gitlab: bool) -> tuple[str, ...] | None:
    """Return a pattern as segments from the root, "**" for any number of them; None if it is invalid or too long."""
    segments = [segment for segment in pattern.split("/") if segment]
    if not segments or len(pattern) > _MAX_PATTERN_LENGTH or pattern.count("*") > _MAX_WILDCARDS:
        return None
    rooted = pattern.startswith("/") or (len(segments) > 1 and not gitlab)
    prefix = () if rooted else ("**",)
    if pattern.endswith("/"):
        return (*prefix, *segments, *(("*",) if segments[-1] == "**" else ()), "**", "*")
    if segments[-1] == "**" and len(segments) > 1:
        return (*prefix, *segments, "*")
    return (*prefix, *segments) if segments[-1] == "*" else (*prefix, *segments, "**")


def matches(pattern: Sequence[str], path: Sequence[str]) -> bool:
    """Return whether a path matches a pattern, both as segments.

    After a mismatch only the last "**" needs to take one more segment, so matching takes at most the product of both
    lengths.
    """
    position = index = 0
    star, star_index = -1, 0
    while index < len(path):
        if position < len(pattern) and pattern[position] == "**":
            star, star_index = position, index
            position += 1
        elif position < len(pattern) and _matches_segment(pattern[position], path[index]):
            position, index = position + 1, index + 1
        elif star >= 0:
            star_index += 1
            position, index = star + 1, star_index
        else:
            return False
    return all(segment == "**" for segment in pattern[position:])


def _matches_segment(pattern: str, name: str) -> bool:
    return pattern == "*" or (
        bool(_compile_segment(pattern).match(name)) if _has_wildcard(pattern) else _unescape(pattern) == name
    )


@lru_cache(maxsize=10_000)
def _has_wildcard(segment: str) -> bool:
    return re.search(r"[*?]", re.sub(r"\\.", "", segment)) is not None


@lru_cache(maxsize=10_000)
def _unescape(segment: str) -> str:
    return re.sub(r"\\(.)", r"\1", segment)


@lru_cache(maxsize=10_000)
def _compile_segment(segment: str) -> re.Pattern[str]:
    """Compile a segment with wildcards; `fnmatch.translate` emits regexes that do not backtrack over stars."""
    characters = re.findall(r"\\.|.", segment, re.DOTALL)
    return re.compile(translate("".join(f"[{s[-1]}]" if len(s) == 2 or s == "[" else s for s in characters)))
