"""What a merge lost, against sets."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from analyzer.blame.ledger import ID_DTYPE, Ledger

NUMBERS = st.lists(st.integers(0, 39), max_size=12)
DEED = st.tuples(st.sampled_from(["remove", "merge", "store"]), NUMBERS, NUMBERS)


def packed(numbers: list[int]) -> bytes:
    """Line numbers as files hold them."""
    return np.array(numbers, ID_DTYPE).tobytes()


@given(st.lists(DEED, max_size=30))
def test_merge_drops_lines_that_no_other_commit_removed(deeds: list[tuple[str, list[int], list[int]]]) -> None:
    """Whatever other merges lost before, and also after a ledger was stored and read again."""
    ledger = Ledger()
    ledger.add_lines(0, 0, 1, 40)
    gone: set[int] = set()
    for number, (deed, ids, kept) in enumerate(deeds):
        if deed == "remove":
            ledger.remove(number, packed(ids))
            gone.update(ids)
        elif deed == "store":
            fresh = Ledger()
            fresh.add_lines(0, 0, 1, 40)
            for column in ("removal_commit", "removal_path", "removal_lines", "removed"):
                setattr(fresh, column, getattr(ledger, column))
            ledger = fresh
        else:
            lost = ledger.dropped_lines(packed(ids), packed(kept))
            assert lost == packed([n for n in ids if n not in gone and n not in kept])
            ledger.drop(number, 0, lost)
