"""Path classes: which files count as code, and why a lockfile never does.

Order of authority: git's own facts (binary, link), the repository's linguist attributes, then the
pattern table `paths.toml`. One class a path, used in every numerator and denominator alike.
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

COUNTED = ("code", "test")
CLASSES = ("code", "test", "docs", "data", "lockfile", "generated", "vendored", "binary", "link")
NEVER = r"(?!)"


@dataclass(frozen=True, slots=True)
class Attributed:
    """What linguist attributes say of one path: the class they set, the classes they deny."""

    given: str | None = None
    denied: frozenset[str] = frozenset()


def path_class(path: str, attributed: Mapping[str, Attributed], *, link: bool = False, binary: bool = False) -> str:
    """Class of one file; `attributed` holds the paths whose attributes say something."""
    if link:
        return "link"
    if binary:
        return "binary"
    said = attributed.get(path, Attributed())
    return said.given or by_pattern(path, said.denied)


@cache
def by_pattern(path: str, denied: frozenset[str] = frozenset()) -> str:
    """Class of a path by the pattern table, `denied` classes left out; "data" where nothing matches."""
    *folders, name = path.lower().split("/")
    above = "/".join(["", *folders, ""])
    for rule in _rules():
        if rule.kind not in denied and rule.matches(name, above):
            return rule.kind
    return "data"


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: str
    names: re.Pattern[str]
    folders: re.Pattern[str]
    of: re.Pattern[str] | None

    def matches(self, name: str, above: str) -> bool:
        if self.of is not None and not self.of.match(name):
            return False
        return bool(self.names.match(name) or self.folders.search(above))


@cache
def _rules() -> tuple[_Rule, ...]:
    rows = tomllib.loads(resources.files(__package__).joinpath("paths.toml").read_text("utf-8"))["rule"]
    names = {kind: _any(g for row in rows if row["class"] == kind for g in row.get("names", ())) for kind in CLASSES}
    return tuple(
        _Rule(
            row["class"],
            _any(row.get("names", ())),
            re.compile("|".join(f"/{re.escape(folder)}/" for folder in row.get("folders", ())) or NEVER),
            names[row["of"]] if "of" in row else None,
        )
        for row in rows
    )


def _any(globs: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(translate(glob) for glob in globs) or NEVER)


class Selection:
    """--include and --exclude globs; `**` crosses folders, a bare name matches at any depth."""

    def __init__(self, include: Sequence[str] = (), exclude: Sequence[str] = ()) -> None:
        """No include pattern = everything."""
        self.active = bool(include or exclude)
        self._include = [_Glob(g) for g in include]
        self._exclude = [_Glob(g) for g in exclude]

    def holds(self, path: str) -> bool:
        """Whether the path is counted."""
        parts = path.split("/")
        wanted = not self._include or any(glob.matches(parts) for glob in self._include)
        return wanted and not any(glob.matches(parts) for glob in self._exclude)


class _Glob:
    """Gitignore-like: anchored when it holds a slash, and naming a folder means all below it.

    Patterns come from the analysed repository too. They are matched part by part, keeping the set of places in the
    pattern that are possible so far, so no pattern costs more than its length times the path's.
    """

    def __init__(self, pattern: str) -> None:
        parts = [part for part in pattern.strip("/").split("/") if part]
        if len(parts) == 1 and not pattern.startswith("/"):
            parts = ["**", *parts]
        parts = [part for part, before in zip(parts, ["", *parts], strict=False) if not part == before == "**"]
        self._parts = [None if part == "**" else re.compile(translate(part)) for part in parts]

    def matches(self, path: Sequence[str]) -> bool:
        """Whether the pattern names the path or a folder above it."""
        end, places = len(self._parts), self._skip({0})
        for name in path:
            if end in places and end > 0:
                return True
            stays = {at for at in places if at < end and self._parts[at] is None}
            moves = {at + 1 for at in places if at < end and (p := self._parts[at]) is not None and p.match(name)}
            places = self._skip(stays | moves)
        return end in places and end > 0

    def _skip(self, places: set[int]) -> set[int]:
        """A `**` may also stand for no folder at all."""
        reached = set(places)
        for at in sorted(places):
            place = at
            while place < len(self._parts) and self._parts[place] is None:
                place += 1
                reached.add(place)
        return reached
