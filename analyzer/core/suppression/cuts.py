"""Complementary cell suppression: no sum or difference of published cells may reveal a group below the threshold.

The table has groups as rows and periods as columns, and its margins (row and column totals) are public. Suppressed
cells are the edges of a bipartite graph of groups and periods. Readers can work out exactly the sums over cuts of this
graph: a linear combination of margins has one coefficient per group and one per period, and drops the edges at which
the two add up to 0. A sensitive cell is therefore safe if no set of fewer people than the smallest group contains all
edges of a cut through that cell (Gusfield, SIAM J. Comput. 1988, for single cells; here for several cells at once,
because one person appears in many).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Edge = tuple[str, str]
PersonSet = frozenset[str]
# Sets of people tried per cell, and candidates per row and column. A search that exceeds this counts as disclosure.
_MAX_SETS, _MAX_CANDIDATES = 2_000, 12


@dataclass(slots=True)
class SuppressedCells:
    """Bipartite graph of suppressed cells: one edge (group, column) per cell.

    smallest_group : fewest people whose sum may be known.
    people : people in each cell.
    columns : columns adjacent to each group.
    groups : groups adjacent to each column.
    """

    smallest_group: int
    people: dict[Edge, PersonSet] = field(default_factory=dict)
    columns: dict[str, set[str]] = field(default_factory=dict)
    groups: dict[str, set[str]] = field(default_factory=dict)

    def add(self, group: str, column: str, people: Iterable[str]) -> None:
        """Suppress a cell; cells added to the same group and column are merged, as readers only know their sum."""
        self.people[group, column] = self.people.get((group, column), frozenset()) | frozenset(people)
        self.columns.setdefault(group, set()).add(column)
        self.groups.setdefault(column, set()).add(group)

    def sensitive_cells(self) -> list[Edge]:
        """Return the suppressed cells of too few people, sorted."""
        return sorted(edge for edge, people in self.people.items() if len(people) < self.smallest_group)

    def is_disclosed(self, edge: Edge) -> bool:
        """Return whether readers can work out a sum over too few people that includes this cell."""
        tried, pending = set(), [self.people[edge]]
        while pending:
            people = pending.pop()
            if people in tried:
                continue
            tried.add(people)
            path = self._path_around(edge, people)
            if path is None or len(tried) > _MAX_SETS:
                return True
            pending += [union for step in path if len(union := people | self.people[step]) < self.smallest_group]
        return False

    def _path_around(self, edge: Edge, people: PersonSet) -> list[Edge] | None:
        """Return a path from the cell's group to its column, or None.

        Each edge of the path contains somebody who is not in `people`.
        """
        group, column = edge
        # Try paths of three edges before the breadth-first search.
        for other_column in self._open_columns(group, people):
            for other_group in sorted(self.groups[other_column]):
                path = [(group, other_column), (other_group, other_column), (other_group, column)]
                if other_group != group and all(
                    step in self.people and not self.people[step] <= people for step in path
                ):
                    return path
        return self._shortest_path(edge, people)

    def _open_columns(self, group: str, people: PersonSet) -> Iterator[str]:
        return (c for c in sorted(self.columns[group]) if not self.people[group, c] <= people)

    def _shortest_path(self, edge: Edge, people: PersonSet) -> list[Edge] | None:
        start, end = ("g", edge[0]), ("c", edge[1])
        predecessors: dict[tuple[str, str], tuple[str, str]] = {start: start}
        queue = deque([start])
        while queue and end not in predecessors:
            side, name = node = queue.popleft()
            neighbours = self.columns[name] if side == "g" else self.groups[name]
            for other in sorted(neighbours):
                step = (name, other) if side == "g" else (other, name)
                successor = ("c" if side == "g" else "g", other)
                if successor not in predecessors and not self.people[step] <= people:
                    predecessors[successor] = node
                    queue.append(successor)
        if end not in predecessors:
            return None
        path, node = [], end
        while node != start:
            previous = predecessors[node]
            path.append((previous[1], node[1]) if previous[0] == "g" else (node[1], previous[1]))
            node = previous
        return path


def complementary_cells(
    suppressed: SuppressedCells, published: Mapping[Edge, PersonSet], edge: Edge
) -> list[Edge] | None:
    """Return the cells to suppress as well so that `edge` can no longer be worked out; None if there are none.

    Together with `edge` they form a rectangle whose other corners all hold enough people. Among the smallest cells
    of its row and column, take the rectangle that suppresses the fewest people.
    """
    group, column = edge
    cells = {**suppressed.people, **published}
    large = {e for e, people in cells.items() if len(people) >= suppressed.smallest_group}
    columns = sorted((c for g, c in large if g == group and c != column), key=lambda c: (len(cells[group, c]), c))
    groups = sorted((g for g, c in large if c == column and g != group), key=lambda g: (len(cells[g, column]), g))
    rectangles = [
        ((group, c), (g, c), (g, column))
        for c in columns[:_MAX_CANDIDATES]
        for g in groups[:_MAX_CANDIDATES]
        if (g, c) in large
    ]
    if not rectangles:
        return None
    best = min(rectangles, key=lambda corners: (sum(len(cells[e]) for e in corners if e in published), corners))
    return [e for e in best if e in published]
