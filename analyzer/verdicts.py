"""history → the two verdicts: throughput on a panel of what was shipped, defects on changes that were followed up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from analyzer.inference.defect_verdict import DefectsVerdict, defects_verdict
from analyzer.inference.defects import estimate_defects
from analyzer.inference.grades import ALPHA
from analyzer.inference.verdicts import ThroughputVerdict, throughput_verdict
from analyzer.measures.followups import FOLLOW_UP_LINES, FOLLOW_UPS, UNDONE
from analyzer.measures.reverts import REVERTS, netted
from analyzer.panel import panel_of_units, regimes_of

if TYPE_CHECKING:
    import pandas as pd

    from analyzer.outcomes import Compared
    from analyzer.reading import History


class Verdicts(NamedTuple):
    """Both verdicts, how many changes were no throughput, and the days on which another way of landing set in."""

    throughput: ThroughputVerdict
    defects: DefectsVerdict
    netted: int
    regimes: tuple[str, ...]


def verdicts(history: History, landed: pd.DataFrame, compared: Compared, *, unsteady: bool) -> Verdicts:
    """Judge the changes `landed` in the range. `unsteady`: marks are known to miss much, or to come and go."""
    followed = compared.tables.get(FOLLOW_UPS.id, compared.tables.get(REVERTS.id))
    found = None if followed is None else estimate_defects(followed)
    patches = {} if history.lines is None else history.lines.reversible
    gone = netted(history.units, history.commits, history.unit_of, patches)
    shipped = landed[~landed["unit"].isin(gone)]
    regimes = regimes_of(landed)
    throughput = throughput_verdict(
        panel_of_units(shipped, compared.lasting),
        seed=history.settings.seed,
        family=[] if found is None else [found.p],
        recall_unsteady=unsteady,
        regimes=regimes,
    )
    defects = defects_verdict(
        found,
        declared=bool((landed["ai"] > 0).any()),
        followed=0 if followed is None else int((followed["events"] > 0).sum()),
        by_change=compared.found(FOLLOW_UPS.id),
        by_line=compared.found(FOLLOW_UP_LINES.id),
        label_free=compared.found(UNDONE.id),
        family=throughput.tests,
        recall_unsteady=unsteady,
    )
    return Verdicts(*_together(throughput, defects), len(landed) - len(shipped), regimes)


def _together(throughput: ThroughputVerdict, defects: DefectsVerdict) -> tuple[ThroughputVerdict, DefectsVerdict]:
    """Misleading is said of both: more is merged while less of it lasts, or while more of it is followed up."""
    if throughput.grade == "misleading":
        return throughput, replace(defects, grade="misleading", slug=throughput.slug)
    t, d = throughput.findings, defects.findings
    rises = t is not None and (throughput.p_holm or 1.0) < ALPHA and t.recorded.low > 0
    if rises and d is not None and defects.grade == "says_little" and d.ratio > 1:
        both = f"{throughput.sentence} {defects.sentence}"
        slug = "more-followed-up"
        return (
            replace(throughput, grade="misleading", slug=slug, sentence=both),
            replace(defects, grade="misleading", slug=slug),
        )
    return throughput, defects
