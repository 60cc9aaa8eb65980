"""Rows of data quality on what is possibly AI: accounts that may be agents', and agents' branches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from analyzer.pipeline.quality_row import quality_row
from analyzer.report.format import many, number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.evidence.possible_counts import PossibleAi
    from analyzer.report.contract import QualityRow

# Fewer commits than this share of all cannot move a figure by more than that.
_NOTABLE_SHARE = 0.01
_MAX_NAMED = 8


def possible_rows(possible: PossibleAi, counted_commits: int) -> Iterator[QualityRow]:
    """Yield the accounts, each once with the rule that settles it, and the commits of agents' branches.

    `counted_commits`: commits that are neither merges nor automation. The names are untrusted and printable.
    """
    if possible.account_commits:
        row = quality_row("possible-agents", _accounts_text(possible))
        notable = possible.account_commits >= _NOTABLE_SHARE * counted_commits
        yield row if notable else structs.replace(row, severity="info")
    if possible.branch_commits:
        yield quality_row("agent-branches", _branches_text(possible))


def _accounts_text(possible: PossibleAi) -> str:
    named = possible.accounts[:_MAX_NAMED]
    listed = ", ".join(f"{a.name} ({number(a.commits)}, by its {a.reason})" for a in named)
    others = f", and {number(possible.n_accounts - len(named))} more" if possible.n_accounts > len(named) else ""
    rules = ", ".join(account.rule for account in named if account.rule)
    settle = ' To settle it, put into aishare.toml, with tool = "none" for a non-agent: '
    return (
        f"Possibly AI: {many(possible.account_commits, 'unmarked commit')} by {many(possible.n_accounts, 'account')} "
        f"that no table knows: {listed}{others}." + (f"{settle}rules = [{rules}]" if rules else "")
    )


def _branches_text(possible: PossibleAi) -> str:
    folders = ", ".join(f"{branch.folder}/ {number(branch.commits)}" for branch in possible.branches)
    unmarked = possible.branch_commits - possible.branch_marked
    return (
        f"Possibly AI: {many(unmarked, 'unmarked commit')} from branches named like an agent's. Marked: "
        f"{number(possible.branch_marked)} of all {number(possible.branch_commits)} from such branches ({folders})."
    )
