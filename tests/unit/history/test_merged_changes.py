"""Merged changes of any graph."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from analyzer.core.tables import COMMITS
from analyzer.history import commits
from analyzer.history.merged_changes import CommitGraph, find_merged_changes


@st.composite
def _histories(draw: st.DrawFn) -> list[tuple[list[int], str]]:
    """Any DAG of up to 25 commits: parents point back, messages are of every landing kind."""
    kinds = (
        "work",
        "Fix it (#{n})",
        "Merge pull request #{n} from x/y",
        "Merge branch 'main' into x",
        "Merge branch 'topic'",
    )
    rows: list[tuple[list[int], str]] = []
    for n in range(draw(st.integers(1, 25))):
        parents = [] if n == 0 else draw(st.lists(st.integers(0, n - 1), min_size=1, max_size=3, unique=True))
        rows.append((parents, draw(st.sampled_from(kinds)).replace("{n}", str(draw(st.integers(1, 9))))))
    return rows


@given(_histories())
@settings(max_examples=200)
def test_merged_changes_partition_any_history(rows: list[tuple[list[int], str]]) -> None:
    """On any commit graph, each commit reachable from head and no merge is in exactly one unit."""
    shas = [f"{n:02x}" * 20 for n in range(len(rows))]
    table = COMMITS.frame(
        (
            shas[n],
            " ".join(shas[p] for p in parents),
            *["x"] * 6,
            commits._parse_time("1704099600"),
            commits._parse_time(str(1704099600 + n)),
            message,
        )
        for n, (parents, message) in enumerate(rows)
    )
    graph = CommitGraph(table, dict.fromkeys(shas, "a"), dict.fromkeys(shas, "a"))
    found = find_merged_changes(graph, shas[-1])
    members = [sha for landing in found for sha in landing.members]
    reached = graph.reachable([shas[-1]], set())
    assert sorted(members) == [sha for sha in reached if len(graph.parents[sha]) < 2]
    assert len({landing.name for landing in found}) == len(found)
