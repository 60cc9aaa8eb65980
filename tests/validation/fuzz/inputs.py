"""Kept inputs, a file of JSON Lines for each target, and a plain mutator over them."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from tests.conftest import FIXTURES

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Mapping, Sequence

    from tests.validation.fuzz.target import Target

FOLDER = FIXTURES / "fuzz"


def kept(name: str) -> dict[str, bytes]:
    """Inputs of a target by name: what a defect was found with is called by it, others by a digest."""
    path = FOLDER / f"{name}.jsonl"
    rows = map(json.loads, path.read_text("ascii").splitlines()) if path.exists() else ()
    return {row["name"]: row["input"].encode("latin-1") for row in rows}


def keep(name: str, found: Mapping[str, bytes]) -> None:
    """Write the inputs of a target: a line each, in the order of their names, bytes as Latin-1."""
    FOLDER.mkdir(exist_ok=True)
    rows = (json.dumps({"name": key, "input": found[key].decode("latin-1")}) + "\n" for key in sorted(found))
    (FOLDER / f"{name}.jsonl").write_text("".join(rows), "ascii")


def digest(data: bytes) -> str:
    """The name of an input that has no other."""
    return hashlib.sha256(data).hexdigest()[:12]


def start(target: Target) -> list[bytes]:
    """Where mutations begin: seeds and what is kept."""
    return list(dict.fromkeys([*target.seeds(), *kept(target.name).values()]))


def mutated(rng: random.Random, known: Sequence[bytes], tokens: Sequence[bytes], longest: int) -> bytes:
    """One to four small changes of a known input."""
    data = bytearray(rng.choice(known) if known else b"")
    for _ in range(rng.randint(1, 4)):
        _change(rng, data, known, tokens)
    return bytes(data[:longest])


def _change(rng: random.Random, data: bytearray, known: Sequence[bytes], tokens: Sequence[bytes]) -> None:
    at, kind = rng.randint(0, len(data)), rng.randrange(7)
    to = min(len(data), at + rng.choice((1, 1, 2, 4, 16, 64)))
    if kind == 0 and data:
        data[rng.randrange(len(data))] = rng.choice((rng.randrange(256), *b'\0\n\r \t"\\-0:,{[\xff'))
    elif kind == 1:
        del data[at:to]
    elif kind == 2:
        data[at:at] = data[at:to] * rng.choice((1, 2, 9))
    elif kind == 3 and tokens:
        data[at:at] = rng.choice(tokens)
    elif kind == 4 and tokens:
        data[at:to] = rng.choice(tokens)
    elif kind == 5 and known:
        other = rng.choice(known)
        data[at:] = other[rng.randint(0, len(other)) :]
    else:
        data[at:at] = rng.randbytes(rng.randint(1, 4))


def grown(data: bytes, size: int) -> Iterable[bytes]:
    """The same input made large in several ways: all of it, its longest line, its first byte, again and again."""
    yield data * (size // max(len(data), 1) + 1)
    lines = data.split(b"\n")
    for line in {max(lines, key=len), min(lines, key=len)}:
        yield data + line * (size // max(len(line), 1) + 1)
        yield data + (line + b"\n") * (size // (len(line) + 1) + 1)
