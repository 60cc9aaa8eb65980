"""A fleet in words: the same sentences on the index, on a team's page and in its Markdown."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import TYPE_CHECKING

from analyzer.report.model import Block, Finding, Notice, Report, Section, Sentence, Spark, Table
from analyzer.report.words import GRADES, many, number, percent, relative
from analyzer.team.groups import OTHERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.infer.pooled import Heterogeneity
    from analyzer.report.judged import Verdict
    from analyzer.team.result import FleetResult, Group, RepositoryRow

_CLOSING = '"Goes with", not "causes". No figure here is of one person, and none is a target.'
_SPARK = 40
_DATA = (
    ("fleet.json", "all of this page"),
    ("data/teams.csv", "teams by period"),
    ("data/teams.parquet", "the same, exact"),
    ("data/repositories.csv", "repositories"),
    ("data/repositories.parquet", "the same, exact"),
)


def index(found: FleetResult, runs: Sequence[str], slugs: dict[str, str], *, live: bool = True) -> Report:
    """The first page: all repositories together, teams, repositories, earlier runs.

    `slugs`: files of the teams' pages. A page that is not `live` is one of the archive: it leads to its own data alone.
    """
    told = sum(row.head is not None for row in found.repositories)
    return Report(
        title=found.title,
        facts=(found.title, f"as of {found.as_of}", f"{many(told, 'repository', 'repositories')} read"),
        sections=(_whole(found), _teams(found, slugs, live=live), _repositories(found), _kept(found, runs, live=live)),
        closing=_CLOSING,
        footer=_footer(found),
    )


def team(found: FleetResult, group: Group) -> Report:
    """A team's page."""
    blocks: list[Block] = [*_share(group), *_association(group.verdict)]
    if group.verdict is None:
        says = "Fewer than eight of its people can be compared, or they share one repository."
        blocks.append(Finding("throughput", "UNKNOWN", says, "too-few-people"))
    return Report(
        title=f"{group.name}, {found.title}",
        facts=(group.name, f"as of {found.as_of}", many(group.people, "person", "people")),
        sections=(
            Section("share", "How much, and what it tells", tuple(blocks)),
            Section("periods", "By period", (_periods(group, found.every),)),
        ),
        closing=_CLOSING,
        footer=_footer(found),
    )


def _footer(found: FleetResult) -> tuple[tuple[str, str], ...]:
    return (("as of", found.as_of), ("settings", found.config_digest), ("aishare", found.version))


def _share(group: Group) -> list[Block]:
    blocks: list[Block] = [
        Sentence(
            f"declared {percent(group.floor)} of {many(group.n, 'merged change')} by "
            f"{many(group.people, 'person', 'people')}; the rest is undeclared, which is not human"
        )
    ]
    shown = group.points[-_SPARK:]
    if len(shown) > 1:
        first, last = shown[0], shown[-1]
        ends = f"{percent(first.floor)} in {first.period} → {percent(last.floor)} in {last.period} declared"
        blocks.append(Spark(tuple(point.floor for point in shown), ends))
    if group.teams:
        blocks.append(Sentence(f"put together, each too small to be shown: {', '.join(group.teams)}"))
    return blocks


def _association(verdict: Verdict | None) -> list[Block]:
    if verdict is None:
        return []
    return [Finding("throughput", GRADES[verdict.grade], verdict.sentence, verdict.slug)]


def _whole(found: FleetResult) -> Section:
    blocks: list[Block] = [] if found.whole is None else _share(found.whole)
    if found.verdict is None:
        says = "One verdict over all repositories needs two with people who can be compared."
        blocks.append(Finding("throughput", "UNKNOWN", says, "too-few-people"))
    blocks += _association(found.verdict)
    if found.heterogeneity is not None:
        blocks.append(Sentence(_differ(found.heterogeneity), "differ"))
    counts = Counter(GRADES[row.throughput].lower() for row in found.repositories if row.throughput is not None)
    if counts:
        alone = ", ".join(f"{number(n)} {grade}" for grade, n in sorted(counts.items(), key=lambda c: (-c[1], c[0])))
        blocks.append(Sentence(f"throughput, each repository alone: {alone}", "alone"))
    stale = [
        row for row in found.repositories if row.last_commit is not None and row.last_commit < _month_before(found)
    ]
    if stale:
        blocks.append(
            Sentence(f"{many(len(stale), 'repository', 'repositories')} had no commit in the last 30 days", "stale")
        )
    blocks += _notices(found)
    return Section("all", "All together", tuple(blocks))


