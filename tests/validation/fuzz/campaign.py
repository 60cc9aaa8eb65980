"""The campaign: every target so many times, what it reached and found; `fixtures/fuzz/campaign.toml` and the page."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
import tomllib
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.validation.fuzz import engine, inputs, reach

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tests.validation.fuzz.target import Target

RESULTS = inputs.FOLDER / "campaign.toml"
# A kept input that a defect was found with has a name with a hyphen in it; it is never dropped.
_NAMED = "-"


def run(target: Target, how: str, runs: int, seed: int) -> bool:
    """Fuzz one target, keep its inputs and note the result; False where an input broke it, which is kept as well."""
    start = inputs.start(target)
    done = (engine.guided if how == "atheris" else engine.plain)(target, start, runs, seed)
    if how == "atheris" or done.found:
        known = inputs.kept(target.name)
        named = {key: data for key, data in known.items() if _NAMED in key}
        named |= {f"new-{inputs.digest(data)}": data for data in done.found}
        own = (data for data in reach.smallest(target, done.come_upon) if data not in named.values())
        inputs.keep(target.name, named | {inputs.digest(data): data for data in own})
    if done.found:
        return False
    _note(target, how, done.executions)
    return True


@cache
def code(target: Target) -> str:
    """Digest of the parser's modules without lines of comment: a result is of the code that it was made with.

    Taken once, when the modules were just imported: what changes in a file later is not what runs.
    """
    files = (Path(import_module(name).__file__ or "") for name in target.modules)
    return hashlib.sha256(b"\0".join(map(_code, files))).hexdigest()[:16]


def _code(file: Path) -> bytes:
    return b"\n".join(line for line in file.read_bytes().split(b"\n") if not line.lstrip().startswith(b"#"))


def results() -> dict[str, dict[str, Any]]:
    """What is noted, by target: executions by engine, the day of the last, and the digest of the parser then."""
    return tomllib.loads(RESULTS.read_text("ascii")) if RESULTS.exists() else {}


def executions(target: Target, known: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    """How often the parser ran as it is now, by engine."""
    facts = known.get(target.name, {})
    return {how: facts[how] if facts.get("code") == code(target) else 0 for how in ("atheris", "plain")}


def _note(target: Target, how: str, count: int) -> None:
    """Add executions to those of the same code."""
    with _writing() as known:
        facts = _facts(known, target)
        known[target.name] = facts | {how: facts[how] + count, "day": time.strftime("%Y-%m-%d", time.gmtime())}


def _facts(known: Mapping[str, dict[str, Any]], target: Target) -> dict[str, Any]:
    """What is noted of a target; nothing where its parser was another one then."""
    facts = known.get(target.name, {})
    fresh = {"code": code(target), "atheris": 0, "plain": 0, "day": "", "lines": [0, 0], "branches": [0, 0]}
    return fresh | facts if facts.get("code") == code(target) else fresh


def measured(found: Iterable[tuple[Target, dict[str, list[int]]]]) -> None:
    """Note what the kept inputs of targets reach."""
    with _writing() as known:
        for target, reached in found:
            known[target.name] = _facts(known, target) | reached


@contextmanager
def _writing() -> Iterator[dict[str, dict[str, Any]]]:
    """The results, to be changed and written; campaigns may run side by side."""
    inputs.FOLDER.mkdir(exist_ok=True)
    lock = os.open(inputs.FOLDER, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        known = results()
        yield known
        RESULTS.write_text(
            "# Written by python -m tests.validation.fuzz.\n" + "".join(map(_table, sorted(known.items()))), "ascii"
        )
    finally:
        os.close(lock)


def _table(entry: tuple[str, Mapping[str, object]]) -> str:
    name, facts = entry
    return f"\n[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in sorted(facts.items()))
