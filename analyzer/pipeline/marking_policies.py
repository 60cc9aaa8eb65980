"""history → the rules on AI marks that apply to it: public ones, and changes of the repository's own files."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from analyzer.core import tables
from analyzer.evidence.policy_files import OwnPolicies, own_policies
from analyzer.evidence.public_policies import Policy, public_policies
from analyzer.history.merged_changes import mainline_root
from analyzer.report.format import many, number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from analyzer.history.repository import Repository


# JSON paths that are null for rules of one kind: a public one has no file, the repository's own has no address.
POLICY_NULLS = tuple(
    f"marking.{rows}[].{name}" for rows in ("policies", "changes[].policies") for name in ("path", "sha", "source")
)


class MarkingPolicies(NamedTuple):
    """Rules on AI marks, oldest first.

    policies : public and own ones.
    unread : commits that change files that can hold such rules and were not read; None without file contents.
    """

    policies: list[Policy]
    unread: int | None


def marking_policies(
    repository: Repository,
    commits: pd.DataFrame,
    labels: pd.DataFrame,
    file_changes: pd.DataFrame | None,
    merged: Mapping[str, pd.Timestamp],
) -> MarkingPolicies:
    """Return the rules that apply to the analysed commit.

    Parameters
    ----------
    commits, labels : tables of these names.
    file_changes : the table of that name with all files; None without contents, so that only public rules are known.
    merged : when the change of a commit came in, by commit id.
    """
    tools = {tool for named in labels["tool"].unique() for tool in named.split()}
    public = public_policies(mainline_root(commits, repository.head), tools)
    if file_changes is None:
        return MarkingPolicies(public, None)
    own: OwnPolicies = own_policies(repository.git, commits, file_changes, merged)
    return MarkingPolicies(sorted([*public, *own.policies], key=lambda policy: policy.date), own.unread)


def merge_dates(merged_changes: pd.DataFrame, merged_change_of: Mapping[str, str]) -> dict[str, pd.Timestamp]:
    """Return when the change of each commit came in, by commit id."""
    dates = dict(tables.iter_rows(merged_changes, "merged_change", "merged"))
    return {sha: dates[name] for sha, name in merged_change_of.items() if name in dates}


def rules_sentence(policies: Sequence[Policy], unread: int | None) -> str:
    """Return how many rules apply in the range, and how many commits may hold others; empty if none do."""
    if not policies and not unread:
        return ""
    own = sum(policy.sha is not None for policy in policies)
    rest = f" {many(unread, 'commit')} that may change other rules were not read." if unread else ""
    rules = f"{number(len(policies) - own)} public, {many(own, 'change')} of the repository's own files"
    return f"Rules on AI marks in the range: {rules}.{rest}"
