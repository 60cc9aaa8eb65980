"""Types of the tables in a fleet configuration."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from msgspec import Meta, Struct

from analyzer.config import Treatment, UsageSource  # noqa: TC001 - msgspec reads these types at run time
from analyzer.core.constants import SMALLEST_GROUP

_HANDLE = r"^(@{1,2}[\w.-]+(/[\w.-]+)*|[^\s@]+@[^\s@]+)$"
Name = Annotated[str, Meta(min_length=1, max_length=100)]
Owner = Annotated[str, Meta(min_length=2, max_length=320, pattern=_HANDLE)]
ColumnName = Annotated[str, Meta(min_length=1, max_length=200)]


class RepositoryEntry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One of path (a clone), glob (many clones) and url (mirrored into the store)."""

    path: str | None = None
    glob: str | None = None
    url: str | None = None
    name: Name | None = None
    rev: str = "HEAD"


class Member(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"start": "from", "end": "to"}):
    """Membership in a team: an address of the person, and optionally the first and the last day (inclusive)."""

    who: Annotated[str, Meta(min_length=3, max_length=320)]
    start: dt.date | None = None
    end: dt.date | None = None


class TeamEntry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A team, defined by its people or by the code it owns: one or several owners as named in CODEOWNERS files."""

    name: Name
    people: Annotated[tuple[Member, ...], Meta(max_length=10_000)] = ()
    codeowners: Owner | Annotated[tuple[Owner, ...], Meta(max_length=1_000)] = ()

    @property
    def owners(self) -> tuple[str, ...]:
        """Return its owners as a tuple, whether one or several are configured."""
        return (self.codeowners,) if isinstance(self.codeowners, str) else self.codeowners


class OutcomeEntry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A metric in a CSV file, with one row per team (or repository) and period, or one row per event.

    join : whether rows belong to teams or repositories.
    column : column with the team or repository; by default the column named like `join`.
    period : column with the period.
    value : column with the metric; without it, each row is one event.
    denominator : column with what the value is counted over, such as deployments.
    kind : counts and amounts are summed over a period, rates are averaged (weighted by `denominator` if there is one).
    better : direction of improvement; affects wording only.
    """

    name: Name
    csv: Annotated[str, Meta(min_length=1)]
    join: Literal["team", "repository"] = "team"
    column: ColumnName | None = None
    period: ColumnName = "period"
    value: ColumnName | None = None
    denominator: ColumnName | None = None
    kind: Literal["count", "amount", "rate"] = "count"
    better: Literal["less", "more"] | None = None


class TargetEntry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An announced goal for the AI-marked share (a fraction) or an outcome, overall or of one team.

    date : day of the announcement.
    by : day on which it is to be met.
    """

    date: dt.date
    value: float
    of: Name = "share"
    team: Name | None = None
    by: dt.date | None = None


class FleetConfig(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Content of a team.toml; `forbid_unknown_fields` makes a typo an error that names its path.

    identities : lists of addresses that belong to one person, where names and addresses alone do not show it.
    smallest_group : cells of fewer people are suppressed.
    every : period of runs and tables.
    repo_config : whether the repositories' own settings apply, below those of this file.
    usage : files with usage data of AI tools, relative to the file; they are joined with every repository.
    treatment : what each repository's throughput is compared with.
    out, store : folders, relative to the file.
    """

    repositories: Annotated[tuple[RepositoryEntry, ...], Meta(min_length=1, max_length=100_000)]
    salt: Annotated[str, Meta(min_length=8)] | None = None
    teams: Annotated[tuple[TeamEntry, ...], Meta(max_length=10_000)] = ()
    outcomes: Annotated[tuple[OutcomeEntry, ...], Meta(max_length=50)] = ()
    targets: Annotated[tuple[TargetEntry, ...], Meta(max_length=100)] = ()
    identities: Annotated[tuple[tuple[str, ...], ...], Meta(max_length=100_000)] = ()
    smallest_group: Annotated[int, Meta(ge=2, le=1_000)] = SMALLEST_GROUP
    every: Literal["week", "month", "quarter"] = "month"
    since: dt.date | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    repo_config: bool = True
    usage: Annotated[tuple[UsageSource, ...], Meta(max_length=20)] = ()
    treatment: Treatment = "marks"
    title: Annotated[str, Meta(max_length=100)] = "All repositories"
    out: str = "site"
    store: str = "store"
