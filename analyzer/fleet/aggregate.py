"""Aggregate the stored tables of all repositories: shares by team and period, and the pooled verdict.

Figures that would disclose small groups are suppressed here, so that the result can be published without further cuts.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
import pandas as pd

from analyzer.core.rows import by_people
from analyzer.core.sanitize import plain
from analyzer.core.suppression.groups import NO_TEAM, OTHERS, PublishedCells, publishable_groups
from analyzer.fleet.code_owners import majority_teams, with_code_teams
from analyzer.fleet.metrics.association import outcomes_with_associations
from analyzer.fleet.metrics.targets import targets_with_progress
from analyzer.fleet.people import People, one_team_per_change, with_teams
from analyzer.fleet.periods import period_names
from analyzer.fleet.pooled_verdict import pooled_panel, pooled_verdict
from analyzer.fleet.result import FleetResult, Group, RepositoryRow, SharePoint
from analyzer.fleet.stored_files import StoreDamageError
from analyzer.pipeline.answer_cache import code_digest
from analyzer.report.contract import SCHEMA_VERSION, AnalysisResult
from analyzer.report.sections.repository_settings import settings_by_file
from analyzer.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analyzer.fleet.config_types import FleetConfig
    from analyzer.fleet.dataset import FleetStore
    from analyzer.fleet.metrics.files import MetricFile
    from analyzer.fleet.scheduling.task import TaskResult
    from analyzer.report.contract_verdicts import Verdict

# A verdict on one team needs as many people as the estimate of a repository.
_MIN_PEOPLE = 8


def fleet_result(
    config: FleetConfig,
    store: FleetStore,
    task_results: Sequence[TaskResult],
    as_of: str,
    metric_files: Sequence[MetricFile] = (),
) -> tuple[FleetResult, dict[str, AnalysisResult]]:
    """Return the result of the fleet, from the store where possible, and the report of each repository that has one.

    Raises `StoreDamageError` if a stored table or report was damaged after its task ended.
    """
    keys = {result.name: result.key for result in task_results if result.key is not None}
    reports = {name: _report(store, name, key) for name, key in keys.items()}
    key = _cache_key(config, task_results, as_of, metric_files)
    if (cached := store.fleet_result(key)) is not None:
        with suppress(msgspec.MsgspecError):
            return msgspec.json.decode(cached, type=FleetResult), reports
    result = _compute(config, store, task_results, reports, as_of, metric_files)
    store.write_fleet_result(key, msgspec.json.encode(result))
    return result, reports


def _report(store: FleetStore, name: str, key: str) -> AnalysisResult:
    try:
        report = msgspec.json.decode(store.report(name, key), type=AnalysisResult)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise StoreDamageError(name, "report.json is no report") from None
    if report.repository.name != name:
        raise StoreDamageError(name, "report.json is of another repository")
    return report


def _cache_key(
    config: FleetConfig, task_results: Sequence[TaskResult], as_of: str, metric_files: Sequence[MetricFile]
) -> str:
    """Return a digest of everything that the result depends on."""
    rows = [(result.name, result.key, result.slug, result.reason) for result in task_results]
    settings = msgspec.structs.replace(config, out="", store="")
    return hashlib.sha256(
        msgspec.json.encode((rows, settings, as_of, [file.digest for file in metric_files], code_digest()))
    ).hexdigest()[:32]


def _compute(
    config: FleetConfig,
    store: FleetStore,
    task_results: Sequence[TaskResult],
    reports: Mapping[str, AnalysisResult],
    as_of: str,
    metric_files: Sequence[MetricFile],
) -> FleetResult:
    keys = {result.name: result.key for result in task_results if result.key is not None}
    tables = {
        t: {name: store.table(name, key, t) for name, key in keys.items()}
        for t in ("merged_changes", "panel", "people")
    }
    people = People(tables["people"].values(), config)
    persons = people.persons_by_author(tables["people"])
    merged_changes = _merged_changes(config, tables["merged_changes"], persons)
    panel = pooled_panel(tables["panel"], persons)
    teams_by_code = any(team.owners for team in config.teams)
    owners = {name: store.table(name, key, "owned") for name, key in keys.items()} if teams_by_code else {}
    if teams_by_code:
        changes_by_team, several = one_team_per_change(with_code_teams(merged_changes, owners, config))
        members = majority_teams(changes_by_team)
    else:
        members = people.members(config)
        changes_by_team, several = one_team_per_change(with_teams(merged_changes, members))
    overall = publishable_groups(merged_changes.assign(fleet=config.title), "fleet", config.smallest_group)
    # People without a team form a group as well: the total less all teams would disclose them.
    with_unassigned = (
        changes_by_team.assign(team=changes_by_team["team"].fillna(NO_TEAM)) if config.teams else changes_by_team
    )
    teams = publishable_groups(with_unassigned, "team", config.smallest_group)
    verdict = pooled_verdict(panel)
    all_repositories = next(iter(_group_results(overall, {})), None)
    groups = _group_results(teams, _team_verdicts(teams, panel, members))
    outcomes = outcomes_with_associations(
        metric_files, _published_shares(config, merged_changes, teams), config.every, as_of
    )
    return FleetResult(
        schema_version=SCHEMA_VERSION,
        version=VERSION,
        title=config.title,
        as_of=as_of,
        newest=max((r.repository.last_commit or "" for r in reports.values()), default=""),
        every=config.every,
        smallest_group=config.smallest_group,
        repositories=[_repository_row(result, reports.get(result.name)) for result in task_results],
        whole=all_repositories,
        teams=groups,
        suppressed=overall.suppressed + teams.suppressed,
        unassigned=_unassigned_changes(with_unassigned, teams) if config.teams else 0,
        several=several,
        without_owners=sum(bool((table["owners"] == "").all()) for table in owners.values()),
        verdict=None if verdict is None else verdict[0],
        heterogeneity=None if verdict is None else verdict[1],
        grades=[],
        outcomes=outcomes,
        targets=targets_with_progress(config, as_of, all_repositories, groups, outcomes, reports.values()),
        config_digest=_config_digest(config),
    )


def _unassigned_changes(by_team: pd.DataFrame, published: PublishedCells) -> int | None:
    """Return the number of changes without a team; None if that group is suppressed."""
    if not (by_team["team"] == NO_TEAM).any():
        return 0
    return next((cell.n for cell in published.cells if cell.group == NO_TEAM and cell.period is None), None)


def _config_digest(config: FleetConfig) -> str:
    """Return a digest of the settings, leaving out the salt and the folders."""
    settings = msgspec.structs.replace(config, salt=None, out="", store="")
    return hashlib.sha256(msgspec.json.encode(settings)).hexdigest()[:16]


def _merged_changes(
    config: FleetConfig, tables: dict[str, pd.DataFrame], persons: dict[tuple[str, str], str]
) -> pd.DataFrame:
    """Return people's merged changes in all repositories: row in its table, merged, ai, repository, person, period."""
    frames = []
    for name, table in tables.items():
        changes = table.reset_index(names="row")
        changes = changes[by_people(changes) & changes["person"].notna()]
        person = changes["person"].map(lambda author, name=name: persons.get((name, author), f"{name}/{author}"))
        frames.append(changes[["row", "merged", "ai"]].assign(repository=name, person=person))
    columns = ["row", "merged", "ai", "repository", "person"]
    merged_changes = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)
    merged_changes["merged"] = pd.to_datetime(merged_changes["merged"], utc=True)
    merged_changes = merged_changes[merged_changes["merged"].notna()].reset_index(drop=True)
    return merged_changes.assign(
        period=period_names(merged_changes["merged"], config.every), ai=merged_changes["ai"].astype(float)
    )


