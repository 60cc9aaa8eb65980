"""The store's tables → the fleet's result: shares by team and period, the pooled verdict, and what is left unsaid."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
import pandas as pd

from analyzer.core.sanitize import plain
from analyzer.fleet.code_owners import most_work, with_code_teams
from analyzer.fleet.metrics.association import linked
from analyzer.fleet.metrics.targets import reached
from analyzer.fleet.people import People, exclusive, with_teams
from analyzer.fleet.periods import named
from analyzer.fleet.pooled_verdict import joined, judged
from analyzer.fleet.result import FleetResult, Group, Point, RepositoryRow
from analyzer.fleet.suppression.groups import NO_TEAM, OTHERS, Shown, shown
from analyzer.pipeline.answer_cache import code
from analyzer.report.contract import SCHEMA_VERSION, Result
from analyzer.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from analyzer.fleet.config_types import Fleet
    from analyzer.fleet.dataset import Store
    from analyzer.fleet.metrics.files import Brought
    from analyzer.fleet.scheduling.task import Done
    from analyzer.report.contract_verdicts import Verdict

# A team's own verdict needs as many people as a repository's estimate does.
_FEWEST = 8


def concluded(
    fleet: Fleet, store: Store, done: Sequence[Done], as_of: str, outcomes: Sequence[Brought] = ()
) -> tuple[FleetResult, dict[str, Result]]:
    """The result, kept from an earlier run where it is the same, and the reports of the repositories that have one."""
    told = [d for d in done if d.key is not None]
    reports = {d.name: msgspec.json.decode(store.report(d.name, d.key or ""), type=Result) for d in told}
    key = _key(fleet, done, as_of, outcomes)
    if (known := store.fleet(key)) is not None:
        with suppress(msgspec.MsgspecError):
            return msgspec.json.decode(known, type=FleetResult), reports
    result = _concluded(fleet, store, done, reports, as_of, outcomes)
    store.keep_fleet(key, msgspec.json.encode(result))
    return result, reports


def _key(fleet: Fleet, done: Sequence[Done], as_of: str, outcomes: Sequence[Brought]) -> str:
    """All that the result depends on."""
    rows = [(d.name, d.key, d.slug, d.reason) for d in done]
    asked = msgspec.structs.replace(fleet, out="", store="")
    return hashlib.sha256(
        msgspec.json.encode((rows, asked, as_of, [one.digest for one in outcomes], code()))
    ).hexdigest()[:32]


def _concluded(
    fleet: Fleet,
    store: Store,
    done: Sequence[Done],
    reports: Mapping[str, Result],
    as_of: str,
    outcomes: Sequence[Brought],
) -> FleetResult:
    told = [d for d in done if d.key is not None]
    tables = {t: {d.name: store.table(d.name, d.key or "", t) for d in told} for t in ("units", "panel", "people")}
    people = People(tables["people"].values(), fleet)
    persons = people.of(tables["people"])
    units = _units(fleet, tables["units"], persons)
    panel = joined(tables["panel"], persons)
    by_code = any(team.owners for team in fleet.teams)
    owners = {d.name: store.table(d.name, d.key or "", "owned") for d in told} if by_code else {}
    if by_code:
        teamed, several = exclusive(with_code_teams(units, owners, fleet))
        members = most_work(teamed)
    else:
        members = people.members(fleet)
        teamed, several = exclusive(with_teams(units, members))
    whole = shown(units.assign(whole=fleet.title), "whole", fleet.smallest_group)
    # Who is in no team is a group as well: else all minus the teams would tell of them.
    named = teamed.assign(team=teamed["team"].fillna(NO_TEAM)) if fleet.teams else teamed
    teams = shown(named, "team", fleet.smallest_group)
    verdict = judged(panel)
    together = next(iter(_groups(whole, {})), None)
    groups = _groups(teams, _verdicts(teams, panel, members))
    brought = linked(outcomes, _shares(fleet, units, teams), fleet.every, as_of)
    return FleetResult(
        schema_version=SCHEMA_VERSION,
        version=VERSION,
        title=fleet.title,
        as_of=as_of,
        newest=max((r.repository.last_commit or "" for r in reports.values()), default=""),
        every=fleet.every,
        smallest_group=fleet.smallest_group,
        repositories=[_row(d, reports.get(d.name)) for d in done],
        whole=together,
        teams=groups,
        suppressed=whole.suppressed + teams.suppressed,
        unassigned=_unassigned(named, teams) if fleet.teams else 0,
        several=several,
        without_owners=sum(bool((table["owners"] == "").all()) for table in owners.values()),
        verdict=None if verdict is None else verdict[0],
        heterogeneity=None if verdict is None else verdict[1],
        grades=[],
        outcomes=brought,
        targets=reached(fleet, as_of, together, groups, brought, reports.values()),
        config_digest=_digest(fleet),
    )


def _unassigned(named: pd.DataFrame, found: Shown) -> int | None:
    """Changes of no team, where they are a group that is shown: else the number would tell of who is put to them."""
    if not (named["team"] == NO_TEAM).any():
        return 0
    return next((cell.n for cell in found.cells if cell.group == NO_TEAM and cell.period is None), None)


def _digest(fleet: Fleet) -> str:
    """What was asked, without what it was asked of: the salt and the folders stay out."""
    asked = msgspec.structs.replace(fleet, salt=None, out="", store="")
    return hashlib.sha256(msgspec.json.encode(asked)).hexdigest()[:16]


def _units(fleet: Fleet, tables: dict[str, pd.DataFrame], persons: dict[tuple[str, str], str]) -> pd.DataFrame:
    """Merged changes of people in all repositories: repository, row of its table, person, merged, period, ai."""
    parts = []
    for name, table in tables.items():
        own = table.reset_index(names="row")
        own = own[(own["label"] != "automation") & own["author"].notna()]
        person = own["author"].map(lambda author, name=name: persons.get((name, author), f"{name}/{author}"))
        parts.append(own[["row", "merged", "ai"]].assign(repository=name, person=person))
    columns = ["row", "merged", "ai", "repository", "person"]
    units = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    units["merged"] = pd.to_datetime(units["merged"], utc=True)
    units = units[units["merged"].notna()].reset_index(drop=True)
    return units.assign(period=named(units["merged"], fleet.every), ai=units["ai"].astype(float))


def _shares(fleet: Fleet, units: pd.DataFrame, teams: Shown) -> dict[str, pd.DataFrame]:
    """Shares by team and by repository, by period, as far as they are shown; whole repositories always are."""
    names = {team.name for team in fleet.teams}
    cells = [c for c in teams.cells if c.period is not None and c.group in names]
    by_team = pd.DataFrame(
        [(c.group, c.period, c.declared / c.n, c.n) for c in cells], columns=["unit", "period", "share", "n"]
    )
    by_repository = units.groupby(["repository", "period"])["ai"].agg(["mean", "size"]).reset_index()
    return {"team": by_team, "repository": by_repository.set_axis(["unit", "period", "share", "n"], axis="columns")}


def _row(done: Done, report: Result | None) -> RepositoryRow:
    if report is None:
        reason = None if done.reason is None else plain(done.reason)
        nothing = (None,) * 9
        return RepositoryRow(done.name, *nothing, slug=done.slug, reason=reason, page=None)
    share = next(d for d in report.share.definitions if d.id == "merged_changes")
    grades = {verdict.outcome: verdict.grade for verdict in report.verdicts}
    return RepositoryRow(
        name=done.name,
        head=report.repository.head,
        last_commit=report.repository.last_commit,
        commits=report.repository.commits,
        authors=report.repository.authors,
        n=share.n,
        floor=share.floor,
        ceiling=share.ceiling,
        throughput=grades.get("throughput"),
        defects=grades.get("defects"),
        slug=done.slug,
        reason=None if done.reason is None else plain(done.reason),
        page=f"repositories/{done.name}.html",
    )


def _groups(found: Shown, verdicts: dict[str, Verdict]) -> list[Group]:
    whole = [cell for cell in found.cells if cell.period is None]
    return [
        Group(
            name=plain(cell.group, 100),
            floor=cell.declared / cell.n,
            n=cell.n,
            people=cell.people,
            points=[
                Point(c.period, c.declared / c.n, c.n, c.people)
                for c in found.cells
                if c.group == cell.group and c.period is not None
            ],
            teams=[plain(name, 100) for name in found.together] if cell.group == OTHERS else [],
            verdict=verdicts.get(cell.group),
        )
        for cell in whole
    ]


def _verdicts(found: Shown, panel: pd.DataFrame, members: pd.DataFrame) -> dict[str, Verdict]:
    """A verdict for each shown team of eight people or more, over the repositories that they work in."""
    verdicts = {}
    for cell in found.cells:
        if cell.period is None and cell.people >= _FEWEST and not panel.empty and cell.group != OTHERS:
            own = panel[panel["person"].isin(members.loc[members["team"] == cell.group, "person"])]
            if (said := judged(own, swaps=999)) is not None:
                verdicts[cell.group] = said[0]
    return verdicts
