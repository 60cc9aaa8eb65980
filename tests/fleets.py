"""Fleets for tests: planted repositories that grow, and the verb with a thread in the place of processes."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from analyzer.fleet.scheduling.executors import WorkerPool
from tests.conftest import git, imported

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CLAUDE = "\n\nCo-authored-by: Claude <noreply@anthropic.com>"
PEOPLE = [f"Person{n} Name <person{n}@example.org>" for n in range(7)]


def history(target: Path, seed: int, months: int = 14) -> Path:
    """A repository in which seven people change a file of theirs every week, three of them marked from half-time on."""
    return imported(target, _stream(seed, range(months * 4), months * 2))


def grown(target: Path, seed: int, weeks: range) -> None:
    """More weeks of `history` in the same repository: seven commits each."""
    head = b"from refs/heads/main^0\n"
    git("--git-dir", target, "fast-import", "--quiet", stdin=_stream(seed, weeks, 0, head))


def _stream(seed: int, weeks: range, half: int, head: bytes = b"") -> bytes:
    stream = b""
    for week in weeks:
        for n, person in enumerate(PEOPLE):
            body = f"change {week}{CLAUDE if n < 3 and week > half else ''}".encode()
            when = 1_704_099_600 + 604_800 * week + 3_600 * n
            stream += f"commit refs/heads/main\ncommitter {person} {when} +0000\n".encode()
            text = "".join(f"value_{seed}_{n}_{k} = {week * (k == week % 9)}\n" for k in range(9)).encode()
            stream += b"data %d\n%s\n" % (len(body), body)
            stream += b"%sM 100644 inline p%d.py\ndata %d\n%s\n" % (head, n, len(text), text)
            head = b""
    return stream


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def ended(group: int) -> None:
    """Within seconds no process of a killed run is left."""
    for _ in range(150):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail(f"processes of group {group} outlive their run")


@contextmanager
def one_thread(_jobs: int, _scheduler: str | None) -> Iterator[WorkerPool]:
    """Replaces `fleet.scheduling.executors.workers`: any executor will do, and this one starts no interpreter."""
    crew = WorkerPool(lambda: ThreadPoolExecutor(1), 1)
    yield crew
    crew.close()
