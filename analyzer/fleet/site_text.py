"""Pages of a fleet as report blocks, rendered to both HTML and Markdown: index, teams and repositories."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from analyzer.core.suppression.groups import OTHERS
from analyzer.fleet import site_metrics
from analyzer.report.blocks import Block, Finding, Notice, Report, Section, Sentence, Spark, Table
from analyzer.report.charts import build_chart
from analyzer.report.charts.fleet_share import FLEET_SHARE, FleetShareSeries
from analyzer.report.charts.forest import REPOSITORIES, TEAMS, Forest, ForestRow
from analyzer.report.charts.share_over_time import end_of_last_period, first_day
from analyzer.report.document import build_report
from analyzer.report.format import GRADES, many, number, percent, relative

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.custom_panel.multilevel import ClusterHeterogeneity
    from analyzer.fleet.result import FleetResult, Group, RepositoryRow
    from analyzer.report.blocks import Chart
    from analyzer.report.contract import AnalysisResult
    from analyzer.report.contract_verdicts import Verdict

_CLOSING = '"Goes with", not "causes". No figure here is of one person, and none is made to be a target.'
# Bars that fit on a phone; repositories named before the rest is only counted.
_MAX_BARS, _MAX_NAMES = 24, 5
_FAILED_TITLE = "Could not be read"
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


def index_page(fleet: FleetResult, runs: Sequence[str], slugs: dict[str, str], *, live: bool = True) -> Report:
    """Return the first page: all repositories together, teams, repositories and earlier runs.

    Parameters
    ----------
    fleet : the result.
    runs : days of earlier runs.
    slugs : file name of each team's page.
    live : False for a page in the archive, which only links to its own data.
    """
    read_count = sum(row.head is not None for row in fleet.repositories)
    return Report(
        title=fleet.title,
        facts=(
            fleet.title,
            f"as of {fleet.as_of}",
            f"{number(read_count)} of {_repository_count(len(fleet.repositories))} read",
        ),
        sections=(
            _overview_section(fleet),
            _teams_section(fleet, slugs, live=live),
            *site_metrics.outcome_sections(fleet),
            _repositories_section(fleet),
            _archive_section(fleet, runs, live=live),
        ),
        closing=_CLOSING,
        footer=_footer(fleet),
        up=None if live else _ARCHIVED,
    )


def team_page(fleet: FleetResult, group: Group) -> Report:
    """Return the page of one team."""
    blocks: list[Block] = [
        *_share_blocks(group, fleet),
        *site_metrics.target_blocks(fleet, group.name),
        *_throughput_finding(group.verdict),
    ]
    if group.verdict is None:
        says = "Fewer than eight of its people can be compared, or they share one repository."
        blocks.append(Finding("throughput", "UNKNOWN", says, "too-few-people"))
    return Report(
        title=f"{group.name}, {fleet.title}",
        facts=(group.name, f"as of {fleet.as_of}", many(group.people, "person", "people")),
        sections=(
            Section("share", "How much, and what it tells", tuple(blocks)),
            Section("periods", "By period", (_share_chart(group, fleet),)),
            *site_metrics.unit_sections(fleet, "team", group.name),
        ),
        closing=_CLOSING,
        footer=_footer(fleet),
    )


def repository_page(fleet: FleetResult, report: AnalysisResult) -> Report:
    """Return the page of one repository: its report, and its outcomes from the fleet."""
    page = build_report(report)
    return replace(
        page, sections=(*page.sections, *site_metrics.unit_sections(fleet, "repository", report.repository.name))
    )


def _footer(fleet: FleetResult) -> tuple[tuple[str, str], ...]:
    return (("as of", fleet.as_of), ("settings", fleet.config_digest), ("aishare", fleet.version))


def _repository_count(count: int) -> str:
    return many(count, "repository", "repositories")


def _share_blocks(group: Group, fleet: FleetResult) -> list[Block]:
    blocks: list[Block] = [
        Sentence(
            f"Marked {percent(group.marked)} of {many(group.n, 'merged change')} by "
            f"{many(group.people, 'person', 'people')}; the rest carries no mark, so we cannot tell who wrote it."
        ),
        *_trend_bars(group, fleet),
    ]
    if group.teams:
        blocks.append(Sentence(f"Put together, each too small to be shown: {', '.join(group.teams)}."))
    return blocks


def _trend_bars(group: Group, fleet: FleetResult) -> list[Block]:
    """Return the last periods as bars, without a period unfinished at `as_of`; suppressed periods are gaps."""
    points = group.points
    if len(points) > 2 and end_of_last_period([p.period for p in points]) > fleet.as_of:
        points = points[:-1]
    if len(points) < 2:
        return []
    points_by_number = {_period_number(p.period, fleet.every): p for p in points}
    span = range(max(min(points_by_number), max(points_by_number) - _MAX_BARS + 1), max(points_by_number) + 1)
    bars = [points_by_number.get(index) for index in span]
    first, last = next(p for p in bars if p is not None), points[-1]
    text = f"{percent(first.marked)} in {first.period} → {percent(last.marked)} in {last.period} marked"
    return [Spark(tuple(None if p is None else p.marked for p in bars), text)] if first is not last else []


def _period_number(period: str, every: str) -> int:
    """Return the number of a period; consecutive periods have consecutive numbers."""
    day = date.fromisoformat(first_day(period))
    return day.toordinal() // 7 if every == "week" else (day.year * 12 + day.month) // (3 if every == "quarter" else 1)


def _throughput_finding(verdict: Verdict | None) -> list[Block]:
    if verdict is None:
        return []
    return [Finding("throughput", GRADES[verdict.grade], verdict.sentence, verdict.slug)]


def _overview_section(fleet: FleetResult) -> Section:
    blocks: list[Block] = [] if fleet.whole is None else _share_blocks(fleet.whole, fleet)
    blocks += site_metrics.target_blocks(fleet)
    if fleet.verdict is None:
        says = "One verdict over all repositories needs two with people who can be compared."
        blocks.append(Finding("throughput", "UNKNOWN", says, "too-few-people"))
    blocks += _throughput_finding(fleet.verdict)
    if fleet.heterogeneity is not None:
        blocks.append(Sentence(_heterogeneity_sentence(fleet.heterogeneity)))
    counts = Counter(GRADES[row.throughput].lower() for row in fleet.repositories if row.throughput is not None)
    if counts:
        counts_text = ", ".join(
            f"{grade} in {number(n)}" for grade, n in sorted(counts.items(), key=lambda c: (-c[1], c[0]))
        )
        blocks.append(Sentence(f"Throughput in each repository alone: {counts_text}."))
    blocks += [*_inactive_repositories(fleet), *_notice_blocks(fleet)]
    if fleet.whole is not None and fleet.whole.points:
        blocks.append(_share_chart(fleet.whole, fleet, [(entry.quarter, entry.grade) for entry in fleet.grades]))
    if fleet.heterogeneity is not None and fleet.heterogeneity.alone:
        blocks.append(build_chart(REPOSITORIES, _repository_forest(fleet.heterogeneity)))
    return Section("all", "All together", tuple(blocks))


def _repository_forest(h: ClusterHeterogeneity) -> Forest:
    summary_rows = []
    if h.mean is not None and h.low is not None and h.high is not None:
        summary_rows.append(ForestRow("on average", h.mean, h.low, h.high))
    if h.next_low is not None and h.next_high is not None:
        summary_rows.append(ForestRow("a further one", None, h.next_low, h.next_high))
    return Forest(
        tuple(ForestRow(estimate.name, estimate.change, estimate.low, estimate.high) for estimate in h.alone),
        tuple(summary_rows),
    )


def _inactive_repositories(fleet: FleetResult) -> list[Block]:
    """Return a sentence naming repositories without a commit in the 30 days before `as_of`."""
    threshold = str(date.fromisoformat(fleet.as_of) - timedelta(days=30))
    inactive = [row.name for row in fleet.repositories if row.last_commit is not None and row.last_commit < threshold]
    if not inactive:
        return []
    names = ", ".join(inactive[:_MAX_NAMES]) + (
        f" and {len(inactive) - _MAX_NAMES} more" if len(inactive) > _MAX_NAMES else ""
    )
    return [Sentence(f"No commit in the 30 days before: {names}.")]


def _heterogeneity_sentence(h: ClusterHeterogeneity) -> str:
    if h.mean is None:
        return f"{_repository_count(h.clusters)} in one estimate; too few have eight people to compare them."
    return (
        f"Of {number(h.estimated)} repositories with eight people or more, +50 points go with {relative(h.mean)} on "
        f"average ({relative(h.low)} … {relative(h.high)}); a further one would lie between {relative(h.next_low)} "
        f"and {relative(h.next_high)}."
    )


def _notice_blocks(fleet: FleetResult) -> list[Block]:
    blocks: list[Block] = []
    failed = [row for row in fleet.repositories if row.head is None]
    if failed:
        says = f"{_repository_count(len(failed))} could not be read: see the table."
        blocks.append(Notice("repositories-failed", "warning", says, "Mend them and run again: the others are kept."))
    stale = [
        f"{row.name} ({row.reason})" for row in fleet.repositories if row.head is not None and row.slug is not None
    ]
    if stale:
        says = f"Counted as it was, since it could not be brought up to date: {', '.join(stale)}"
        blocks.append(Notice("mirror-failed", "warning", says, "Check the URL and your rights to it, and run again."))
    if own := [f"{row.name} ({'; '.join(row.settings)})" for row in fleet.repositories if row.settings]:
        more = f" and {len(own) - _MAX_NAMES} more: see fleet.json" if len(own) > _MAX_NAMES else ""
        says = f"Settings that whoever commits there can change apply in {', '.join(own[:_MAX_NAMES])}{more}."
        blocks.append(
            Notice("repository-settings", "warning", says, "repo_config = false in the configuration ignores them.")
        )
    if fleet.suppressed:
        says = f"{many(fleet.suppressed, 'figure')} of fewer than {fleet.smallest_group} people not shown."
        blocks.append(Notice("small-groups", "info", says, "That is smallest_group in the configuration."))
    if fleet.unassigned:
        says = f"{many(fleet.unassigned, 'merged change')} of no team."
        blocks.append(Notice("no-team", "info", says, "Add them to [[teams]], with from and to."))
    if fleet.several:
        says = "Some merged changes are of several teams at once and count in none of them."
        blocks.append(Notice("several-teams", "info", says, "One team at a time for each person or code."))
    if fleet.without_owners:
        says = f"In {many(fleet.without_owners, 'repository', 'repositories')} no change has a known owner."
        blocks.append(Notice("no-owners", "info", says, "A CODEOWNERS file at the analysed commit, and whole clones."))
    return blocks


def _teams_section(fleet: FleetResult, slugs: dict[str, str], *, live: bool) -> Section:
    rows = tuple(
        (g.name, number(g.people), number(g.n), percent(g.marked), _effect(g.verdict), _grade_word(g.verdict))
        for g in fleet.teams
    )
    note = "In the order of names: intervals overlap, and a rank among them would be one of chance."
    if any(g.name == OTHERS for g in fleet.teams):
        note += " Small teams are put together as others."
    table = Table(
        "Team by team",
        ("team", "people", "merged changes", "marked", "+50 points go with", "throughput"),
        rows,
        frozenset({1, 2, 3, 4}),
        first_screen=True,
        note=note if rows else "No team is large enough to be shown, or none is configured.",
        links=tuple(f"teams/{slugs[g.name]}.html" for g in fleet.teams) if live else (),
    )
    forest_rows = tuple(row for group in fleet.teams if (row := _forest_row(group)) is not None)
    return Section(
        "teams", "Teams", (table, *([build_chart(TEAMS, Forest(forest_rows))] if len(forest_rows) > 1 else ()))
    )


def _forest_row(group: Group) -> ForestRow | None:
    association = None if group.verdict is None else group.verdict.association
    if association is None or association.low is None or association.high is None:
        return None
    return ForestRow(group.name, association.per_50_points, association.low, association.high)


def _effect(verdict: Verdict | None) -> str:
    association = None if verdict is None else verdict.association
    if association is None:
        return "unknown"
    return f"{relative(association.per_50_points)} ({relative(association.low)} … {relative(association.high)})"


def _grade_word(verdict: Verdict | None) -> str:
    return "unknown" if verdict is None else GRADES[verdict.grade].lower()


def _repositories_section(fleet: FleetResult) -> Section:
    analyzed = [row for row in fleet.repositories if row.head is not None]
    failed = tuple((row.name, row.reason or row.slug or "") for row in fleet.repositories if row.head is None)
    columns: tuple[str, ...] = (
        "repository",
        "last commit",
        "merged changes",
        "marked",
        "throughput",
        "defects",
        "marked changes did",
    )
    rows: tuple[tuple[str, ...], ...] = tuple(_repository_cells(row) for row in analyzed)
    if any(row.settings for row in analyzed):
        columns = (*columns, "own settings")
        rows = tuple((*cells, "; ".join(row.settings) or "none") for cells, row in zip(rows, analyzed, strict=True))
    table = Table(
        "Each alone",
        columns,
        rows,
        frozenset({1, 2, 3}),
        note="Marked is a part of merged changes, and a floor.",
        links=tuple(row.page or "" for row in analyzed),
    )
    return Section(
        "repositories",
        "Repositories",
        (table, *([Table(_FAILED_TITLE, ("repository", "why"), failed)] if failed else ())),
    )


def _repository_cells(row: RepositoryRow) -> tuple[str, ...]:
    grades = (GRADES[grade].lower() if grade else "unknown" for grade in (row.throughput, row.defects, row.quality))
    last = (row.last_commit or "-") + (" (not up to date)" if row.slug is not None else "")
    return (row.name, last, number(row.n), percent(row.marked), *grades)


def _share_chart(group: Group, fleet: FleetResult, grades: Sequence[tuple[str, str]] = ()) -> Chart:
    periods = tuple((point.period, point.marked, point.n) for point in group.points)
    return build_chart(
        FLEET_SHARE,
        FleetShareSeries(periods, fleet.every, fleet.as_of, tuple(grades), _period_table(group, fleet.every)),
    )


def _period_table(group: Group, every: str) -> Table:
    rows = tuple((p.period, percent(p.marked), number(p.n), number(p.people)) for p in reversed(group.points))
    note = "Newest first; the first and the last are cut by the range. Periods of too few people are left out."
    return Table(
        f"Marked share by {every}",
        (every, "marked", "merged changes", "people"),
        rows,
        frozenset({1, 2, 3}),
        note=note,
    )


def _grades_in_words(reason: str) -> str:
    """Replace the ids of grades, as used in the archive, by the words used on the page."""
    for grade in sorted(GRADES, key=len, reverse=True):
        reason = reason.replace(grade, GRADES[grade].lower())
    return reason or "-"


def _archive_section(fleet: FleetResult, runs: Sequence[str], *, live: bool) -> Section:
    note = "" if fleet.grades else "None yet: it takes a verdict. "
    entries = tuple((e.quarter, GRADES[e.grade].lower(), _grades_in_words(e.reason)) for e in reversed(fleet.grades))
    grades = Table(
        "The pooled grade by quarter",
        ("quarter", "throughput", "why it changed"),
        entries,
        note=f"{note}Set once, at 5 % / 4; a grade that says more stands after two quarters in a row.",
    )
    earlier = Table(
        "Runs, each as it was",
        ("as of", "run"),
        ((fleet.as_of, "this one"), *((run, "earlier") for run in runs)),
        links=tuple(f"runs/{run}/index.html" for run in (fleet.as_of, *runs)),
    )
    optional_files = (*(_OUTCOMES if fleet.outcomes else ()), *([_GRADES] if fleet.grades else ()))
    files = (*_DATA, *optional_files) if live else _DATA[:1]
    data = Table("Data", ("file", "holds"), files, links=tuple(name for name, _ in files))
    if not live:
        return Section("kept", "Quarters, data", (grades, data))
    return Section("kept", "Quarters, runs, data", (grades, earlier, data))
