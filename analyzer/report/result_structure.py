"""Build the part of the `Result` on functions and hot spots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from analyzer.core.sanitize import plain
from analyzer.report import contract_structure as r

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.outcomes.hot_spots import HotSpot
    from analyzer.structure.run import StructureTables

# Longest path and function name that a report shows; both come from the repository, so from strangers.
MAX_PATH, MAX_FUNCTION = 120, 80


def structure_result(structure: StructureTables | None, hot_spots: Sequence[HotSpot]) -> r.Structure | None:
    """Return what was compared, and the hot spots; None where no functions were compared."""
    if structure is None:
        return None
    return r.Structure(
        commits_read=structure.commits_read,
        commits=structure.commits,
        files_read=structure.files_read,
        files=structure.files,
        languages=_languages(structure),
        hot_spots=[
            structs.replace(spot, path=plain(spot.path, MAX_PATH), function=plain(spot.function, MAX_FUNCTION))
            for spot in hot_spots
        ],
    )


def _languages(structure: StructureTables) -> list[r.StructureLanguage]:
    """Return counts by language, most functions first."""
    functions = structure.function_changes
    files = structure.parsed_files[structure.parsed_files["path_class"] == "code"]
    rows = []
    for name, of_language in files.groupby("language"):
        touched = functions[functions["language"] == name]
        added, changed, rewritten, removed = (
            int((touched["change"] == change).sum()) for change in ("added", "changed", "rewritten", "removed")
        )
        rows.append(
            r.StructureLanguage(
                name=str(name),
                files=len(of_language),
                syntax_errors=int(of_language["has_error"].sum()),
                added=added,
                changed=changed,
                rewritten=rewritten,
                removed=removed,
                by_marked=int(touched["ai"].sum()),
            )
        )
    return sorted(rows, key=lambda row: (-(row.added + row.changed + row.rewritten + row.removed), row.name))
