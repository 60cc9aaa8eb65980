"""Rows of data quality on functions: whether they were compared, and of how many commits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.pipeline.quality_row import quality_row
from analyzer.report.format import number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.report.contract import QualityRow
    from analyzer.structure.run import StructureTables


def structure_rows(structure: StructureTables | None) -> Iterator[QualityRow]:
    """Yield why no functions were compared, or that those of a sample of commits were."""
    if structure is None:
        yield quality_row("no-structure", None, ("structure",))
    elif structure.commits_read < structure.commits:
        read, of_all = number(structure.commits_read), number(structure.commits)
        yield quality_row(
            "structure-sampled",
            f"Functions were compared before and after {read} of {of_all} commits that change code, marked ones first.",
        )
