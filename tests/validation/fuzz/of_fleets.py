"""Targets: what a fleet reads of others: CODEOWNERS, and figures from elsewhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from analyzer.errors import UsageError
from analyzer.fleet.config_types import FleetConfig, OutcomeEntry, RepositoryEntry
from analyzer.fleet.metrics.files import load_metric_files
from analyzer.history.codeowners import CodeOwners, TooManyRulesError
from tests.validation.fuzz.target import Target, file_of, held

_GITHUB = b"src/app.py\n*.py @org/py\n/src/ @Org/App ada@example.org # ours\ndocs/** @org/docs\n/src/gen/\n"
_GITLAB = b"a/b.rb\n[Docs][2] @docs\n*.md\n^[Code] @code\n!a/c.rb\n*.rb @r\n"
_FIGURES = b"repository,month,incidents,n\na,2026-01,3,10\nb,2026-02-03,,4\na,2026-W09,0.5,1\n"
_ENTRIES = (
    OutcomeEntry(name="Incidents", csv="x", join="repository", period="month", value="incidents"),
    OutcomeEntry(name="Incidents", csv="x", join="repository", period="month"),
    OutcomeEntry(
        name="Rate", csv="x", join="repository", period="month", value="incidents", denominator="n", kind="rate"
    ),
)


def _owned(data: bytes) -> None:
    """The first line is a path; the rest is the file."""
    head, _, content = data.partition(b"\n")
    path = head.decode("utf-8", "surrogateescape")
    for gitlab in (False, True):
        found = CodeOwners(content, gitlab=gitlab).owners(path)
        words = content.decode("utf-8", "surrogateescape").lower().split()
        held(found <= set(words), "an owner whom the file does not name")
        held(found == CodeOwners(content + b"\n# @org/nobody\n\n", gitlab=gitlab).owners(path), "a comment that owns")
    last = CodeOwners(content.replace(b"[", b"") + b"\n* @org/last\n").owners(path)
    held(last == {"@org/last"}, "a last rule that is not the last word")


def _figures(data: bytes) -> None:
    """The first byte says what is asked of the file."""
    entry = _ENTRIES[data[0] % len(_ENTRIES)] if data else _ENTRIES[0]
    file = Path(file_of(data[1:], "figures.csv"))
    fleet = FleetConfig(repositories=(RepositoryEntry(path="a"),), outcomes=(_called(entry, file.name),))
    (found,) = load_metric_files(fleet, file.parent, ["a", "b"])
    values = found.rows["value"].to_numpy(dtype=float)
    held(np.isfinite(values).all() and (values >= 0).all(), "a figure that is none")
    held(found.rows["unit"].isin(["a", "b"]).all(), "a repository that is none of the fleet's")
    held(len(found.rows) <= data.count(b"\n") + data.count(b"\r") + 1, "more rows than lines")


def _called(entry: OutcomeEntry, name: str) -> OutcomeEntry:
    kept = {field: getattr(entry, field) for field in entry.__struct_fields__}
    return OutcomeEntry(**{**kept, "csv": name})


TARGETS = (
    Target(
        "codeowners",
        "CODEOWNERS",
        ("analyzer.history.codeowners",),
        _owned,
        lambda: (_GITHUB, _GITLAB),
        (b"**/", b"/**", b"*", b"?", b"\\ ", b"!", b"[a-z]", b"\n[S] @s\n", b"^[S]\n", b" @org/team", b" #", b"\r"),
        (TooManyRulesError,),
        400,
    ),
    Target(
        "figures",
        "figures from elsewhere (CSV)",
        ("analyzer.fleet.metrics.files", "analyzer.fleet.periods"),
        _figures,
        lambda: (b"\0" + _FIGURES, b"\2" + _FIGURES, b"\1repository,month\na,2026-Q1\nb,2026-01-01\n"),
        (
            b"repository",
            b"month",
            b"incidents",
            b"2026-01",
            b"2026-W53",
            b"2026-Q4",
            b"1e999",
            b"-1",
            b"nan",
            b'"',
            b",",
        ),
        (UsageError,),
        400,
    ),
)
