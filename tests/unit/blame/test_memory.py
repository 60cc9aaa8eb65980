"""What is held while lines are settled and counted is a few columns, not many: a bound a line on a planted history."""

from __future__ import annotations

from analyzer.core.memory import iter_slices


def test_blocks_cover_the_range() -> None:
    """Neighbours without gap or overlap, none for nothing."""
    assert [list(range(10))[part] for part in iter_slices(10, 4)] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]
    assert list(iter_slices(0)) == []
    assert list(iter_slices(-1)) == []