def _month_before(found: FleetResult) -> str:
    """The day 30 days before the fleet's newest commit."""
    return str(date.fromisoformat(found.newest) - timedelta(days=30)) if found.newest else ""


def _differ(h: Heterogeneity) -> str:
    if h.mean is None:
        many_ = many(h.clusters, "repository", "repositories")
        return f"{many_} in one estimate; too few have eight people to compare them"
    return (
        f"of {number(h.estimated)} repositories with eight people or more, +50 points go with {relative(h.mean)} on "
        f"average ({relative(h.low)} … {relative(h.high)}); a further one would lie between {relative(h.next_low)} "
        f"and {relative(h.next_high)}"
    )


def _notices(found: FleetResult) -> list[Block]:
    blocks: list[Block] = []
    failed = [row for row in found.repositories if row.head is None]
    if failed:
        says = f"{many(len(failed), 'repository', 'repositories')} could not be read; the table says why."
        blocks.append(Notice("repositories-failed", "warning", says, "Mend them and run again: the others are kept."))
    old = [f"{row.name} ({row.reason})" for row in found.repositories if row.head is not None and row.slug is not None]
    if old:
        says = f"Counted as it was, since it could not be brought up to date: {', '.join(old)}"
        blocks.append(Notice("mirror-failed", "warning", says, "Check the URL and your rights to it, and run again."))
    if found.suppressed:
        says = f"{many(found.suppressed, 'cell')} of fewer than {found.smallest_group} people are not shown."
        blocks.append(Notice("small-groups", "info", says, "smallest_group in the configuration."))
    if found.unassigned:
        says = f"{many(found.unassigned, 'merged change')} are by people in no team on that day."
        blocks.append(Notice("no-team", "info", says, "Add them to [[teams]], with from and to."))
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
        "Teams",
        ("team", "people", "merged changes", "declared", "+50 points go with", "throughput"),
        rows,
        frozenset({1, 2, 3, 4}),
        first_screen=True,
        note=note if rows else "No team is large enough to be shown, or none is configured.",
        links=tuple(f"teams/{slugs[g.name]}.html" for g in found.teams) if live else (),
    )
    return Section("teams", "Teams", (table,))


def _effect(verdict: Verdict | None) -> str:
    known = None if verdict is None else verdict.association
    if known is None:
        return "unknown"
    return f"{relative(known.per_50_points)} ({relative(known.low)} … {relative(known.high)})"


def _grade(verdict: Verdict | None) -> str:
    return "unknown" if verdict is None else GRADES[verdict.grade].lower()


def _repositories(found: FleetResult) -> Section:
    table = Table(
        "Repositories",
        ("repository", "last commit", "commits", "declared", "throughput", "defects"),
        tuple(_repository(row) for row in found.repositories),
        frozenset({2, 3}),
        note="Declared is a part of merged changes, and a floor.",
        links=tuple(row.page or "" for row in found.repositories),
    )
    return Section("repositories", "Repositories", (table,))


def _repository(row: RepositoryRow) -> tuple[str, ...]:
    if row.head is None:
        return (row.name, "-", "-", "-", f"not read: {row.reason or row.slug or ''}", "-")
    grades = (GRADES[grade].lower() if grade else "unknown" for grade in (row.throughput, row.defects))
    last = (row.last_commit or "-") + (" (not up to date)" if row.slug is not None else "")
    return (row.name, last, number(row.commits), percent(row.floor), *grades)


def _periods(group: Group, every: str) -> Table:
    rows = tuple((p.period, percent(p.floor), number(p.n), number(p.people)) for p in reversed(group.points))
    note = "Newest first; the first and the last are cut by the range. Periods of too few people are left out."
    return Table(
        "Declared share", (every, "declared", "merged changes", "people"), rows, frozenset({1, 2, 3}), note=note
    )


def _kept(found: FleetResult, runs: Sequence[str], *, live: bool) -> Section:
    entries = tuple((e.quarter, GRADES[e.grade].lower(), e.reason or "-") for e in reversed(found.grades))
    grades = Table(
        "The pooled grade by quarter",
        ("quarter", "throughput", "why it changed"),
        entries,
        note="Set once, at 5 % / 4; a grade that says more stands after two quarters in a row.",
    )
    earlier = Table(
        "Earlier runs", ("as of",), tuple((run,) for run in runs), links=tuple(f"runs/{run}/index.html" for run in runs)
    )
    files = _DATA if live else _DATA[:1]
    data = Table("Data", ("file", "holds"), files, links=tuple(name for name, _ in files))
    return Section("kept", "Quarters, earlier runs, data", (grades, earlier, data))
