"""Merge changes that came in twice: cherry-picks, and branches that were both squashed and merged.

Patch ids (`blame.patch_ids`) are numbers: equal for equal patches, and a branch's patch id is the sum over its commits.
The same patch twice on one line of history is two changes, because it was undone in between. On two lines, by one
author and not reverted, it is one change that was picked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.core.constants import PATCH_ID_MODULUS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from analyzer.history.merged_changes import CommitGraph, MergedChange


def merge_cherry_picks(
    changes: Sequence[MergedChange], patch_ids: Mapping[str, int], graph: CommitGraph
) -> list[MergedChange]:
    """Return the merged changes in their order, with repeated changes joined to the first of them.

    A change repeats another if its total patch, or the patch of every one of its commits, came in before.

    Parameters
    ----------
    changes : merged changes, oldest first; members are added to those that are repeated.
    patch_ids : commit id → patch id; commits that add nothing or have an unknown patch are left out.
    graph : the graph of all their commits.
    """
    change_by_patch: dict[int, tuple[MergedChange, str]] = {}
    merged = []
    for change in changes:
        commit_patches = [patch_ids.get(sha, 0) for sha in change.members]
        total_patch = sum(commit_patches) % PATCH_ID_MODULUS
        first = _same_change_elsewhere(change_by_patch, change, commit_patches, total_patch, graph)
        if first is not None and graph.author[first.members[0]] == graph.author[change.members[0]]:
            first.add(change)
            continue
        merged.append(change)
        for patch in (*commit_patches, total_patch):
            change_by_patch.pop(-patch % PATCH_ID_MODULUS, None)
        for patch, sha in zip(commit_patches, change.members, strict=True):
            change_by_patch[patch] = (change, sha)
        change_by_patch[total_patch] = (change, change.members[-1])
        change_by_patch.pop(0, None)
    return merged


def _same_change_elsewhere(
    change_by_patch: Mapping[int, tuple[MergedChange, str]],
    change: MergedChange,
    commit_patches: Iterable[int],
    total_patch: int,
    graph: CommitGraph,
) -> MergedChange | None:
    """Return the merged change that brought in the same patch on another line of history."""
    for wanted in ([total_patch], commit_patches):
        matches = [change_by_patch.get(patch) for patch in wanted]
        present = [match for match in matches if match is not None]
        if (
            present
            and len(present) == len(matches)
            and not any(_is_ancestor(graph, sha, change.members[0]) for _, sha in present)
        ):
            return present[0][0]
    return None


def _is_ancestor(graph: CommitGraph, ancestor: str, descendant: str) -> bool:
    """Return whether a commit equals `descendant` or is its ancestor; ancestors come first in `graph.order`."""
    lowest_order, pending, visited = graph.order[ancestor], [descendant], {descendant}
    while pending:
        sha = pending.pop()
        if sha == ancestor:
            return True
        unvisited = [p for p in graph.parents[sha] if p not in visited and graph.order[p] >= lowest_order]
        visited.update(unvisited)
        pending.extend(unvisited)
    return False
