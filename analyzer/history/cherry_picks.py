"""Landings → landings without those that bring in again what came in before: picks, and branches squashed and merged.

A patch is a number (`provenance.copies`): the same for the same change, a sum for a branch. The same patch on one line
of history is another change (it had gone in between); on two lines, by one author and not taken back, it was picked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from analyzer.history.merged_changes import Graph, Landing

_RING = 1 << 64


def together(landed: Sequence[Landing], patches: Mapping[str, int], graph: Graph) -> list[Landing]:
    """Landings in their order; one whose whole patch, or whose every commit's, is there already joins the first.

    `patches`: commit id → patch, absent where it adds nothing or is not known.
    """
    standing: dict[int, tuple[Landing, str]] = {}
    kept = []
    for landing in landed:
        own = [patches.get(sha, 0) for sha in landing.members]
        whole = sum(own) % _RING
        first = _first(standing, landing, own, whole, graph)
        if first is not None and graph.author[first.members[0]] == graph.author[landing.members[0]]:
            first.members.extend(landing.members)
            continue
        kept.append(landing)
        for patch in (*own, whole):
            standing.pop(-patch % _RING, None)
        for patch, sha in zip(own, landing.members, strict=True):
            standing[patch] = (landing, sha)
        standing[whole] = (landing, landing.members[-1])
        standing.pop(0, None)
    return kept


def _first(
    standing: Mapping[int, tuple[Landing, str]], landing: Landing, own: Iterable[int], whole: int, graph: Graph
) -> Landing | None:
    """The landing that brought the same in on another line of history."""
    for asked in ([whole], own):
        found = [standing.get(patch) for patch in asked]
        known = [known for known in found if known is not None]
        if known and len(known) == len(found) and not any(_before(graph, sha, landing.members[0]) for _, sha in known):
            return known[0][0]
    return None


def _before(graph: Graph, old: str, new: str) -> bool:
    """Whether the commit `old` is `new`, or among its ancestors; ancestors come earlier in the graph's order."""
    least, todo, seen = graph.order[old], [new], {new}
    while todo:
        at = todo.pop()
        if at == old:
            return True
        fresh = [p for p in graph.parents[at] if p not in seen and graph.order[p] >= least]
        seen.update(fresh)
        todo.extend(fresh)
    return False
