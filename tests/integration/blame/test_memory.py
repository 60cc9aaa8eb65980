"""While lines are settled, a few columns are held and not many."""

from __future__ import annotations

import tracemalloc
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
import pytest

from analyzer.blame.change_counts import change_table
from analyzer.blame.change_tally import ChangeTally
from analyzer.blame.ledger import ID_DTYPE, Ledger
from analyzer.blame.line_tables import lifetimes_table
from analyzer.blame.lines import FilesAtHead, commit_ranks, settle_lines
from analyzer.blame.moves import MOVED, Origins
from analyzer.history.start import FollowedHistory

if TYPE_CHECKING:
    from collections.abc import Iterator


COMMITS, RUN = 2_000, 500


LINES = COMMITS * RUN


def planted() -> tuple[Ledger, ChangeTally, Origins, dict[bytes, list[bytes]], dict[bytes, bytes | None]]:
    """A million lines: each commit adds a run, removes four fifths of the one before, and moves some of them."""
    ledger, tally, origins = Ledger(), ChangeTally(), Origins()
    shas = [f"{n:040x}".encode() for n in range(COMMITS)]
    parents = {sha: shas[n - 1 : n] if n else [] for n, sha in enumerate(shas)}
    head: dict[bytes, bytes | None] = {}
    gone = RUN * 4 // 5
    before = b""
    for n in range(COMMITS):
        name = f"{n % 50}.py".encode()
        path = ledger.path(name)
        ids = ledger.add_lines(n, path, 1, RUN)
        ledger.remove(n, before[: gone * ID_DTYPE.itemsize])
        if before:
            origins.new.append(np.frombuffer(ids, ID_DTYPE)[:9])
            origins.old.append(np.frombuffer(before, ID_DTYPE)[:9])
            origins.reason.append(MOVED)
        head[name] = (head.get(name) or b"") + ids[gone * ID_DTYPE.itemsize :]
        before = ids
        for column, value in (("commit", n), ("path", path), ("old_path", path), ("added", RUN), ("deleted", gone)):
            getattr(tally, column).append(value)
        tally.status.append(ord("M"))
        for column in ("kind", "functions", "decisions"):
            getattr(tally, column).append(0)
    texts = np.random.default_rng(1).integers(2, 1 << 32, LINES, dtype=np.uint32)
    texts[LINES // 2 :] = texts[: LINES // 2]  # half of it repeats the other
    ledger.text.frombytes(texts.tobytes())
    ledger.slight.extend(range(0, LINES, 97))
    return ledger, tally, origins, parents, head


@contextmanager
def peak(most: float) -> Iterator[None]:
    """Fails where more than `most` bytes a line are added at once."""
    tracemalloc.reset_peak()
    before = tracemalloc.get_traced_memory()[0]
    yield
    held = (tracemalloc.get_traced_memory()[1] - before) / LINES
    assert held <= most, f"{held:.0f} bytes a line"


@pytest.fixture
def traced() -> Iterator[None]:
    """Allocations are counted, numpy's among them."""
    tracemalloc.start()
    yield
    tracemalloc.stop()


@pytest.mark.usefixtures("traced")
def test_line_settling_uses_few_bytes_per_line() -> None:
    """Settling holds 31 bytes per line (seven numbers and three flags); tables are made separately."""
    ledger, tally, origins, parents, head = planted()
    rank = commit_ranks(parents)
    with peak(40):
        known = settle_lines(ledger, tally, FollowedHistory(parents), FilesAtHead(head, {}), origins, rank)
    with peak(34):
        table = change_table(tally, rank, known, {})
    with peak(16):
        lived = lifetimes_table(known, rank, "origin")
    assert int(table["effective"].sum()) == LINES - len(range(0, LINES, 97)) - 9 * (COMMITS - 1) + _both()
    assert int(lived["lines"].sum()) == LINES - 9 * (COMMITS - 1)


def _both() -> int:
    """Lines that are slight and moved."""
    return sum(1 for k in range(0, LINES, 97) if k >= RUN and k % RUN < 9)
