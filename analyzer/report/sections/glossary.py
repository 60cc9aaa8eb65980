"""Section with all terms of the report: definitions of shares, outcomes, prompt ratios, estimators, other words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.core.glossary import TERMS
from analyzer.report.blocks import Table
from analyzer.report.format import spaced

if TYPE_CHECKING:
    from analyzer.report.contract import AnalysisResult


def glossary_tables(_: AnalysisResult) -> tuple[Table, ...]:
    """Return one table per registry."""
    from analyzer.inference import ESTIMATORS
    from analyzer.outcomes import OUTCOMES
    from analyzer.prompts.ratios import RATIOS as EFFORTS
    from analyzer.share import SHARES

    words = tuple((spaced(term), sentences[0], " ".join(sentences[1:])) for term, sentences in TERMS.items())
    measures = tuple(
        (m.title, f"{m.says} Unit: {m.unit}.", " ".join(filter(None, (m.limits, m.source)))) for m in OUTCOMES
    )
    return (
        Table("What each share is a share of", _COLUMNS, tuple((d.title, d.says, d.limits) for d in SHARES)),
        Table("What each outcome is", _COLUMNS, measures),
        Table("What each cost is", _COLUMNS, tuple((e.title, f"{e.says} Unit: {e.unit}.", e.limits) for e in EFFORTS)),
        Table(
            "How each figure is estimated",
            _COLUMNS,
            tuple((spaced(e.id), f"{e.title}. {e.says}", e.limits) for e in ESTIMATORS),
        ),
        Table("Other words", ("term", "what it is", "what to know of it"), words),
    )


_COLUMNS = ("term", "what it is, and how it is formed", "limits")
