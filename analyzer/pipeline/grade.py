"""history → the two verdicts: throughput on a panel of what was shipped, defects on changes that were followed up."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from analyzer.inference.defects import estimate_defects
from analyzer.inference.grading.defects import DefectsVerdict, defects_verdict
from analyzer.inference.grading.rules import ALPHA, FOUND
from analyzer.inference.grading.spillover import spill_over
from analyzer.inference.grading.throughput import ThroughputVerdict, throughput_verdict
from analyzer.outcomes.follow_ups import FOLLOW_UP_LINES, FOLLOW_UPS, UNDONE
from analyzer.outcomes.revert_detection import netted, take_backs
from analyzer.outcomes.reverts import REVERTS
from analyzer.panel import in_regimes, panel_of_units, regimes_of
from analyzer.panel.alternatives import MATURITIES, offered
from analyzer.pipeline.gaming import gamed
from analyzer.share.line_counts import lines_by_unit

if TYPE_CHECKING:
    from analyzer.inference.goodhart import Goodhart
    from analyzer.pipeline.compare_outcomes import Compared
    from analyzer.pipeline.load import History
    from analyzer.share.disclosure_changes import Change


class Verdicts(NamedTuple):
    """Both verdicts, how many changes were no throughput, and the days on which another way of landing set in."""

    throughput: ThroughputVerdict
    defects: DefectsVerdict
    netted: int
    regimes: tuple[str, ...]
    goodhart: Goodhart | None


def verdicts(
    history: History,
    landed: pd.DataFrame,
    compared: Compared,
    clock: pd.Timestamp | None,
    disclosed: list[Change],
    *,
    unsteady: bool,
) -> Verdicts:
    """Judge the changes `landed` in the range. `unsteady`: marks are known to miss much, or to come and go."""
    followed = compared.tables.get(FOLLOW_UPS.id, compared.tables.get(REVERTS.id))
    found = None if followed is None else estimate_defects(followed)
    shipped, back = _shipped(history, landed)
    regimes = regimes_of(landed)
    if history.changes is not None:
        shipped = shipped.assign(lines_added=shipped["unit"].map(lines_by_unit(history.changes, history.unit_of)))
    mature = {} if clock is None else _mature(history, landed, back, clock)
    panel = panel_of_units(shipped, compared.lasting)
    gaming = gamed(history, shipped, panel, regimes, disclosed)
    throughput = throughput_verdict(
        panel,
        seed=history.settings.seed,
        family=[] if found is None else [found.p],
        recall_unsteady=unsteady,
        regimes=regimes,
        specifications=lambda people: offered(mature, people, regimes),
        defects_upper=None if found is None else found.high,
        gamed=() if gaming is None else gaming.fired,
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
        spill=None if followed is None else spill_over(followed),
    )
    return Verdicts(*_together(throughput, defects), len(landed) - len(shipped), regimes, gaming)


def _shipped(history: History, landed: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Of the changes that landed those that add up to something, and what was taken back (`take_backs`)."""
    patches = {} if history.lines is None else history.lines.reversible
    back = take_backs(history.units, history.commits, history.unit_of, patches)
    return landed[~landed["unit"].isin(netted(back, history.units, history.unit_of))], back


def panel_rows(history: History, landed: pd.DataFrame) -> pd.DataFrame:
    """Table `panel`: what the verdict on throughput is estimated from, one row a person and four weeks of the span.

    Columns unit (person and regime), author, period, share (of the period itself; NA without changes), n, outcome,
    eligible (1 where the person enters the verdict). `aishare infer` reads it.
    """
    shipped, _ = _shipped(history, landed)
    regimes = regimes_of(landed)
    whole = panel_of_units(shipped)
    eligible = set(whole.without_outsiders().authors)
    panel = in_regimes(whole, regimes)
    rows, columns = panel.span.nonzero()
    share = pd.Series(panel.ai[rows, columns]) / pd.Series(panel.n[rows, columns]).where(panel.n[rows, columns] > 0)
    authors = pd.Series([panel.authors[k] for k in rows], dtype="str")
    periods = pd.Series([panel.periods[k] for k in columns], dtype="str")
    begun = periods.map(lambda day: sum(day >= cut for cut in regimes)).astype("str")
    return pd.DataFrame(
        {
            "unit": authors + "/" + begun,
            "author": authors,
            "period": periods,
            "share": share.astype("Float64"),
            "n": panel.n[rows, columns].astype(int),
            "outcome": panel.y[rows, columns].astype(int),
            "eligible": authors.isin(eligible).astype(int),
        }
    )


def _mature(history: History, landed: pd.DataFrame, back: pd.DataFrame, clock: pd.Timestamp) -> dict[int, pd.DataFrame]:
    """Changes old enough, and not taken back, by how many days they had for that."""
    found = {}
    for days in MATURITIES:
        age = pd.Timedelta(days=days)
        gone = netted(back, history.units, history.unit_of, age)
        found[days] = landed[~landed["unit"].isin(gone) & (landed["merged"] <= clock - age)]
    return found


def _together(throughput: ThroughputVerdict, defects: DefectsVerdict) -> tuple[ThroughputVerdict, DefectsVerdict]:
    """Misleading is said of both: more is merged while less of it lasts, or while more of it is followed up."""
    if throughput.grade == "misleading":
        return throughput, replace(defects, grade="misleading", slug=throughput.slug)
    t, d = throughput.findings, defects.findings
    rises = t is not None and (throughput.p_holm or 1.0) < ALPHA and t.recorded.low > 0
    if rises and d is not None and defects.grade in FOUND and d.ratio > 1:
        both = f"{throughput.sentence} {defects.sentence}"
        slug = "more-followed-up"
        return (
            replace(throughput, grade="misleading", slug=slug, sentence=both),
            replace(defects, grade="misleading", slug=slug),
        )
    return throughput, defects
