"""Sample functions that randomly drawn commits wholly added, with their features: the table `functions`."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from analyzer.core import tables
from analyzer.core.rows import is_merge
from analyzer.history.file_classes import COUNTED_CLASSES
from analyzer.languages import LANGUAGES, language_of
from analyzer.stylometry.classifier import MODEL_FILES
from analyzer.stylometry.commit_features import commit_features
from analyzer.stylometry.extraction import added_functions
from analyzer.stylometry.features import COMMIT_FEATURES, NAMES, function_features

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from analyzer.history.git import Git
    from analyzer.stylometry.extraction import AddedFunction

# Skip imports of code and mass reformatting; take at most a dozen functions per commit.
_MAX_FILES, _MAX_FUNCTIONS, _MAX_PER_COMMIT = 60, 400, 12
_MIN_LINES = 5
_ENDINGS = tuple(ending for language in LANGUAGES if language.id in MODEL_FILES for ending in language.endings)
_TEST_PATH = re.compile(r"(^|/)tests?(/|_)|_test\.py$|/test_|^test_|conftest")


@dataclass(frozen=True, slots=True)
class FunctionSource:
    """Where functions are read from; `added` and `written` are the tables `births` by blame and by origin."""

    git: Git
    commits: pd.DataFrame
    changes: pd.DataFrame
    added: pd.DataFrame
    written: pd.DataFrame


def eligible_files(source: FunctionSource) -> pd.DataFrame:
    """Return columns sha, path: code and test files where a commit adds a run of lines long enough for a function.

    Only files in a language whose style we can estimate, and no merges: the features compare a commit with its parent.
    """
    merges = source.commits.loc[is_merge(source.commits), "sha"]
    changes = source.changes[~source.changes["sha"].isin(merges)]
    parsed = changes["path"].str.endswith(_ENDINGS) & (changes["status"] != "D")
    files = changes[parsed]
    small_commits = files.groupby("sha")["path"].transform("size") <= _MAX_FILES
    code = files[small_commits & files["path_class"].isin(COUNTED_CLASSES)]
    long_runs = source.added[source.added["lines"] >= _MIN_LINES]
    runs = long_runs[["born_sha", "path"]].drop_duplicates().astype({"born_sha": "str", "path": "str"})
    return code[["sha", "path"]].merge(runs.rename(columns={"born_sha": "sha"}), on=["sha", "path"])


def sample_functions(
    source: FunctionSource, files: pd.DataFrame, seed: int, limit: int, progress: Callable[[int], None] = lambda _: None
) -> pd.DataFrame:
    """Return table `functions` of randomly drawn commits, until there are `limit` functions.

    Commits are ordered by a hash of seed and commit id, so a longer history or another range draws the same commits
    first. Functions with the same text (ignoring blanks) count once, where they occur first.

    Parameters
    ----------
    source : the history.
    files : as `eligible_files` returns them.
    seed : seed of the order.
    limit : number of functions after which no further commit is read.
    progress : called with the number of functions so far.
    """
    by_commit = {str(sha): list(commit_files["path"]) for sha, commit_files in files.groupby("sha", sort=False)}
    order = sorted(by_commit, key=lambda sha: _draw_key(seed, sha))
    added, written = _RunsByFile(source.added, by_commit), _RunsByFile(source.written, by_commit)
    rows: list[dict[str, object]] = []
    seen_texts: set[bytes] = set()
    with source.git.start_batch("cat-file", "--batch") as batch:
        for sha in order:
            candidates: list[tuple[str, AddedFunction]] = []
            for path in by_commit[sha]:
                # A name that is not valid UTF-8 was decoded with backslash escapes, so git cannot look it up.
                blob = None if "\n" in path or "\\" in path else batch.read_object(f"{sha}:{path}".encode())
                language = language_of(path)
                if blob is not None and language is not None:
                    functions = added_functions(language, blob, added.of(sha, path), written.of(sha, path))
                    candidates += [(path, function) for function in functions]
            if len(candidates) <= _MAX_FUNCTIONS:
                rows += _function_rows(sha, candidates, seed, seen_texts)
            progress(min(len(rows), limit))
            if len(rows) >= limit:
                break
    return _function_table(rows, source)


def _draw_key(seed: int, *key: object) -> bytes:
    return hashlib.sha256(repr((seed, *key)).encode("utf-8", "backslashreplace")).digest()


def _function_rows(
    sha: str, candidates: list[tuple[str, AddedFunction]], seed: int, seen_texts: set[bytes]
) -> Iterator[dict[str, object]]:
    """Yield rows for at most a dozen of a commit's functions, drawn by hash; texts seen before are skipped."""
    selected = sorted(candidates, key=lambda pair: _draw_key(seed, sha, pair[0], pair[1].line))[:_MAX_PER_COMMIT]
    for path, candidate in selected:
        text_digest = hashlib.sha256("".join(candidate.function.text.split()).encode()).digest()
        if text_digest in seen_texts:
            continue
        seen_texts.add(text_digest)
        name = candidate.function.name
        test = _TEST_PATH.search(path) is not None or name.startswith("test_")
        location = {"sha": sha, "path": path, "line": candidate.line, "lines": candidate.lines}
        yield (
            location
            | {"is_test": float(test), "c_new_funcs": float(len(candidates))}
            | function_features(candidate.function)
        )


def _function_table(rows: list[dict[str, object]], source: FunctionSource) -> pd.DataFrame:
    function_columns = [name for name in NAMES if name not in COMMIT_FEATURES]
    columns = ["sha", "path", "line", "lines", *function_columns, "c_new_funcs"]
    table = pd.DataFrame(rows, columns=columns).astype(
        {
            "sha": "str",
            "path": "str",
            "line": "Int64",
            "lines": "Int64",
            **dict.fromkeys([*function_columns, "c_new_funcs"], float),
        }
    )
    joined = table.merge(commit_features(source.commits, source.changes), on="sha")
    return tables.conform(joined, tables.FUNCTIONS)


class _RunsByFile:
    """Runs (first line, number of lines) by commit and file, ascending."""

    def __init__(self, births: pd.DataFrame, files_by_commit: dict[str, list[str]]) -> None:
        relevant = births[births["born_sha"].isin(list(files_by_commit))]
        self._runs: dict[tuple[str, str], list[tuple[int, int]]] = {}
        columns = (
            relevant["born_sha"].astype("str"),
            relevant["path"].astype("str"),
            relevant["line"],
            relevant["lines"],
        )
        for sha, path, line, lines in zip(*(column.to_numpy(object) for column in columns), strict=True):
            self._runs.setdefault((sha, path), []).append((int(line), int(lines)))
        for runs in self._runs.values():
            runs.sort()

    def of(self, sha: str, path: str) -> list[tuple[int, int]]:
        """Return the runs of a file; empty if the commit has none there."""
        return self._runs.get((sha, path), [])
