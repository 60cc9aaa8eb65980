"""A fleet in words: the same sentences on the index, on a team's page and in its Markdown."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from analyzer.fleet import site_metrics
from analyzer.fleet.suppression.groups import OTHERS
from analyzer.report.blocks import Block, Finding, Notice, Report, Section, Sentence, Spark, Table
from analyzer.report.charts import panel
from analyzer.report.charts.fleet_share import FLEET_SHARE, Course
from analyzer.report.charts.forest import REPOSITORIES, TEAMS, Forest, Row
from analyzer.report.charts.share_over_time import begins, ends
from analyzer.report.document import story
from analyzer.report.format import GRADES, many, number, percent, relative

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.custom_panel.multilevel import Heterogeneity
    from analyzer.fleet.result import FleetResult, Group, RepositoryRow
    from analyzer.report.blocks import Chart
    from analyzer.report.contract import Result
    from analyzer.report.contract_verdicts import Verdict

_CLOSING = '"Goes with", not "causes". No figure here is of one person, and none is made to be a target.'
# As many bars as a phone is wide; repositories that are named before the rest is a number.
_SPARK, _NAMED = 24, 5
_FAILED = "Could not be read"
_ARCHIVED = ("../../index.html", "The latest run")
_OUTCOMES = (
    ("data/outcomes.csv", "outcomes by team or repository and period"),
    ("data/outcomes.parquet", "the same, with types"),
)
_DATA = (
    ("fleet.json", "all of this page"),
    ("data/teams.csv", "all together and teams, by period"),
    ("data/teams.parquet", "the same, with types"),
    ("data/repositories.csv", "the repositories"),
    ("data/repositories.parquet", "the same, with types"),
)
_GRADES = ("grades.json", "the grade of each quarter")


def index(found: FleetResult, runs: Sequence[str], slugs: dict[str, str], *, live: bool = True) -> Report:
    """The first page: all repositories together, teams, repositories, earlier runs.

    `slugs`: files of the teams' pages. A page that is not `live` is one of the archive: it leads to its own data alone.
    """
    told = sum(row.head is not None for row in found.repositories)
    return Report(
        title=found.title,
        facts=(
            found.title,
            f"as of {found.as_of}",
            f"{number(told)} of {_repositories_of(len(found.repositories))} read",
        ),
        sections=(
            _whole(found),
            _teams(found, slugs, live=live),
            *site_metrics.outcomes(found),
            _repositories(found),
            _kept(found, runs, live=live),
        ),
        closing=_CLOSING,
        footer=_footer(found),
        up=None if live else _ARCHIVED,
    )


def team(found: FleetResult, group: Group) -> Report:
    """A team's page."""
    blocks: list[Block] = [
        *_share(group, found),
        *site_metrics.targets(found, group.name),
        *_association(group.verdict),
    ]
    if group.verdict is None:
        says = "Fewer than eight of its people can be compared, or they share one repository."
        blocks.append(Finding("throughput", "UNKNOWN", says, "too-few-people"))
    return Report(
        title=f"{group.name}, {found.title}",
        facts=(group.name, f"as of {found.as_of}", many(group.people, "person", "people")),
        sections=(
            Section("share", "How much, and what it tells", tuple(blocks)),
            Section("periods", "By period", (_course(group, found),)),
            *site_metrics.of_unit(found, "team", group.name),
        ),
        closing=_CLOSING,
        footer=_footer(found),
    )


def repository(found: FleetResult, report: Result) -> Report:
    """A repository's page: its own report, and what the fleet brings beside it."""
    own = story(report)
    return replace(own, sections=(*own.sections, *site_metrics.of_unit(found, "repository", report.repository.name)))


def _footer(found: FleetResult) -> tuple[tuple[str, str], ...]:
    return (("as of", found.as_of), ("settings", found.config_digest), ("aishare", found.version))


def _repositories_of(count: int) -> str:
    return many(count, "repository", "repositories")


def _share(group: Group, found: FleetResult) -> list[Block]:
    blocks: list[Block] = [
        Sentence(
            f"Declared {percent(group.floor)} of {many(group.n, 'merged change')} by "
            f"{many(group.people, 'person', 'people')}; the rest is undeclared, which is not human."
        ),
        *_trend(group, found),
    ]
    if group.teams:
        blocks.append(Sentence(f"Put together, each too small to be shown: {', '.join(group.teams)}."))
    return blocks


def _trend(group: Group, found: FleetResult) -> list[Block]:
    """The last periods as bars: one that is not over at the clock is left out, one that is not shown is a gap."""
    over = group.points
    if len(over) > 2 and ends([p.period for p in over]) > found.as_of:
        over = over[:-1]
    if len(over) < 2:
        return []
    places = {_place(p.period, found.every): p for p in over}
    span = range(max(min(places), max(places) - _SPARK + 1), max(places) + 1)
    shown = [places.get(at) for at in span]
    first, last = next(p for p in shown if p is not None), over[-1]
    text = f"{percent(first.floor)} in {first.period} → {percent(last.floor)} in {last.period} declared"
    return [Spark(tuple(None if p is None else p.floor for p in shown), text)] if first is not last else []


