"""Cache of answers between runs: the same question to the same code gets the same bytes, so it is computed once.

The key of an answer is all it depends on: the analysed commit and everything a repository is opened with (names, notes,
tags), which objects outside of its history the clone has, every setting, and the code itself with the libraries that it
computes with. Contents that were missing are recorded: once one of them is there, the answer may be another one. A
partial clone lacks contents by design, and git fetches some of them later: which objects it has at all is part of its
question. An answer is stored only where the repository's objects are what their names say (`history.object_check`):
another clone of the same commit will get it.
"""

from __future__ import annotations

import hashlib
import platform
from contextlib import suppress
from dataclasses import fields
from functools import cache
from importlib import metadata, resources
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from analyzer.blame.missing_blobs import lacks_trees, still_missing
from analyzer.core.cachedir import ANSWERS_SUFFIX, CacheStore
from analyzer.core.progress import Progress, no_progress
from analyzer.errors import NoShareError
from analyzer.evidence.outside_objects import outside_objects
from analyzer.evidence.records import located_records
from analyzer.history.object_check import UncheckedError, object_check
from analyzer.languages import grammar_versions
from analyzer.report.contract import AnalysisResult
from analyzer.share import SHARES
from analyzer.usage.files import contents_digest, read_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from importlib.resources.abc import Traversable
    from pathlib import Path

    from analyzer.pipeline.configured_repository import ConfiguredRepository
    from analyzer.pipeline.first_figure import FirstFigure
    from analyzer.pipeline.load import History

# Another version of these may change the last digit of a figure.
_LIBRARIES = ("numpy", "pandas", "scipy", "scikit-learn", "msgspec")
_COLUMN, _MISSING = "json", "missing"
_ANSWERS_PER_REPOSITORY = 8
_MAX_ANSWER_BYTES = 64 << 20


class CachedAnswer(NamedTuple):
    """A result, and notes on how its history was read; a stored answer has none."""

    result: AnalysisResult
    notes: tuple[str, ...] = ()


def analyze_cached(
    opened: ConfiguredRepository,
    *,
    cache_dir: Path | None = None,
    pull_requests: bytes | None = None,
    progress: Progress = no_progress,
    on_first_figure: Callable[[FirstFigure], None] | None = None,
) -> CachedAnswer:
    """Return the stored answer to the same question, else run `run.analyze` and store its answer.

    Parameters are those of `run.analyze`; a stored answer has no first figure.
    """
    usage_files = read_files(opened.settings.usage)
    answers = AnswerCache(cache_dir, opened, pull_requests, contents_digest(usage_files))
    if (stored := answers.read()) is not None:
        return CachedAnswer(stored)
    from analyzer.pipeline.run import analyze  # it takes a second to import, which a stored answer need not wait for

    analysis = analyze(
        opened,
        cache_dir=cache_dir,
        pull_requests=pull_requests,
        usage_files=usage_files,
        progress=progress,
        on_first_figure=on_first_figure,
    )
    progress("keeping", 0, 0)
    answers.write(analysis.result, analysis.history)
    lines = analysis.history.lines
    notes = [*answers.notes, *(lines.notes if lines is not None else ())]
    return CachedAnswer(analysis.result, tuple(dict.fromkeys(notes)))


