"""Rows of data quality on identities: merged and shared addresses, automation, agents without a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.pipeline.quality_row import quality_row
from analyzer.report.format import many, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.pipeline.load import History
    from analyzer.report.contract import QualityRow


def identity_rows(history: History) -> Iterator[QualityRow]:
    """Yield what the reader must know about people; no row contains a name or an address."""
    addresses, persons = history.directory.count_addresses_and_people()
    if addresses > persons:
        yield quality_row(
            "addresses-merged",
            f"{addresses} addresses became {persons} people: by hosting account and full name, after .mailmap.",
        )
    names, shared = history.directory.count_shared_addresses()
    if shared:
        yield quality_row(
            "addresses-of-nobody",
            f"{number(names)} names share {many(shared, 'address', 'addresses')} that identify nobody (unconfigured "
            "machines or imports); we count each name as a person.",
        )
    bots = int((history.labels["label"] == "automation").sum())
    if bots:
        yield quality_row(
            "automation-excluded",
            f"{bots} of {len(history.labels)} commits are by maintenance bots and stand on neither side of any share.",
        )
    changes = history.merged_changes
    orphans = changes[(changes["label"] == "marked") & changes["person"].isna()]
    if len(orphans):
        yield quality_row(
            "unassigned-agents",
            f"{len(orphans)} of {len(history.merged_changes)} merged changes are by agents that name no person.",
        )
