"""Gaming audit: what each cheap move does to the share by every definition, and to outcomes; all of it counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pandas as pd

from analyzer.core.sanitize import plain
from analyzer.gaming_audit.manipulations import MOVES, Ground
from analyzer.outcomes.follow_ups import FOLLOW_UPS
from analyzer.outcomes.revert_detection import netted, take_backs
from analyzer.report.contract import SCHEMA_VERSION
from analyzer.report.format import number, percent
from analyzer.share import SHARES
from analyzer.share.bounds import WHOLE, bounds, items

if TYPE_CHECKING:
    from analyzer.pipeline.compare_outcomes import Compared
    from analyzer.pipeline.load import History
    from analyzer.share.definition import Known
    from analyzer.share.time_window import Window

# Outcomes of the work as a whole, whoever or whatever wrote it.
OUTCOMES = {
    "shipped": "shipped",
    "lasting": "durable",
    "taken_back": "taken back",
    "followed_up": "followed up",
}
_ON_SCREEN = {
    "merged_changes": "merged changes",
    "commits": "commits",
    "lines_added": "lines added",
    "lines_surviving": "lines alive",
}
_NAME, _CELL = 16, 15


class Row(msgspec.Struct, frozen=True):
    """The history as it is, or after a move: declared part by definition, and outcomes as counts; null = unknown.

    possible: whether the move can be computed here (some need contents).
    """

    id: str
    title: str
    does: str
    possible: bool
    shares: dict[str, float | None]
    outcomes: dict[str, float | None]


class Audit(msgspec.Struct, frozen=True):
    """`rows[0]` is the history as it is; durable changes are a sum of chances, as in the verdict."""

    schema_version: str
    repository: str
    head: str
    rows: list[Row]


def audited(history: History, known: Known, compared: Compared, window: Window) -> Audit:
    """Every move, each on the history as it is."""
    ground = _ground(history, known, compared, window)
    rows = [_row("as_is", "as it is", "Nothing is done.", ground, window)]
    rows += [_row(move.id, move.title, move.does, move.apply(ground), window) for move in MOVES]
    return Audit(SCHEMA_VERSION, history.repository.name, history.repository.head, rows)


def _ground(history: History, known: Known, compared: Compared, window: Window) -> Ground:
    patches = {} if history.lines is None else history.lines.reversible
    back = take_backs(history.units, history.commits, history.unit_of, patches)
    gone = netted(back, history.units, history.unit_of)
    landed = history.units[window.holds(history.units["merged"]) & (history.units["label"] != "automation")]
    shipped = landed.loc[~landed["unit"].isin(gone), ["unit", "author", "merged"]].reset_index(drop=True)
    judged = compared.tables.get(FOLLOW_UPS.id)
    followed = None if judged is None else judged.set_index("key")["events"]
    return Ground(
        known,
        history.unit_of,
        history.changes,
        shipped.assign(
            lasting=float("nan") if compared.lasting is None else shipped["unit"].map(compared.lasting),
            followed=float("nan") if followed is None else shipped["unit"].map(followed),
            back=shipped["unit"].isin(set(back["unit"])).astype(float),
        ),
    )


def _row(id_: str, title: str, does: str, ground: Ground | None, window: Window) -> Row:
    if ground is None:
        return Row(id_, title, does, possible=False, shares={}, outcomes=dict.fromkeys(OUTCOMES))
    table = bounds(items(ground.known, SHARES, window), window.by)
    whole = table[table["period"] == WHOLE].set_index("definition")["floor"]
    shares = {d.id: None if pd.isna(v := whole.get(d.id)) else float(v) for d in SHARES if d.id in whole.index}
    s = ground.shipped
    sums = {"lasting": s["lasting"], "taken_back": s["back"], "followed_up": s["followed"]}
    outcomes = {name: None if values.isna().all() else float(values.sum()) for name, values in sums.items()}
    return Row(id_, title, does, possible=True, shares=shares, outcomes={"shipped": float(len(s)), **outcomes})


def rendered(found: Audit, *, as_json: bool) -> str:
    """The audit as JSON, or as two tables for a terminal of 80 columns."""
    if as_json:
        return msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n"
    base = found.rows[0]
    shown = [id_ for id_ in _ON_SCREEN if id_ in base.shares]
    lines = [f"What cheap moves do to {plain(found.repository, 40)}@{found.head[:7]}", ""]
    lines.append(_line("declared share", [_ON_SCREEN[id_] for id_ in shown]))
    lines += [_line(row.title, [_share(row, base, id_) for id_ in shown]) for row in found.rows]
    lines += ["", _line("changes", list(OUTCOMES.values()))]
    lines += [_line(row.title, [_outcome(row, base, id_) for id_ in OUTCOMES]) for row in found.rows]
    lines += ["", "  · as it is: each move is done to the tables, and everything is counted again."]
    more = [row.title for row in found.rows[1:] if row.possible and row.outcomes != base.outcomes]
    if more:
        lines.append(f"  What {' and '.join(more)} add is no work (habit placebo).")
    lines += [f"  {row.title}: {row.does}" for row in found.rows[1:]]
    return "\n".join([*lines, "Not a target.  aishare explain gaming · --json has every definition", ""])


def _line(name: str, cells: list[str]) -> str:
    return f"  {name:<{_NAME}}" + "".join(f"{cell:>{_CELL}}" for cell in cells)


def _share(row: Row, base: Row, id_: str) -> str:
    value, before = row.shares.get(id_), base.shares.get(id_)
    if not row.possible:
        return "not computed"
    return "·" if row is not base and value == before else percent(value)


def _outcome(row: Row, base: Row, id_: str) -> str:
    value = row.outcomes[id_]
    if not row.possible:
        return "not computed"
    same = row is not base and value == base.outcomes[id_]
    return "·" if same else number(None if value is None else round(value))
