"""Tables of a fleet's configuration, as types: `forbid_unknown_fields` makes a typo an error that names its path."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from msgspec import Meta, Struct

_HANDLE = r"^(@{1,2}[\w.-]+(/[\w.-]+)*|[^\s@]+@[^\s@]+)$"
Name = Annotated[str, Meta(min_length=1, max_length=100)]
Owner = Annotated[str, Meta(min_length=2, max_length=320, pattern=_HANDLE)]
Column = Annotated[str, Meta(min_length=1, max_length=200)]


class RepositoryEntry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One of path (a clone), glob (many clones), or url (kept as a mirror beside the store)."""

    path: str | None = None
    glob: str | None = None
    url: str | None = None
    name: Name | None = None
    rev: str = "HEAD"


class Member(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename={"start": "from", "end": "to"}):
    """Who is in a team, by an address of theirs, from a day to a day (both in); open ends where not given."""

    who: Annotated[str, Meta(min_length=3, max_length=320)]
    start: dt.date | None = None
    end: dt.date | None = None


class TeamEntry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A team by its people, or by the code it owns: owners as a CODEOWNERS file names them, one or several."""

    name: Name
    people: Annotated[tuple[Member, ...], Meta(max_length=10_000)] = ()
    codeowners: Owner | Annotated[tuple[Owner, ...], Meta(max_length=1_000)] = ()

    @property
    def owners(self) -> tuple[str, ...]:
        """Its owners, however they are written."""
        return (self.codeowners,) if isinstance(self.codeowners, str) else self.codeowners


class OutcomeEntry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A figure from elsewhere: a CSV file with a row a team (or repository) and period, or a row an event.

    join: what a row is of; column: where that stands, by default a column of the same name. value: the figure; without
    it each row is one event. exposure: what it is counted over, such as deployments. kind: counts and amounts add up
    over a period's rows, rates are averaged (by exposure where there is one). better: which way is, for the words only.
    """

    name: Name
    csv: Annotated[str, Meta(min_length=1)]
    join: Literal["team", "repository"] = "team"
    column: Column | None = None
    period: Column = "period"
    value: Column | None = None
    exposure: Column | None = None
    kind: Literal["count", "amount", "rate"] = "count"
    better: Literal["less", "more"] | None = None


class TargetEntry(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An announced goal: of the declared share (a part of 1) or of an outcome, of all or of one team.

    date: from which day on it is known. by: the day on which it is to be met.
    """

    date: dt.date
    value: float
    of: Name = "share"
    team: Name | None = None
    by: dt.date | None = None


class Fleet(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a team.toml may say; `forbid_unknown_fields` makes a typo an error that names its path.

    identities: addresses of one person, where names and addresses alone do not tell. smallest_group: cells of fewer
    people are not shown. every: the period of runs and tables. out, store: folders, from the file's own.
    """

    repositories: Annotated[tuple[RepositoryEntry, ...], Meta(min_length=1, max_length=100_000)]
    salt: Annotated[str, Meta(min_length=8)] | None = None
    teams: Annotated[tuple[TeamEntry, ...], Meta(max_length=10_000)] = ()
    outcomes: Annotated[tuple[OutcomeEntry, ...], Meta(max_length=50)] = ()
    targets: Annotated[tuple[TargetEntry, ...], Meta(max_length=100)] = ()
    identities: Annotated[tuple[tuple[str, ...], ...], Meta(max_length=100_000)] = ()
    smallest_group: Annotated[int, Meta(ge=2, le=1_000)] = 5
    every: Literal["week", "month", "quarter"] = "month"
    since: dt.date | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    title: Annotated[str, Meta(max_length=100)] = "All repositories"
    out: str = "site"
    store: str = "store"
