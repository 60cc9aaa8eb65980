"""history → table `functions`: functions that randomly drawn commits wholly added, with their features."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from analyzer.core import tables
from analyzer.history.file_classes import COUNTED
from analyzer.stylometry.commit_features import behaviour
from analyzer.stylometry.extraction import candidates
from analyzer.stylometry.features import NAMES, OF_COMMITS, features

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analyzer.history.git import Git
    from analyzer.stylometry.extraction import Candidate

# Imports and mass reformatting are left out, and no commit counts more than a dozen functions.
_MOST_FILES, _MOST_FUNCTIONS, _PER_COMMIT = 60, 400, 12
_SHORTEST = 5
_TEST = re.compile(r"(^|/)tests?(/|_)|_test\.py$|/test_|^test_|conftest")


@dataclass(frozen=True, slots=True)
class Source:
    """What functions are read from; `added` and `written` are the tables `births` by blame and by origin."""

    git: Git
    commits: pd.DataFrame
    changes: pd.DataFrame
    added: pd.DataFrame
    written: pd.DataFrame


def eligible(source: Source) -> pd.DataFrame:
    """Columns sha, path: Python files of code and tests to which a commit adds a run that could hold a function."""
    changes = source.changes
    python = changes[changes["path"].str.endswith(".py") & (changes["status"] != "D")]
    few = python.groupby("sha")["path"].transform("size") <= _MOST_FILES
    counted = python[few & python["path_class"].isin(COUNTED)]
    long = source.added[source.added["lines"] >= _SHORTEST]
    runs = long[["born_sha", "path"]].drop_duplicates().astype({"born_sha": "str", "path": "str"})
    return counted[["sha", "path"]].merge(runs.rename(columns={"born_sha": "sha"}), on=["sha", "path"])


def functions(
    source: Source, files: pd.DataFrame, seed: int, most: int, tick: Callable[[int], None] = lambda _: None
) -> pd.DataFrame:
    """Table `functions` of commits drawn without regard to anything, until `most` functions are there.

    `files`: as `eligible`. The order of commits is that of a hash of seed and commit id, so a longer history or another
    range draws the same commits first. The same text (blanks aside) counts once, where it is met first.
    """
    by_commit = {str(sha): list(part["path"]) for sha, part in files.groupby("sha", sort=False)}
    order = sorted(by_commit, key=lambda sha: _draw(seed, sha))
    added, written = _Runs(source.added, by_commit), _Runs(source.written, by_commit)
    rows: list[dict[str, object]] = []
    seen: set[bytes] = set()
    with source.git.dialogue("cat-file", "--batch") as asked:
        for sha in order:
            found: list[tuple[str, Candidate]] = []
            for path in by_commit[sha]:
                # A name that is no UTF-8 stands decoded here, with a backslash for each byte: it cannot be asked for.
                blob = None if "\n" in path or "\\" in path else asked.sized(f"{sha}:{path}".encode())
                if blob is not None:
                    found += [(path, c) for c in candidates(blob, added.of(sha, path), written.of(sha, path))]
            if len(found) <= _MOST_FUNCTIONS:
                rows += _rows(sha, found, seed, seen)
            tick(min(len(rows), most))
            if len(rows) >= most:
                break
    return _table(rows, source)


def _draw(seed: int, *parts: object) -> bytes:
    return hashlib.sha256(repr((seed, *parts)).encode("utf-8", "backslashreplace")).digest()


def _rows(sha: str, found: list[tuple[str, Candidate]], seed: int, seen: set[bytes]) -> Iterator[dict[str, object]]:
    """At most a dozen of a commit's functions, drawn by hash; a text that was met before is left out."""
    drawn = sorted(found, key=lambda item: _draw(seed, sha, item[0], item[1].line))[:_PER_COMMIT]
    for path, candidate in drawn:
        text = hashlib.sha256("".join(candidate.function.text.split()).encode()).digest()
        if text in seen:
            continue
        seen.add(text)
        name = candidate.function.name
        test = _TEST.search(path) is not None or name.startswith("test_")
        where = {"sha": sha, "path": path, "line": candidate.line, "lines": candidate.lines}
        yield where | {"is_test": float(test), "c_new_funcs": float(len(found))} | features(candidate.function)


def _table(rows: list[dict[str, object]], source: Source) -> pd.DataFrame:
    own = [name for name in NAMES if name not in OF_COMMITS]
    columns = ["sha", "path", "line", "lines", *own, "c_new_funcs"]
    table = pd.DataFrame(rows, columns=columns).astype(
        {"sha": "str", "path": "str", "line": "Int64", "lines": "Int64", **dict.fromkeys([*own, "c_new_funcs"], float)}
    )
    joined = table.merge(behaviour(source.commits, source.changes), on="sha")
    return tables.conform(joined, tables.FUNCTIONS)


class _Runs:
    """Runs of added lines by commit and file, ascending."""

    def __init__(self, births: pd.DataFrame, wanted: dict[str, list[str]]) -> None:
        known = births[births["born_sha"].isin(list(wanted))]
        self._runs: dict[tuple[str, str], list[tuple[int, int]]] = {}
        columns = (known["born_sha"].astype("str"), known["path"].astype("str"), known["line"], known["lines"])
        for sha, path, line, lines in zip(*(column.to_numpy(object) for column in columns), strict=True):
            self._runs.setdefault((sha, path), []).append((int(line), int(lines)))
        for runs in self._runs.values():
            runs.sort()

    def of(self, sha: str, path: str) -> list[tuple[int, int]]:
        """The runs; none where the commit wrote nothing there."""
        return self._runs.get((sha, path), [])
