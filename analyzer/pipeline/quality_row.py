"""The row of data quality that a documented slug becomes."""

from __future__ import annotations

from analyzer.core.messages import MESSAGES
from analyzer.report.contract import QualityRow


def quality_row(slug: str, message: str | None = None, covers: tuple[str, ...] = ()) -> QualityRow:
    """Return the row of a documented slug.

    Parameters
    ----------
    slug : key of `MESSAGES`, which supplies the severity and the fix.
    message : text with this history's figures; None = the general meaning of the slug.
    covers : paths in the JSON report that are null for this reason.
    """
    entry = MESSAGES[slug]
    return QualityRow(
        slug, "warning" if entry.severity == "warning" else "info", message or entry.means, entry.fix, list(covers)
    )
