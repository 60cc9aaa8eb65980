"""Classify files by path: code, test, docs, data, lockfile, generated, vendored, binary or link.

git's own facts decide first (binary, link), then the repository's linguist attributes, then the pattern table
`paths.toml`. A path has one class, which every numerator and denominator uses.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from fnmatch import translate
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

COUNTED_CLASSES = ("code", "test")
PATH_CLASSES = ("code", "test", "docs", "data", "lockfile", "generated", "vendored", "binary", "link")
MATCHES_NOTHING = r"(?!)"


@dataclass(frozen=True, slots=True)
class PathAttributes:
    """linguist attributes of one path: the class they assign, and the classes they deny."""

    assigned: str | None = None
    denied: frozenset[str] = frozenset()


def classify_path(
    path: str, attributed: Mapping[str, PathAttributes], *, link: bool = False, binary: bool = False
) -> str:
    """Return the class of one file.

    Parameters
    ----------
    path : the path as git prints it.
    attributed : attributes by path; paths without linguist attributes are left out.
    link : the file is a symbolic link.
    binary : git treats the file as binary.
    """
    if link:
        return "link"
    if binary:
        return "binary"
    attributes = attributed.get(path, PathAttributes())
    return attributes.assigned or class_by_pattern(path, attributes.denied)


@cache
def class_by_pattern(path: str, denied: frozenset[str] = frozenset()) -> str:
    """Return the class of a path by the pattern table, without the `denied` classes; "data" if nothing matches."""
    *folders, name = path.lower().split("/")
    folder_path = "/".join(["", *folders, ""])
    for rule in _class_rules():
        if rule.kind not in denied and rule.matches(name, folder_path):
            return rule.kind
    return "data"


@dataclass(frozen=True, slots=True)
class _ClassRule:
    kind: str
    names: re.Pattern[str]
    folders: re.Pattern[str]
    required_names: re.Pattern[str] | None

    def matches(self, name: str, folder_path: str) -> bool:
        if self.required_names is not None and not self.required_names.match(name):
            return False
        return bool(self.names.match(name) or self.folders.search(folder_path))


@cache
def _class_rules() -> tuple[_ClassRule, ...]:
    rows = tomllib.loads(resources.files(__package__).joinpath("paths.toml").read_text("utf-8"))["rule"]
    names = {
        kind: _any_of(g for row in rows if row["class"] == kind for g in row.get("names", ())) for kind in PATH_CLASSES
    }
    return tuple(
        _ClassRule(
            row["class"],
            _any_of(row.get("names", ())),
            re.compile("|".join(f"/{re.escape(folder)}/" for folder in row.get("folders", ())) or MATCHES_NOTHING),
            names[row["of"]] if "of" in row else None,
        )
        for row in rows
    )


def _any_of(globs: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(translate(glob) for glob in globs) or MATCHES_NOTHING)


class PathFilter:
    """Paths selected by --include and --exclude globs; `**` crosses folders, a bare name matches at any depth."""

    def __init__(self, include: Sequence[str] = (), exclude: Sequence[str] = ()) -> None:
        """Compile the globs; without an include glob every path is included."""
        self.active = bool(include or exclude)
        self._include = [_Glob(g) for g in include]
        self._exclude = [_Glob(g) for g in exclude]

    def includes(self, path: str) -> bool:
        """Return whether the path is counted."""
        segments = path.split("/")
        wanted = not self._include or any(glob.matches(segments) for glob in self._include)
        return wanted and not any(glob.matches(segments) for glob in self._exclude)


class _Glob:
    """A gitignore-like pattern: anchored if it contains a slash; a folder's name matches everything below it.

    Patterns can come from the analysed repository, that is from strangers. We match segment by segment and keep the
    set of positions in the pattern that are possible so far (an NFA), so matching never takes longer than the
    pattern's length times the path's.
    """

    def __init__(self, pattern: str) -> None:
        segments = [segment for segment in pattern.strip("/").split("/") if segment]
        if len(segments) == 1 and not pattern.startswith("/"):
            segments = ["**", *segments]
        segments = [
            segment
            for segment, previous in zip(segments, ["", *segments], strict=False)
            if not segment == previous == "**"
        ]
        self._segments = [None if segment == "**" else re.compile(translate(segment)) for segment in segments]

    def matches(self, segments: Sequence[str]) -> bool:
        """Return whether the pattern matches the path or a folder above it."""
        end, positions = len(self._segments), self._skip({0})
        for name in segments:
            if end in positions and end > 0:
                return True
            stayed = {position for position in positions if position < end and self._segments[position] is None}
            advanced = {
                position + 1
                for position in positions
                if position < end and (p := self._segments[position]) is not None and p.match(name)
            }
            positions = self._skip(stayed | advanced)
        return end in positions and end > 0

    def _skip(self, positions: set[int]) -> set[int]:
        """Add the positions reached when a `**` matches no folder at all."""
        reached = set(positions)
        for start in sorted(positions):
            position = start
            while position < len(self._segments) and self._segments[position] is None:
                position += 1
                reached.add(position)
        return reached
