"""Classify files by path: code, test, docs, data, notebook, lockfile, generated, vendored, and so on (`PATH_CLASSES`).

git's own facts decide first (binary, link), then the repository's attributes, then the rules of `paths.toml`, then the
kind of the file's name (`file_types`). A path has one class, which every numerator and denominator uses.

Reports read the names of classes where numpy and pyarrow are not loaded, so functions import them.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from fnmatch import translate
from functools import cache, lru_cache
from importlib import resources
from typing import TYPE_CHECKING

from analyzer.history.file_types import file_type, linguist_tables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

COUNTED_CLASSES = ("code", "test")
PATH_CLASSES = (
    *("code", "test", "docs", "data", "notebook", "lockfile", "generated", "vendored"),
    *("lfs", "unknown", "binary", "link"),
)


@dataclass(frozen=True, slots=True)
class PathAttributes:
    """What the analysed commit says about one path, besides its name.

    Attributes
    ----------
    assigned, denied : the class that attributes assign, and the classes that they deny.
    detectable : linguist-detectable: whether to count the file as code, whatever its name says; None if unset.
    script : language of a script that has no ending, by its first line.
    """

    assigned: str | None = None
    denied: frozenset[str] = frozenset()
    detectable: bool | None = None
    script: str | None = None


def classify_path(
    path: str, attributed: Mapping[str, PathAttributes], *, link: bool = False, binary: bool = False
) -> str:
    """Return the class of one file; `link`: it is a symbolic link; `binary`: git treats it as binary."""
    return "link" if link else "binary" if binary else classify_paths([path], attributed)[0]


@lru_cache(maxsize=1 << 16)
def class_by_pattern(path: str) -> str:
    """Return the class of a path by its name and folders alone."""
    return classify_paths([path], {})[0]


def classify_paths(paths: Sequence[str], attributed: Mapping[str, PathAttributes]) -> list[str]:
    """Return the class of every text file.

    Many paths at once are a thousand times cheaper than one by one: each rule is one pass of RE2 over all of them.

    Parameters
    ----------
    paths : paths as `commits.decode_text` returns them.
    attributed : attributes by path; paths without any are left out.
    """
    import numpy as np
    import pyarrow as pa

    column = pa.array(paths, pa.string())
    rows = {row: attributed[path] for row, path in enumerate(paths) if path in attributed}
    kinds = np.array([file_type(path).kind for path in paths], dtype=object)
    for row, attributes in rows.items():
        kinds[row] = _kind_with_attributes(kinds[row], attributes)
    classes = kinds.copy()
    for rule in reversed(_rules()):
        matches = rule.match(column) & rule.concerns(kinds)
        matches[[row for row, attributes in rows.items() if rule.kind in attributes.denied]] = False
        classes[matches] = rule.kind
    for row, attributes in rows.items():
        classes[row] = attributes.assigned or classes[row]
    result: list[str] = classes.tolist()
    return result


def _kind_with_attributes(kind: str, attributes: PathAttributes) -> str:
    if attributes.detectable is not None:
        return "code" if attributes.detectable else "data" if kind == "code" else kind
    if attributes.script is not None and kind == "unknown":
        return "code"
    return "data" if kind in attributes.denied else kind


@dataclass(frozen=True, slots=True)
class _Rule:
    kind: str
    pattern: str
    exception: str | None
    of: str | None

    def concerns(self, kinds: NDArray[np.object_]) -> Mask:
        """Return which kinds of names the rule is about; a notebook in a folder of docs stays a notebook."""
        concerned: Mask = kinds == self.of if self.of else kinds != ("notebook" if self.kind == "docs" else "")
        return concerned

    def match(self, paths: pa.Array) -> Mask:
        """Return which of the paths the rule matches, whatever their kinds."""
        matches = _matches(paths, self.pattern)
        return matches if self.exception is None else matches & ~_matches(paths, self.exception)


def _matches(paths: pa.Array, pattern: str) -> Mask:
    import pyarrow.compute as pc

    matches: Mask = pc.match_substring_regex(paths, pattern=pattern).to_numpy(zero_copy_only=False).astype(bool)
    return matches


@cache
def _rules() -> tuple[_Rule, ...]:
    rows = tomllib.loads(resources.files(__package__).joinpath("paths.toml").read_text("utf-8"))["rule"]
    return tuple(
        _Rule(
            row["class"],
            _any_of([*_patterns_of_linguist(row), *row.get("patterns", ())]),
            _any_of(row["unless"]) if "unless" in row else None,
            row.get("of"),
        )
        for row in rows
    )


def _patterns_of_linguist(row: Mapping[str, str]) -> list[str]:
    patterns: list[str] = linguist_tables()[row["linguist"]] if "linguist" in row else []
    return [pattern for pattern in patterns if pattern not in row.get("except", ())]


def _any_of(patterns: Sequence[str]) -> str:
    return "|".join(f"(?:{pattern})" for pattern in patterns)


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
