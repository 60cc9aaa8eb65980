"""The JSON of a fleet, as types; schema_version "1". Shares are fractions, dates ISO 8601, missing is null."""

from __future__ import annotations

from msgspec import Struct

from analyzer.infer.pooled import Heterogeneity  # noqa: TC001 - msgspec reads these types at run time
from analyzer.report.judged import Verdict  # noqa: TC001 - likewise


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


class Entry(Struct, frozen=True):
    """A quarter's grade of the pooled verdict: set once, with the reason for every change."""

    quarter: str
    grade: str
    reason: str


class FleetResult(Struct, frozen=True):
    """All of it. `suppressed`: cells of fewer people than `smallest_group`; `unassigned`: changes of nobody's team."""

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
    unassigned: int
    verdict: Verdict | None
    heterogeneity: Heterogeneity | None
    grades: list[Entry]
    config_digest: str
