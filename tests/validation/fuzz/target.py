"""What is fuzzed: one parser with its seeds, its words and what it must hold for every input."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


@dataclass(frozen=True)
class Target:
    """A parser of untrusted bytes. `one` takes an input and asserts what must hold of the answer.

    `answers`: exceptions that are right answers. `tokens`: words of the format, for the mutators. `modules`: where the
    parser is, for its coverage. `longest`: bytes of an input, so that an execution stays short.
    """

    name: str
    parser: str
    modules: tuple[str, ...]
    one: Callable[[bytes], None]
    seeds: Callable[[], Iterable[bytes]]
    tokens: tuple[bytes, ...] = ()
    answers: tuple[type[Exception], ...] = ()
    longest: int = 1_000

    def tried(self, data: bytes) -> str | None:
        """Run one input: None for an answer, the name of a right refusal, else the exception flies."""
        try:
            self.one(data)
        except self.answers as refused:
            return type(refused).__name__
        return None


def held(what: object, why: str) -> None:
    """Assert a property: an `assert` that optimised Python keeps."""
    if not what:
        raise AssertionError(why)


def encodable(*texts: str | None) -> None:
    """Texts that reach a report are Unicode: no half of a surrogate pair."""
    for text in texts:
        if text is not None and not text.isascii():
            text.encode("utf-8")


def twisted(text: bytes) -> Iterator[bytes]:
    """A JSON text, and for each place in it the texts with something else there: a kind of value it cannot be."""
    yield text
    tree = json.loads(text)
    others: tuple[object, ...] = (None, 7, "x", [7], {})
    for other in others:
        yield from (json.dumps(changed).encode() for changed in _with(tree, other))


def _with(tree: object, other: object) -> Iterator[object]:
    yield other
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from ({**tree, key: changed} for changed in _with(value, other))
    elif isinstance(tree, list):
        for n, value in enumerate(tree):
            yield from ([*tree[:n], changed, *tree[n + 1 :]] for changed in _with(value, other))


_FOLDER: list[Path] = []


def file_of(data: bytes, name: str) -> str:
    """A file that holds `data`, for parsers that take a path; the next call with the same name writes it anew."""
    if not _FOLDER:
        memory = "/dev/shm"  # noqa: S108 - where there is one: a million files on a disk are slow
        _FOLDER.append(Path(tempfile.mkdtemp(prefix="aishare-fuzz-", dir=memory if os.path.isdir(memory) else None)))
        atexit.register(shutil.rmtree, _FOLDER[0], ignore_errors=True)
    path = _FOLDER[0] / name
    path.write_bytes(data)
    return str(path)
