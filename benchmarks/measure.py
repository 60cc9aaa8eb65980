"""Measure a command from outside: wall clock, CPU time and memory of its process tree, and moments on the way.

CPU time is of the process and of everything that it ran. Memory is the most that all of them held at one time, with
pages that they share counted once (PSS, Linux only).
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_MEMORY_SECONDS = 0.2  # between two looks at memory
_MOMENT_SECONDS = 0.001
_STAGE = re.compile(r"^([a-z][a-z ]*?) +([0-9.]+) +([0-9.]+) +([0-9.]+) +[0-9]+% +[0-9,]+$", re.MULTILINE)
FIRST_FIGURE = re.compile(rb"marked as AI|no merged changes")


class MeasurementError(Exception):
    """A command could not be measured: it failed, or took too long."""


class Run(msgspec.Struct, frozen=True):
    """Seconds of wall clock and CPU, the most MiB at one time, and the wall seconds of each stage that it reported."""

    wall: float
    cpu: float
    memory: float
    stages: dict[str, float] = {}


class Moments(msgspec.Struct, frozen=True):
    """Seconds from the start of the process to its first call of git, and until the first figure is on the screen."""

    git: float
    figure: float | None


def measure(command: Sequence[str], env: Mapping[str, str], *, cwd: str | None = None, limit: float = 0) -> Run:
    """Run a command with its output thrown away.

    Raises `MeasurementError` where it fails, or has not ended after `limit` seconds (0 = no limit).
    """
    began, ended, peak = time.perf_counter(), Event(), [0.0]
    with tempfile.TemporaryFile() as stderr:
        process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=stderr, env=env, cwd=cwd, start_new_session=True
        )
        watcher = Thread(target=_watch, args=(process.pid, ended, peak, began + limit if limit else None))
        watcher.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
            wall = time.perf_counter() - began
            process.returncode = os.waitstatus_to_exitcode(status)
        finally:
            ended.set()
            watcher.join()
            _kill_group(process.pid)  # what it has left behind
        stderr.seek(0)
        text = stderr.read().decode("utf-8", "replace")
    if limit and wall >= limit:
        raise MeasurementError(f"no end within {limit:.0f} s")
    if process.returncode:
        raise MeasurementError(f"{Path(command[0]).name} ended with {process.returncode}: {text.strip()[-300:]}")
    return Run(wall, usage.ru_utime + usage.ru_stime, peak[0], stages_of(text))


def stages_of(text: str) -> dict[str, float]:
    """Return the wall seconds of each stage in what `aishare analyze --timings` prints, without the total."""
    return {name: float(wall) for name, wall, _, _ in _STAGE.findall(text) if name != "all"}


def measure_moments(command: Sequence[str], env: Mapping[str, str]) -> Moments:
    """Run a command on a terminal of its own until it shows the first figure, and end it then.

    Raises `MeasurementError` where it ends without a call of git.
    """
    terminal, other_end = os.openpty()
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=other_end,
        env={**env, "TERM": "xterm", "COLUMNS": "200"},
        start_new_session=True,
    )
    os.close(other_end)
    first_call: list[float] = []
    watcher = Thread(target=_await_child, args=(process, began, first_call))
    watcher.start()
    shown, figure = b"", None
    try:
        with suppress(OSError):  # so a pseudo-terminal says that nobody writes to it any more
            while figure is None and (chunk := os.read(terminal, 1 << 16)):
                shown += chunk
                figure = time.perf_counter() - began if FIRST_FIGURE.search(shown) else None
    finally:
        _kill_group(process.pid)
        process.wait()
        watcher.join()
        os.close(terminal)
    if not first_call:
        raise MeasurementError(f"{Path(command[0]).name} never called git")
    return Moments(first_call[0], figure)


def _await_child(process: subprocess.Popen[bytes], began: float, first_call: list[float]) -> None:
    """Note when the process starts a child: nothing but git is one."""
    while process.poll() is None:
        if len(_process_tree(process.pid)) > 1:
            first_call.append(time.perf_counter() - began)
            return
        time.sleep(_MOMENT_SECONDS)


def _watch(pid: int, ended: Event, peak: list[float], deadline: float | None) -> None:
    while not ended.wait(_MEMORY_SECONDS):
        peak[0] = max(peak[0], sum(map(_mebibytes, _process_tree(pid))))
        if deadline is not None and time.perf_counter() > deadline:
            _kill_group(pid)


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _process_tree(pid: int) -> list[int]:
    """Return a process and all that it started and that still run."""
    tree = [pid]
    for parent in tree:  # it grows on the way
        with suppress(OSError):  # it has ended
            for thread in Path(f"/proc/{parent}/task").iterdir():
                tree += map(int, (thread / "children").read_text("ascii").split())
    return tree


def _mebibytes(pid: int) -> float:
    """Return the memory of a process, with its part of what it shares."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
