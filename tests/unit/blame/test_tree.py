"""Deleted files are remembered at a cost that does not grow with how many there are."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from analyzer.blame.tree import DeletedFiles, FileVersion

DEEDS = st.lists(st.tuples(st.sampled_from(["put", "fork"]), st.integers(0, 3), st.integers(0, 9)), max_size=60)


@given(DEEDS)
def test_deleted_files_are_remembered_by_branch(deeds: list[tuple[str, int, int]]) -> None:
    """Whatever is buried on which branch, each sees its own newest and no other's."""
    graves = [DeletedFiles()]
    oracle: list[dict[bytes, FileVersion]] = [{}]
    for number, (deed, branch, name) in enumerate(deeds):
        at, path = branch % len(graves), b"%d" % name
        if deed == "fork":
            graves.append(DeletedFiles(graves[at].layers))
            oracle.append(dict(oracle[at]))
        else:
            entry = FileVersion(b"", None, (), number)
            graves[at].put(path, entry)
            oracle[at][path] = entry
    for mine, theirs in zip(graves, oracle, strict=True):
        assert mine.all() == theirs
        assert [mine.get(b"%d" % name) for name in range(10)] == [theirs.get(b"%d" % name) for name in range(10)]


def test_fork_shares_deleted_files() -> None:
    """Ten thousand deletions, a fork after each: each was copied some ten times, not thousands."""
    graves, copied = DeletedFiles(), 0
    for number in range(10_000):
        graves = DeletedFiles(graves.layers)
        before = set(map(id, graves.layers))
        graves.put(b"%d" % number, FileVersion(b"", None))
        copied += sum(len(layer) for layer in graves.layers if id(layer) not in before)
    assert len(graves.all()) == 10_000
    assert len(graves.layers) <= 14
    assert copied <= 14 * 10_000
