"""Section on structure: hot spots, and how many functions were compared in each language."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.report.blocks import Table
from analyzer.report.format import number

if TYPE_CHECKING:
    from analyzer.outcomes.hot_spots import HotSpot
    from analyzer.report.blocks import Block
    from analyzer.report.contract import AnalysisResult
    from analyzer.report.contract_structure import Structure, StructureLanguage

_HOT_SPOTS = (
    "Files at head whose functions gained cognitive complexity in marked commits, by points × (1 + fixes). Points are "
    "what these commits added less what they removed; fixes are later commits called so that removed lines of them "
    "within 90 days. A place to look, not a judgement: new features need decisions."
)


def structure_blocks(result: AnalysisResult) -> tuple[Block, ...] | None:
    """Return the hot spots and a table by language; None where no function was compared."""
    structure = result.structure
    if structure is None or not any(_functions(row) for row in structure.languages):
        return None
    hot_spots = (_hot_spot_table(structure),) if structure.hot_spots else ()
    return (*hot_spots, _language_table(structure))


def _functions(row: StructureLanguage) -> int:
    """Return the number of functions that were compared in a language."""
    return row.added + row.changed + row.rewritten + row.removed


def _hot_spot_table(structure: Structure) -> Table:
    rows = tuple(
        (
            spot.path,
            number(spot.points),
            number(spot.changes),
            number(spot.fixes),
            _function(spot),
        )
        for spot in structure.hot_spots
    )
    columns = ("file", "points added", "marked changes", "fixes since", "most in")
    return Table("Where marked changes made code more complex", columns, rows, frozenset({1, 2, 3}), note=_HOT_SPOTS)


def _function(spot: HotSpot) -> str:
    """Return the function that gained most, without the names of the classes around it, and by how much."""
    name = spot.function.rpartition(".")[2]
    return f"{name} (+{number(spot.function_points)})" if spot.function_points > 0 else name


def _language_table(structure: Structure) -> Table:
    rows = tuple(
        (
            row.name,
            number(row.files),
            number(row.added),
            number(row.changed),
            number(row.rewritten),
            number(row.removed),
            number(row.by_marked),
            number(row.syntax_errors),
        )
        for row in structure.languages
        if _functions(row)
    )
    columns = ("language", "files", "added", "changed", "rewritten", "removed", "by marked changes", "syntax errors")
    of_all = f"{number(structure.commits_read)} of {number(structure.commits)} commits"
    note = (
        f"Functions of production code that {of_all} touch, before and after. How marked changes differ is among the "
        "outcomes above and, by language, in the breakdown."
    )
    return Table("Functions compared", columns, rows, frozenset(range(1, len(columns))), note=note)
