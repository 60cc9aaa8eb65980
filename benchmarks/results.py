"""The measurements of one sitting as one JSON file, which is written anew after each of them."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path

import msgspec

from benchmarks.measure import Moments, Run  # noqa: TC001 - msgspec reads the annotations


class Pair(msgspec.Struct, frozen=True):
    """git and aishare, measured one after the other.

    git : `git log -p`.
    alone : a run at the head that stores nothing and so checks no objects.
    first : the first run that stores, at an ancestor of the head.
    later : the run at the head, which continues from the first one.
    again : the same question again.
    moments : of another first run, which was ended at its first figure.
    """

    git: Run
    alone: Run
    first: Run
    later: Run
    again: Run
    moments: Moments


class Peer(msgspec.Struct):
    """Runs of another tool; `error` says why there are no more."""

    runs: list[Run] = []
    error: str | None = None


class Measured(msgspec.Struct):
    """What was measured of one repository.

    version, head : of aishare, and the commit; measurements of others are not mixed with them.
    back : first-parent commits between the first and the later run.
    error : why there are no more pairs.
    """

    version: str
    head: str
    commits: int
    missing_blobs: int
    back: int
    pairs: list[Pair] = []
    peers: dict[str, Peer] = {}
    error: str | None = None


class Machine(msgspec.Struct, frozen=True):
    """What the measurements depend on."""

    processor: str
    cores: int
    memory_gib: float
    system: str
    git: str
    python: str


class Results(msgspec.Struct):
    """One sitting: the day it began, the machine, and the repositories by name."""

    date: str
    machine: Machine
    repositories: dict[str, Measured] = {}


def this_machine() -> Machine:
    """Return the facts of this machine; nothing that names it."""
    lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    git = subprocess.run(["git", "--version"], capture_output=True, text=True, check=True).stdout
    return Machine(
        processor=models[0] if models else platform.machine(),
        cores=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        memory_gib=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        system=platform.system(),
        git=git.split()[2],
        python=platform.python_version(),
    )


def read_results(path: Path) -> Results:
    """Return the results in a file; raises `ValueError` where it holds none."""
    return msgspec.json.decode(path.read_bytes(), type=Results)


def write_results(results: Results, path: Path) -> None:
    """Write the results, whole or not at all, with three digits after the point."""
    rounded = _rounded(msgspec.to_builtins(results))
    draft = path.with_name(f".{path.name}.draft")
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(rounded), indent=1) + b"\n")
    draft.replace(path)


def _rounded(tree: object) -> object:
    if isinstance(tree, float):
        return round(tree, 3)
    if isinstance(tree, dict):
        return {key: _rounded(value) for key, value in tree.items()}
    return [_rounded(value) for value in tree] if isinstance(tree, list) else tree