def _published_shares(
    config: FleetConfig, merged_changes: pd.DataFrame, published: PublishedCells
) -> dict[str, pd.DataFrame]:
    """Return shares by period of published teams and of all repositories; whole repositories are never suppressed."""
    team_names = {team.name for team in config.teams}
    cells = [c for c in published.cells if c.period is not None and c.group in team_names]
    by_team = pd.DataFrame(
        [(c.group, c.period, c.marked / c.n, c.n) for c in cells], columns=["unit", "period", "share", "n"]
    )
    by_repository = merged_changes.groupby(["repository", "period"])["ai"].agg(["mean", "size"]).reset_index()
    return {"team": by_team, "repository": by_repository.set_axis(["unit", "period", "share", "n"], axis="columns")}


def _repository_row(task_result: TaskResult, report: AnalysisResult | None) -> RepositoryRow:
    if report is None:
        reason = None if task_result.reason is None else plain(task_result.reason)
        no_figures = (None,) * 9
        return RepositoryRow(task_result.name, *no_figures, slug=task_result.slug, reason=reason, page=None)
    share = next(d for d in report.share.definitions if d.id == "merged_changes")
    grades = {verdict.outcome: verdict.grade for verdict in report.verdicts}
    return RepositoryRow(
        name=task_result.name,
        head=report.repository.head,
        last_commit=report.repository.last_commit,
        commits=report.repository.commits,
        people=report.repository.people,
        n=share.n,
        marked=share.marked,
        at_most=share.at_most,
        throughput=grades.get("throughput"),
        defects=grades.get("defects"),
        slug=task_result.slug,
        reason=None if task_result.reason is None else plain(task_result.reason),
        page=f"repositories/{task_result.name}.html",
        settings=settings_by_file(report.repository_settings),
        quality=grades.get("quality"),
    )


def _group_results(published: PublishedCells, verdicts: dict[str, Verdict]) -> list[Group]:
    totals = [cell for cell in published.cells if cell.period is None]
    return [
        Group(
            name=plain(cell.group, 100),
            marked=cell.marked / cell.n,
            n=cell.n,
            people=cell.people,
            points=[
                SharePoint(c.period, c.marked / c.n, c.n, c.people)
                for c in published.cells
                if c.group == cell.group and c.period is not None
            ],
            teams=[plain(name, 100) for name in published.merged_groups] if cell.group == OTHERS else [],
            verdict=verdicts.get(cell.group),
        )
        for cell in totals
    ]


def _team_verdicts(published: PublishedCells, panel: pd.DataFrame, members: pd.DataFrame) -> dict[str, Verdict]:
    """Return a verdict per published team of eight people or more, over the repositories that they work in."""
    verdicts = {}
    for cell in published.cells:
        if cell.period is None and cell.people >= _MIN_PEOPLE and not panel.empty and cell.group != OTHERS:
            team_panel = panel[panel["person"].isin(members.loc[members["team"] == cell.group, "person"])]
            if (verdict := pooled_verdict(team_panel, permutations=999)) is not None:
                verdicts[cell.group] = verdict[0]
    return verdicts
