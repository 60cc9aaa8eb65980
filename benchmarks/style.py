"""How far the style estimate is off on repositories that it has not seen: mixtures of known share, own baseline.

For each repository with disclosed AI code and code of 2018 to 2024: targets of known share from its disclosed commits and
its undeclared code of 2023-24 (taken as human, so errors are upper bounds), the baseline from its own 2018 to 2022-11, the
model and the references from other repositories alone. Repositories that ban AI show what is found where nothing is.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analyzer.share.style.mixture import Reference

    Floats = NDArray[np.float64]

SHARES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
FEWEST_AI, FEWEST_BASE, FEWEST_LATER = 60, 40, 60


class Trial(NamedTuple):
    """One mixture: what was true, what was said."""

    repo: str
    truth: float
    point: float
    low: float
    high: float
    other: float


@click.command()
@click.argument("table", type=click.Path(exists=True))
@click.option("--size", default=150, show_default=True, help="Functions in a target.")
@click.option("--draws", default=6, show_default=True, help="Mixtures of each share and repository.")
@click.option("--seed", default=0, show_default=True)
def main(table: str, size: int, draws: int, seed: int) -> None:
    """Evaluate on TABLE, the labelled features."""
    from analyzer.share.style import train
    from analyzer.share.style.features import NAMES

    data = train.labelled(Path(table))
    data = data.assign(logit=train.crossed(data, NAMES))
    _classification(data)
    rng = np.random.default_rng(seed)
    trials: list[Trial] = []
    banned: list[Trial] = []
    for repo, part in data.groupby("repo_id", observed=True):
        reference = _reference(data[data["repo_id"] != repo])
        base = _commits(part[(part["label"] != "ai_disclosed") & part["date"].between("2018-01", "2022-11")])
        later = _commits(part[(part["label"] != "ai_disclosed") & part["date"].between("2023-01", "2024-12")])
        ai = _commits(part[part["label"] == "ai_disclosed"])
        policy = _commits(part[part["label"] == "human_post2023_policy"])
        if _functions(base) < FEWEST_BASE:
            continue
        if _functions(policy) >= FEWEST_LATER:
            banned.append(_trial(str(repo), 0.0, policy, base, reference, seed))
        if _functions(ai) >= FEWEST_AI and _functions(later) >= FEWEST_LATER:
            mixtures = [(share, _mixture(ai, later, share, size, rng)) for share in SHARES for _ in range(draws)]
            trials += [
                _trial(str(repo), share, goal, base, reference, seed + n) for n, (share, goal) in enumerate(mixtures)
            ]
    _told(trials, banned)


def _classification(data: pd.DataFrame) -> None:
    """Ranking of AI against later human and old code, on repositories that the model has not seen."""
    from sklearn.metrics import roc_auc_score

    ai = data[data["label"] == "ai_disclosed"]["logit"]
    late = (data["label"] == "human_post2023_policy") | ((data["label"] == "undisclosed") & (data["date"] < "2022-12"))
    for name, other in (("pre-2021", data[data["label"] == "human_pre2021"]), ("later human", data[late])):
        y = np.r_[np.ones(len(ai)), np.zeros(len(other))]
        click.echo(f"AUC against {name} code: {roc_auc_score(y, np.r_[ai, other['logit']]):.3f}")


def _commits(part: pd.DataFrame) -> list[Floats]:
    return [group.to_numpy(float) for _, group in part.groupby("commit_group")["logit"]]


def _functions(commits: list[Floats]) -> int:
    return sum(map(len, commits))


def _reference(others: pd.DataFrame) -> Reference:
    """Densities and drifts of all other repositories, from scores of models that had not seen them."""
    from analyzer.share.style import train
    from analyzer.share.style.mixture import Reference

    ai, pooled, drift = train.references(others, others["logit"].to_numpy(float))
    return Reference(np.array(ai), pooled, np.array(drift))


def _mixture(ai: list[Floats], human: list[Floats], share: float, size: int, rng: np.random.Generator) -> list[Floats]:
    """Commits drawn anew until either side has its part of `size` functions."""
    drawn: list[Floats] = []
    for pool, wanted in ((ai, round(share * size)), (human, size - round(share * size))):
        have = 0
        while have < wanted:
            commit = pool[rng.integers(len(pool))][: wanted - have]
            drawn.append(commit)
            have += len(commit)
    return drawn


def _trial(repo: str, truth: float, goal: list[Floats], base: list[Floats], reference: Reference, seed: int) -> Trial:
    from analyzer.share.style.estimate import expectation
    from analyzer.share.style.mixture import prevalence

    found = prevalence(goal, base, reference, seed, draws=400)
    return Trial(repo, truth, found.point, found.low, found.high, expectation(np.concatenate(goal)))


def _told(trials: list[Trial], banned: list[Trial]) -> None:
    table = pd.DataFrame(trials)
    table["error"] = (table["point"] - table["truth"]).abs()
    table["covered"] = (table["low"] <= table["truth"]) & (table["truth"] <= table["high"])
    table["width"] = table["high"] - table["low"]
    table["apart"] = (table["other"] - table["point"]).abs() > 0.15
    by_repo = table.groupby("repo")
    click.echo(f"{len(table)} mixtures of {by_repo.ngroups} repositories")
    click.echo(f"mean absolute error {table['error'].mean():.3f}, worst repository {by_repo['error'].mean().max():.3f}")
    covered = by_repo["covered"].mean()
    click.echo(
        f"90 % interval covers {table['covered'].mean():.3f}, worst {covered.min():.2f}; width {table['width'].mean():.2f}"
    )
    click.echo(f"EMQ more than 15 points from the point: {table['apart'].mean():.2f} of the mixtures")
    printed = table[(table["width"] <= 0.6) & ~table["apart"]]
    inside, wide = printed["covered"].mean(), printed["width"].mean()
    click.echo(f"by the rules {len(printed)} would be printed: covers {inside:.3f}, width {wide:.2f}")
    for share, part in table.groupby("truth"):
        click.echo(f"  true {share:.2f}: {part['point'].mean():.2f}, covers {part['covered'].mean():.2f}")
    for trial in banned:
        click.echo(f"bans AI, {trial.repo}: {trial.point:.2f} [{trial.low:.2f}, {trial.high:.2f}]")


if __name__ == "__main__":
    main()