def _place(period: str, every: str) -> int:
    """The number of a period: the next one's is one more."""
    day = date.fromisoformat(begins(period))
    return day.toordinal() // 7 if every == "week" else (day.year * 12 + day.month) // (3 if every == "quarter" else 1)


def _association(verdict: Verdict | None) -> list[Block]:
    if verdict is None:
        return []
    return [Finding("throughput", GRADES[verdict.grade], verdict.sentence, verdict.slug)]


def _whole(found: FleetResult) -> Section:
    blocks: list[Block] = [] if found.whole is None else _share(found.whole, found)
    blocks += site_metrics.targets(found)
    if found.verdict is None:
        says = "One verdict over all repositories needs two with people who can be compared."
        blocks.append(Finding("throughput", "UNKNOWN", says, "too-few-people"))
    blocks += _association(found.verdict)
    if found.heterogeneity is not None:
        blocks.append(Sentence(_differ(found.heterogeneity)))
    counts = Counter(GRADES[row.throughput].lower() for row in found.repositories if row.throughput is not None)
    if counts:
        alone = ", ".join(f"{grade} in {number(n)}" for grade, n in sorted(counts.items(), key=lambda c: (-c[1], c[0])))
        blocks.append(Sentence(f"Throughput in each repository alone: {alone}."))
    blocks += [*_stale(found), *_notices(found)]
    if found.whole is not None and found.whole.points:
        blocks.append(_course(found.whole, found, [(entry.quarter, entry.grade) for entry in found.grades]))
    if found.heterogeneity is not None and found.heterogeneity.alone:
        blocks.append(panel(REPOSITORIES, _beside(found.heterogeneity)))
    return Section("all", "All together", tuple(blocks))


def _beside(h: Heterogeneity) -> Forest:
    together = []
    if h.mean is not None and h.low is not None and h.high is not None:
        together.append(Row("on average", h.mean, h.low, h.high))
    if h.next_low is not None and h.next_high is not None:
        together.append(Row("a further one", None, h.next_low, h.next_high))
    return Forest(tuple(Row(one.name, one.change, one.low, one.high) for one in h.alone), tuple(together))


def _stale(found: FleetResult) -> list[Block]:
    """Repositories whose last commit is 30 days before the clock, by name."""
    then = str(date.fromisoformat(found.as_of) - timedelta(days=30))
    old = [row.name for row in found.repositories if row.last_commit is not None and row.last_commit < then]
    if not old:
        return []
    names = ", ".join(old[:_NAMED]) + (f" and {len(old) - _NAMED} more" if len(old) > _NAMED else "")
    return [Sentence(f"No commit in the 30 days before: {names}.")]


def _differ(h: Heterogeneity) -> str:
    if h.mean is None:
        return f"{_repositories_of(h.clusters)} in one estimate; too few have eight people to compare them."
    return (
        f"Of {number(h.estimated)} repositories with eight people or more, +50 points go with {relative(h.mean)} on "
        f"average ({relative(h.low)} … {relative(h.high)}); a further one would lie between {relative(h.next_low)} "
        f"and {relative(h.next_high)}."
    )


def _notices(found: FleetResult) -> list[Block]:
    blocks: list[Block] = []
    failed = [row for row in found.repositories if row.head is None]
    if failed:
        says = f"{_repositories_of(len(failed))} could not be read: see the table."
        blocks.append(Notice("repositories-failed", "warning", says, "Mend them and run again: the others are kept."))
    old = [f"{row.name} ({row.reason})" for row in found.repositories if row.head is not None and row.slug is not None]
    if old:
        says = f"Counted as it was, since it could not be brought up to date: {', '.join(old)}"
        blocks.append(Notice("mirror-failed", "warning", says, "Check the URL and your rights to it, and run again."))
    if found.suppressed:
        says = f"{many(found.suppressed, 'figure')} of fewer than {found.smallest_group} people not shown."
        blocks.append(Notice("small-groups", "info", says, "That is smallest_group in the configuration."))
    if found.unassigned:
        says = f"{many(found.unassigned, 'merged change')} of no team."
        blocks.append(Notice("no-team", "info", says, "Add them to [[teams]], with from and to."))
    if found.several:
        says = "Some merged changes are of several teams at once and count in none of them."
        blocks.append(Notice("several-teams", "info", says, "One team at a time for each person or code."))
    if found.without_owners:
        says = f"In {many(found.without_owners, 'repository', 'repositories')} no change has a known owner."
        blocks.append(Notice("no-owners", "info", says, "A CODEOWNERS file at the analysed commit, and whole clones."))
    return blocks


