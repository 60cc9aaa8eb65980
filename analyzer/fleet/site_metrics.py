"""Outcomes that a team brings, in words: on the index what the share goes with, on each page the figures beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.fleet.config_checks import SHARE
from analyzer.report.blocks import Block, Finding, Notice, Section, Sentence, Spark, Table
from analyzer.report.format import GRADES, many, number, percent, points, relative, signed

if TYPE_CHECKING:
    from analyzer.fleet.result import FleetResult, Gaming, Link, Outcome, Reading, Target

_SPARK = 40
_BETTER = {"less": "less is better", "more": "more is better", None: ""}
_DASH = "-"
_GOODHART = (
    "once a share is a target it tells less: marks can be set, and left out, at no cost, and a rise from then on is of "
    "marking as well as of use"
)
_LIMIT = (
    "Of the share one period before, with a level for each team or repository and for each period; only shares that "
    "are shown here enter. The figures are the fleet's own and unchecked beyond their form."
)


def outcomes(found: FleetResult) -> tuple[Section, ...]:
    """The index's section: an answer for each outcome, and a table of all."""
    if not found.outcomes:
        return ()
    rows = tuple(
        (o.name, o.join, number(o.link.n_units), number(o.link.n_periods), _effect(o.link), _could(o.link), _grade(o))
        for o in found.outcomes
    )
    names = ("outcome", "by", "units", f"{found.every}s", "+50 points go with", "could have shown", "says")
    blocks: list[Block] = [_finding(o) for o in found.outcomes]
    blocks.append(Table("Outcomes of your own", names, rows, frozenset({2, 3, 4, 5}), note=_LIMIT))
    blocks += [
        Notice("outcome-rows", "info", note, "Names as in the fleet; an empty value is unknown.")
        for o in found.outcomes
        for note in o.notes
    ]
    return (Section("outcomes", "What else the share goes with", tuple(blocks)),)


def of_unit(found: FleetResult, join: str, name: str) -> tuple[Section, ...]:
    """The section of a team's or a repository's page: each outcome by period beside the share."""
    blocks: list[Block] = []
    for o in found.outcomes:
        for series in o.series:
            if o.join == join and series.unit == name:
                blocks += [*_trend(o, series.readings), _finding(o), _readings(o, series.readings, found.every)]
    return (Section("outcomes", "Outcomes beside the share", tuple(blocks)),) if blocks else ()


def targets(found: FleetResult, team: str | None = None) -> list[Block]:
    """Every goal, or those of one team: a table, what targets do to a share, and what tests of gaming found since."""
    known = [t for t in found.targets if team is None or t.team == team]
    if not known:
        return []
    names = ("target", "of whom", "known since", "by", "value", "now", f"a {found.every}, needed", "of late", "met")
    note = "The last whole period. The pace of late is of six periods at most; it is arithmetic and no forecast."
    blocks: list[Block] = [
        Table("Targets", names, tuple(_target(t) for t in known), frozenset({4, 5, 6, 7}), first_screen=True, note=note)
    ]
    if any(t.of == SHARE for t in known):
        blocks.append(Sentence(_GOODHART, "targets"))
    return blocks + [Sentence(_gaming(t, t.gaming), "gaming") for t in known if t.gaming is not None]


def _target(t: Target) -> tuple[str, ...]:
    told = percent if t.of == SHARE else figure
    pace = (_pace(t, change) for change in (t.needed, t.of_late))
    now = t.note or _DASH if t.now is None else f"{told(t.now)} in {t.period}"
    met = _DASH if t.met is None else "yes" if t.met else "not yet"
    return (t.of, t.team or "all", t.date, t.by or _DASH, told(t.value), now, *pace, met)


def _pace(t: Target, change: float | None) -> str:
    if change is None:
        return _DASH
    return f"{points(change)} points" if t.of == SHARE else signed(change, 2)


def _gaming(t: Target, g: Gaming) -> str:
    if not g.ran:
        return f"no repository has people and months enough for tests of gaming from {t.date} on"
    ran = f"of {many(g.ran, 'repository', 'repositories')} whose tests of gaming ran from {t.date} on"
    if not g.flagged:
        return f"{ran}, none has a flag"
    which = ", ".join(f"{title} {number(n)}" for title, n in g.by_test.items())
    return f"{ran}, {number(g.flagged)} have a flag ({which}): consistent with gaming, and no proof of it"


def _finding(o: Outcome) -> Finding:
    return Finding(o.name, GRADES[o.link.grade], o.link.sentence, o.link.slug)


def _trend(o: Outcome, readings: list[Reading]) -> list[Block]:
    known = [(r.period, _told(o, r)) for r in readings[-_SPARK:]]
    ends = [(period, value) for period, value in known if value is not None]
    if len(ends) < 2:
        return []
    (first, early), (last, late) = ends[0], ends[-1]
    better = f"; {_BETTER[o.better]}" if o.better else ""
    text = f"{o.name}{_per(o)}: {figure(early)} in {first} → {figure(late)} in {last}{better}"
    return [Spark(tuple(value for _, value in known), text)]


def _told(o: Outcome, r: Reading) -> float | None:
    """The figure of a period: over its exposure where it adds up and has one."""
    if r.value is None or o.per is None or o.kind == "rate":
        return r.value
    return r.value / r.exposure if r.exposure else None


def _per(o: Outcome) -> str:
    return f" / {o.per}" if o.per is not None and o.kind != "rate" else ""


def _readings(o: Outcome, readings: list[Reading], every: str) -> Table:
    exposed = (o.per,) if o.per is not None else ()
    ratio = (f"{o.name} / {o.per}",) if _per(o) else ()
    columns = (every, o.name, *exposed, *ratio, "declared", "merged changes")
    rows = tuple(
        (
            r.period,
            figure(r.value),
            *(figure(r.exposure) for _ in exposed),
            *(figure(_told(o, r)) for _ in ratio),
            percent(r.share) if r.share is not None else _DASH,
            number(r.n) if r.share is not None else _DASH,
        )
        for r in reversed(readings)
    )
    note = "Newest first. A dash: not given, or a share of too few people; missing is no 0."
    return Table(f"{o.name} and the share", columns, rows, frozenset(range(1, len(columns))), note=note)


def figure(value: float | None) -> str:
    """A number as it is counted: whole ones whole, else three digits; a dash where there is none."""
    if value is None:
        return _DASH
    return number(int(value)) if value == int(value) else f"{value:.3g}" if abs(value) < 1_000 else number(round(value))


def _effect(link: Link) -> str:
    a = link.association
    return "unknown" if a is None else f"{relative(a.per_50_points)} ({relative(a.low)} … {relative(a.high)})"


def _could(link: Link) -> str:
    return "unknown" if link.smallest_detectable is None else relative(link.smallest_detectable.recorded)


def _grade(o: Outcome) -> str:
    return GRADES[o.link.grade].lower()
