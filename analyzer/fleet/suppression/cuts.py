"""Which cells of a table with known margins have to stay hidden, so that no sum or difference tells of few people.

Cells that are not shown are the edges of a graph of groups and periods, whose totals are known. What can be worked out
of them is what a cut of this graph is made of: each combination of margins has one coefficient for a group and one for
a period, and leaves out the edges at which these add to 0. So a cell of few people is safe where no set of fewer people
than the smallest group holds, with all of its edges, a cut through that cell (Gusfield, SIAM J. Comput. 1988, for
single cells; here for cells together, since people stand in many).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Edge = tuple[str, str]
People = frozenset[str]
# Sets of people tried for one cell, and cells tried in its row and column; what takes more is held to be told.
_PATIENCE, _TRIED = 2_000, 12


@dataclass(slots=True)
class Hidden:
    """Hidden cells: the people of each, and who is beside whom."""

    smallest: int
    people: dict[Edge, People] = field(default_factory=dict)
    columns: dict[str, set[str]] = field(default_factory=dict)
    groups: dict[str, set[str]] = field(default_factory=dict)

    def add(self, group: str, column: str, people: Iterable[str]) -> None:
        """Hide a cell; several of one group and column are known by their sum alone."""
        self.people[group, column] = self.people.get((group, column), frozenset()) | frozenset(people)
        self.columns.setdefault(group, set()).add(column)
        self.groups.setdefault(column, set()).add(group)

    def small(self) -> list[Edge]:
        """Hidden cells of too few people, in order."""
        return sorted(edge for edge, people in self.people.items() if len(people) < self.smallest)

    def told(self, edge: Edge) -> bool:
        """Whether some set of too few people is told of through this cell."""
        seen, todo = set(), [self.people[edge]]
        while todo:
            few = todo.pop()
            if few in seen:
                continue
            seen.add(few)
            path = self._around(edge, few)
            if path is None or len(seen) > _PATIENCE:
                return True
            todo += [both for step in path if len(both := few | self.people[step]) < self.smallest]
        return False

    def _around(self, edge: Edge, few: People) -> list[Edge] | None:
        """Edges from the cell's group to its period, none of them of these people alone; None where there is no way."""
        group, column = edge
        for other in self._open(group, few):
            for between in sorted(self.groups[other]):
                way = [(group, other), (between, other), (between, column)]
                if between != group and all(step in self.people and not self.people[step] <= few for step in way):
                    return way
        return self._far(edge, few)

    def _open(self, group: str, few: People) -> Iterator[str]:
        return (c for c in sorted(self.columns[group]) if not self.people[group, c] <= few)

    def _far(self, edge: Edge, few: People) -> list[Edge] | None:
        start, end = ("g", edge[0]), ("c", edge[1])
        before: dict[tuple[str, str], tuple[str, str]] = {start: start}
        queue = deque([start])
        while queue and end not in before:
            kind, name = at = queue.popleft()
            beside = self.columns[name] if kind == "g" else self.groups[name]
            for other in sorted(beside):
                step = (name, other) if kind == "g" else (other, name)
                to = ("c" if kind == "g" else "g", other)
                if to not in before and not self.people[step] <= few:
                    before[to] = at
                    queue.append(to)
        if end not in before:
            return None
        way, at = [], end
        while at != start:
            back = before[at]
            way.append((back[1], at[1]) if back[0] == "g" else (at[1], back[1]))
            at = back
        return way


def rectangle(hidden: Hidden, shown: Mapping[Edge, People], edge: Edge) -> list[Edge] | None:
    """Cells to hide beside one so that it is on a ring of cells which no few people make up; None where there are none.

    Of the smallest cells of its row and column the ring that hides the fewest people's.
    """
    group, column = edge
    known = {**hidden.people, **shown}
    large = {e for e, people in known.items() if len(people) >= hidden.smallest}
    columns = sorted((c for g, c in large if g == group and c != column), key=lambda c: (len(known[group, c]), c))
    groups = sorted((g for g, c in large if c == column and g != group), key=lambda g: (len(known[g, column]), g))
    rings = [((group, c), (g, c), (g, column)) for c in columns[:_TRIED] for g in groups[:_TRIED] if (g, c) in large]
    if not rings:
        return None
    best = min(rings, key=lambda ring: (sum(len(known[e]) for e in ring if e in shown), ring))
    return [e for e in best if e in shown]
