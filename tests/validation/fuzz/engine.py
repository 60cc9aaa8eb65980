"""Runs of a target: on atheris with the coverage of `analyzer`, or on a plain mutator, which needs nothing."""

from __future__ import annotations

import os
import random
import re
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.validation.fuzz import inputs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.validation.fuzz.target import Target

# One input may take so long, and a process hold so much.
SECONDS, MEGABYTES = 10, 4_000
_EXECUTED = re.compile(r"stat::number_of_executed_units: (\d+)")


@dataclass(frozen=True)
class Campaign:
    """What a run came to: executions, inputs that were come upon, and those of them that broke a property."""

    executions: int
    come_upon: list[bytes]
    found: list[bytes]


def instrumented() -> bool:
    """Import all targets with coverage; False where atheris is not installed, or they were imported before."""
    if "tests.validation.fuzz.targets" in sys.modules:
        return False
    try:
        import atheris
    except ImportError:
        return False
    with atheris.instrument_imports(include=["analyzer"]):
        from tests.validation.fuzz.targets import TARGETS
    for target in TARGETS:
        target.tried(next(iter(target.seeds())))  # tables are read on first use; that is no coverage of an input
    return True


def guided(target: Target, start: Sequence[bytes], runs: int, seed: int) -> Campaign:
    """A run on atheris in a fork of this process, which must be `instrumented`: libFuzzer ends the one it runs in."""
    with tempfile.TemporaryDirectory(prefix="aishare-fuzz-") as scratch:
        folder = Path(scratch)
        for sub in ("start", "grown", "found"):
            (folder / sub).mkdir()
        for n, data in enumerate(start):
            (folder / "start" / f"{n:05d}").write_bytes(data)
        (folder / "words").write_text("".join(f'"{_escaped(token)}"\n' for token in target.tokens))
        child = os.fork()
        if not child:
            _fuzz(target, folder, runs, seed)
        os.waitpid(child, 0)
        said = (folder / "said").read_text("utf-8", "replace")
        executed = _EXECUTED.findall(said)
        found = [p.read_bytes() for p in sorted((folder / "found").iterdir()) if not p.name.startswith("slow-unit")]
        if found or not executed:
            sys.stderr.write(said[-3_000:])
        if not found and not executed:
            raise RuntimeError(f"atheris did not run {target.name}")
        grown = [p.read_bytes() for p in sorted((folder / "grown").iterdir())]
        return Campaign(int(executed[-1]) if executed else 0, [*start, *grown], found)


def _fuzz(target: Target, folder: Path, runs: int, seed: int) -> None:
    """Never returns."""
    import atheris

    said = os.open(folder / "said", os.O_WRONLY | os.O_CREAT)
    os.dup2(said, 1)
    os.dup2(said, 2)
    options = [
        *(f"-max_len={target.longest}", f"-timeout={SECONDS}", f"-rss_limit_mb={MEGABYTES}", f"-runs={runs}"),
        *(
            f"-seed={seed}",
            *([f"-dict={folder / 'words'}"] if target.tokens else []),
            f"-artifact_prefix={folder / 'found'}/",
            "-print_final_stats=1",
        ),
    ]

    def one(data: bytes) -> None:
        try:
            target.tried(data)
        except Exception:  # libFuzzer would write it down as well, but not of each that it ends with
            (folder / "found" / inputs.digest(data)).write_bytes(data)
            raise

    with suppress(BaseException):
        atheris.Setup(["fuzz", *options, str(folder / "grown"), str(folder / "start")], one)
        atheris.Fuzz()
    os._exit(1)


def _escaped(token: bytes) -> str:
    return "".join(chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\x{b:02x}" for b in token)


def plain(target: Target, start: Sequence[bytes], runs: int, seed: int) -> Campaign:
    """A run without coverage, in this process: mutations of what is known; it stops at the first input that breaks."""
    rng = random.Random(f"{target.name}:{seed}")  # noqa: S311 - the same inputs each time
    for done in range(runs):
        data = inputs.mutated(rng, start, target.tokens, target.longest)
        began = time.process_time()
        try:
            target.tried(data)
        except Exception:  # noqa: BLE001 - that is what is looked for
            return Campaign(done + 1, list(start), [data])
        if time.process_time() - began > SECONDS:
            return Campaign(done + 1, list(start), [data])
    return Campaign(runs, list(start), [])
