"""Sections on outcomes and targets: associations with the share on the index, values by period on other pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.fleet.config_checks import SHARE
from analyzer.report.blocks import Block, Finding, Notice, Section, Sentence, Spark, Table
from analyzer.report.format import GRADES, many, number, percent, points, relative, signed

if TYPE_CHECKING:
    from analyzer.fleet.result import (
        FleetOutcome,
        FleetResult,
        FleetTarget,
        GamingTests,
        OutcomeAssociation,
        OutcomePoint,
    )

_MAX_BARS = 40
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


def outcome_sections(fleet: FleetResult) -> tuple[Section, ...]:
    """Return the section of the index page: a finding per outcome, and a table of all outcomes."""
    if not fleet.outcomes:
        return ()
    rows = tuple(
        (
            o.name,
            o.join,
            number(o.link.n_units),
            number(o.link.n_periods),
            _effect(o.link),
            _smallest_detectable(o.link),
            _grade_word(o),
        )
        for o in fleet.outcomes
    )
    names = ("outcome", "by", "units", f"{fleet.every}s", "per +50 points", "smallest detectable", "says")
    blocks: list[Block] = [_finding(o) for o in fleet.outcomes]
    blocks.append(Table("Outcomes of your own", names, rows, frozenset({2, 3, 4, 5}), note=_LIMIT))
    blocks += [
        Notice("outcome-rows", "info", note, "Names as in the fleet; an empty value is unknown.")
        for o in fleet.outcomes
        for note in o.notes
    ]
    return (Section("outcomes", "What else the share goes with", tuple(blocks)),)


def unit_sections(fleet: FleetResult, join: str, name: str) -> tuple[Section, ...]:
    """Return the section of a page of a team or repository: each outcome by period, with the share."""
    blocks: list[Block] = []
    for o in fleet.outcomes:
        for series in o.series:
            if o.join == join and series.unit == name:
                blocks += [
                    *_trend_bars(o, series.readings),
                    _finding(o),
                    _period_table(o, series.readings, fleet.every),
                ]
    return (Section("outcomes", "Outcomes beside the share", tuple(blocks)),) if blocks else ()


def target_blocks(fleet: FleetResult, team: str | None = None) -> list[Block]:
    """Return a table of all targets, or of one team's, the effect of targets on shares, and gaming tests since then."""
    targets = [t for t in fleet.targets if team is None or t.team == team]
    if not targets:
        return []
    names = ("target", "of whom", "known since", "by", "value", "now", f"a {fleet.every}, needed", "of late", "met")
    note = "The last whole period. The pace of late is of six periods at most; it is arithmetic and no forecast."
    blocks: list[Block] = [
        Table(
            "Targets",
            names,
            tuple(_target_row(t) for t in targets),
            frozenset({4, 5, 6, 7}),
            first_screen=True,
            note=note,
        )
    ]
    if any(t.of == SHARE for t in targets):
        blocks.append(Sentence(_GOODHART, "targets"))
    return blocks + [Sentence(_gaming_sentence(t, t.gaming), "gaming") for t in targets if t.gaming is not None]


def _target_row(target: FleetTarget) -> tuple[str, ...]:
    format_value = percent if target.of == SHARE else format_figure
    pace = (_pace(target, change) for change in (target.needed, target.of_late))
    now = target.note or _DASH if target.now is None else f"{format_value(target.now)} in {target.period}"
    met = _DASH if target.met is None else "yes" if target.met else "not yet"
    return (
        target.of,
        target.team or "all",
        target.date,
        target.by or _DASH,
        format_value(target.value),
        now,
        *pace,
        met,
    )


def _pace(target: FleetTarget, change: float | None) -> str:
    if change is None:
        return _DASH
    return f"{points(change)} points" if target.of == SHARE else signed(change, 2)


def _gaming_sentence(target: FleetTarget, tests: GamingTests) -> str:
    if not tests.ran:
        return f"no repository has people and months enough for tests of gaming from {target.date} on"
    subject = f"of {many(tests.ran, 'repository', 'repositories')} whose tests of gaming ran from {target.date} on"
    if not tests.flagged:
        return f"{subject}, none has a flag"
    which = ", ".join(f"{title} {number(n)}" for title, n in tests.by_test.items())
    return f"{subject}, {number(tests.flagged)} have a flag ({which}): consistent with gaming, and no proof of it"


def _finding(outcome: FleetOutcome) -> Finding:
    return Finding(outcome.name, GRADES[outcome.link.grade], outcome.link.sentence, outcome.link.slug)


def _trend_bars(outcome: FleetOutcome, points: list[OutcomePoint]) -> list[Block]:
    values = [(r.period, _displayed_value(outcome, r)) for r in points[-_MAX_BARS:]]
    ends = [(period, value) for period, value in values if value is not None]
    if len(ends) < 2:
        return []
    (first, early), (last, late) = ends[0], ends[-1]
    better = f"; {_BETTER[outcome.better]}" if outcome.better else ""
    title = f"{outcome.name}{_denominator_suffix(outcome)}"
    text = f"{title}: {format_figure(early)} in {first} → {format_figure(late)} in {last}{better}"
    return [Spark(tuple(value for _, value in values), text)]


def _displayed_value(outcome: FleetOutcome, point: OutcomePoint) -> float | None:
    """Return the value of a period, divided by its denominator if it is a count or amount with one."""
    if point.value is None or outcome.per is None or outcome.kind == "rate":
        return point.value
    return point.value / point.denominator if point.denominator else None


def _denominator_suffix(outcome: FleetOutcome) -> str:
    return f" / {outcome.per}" if outcome.per is not None and outcome.kind != "rate" else ""


def _period_table(outcome: FleetOutcome, points: list[OutcomePoint], every: str) -> Table:
    denominator = (outcome.per,) if outcome.per is not None else ()
    ratio = (f"{outcome.name} / {outcome.per}",) if _denominator_suffix(outcome) else ()
    columns = (every, outcome.name, *denominator, *ratio, "marked", "merged changes")
    rows = tuple(
        (
            point.period,
            format_figure(point.value),
            *(format_figure(point.denominator) for _ in denominator),
            *(format_figure(_displayed_value(outcome, point)) for _ in ratio),
            percent(point.share) if point.share is not None else _DASH,
            number(point.n) if point.share is not None else _DASH,
        )
        for point in reversed(points)
    )
    note = "Newest first. A dash: not given, or a share of too few people; missing is no 0."
    return Table(f"{outcome.name} and the share", columns, rows, frozenset(range(1, len(columns))), note=note)


def format_figure(value: float | None) -> str:
    """Format integers in full and other numbers to three digits; None becomes a dash."""
    if value is None:
        return _DASH
    return number(int(value)) if value == int(value) else f"{value:.3g}" if abs(value) < 1_000 else number(round(value))


def _effect(link: OutcomeAssociation) -> str:
    association = link.association
    return (
        "unknown"
        if association is None
        else f"{relative(association.per_50_points)} ({relative(association.low)} … {relative(association.high)})"
    )


def _smallest_detectable(link: OutcomeAssociation) -> str:
    return "unknown" if link.smallest_detectable is None else relative(link.smallest_detectable.association)


def _grade_word(outcome: FleetOutcome) -> str:
    return GRADES[outcome.link.grade].lower()