class AnswerCache:
    """The stored answer to one question; a folder that cannot be used stores nothing."""

    def __init__(
        self,
        cache_dir: Path | None,
        opened: ConfiguredRepository,
        pull_requests: bytes | None = None,
        usage_digest: str = "",
    ) -> None:
        """Name the question; with `cache_dir` None nothing is stored."""
        repository = opened.repository
        self._head, self._git, self._is_partial = repository.head, repository.git, repository.partial
        self.store: CacheStore | None = None
        self.notes: list[str] = []
        self._objects: str | None = None
        # Logs outside of the repository may have grown since.
        if cache_dir is not None and opened.settings.transcripts is None:
            self._check = object_check(repository.git, cache_dir, repository.name)
            self._objects = self._check.ids_digest() if repository.partial else outside_objects(repository)
        self.name = _key(opened, pull_requests, usage_digest, self._objects or "")
        if self._objects is not None and cache_dir is not None:
            key = ("answers", repository.name)
            self.store = CacheStore(cache_dir, *key, keep=_ANSWERS_PER_REPOSITORY, suffix=ANSWERS_SUFFIX)

    def read(self) -> AnalysisResult | None:
        """Return the stored answer; None if there is none, or if contents that it lacked are here now."""
        if self.store is None:
            return None
        columns = self.store.read(self.name)
        if columns is None:
            self._note_problem()
            return None
        text, missing_then = columns.get(_COLUMN), columns.get(_MISSING)
        answer = _decode(text, self._head) if isinstance(text, bytes) else None
        if answer is None or not isinstance(missing_then, bytes):
            self.store.discard(self.name, "holds no answer of this version")
            self._note_problem()
            return None
        missing = frozenset(missing_then.split())
        return answer if still_missing(self._git, missing) == missing else None

    def write(self, result: AnalysisResult, history: History) -> None:
        """Store the answer of a history if the same run would give it again and the objects pass their check."""
        if self.store is None or not self._is_repeatable(history):
            return
        reason = self._why_unchecked()
        if reason is not None:
            self.notes += [f"nothing was stored: {reason}"] if reason else []
            return
        # In a partial clone the name of the answer says all that it has, and so all that it lacks.
        missing = b"" if self._is_partial else b"\n".join(sorted(history.missing))
        self.store.write(self.name, {_COLUMN: msgspec.json.encode(result), _MISSING: missing})

    def _why_unchecked(self) -> str | None:
        """Return why nobody can vouch for the objects that were read, None if they passed; as in `UncheckedError`."""
        try:
            self._check.require()
        except UncheckedError as reason:
            return str(reason)
        is_changed = self._is_partial and self._check.ids_digest() != self._objects
        return "objects came while they were read" if is_changed else None

    def _is_repeatable(self, history: History) -> bool:
        """Return whether lines were left out, if at all, because of what the clone lacks.

        Otherwise git failed, which it may not do again.
        """
        if history.lines is not None:
            return not history.lines.count_missing()[0] or bool(history.missing)
        with suppress(NoShareError):
            return self._is_partial and (bool(history.missing) or lacks_trees(self._git, self._head))
        return False

    def _note_problem(self) -> None:
        """Note why a stored answer was not used, if there is one."""
        if self.store is not None and self.store.problem is not None:
            self.notes.append(f"the stored answer {self.store.problem}")


def _decode(text: bytes, head: str) -> AnalysisResult | None:
    """Return an answer for this commit with every definition of the share; None if the text is none."""
    if len(text) > _MAX_ANSWER_BYTES:
        return None
    try:
        answer = msgspec.json.decode(text, type=AnalysisResult)
    except (ValueError, RecursionError):  # msgspec's errors and those of Unicode are `ValueError`s
        return None
    is_complete = [d.id for d in answer.share.definitions] == [d.id for d in SHARES]
    return answer if is_complete and answer.repository.head == head else None


def _key(opened: ConfiguredRepository, pull_requests: bytes | None, usage_digest: str, outside: str) -> str:
    repository = opened.repository
    facts = [repr(getattr(repository, f.name)) for f in fields(repository) if f.name not in {"git", "is_subfolder"}]
    facts.append(repr(sorted(located_records(repository).items())))
    export = "" if pull_requests is None else hashlib.sha256(pull_requests).hexdigest()
    settings = [opened.settings.digest(), *opened.refused, *(source.file for source in opened.settings.usage)]
    question = "\0".join([*facts, outside, *settings, usage_digest, export, code_digest()])
    return hashlib.sha256(question.encode("utf-8", "surrogateescape")).hexdigest()[:40]


@cache
def code_digest() -> str:
    """Return a digest of this package's files and of the versions of the libraries it computes with."""
    digest = hashlib.sha256(platform.python_version().encode())
    for library in (*(f"{name} {metadata.version(name)}" for name in _LIBRARIES), *grammar_versions()):
        digest.update(f"{library}\0".encode())
    for path, contents in _files(resources.files("analyzer"), ""):
        digest.update(f"{path}\0{len(contents)}\0".encode() + contents)
    return digest.hexdigest()


def _files(folder: Traversable, prefix: str) -> Iterator[tuple[str, bytes]]:
    """Yield every file of the package in the order of its path, compiled ones left out."""
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir() and entry.name != "__pycache__":
            yield from _files(entry, f"{prefix}{entry.name}/")
        elif entry.is_file():
            yield f"{prefix}{entry.name}", entry.read_bytes()