def _teams(found: FleetResult, slugs: dict[str, str], *, live: bool) -> Section:
    rows = tuple(
        (g.name, number(g.people), number(g.n), percent(g.floor), _effect(g.verdict), _grade(g.verdict))
        for g in found.teams
    )
    note = "In the order of names: intervals overlap, and a rank among them would be one of chance."
    if any(g.name == OTHERS for g in found.teams):
        note += " Small teams are put together as others."
    table = Table(
        "Team by team",
        ("team", "people", "merged changes", "declared", "+50 points go with", "throughput"),
        rows,
        frozenset({1, 2, 3, 4}),
        first_screen=True,
        note=note if rows else "No team is large enough to be shown, or none is configured.",
        links=tuple(f"teams/{slugs[g.name]}.html" for g in found.teams) if live else (),
    )
    site_metrics = tuple(row for group in found.teams if (row := _alone(group)) is not None)
    return Section("teams", "Teams", (table, *([panel(TEAMS, Forest(site_metrics))] if len(site_metrics) > 1 else ())))


def _alone(group: Group) -> Row | None:
    known = None if group.verdict is None else group.verdict.association
    if known is None or known.low is None or known.high is None:
        return None
    return Row(group.name, known.per_50_points, known.low, known.high)


def _effect(verdict: Verdict | None) -> str:
    known = None if verdict is None else verdict.association
    if known is None:
        return "unknown"
    return f"{relative(known.per_50_points)} ({relative(known.low)} … {relative(known.high)})"


def _grade(verdict: Verdict | None) -> str:
    return "unknown" if verdict is None else GRADES[verdict.grade].lower()


def _repositories(found: FleetResult) -> Section:
    told = [row for row in found.repositories if row.head is not None]
    failed = tuple((row.name, row.reason or row.slug or "") for row in found.repositories if row.head is None)
    table = Table(
        "Each alone",
        ("repository", "last commit", "merged changes", "declared", "throughput", "defects"),
        tuple(_repository(row) for row in told),
        frozenset({1, 2, 3}),
        note="Declared is a part of merged changes, and a floor.",
        links=tuple(row.page or "" for row in told),
    )
    return Section(
        "repositories", "Repositories", (table, *([Table(_FAILED, ("repository", "why"), failed)] if failed else ()))
    )


def _repository(row: RepositoryRow) -> tuple[str, ...]:
    grades = (GRADES[grade].lower() if grade else "unknown" for grade in (row.throughput, row.defects))
    last = (row.last_commit or "-") + (" (not up to date)" if row.slug is not None else "")
    return (row.name, last, number(row.n), percent(row.floor), *grades)


def _course(group: Group, found: FleetResult, grades: Sequence[tuple[str, str]] = ()) -> Chart:
    periods = tuple((point.period, point.floor, point.n) for point in group.points)
    return panel(FLEET_SHARE, Course(periods, found.every, found.as_of, tuple(grades), _periods(group, found.every)))


def _periods(group: Group, every: str) -> Table:
    rows = tuple((p.period, percent(p.floor), number(p.n), number(p.people)) for p in reversed(group.points))
    note = "Newest first; the first and the last are cut by the range. Periods of too few people are left out."
    return Table(
        f"Declared share by {every}",
        (every, "declared", "merged changes", "people"),
        rows,
        frozenset({1, 2, 3}),
        note=note,
    )


def _worded(reason: str) -> str:
    """Grades in words, as everywhere on the page; the archive has their names."""
    for grade in sorted(GRADES, key=len, reverse=True):
        reason = reason.replace(grade, GRADES[grade].lower())
    return reason or "-"


def _kept(found: FleetResult, runs: Sequence[str], *, live: bool) -> Section:
    note = "" if found.grades else "None yet: it takes a verdict. "
    entries = tuple((e.quarter, GRADES[e.grade].lower(), _worded(e.reason)) for e in reversed(found.grades))
    grades = Table(
        "The pooled grade by quarter",
        ("quarter", "throughput", "why it changed"),
        entries,
        note=f"{note}Set once, at 5 % / 4; a grade that says more stands after two quarters in a row.",
    )
    earlier = Table(
        "Runs, each as it was",
        ("as of", "run"),
        ((found.as_of, "this one"), *((run, "earlier") for run in runs)),
        links=tuple(f"runs/{run}/index.html" for run in (found.as_of, *runs)),
    )
    more = (*(_OUTCOMES if found.outcomes else ()), *([_GRADES] if found.grades else ()))
    files = (*_DATA, *more) if live else _DATA[:1]
    data = Table("Data", ("file", "holds"), files, links=tuple(name for name, _ in files))
    if not live:
        return Section("kept", "Quarters, data", (grades, data))
    return Section("kept", "Quarters, runs, data", (grades, earlier, data))
