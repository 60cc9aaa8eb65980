"""Gaming audit: how each cheap manipulation changes the AI share by every definition, and the outcomes.

Every manipulation is applied to the tables of the history as it is, and everything is counted again: nothing here is
estimated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pandas as pd

from analyzer.core.json_text import pretty_json
from analyzer.core.rows import by_people
from analyzer.core.sanitize import plain
from analyzer.gaming_audit.manipulations import MANIPULATIONS, AuditTables
from analyzer.outcomes.follow_ups import FOLLOW_UPS
from analyzer.outcomes.revert_detection import cancelled_changes, detect_reverts
from analyzer.report.contract import SCHEMA_VERSION
from analyzer.report.format import number, percent
from analyzer.share import SHARES
from analyzer.share.bounds import ALL_PERIODS, share_bounds, share_items

if TYPE_CHECKING:
    from analyzer.pipeline.compare_outcomes import ComparedOutcomes
    from analyzer.pipeline.load import History
    from analyzer.share.definition import ShareInputs
    from analyzer.share.time_window import TimeWindow

# Outcomes of all work, marked or not.
OUTCOME_TITLES = {
    "shipped": "shipped",
    "lasting": "durable",
    "taken_back": "reverted",
    "followed_up": "follow-up fix",
}
_SHARES_ON_SCREEN = {
    "merged_changes": "merged changes",
    "commits": "commits",
    "lines_added": "lines added",
    "lines_surviving": "lines alive",
}
_NAME_WIDTH, _CELL_WIDTH = 16, 15


class AuditRow(msgspec.Struct, frozen=True):
    """The history as it is, or after a manipulation.

    Attributes
    ----------
    possible : whether the manipulation can be computed here; some need file contents.
    shares : marked share by definition; null = unknown.
    outcomes : counts; null = unknown.
    """

    id: str
    title: str
    does: str
    possible: bool
    shares: dict[str, float | None]
    outcomes: dict[str, float | None]


class Audit(msgspec.Struct, frozen=True):
    """All rows. `rows[0]` is the history as it is.

    Durable changes are a sum of probabilities, as in the verdict. Reverted changes and those with a follow-up fix are
    counted among all merged changes; shipped and durable ones are net of reverts.
    """

    schema_version: str
    repository: str
    head: str
    rows: list[AuditRow]


def audit_gaming(
    history: History, share_inputs: ShareInputs, comparison: ComparedOutcomes, window: TimeWindow
) -> Audit:
    """Return the audit: every manipulation, each applied to the history as it is."""
    tables = _audit_tables(history, share_inputs, comparison, window)
    rows = [_audit_row("as_is", "as it is", "Nothing is done.", tables, window)]
    rows += [_audit_row(m.id, m.title, m.does, m.apply(tables), window) for m in MANIPULATIONS]
    return Audit(SCHEMA_VERSION, history.repository.name, history.repository.head, rows)


def _audit_tables(
    history: History, share_inputs: ShareInputs, comparison: ComparedOutcomes, window: TimeWindow
) -> AuditTables:
    merged_changes, merged_change_of = history.merged_changes, history.merged_change_of
    reverts = detect_reverts(merged_changes, history.commits, merged_change_of, history.reversible_patches)
    cancelled = cancelled_changes(reverts, merged_changes, merged_change_of)
    in_range = merged_changes[window.contains(merged_changes["merged"]) & by_people(merged_changes)]
    changes = in_range[["merged_change", "person", "merged"]].reset_index(drop=True)
    # A reverted change counts as reverted although it did not ship on balance.
    shipped = ~changes["merged_change"].isin(cancelled)
    observed = reverts if window.as_of is None else reverts[reverts["when"] < pd.Timestamp(window.as_of)]
    follow_up_table = comparison.tables.get(FOLLOW_UPS.id)
    follow_ups = None if follow_up_table is None else follow_up_table.astype({"key": "str"}).set_index("key")["events"]
    return AuditTables(
        share_inputs,
        merged_change_of,
        history.file_changes,
        changes.assign(
            shipped=shipped,
            lasting=float("nan")
            if comparison.durable_probability is None
            else changes["merged_change"].map(comparison.durable_probability).where(shipped),
            followed=float("nan") if follow_ups is None else changes["merged_change"].map(follow_ups),
            reverted=changes["merged_change"].isin(set(observed["merged_change"])).astype(float),
        ),
    )


def _audit_row(id_: str, title: str, does: str, tables: AuditTables | None, window: TimeWindow) -> AuditRow:
    if tables is None:
        return AuditRow(id_, title, does, possible=False, shares={}, outcomes=dict.fromkeys(OUTCOME_TITLES))
    items = share_items(tables.share_inputs, SHARES, window)
    items["definition"] = items["definition"].cat.remove_unused_categories()
    periods = share_bounds(items, window.by)
    floors = periods[periods["period"] == ALL_PERIODS].set_index("definition")["marked"]
    shares = {
        d.id: None if pd.isna(floor := floors.get(d.id)) else float(floor) for d in SHARES if d.id in floors.index
    }
    changes = tables.changes
    sums = {"lasting": changes["lasting"], "taken_back": changes["reverted"], "followed_up": changes["followed"]}
    outcomes = {name: None if values.isna().all() else float(values.sum()) for name, values in sums.items()}
    return AuditRow(
        id_,
        title,
        does,
        possible=True,
        shares=shares,
        outcomes={"shipped": float(changes["shipped"].sum()), **outcomes},
    )


def render(audit: Audit, *, as_json: bool) -> str:
    """Return the audit as JSON, or as two tables for an 80-column terminal."""
    if as_json:
        return pretty_json(audit)
    base = audit.rows[0]
    shares = [id_ for id_ in _SHARES_ON_SCREEN if id_ in base.shares]
    lines = [f"What cheap moves do to {plain(audit.repository, 40)}@{audit.head[:7]}", ""]
    lines.append(_line("marked share", [_SHARES_ON_SCREEN[id_] for id_ in shares]))
    lines += [_line(row.title, [_share_cell(row, base, id_) for id_ in shares]) for row in audit.rows]
    lines += ["", _line("changes", list(OUTCOME_TITLES.values()))]
    lines += [_line(row.title, [_outcome_cell(row, base, id_) for id_ in OUTCOME_TITLES]) for row in audit.rows]
    lines += ["", "  · as it is: each move is done to the tables, and everything is counted again."]
    adding_changes = [row.title for row in audit.rows[1:] if row.possible and row.outcomes != base.outcomes]
    if adding_changes:
        lines.append(f"  What {' and '.join(adding_changes)} add is no work (habit placebo).")
    lines += [f"  {row.title}: {row.does}" for row in audit.rows[1:]]
    return "\n".join([*lines, "Not a target.  aishare explain gaming · --json has every definition", ""])


def _line(name: str, cells: list[str]) -> str:
    return f"  {name:<{_NAME_WIDTH}}" + "".join(f"{cell:>{_CELL_WIDTH}}" for cell in cells)


def _share_cell(row: AuditRow, base: AuditRow, id_: str) -> str:
    value, unmanipulated = row.shares.get(id_), base.shares.get(id_)
    if not row.possible:
        return "not computed"
    return "·" if row is not base and value == unmanipulated else percent(value)


def _outcome_cell(row: AuditRow, base: AuditRow, id_: str) -> str:
    value = row.outcomes[id_]
    if not row.possible:
        return "not computed"
    same = row is not base and value == base.outcomes[id_]
    return "·" if same else number(None if value is None else round(value))
