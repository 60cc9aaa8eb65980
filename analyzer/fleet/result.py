"""The JSON of a fleet, as types; schema_version "1". Shares are fractions, dates ISO 8601, missing is null."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from analyzer.custom_panel.multilevel import Heterogeneity  # noqa: TC001 - msgspec reads these types at run time
from analyzer.inference.grading.rules import Grade  # noqa: TC001 - likewise
from analyzer.report.contract_verdicts import Association, Placebo, SmallestDetectable, Use, Verdict  # noqa: TC001 - likewise


class RepositoryRow(Struct, frozen=True):
    """One repository: its declared share of merged changes and grades, or why there are none. `page`: its report.

    slug, reason: why it could not be read; beside figures, why its mirror is not up to date.
    """

    name: str
    head: str | None
    last_commit: str | None
    commits: int | None
    authors: int | None
    n: int | None
    floor: float | None
    ceiling: float | None
    throughput: str | None
    defects: str | None
    slug: str | None
    reason: str | None
    page: str | None


class Point(Struct, frozen=True):
    """A period of a group: declared share of merged changes, of `n`, by `people`."""

    period: str
    floor: float
    n: int
    people: int


class Group(Struct, frozen=True):
    """A team, or all repositories: declared share of merged changes by the people in it; `teams`: put together here.

    verdict: what the share goes with, among its people; null below eight of them.
    """

    name: str
    floor: float
    n: int
    people: int
    points: list[Point]
    teams: list[str]
    verdict: Verdict | None


class Reading(Struct, frozen=True):
    """An outcome of a unit in a period beside its declared share of `n` merged changes; null: not given, or not shown.

    `exposure`: what the value is counted over. A share is there only where the unit's own page shows it.
    """

    period: str
    value: float | None
    exposure: float | None
    share: float | None
    n: int


class Series(Struct, frozen=True):
    """A team or repository, its periods in order."""

    unit: str
    readings: list[Reading]


class Link(Struct, frozen=True):
    """What +50 points of the share of one period go with in the next: relative changes of the outcome, as `infer` has.

    p_holm: over all outcomes of the fleet. n_units: with share and outcome; n_periods, n_rows: behind the estimate,
    null without one.
    """

    grade: Grade
    slug: str
    sentence: str
    association: Association | None
    use: Use | None
    smallest_detectable: SmallestDetectable | None
    n_units: int
    n_periods: int | None
    n_rows: int | None
    placebos: list[Placebo]


class Outcome(Struct, frozen=True):
    """A figure that the team brought, by team or repository and period; `per`: name of its exposure.

    notes: what of the file does not count. Units that are not shown, or have no share, are not there.
    """

    name: str
    join: Literal["team", "repository"]
    kind: Literal["count", "amount", "rate"]
    better: Literal["less", "more"] | None
    per: str | None
    series: list[Series]
    link: Link
    notes: list[str]


class Gaming(Struct, frozen=True):
    """Tests of gaming from a target's day on: repositories in which they ran, those with a flag, and of which kind."""

    ran: int
    flagged: int
    by_test: dict[str, int]


class Target(Struct, frozen=True):
    """An announced goal: known from `date`, to be met by `by`; `now`: the last whole period's, by `period`.

    met: null where nothing was reached yet, or it is not said which way is better. needed: change a period until `by`;
    of_late: change a period over the last six. note: why there is no figure. gaming: of everybody's latest alone.
    """

    of: str
    team: str | None
    date: str
    by: str | None
    value: float
    period: str | None
    now: float | None
    met: bool | None
    needed: float | None
    of_late: float | None
    gaming: Gaming | None
    note: str


class Entry(Struct, frozen=True):
    """A quarter's grade of the pooled verdict: set once, with the reason for every change."""

    quarter: str
    grade: str
    reason: str


class FleetResult(Struct, frozen=True):
    """All of it. `suppressed`: cells of fewer people than `smallest_group`, or that would tell of one.

    unassigned: changes of no team; null where these are no group that is shown. several: some are of several teams at
    once, and so of none. without_owners: of teams by CODEOWNERS, repositories in which no change has an owner, or
    whose it is cannot be known.
    """

    schema_version: str
    version: str
    title: str
    as_of: str
    newest: str
    every: str
    smallest_group: int
    repositories: list[RepositoryRow]
    whole: Group | None
    teams: list[Group]
    suppressed: int
    unassigned: int | None
    several: bool
    without_owners: int
    verdict: Verdict | None
    heterogeneity: Heterogeneity | None
    grades: list[Entry]
    outcomes: list[Outcome]
    targets: list[Target]
    config_digest: str
