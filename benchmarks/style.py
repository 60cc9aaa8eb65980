"""`make eval DATA=functions.parquet`: how far the style estimate is off on repositories that it has not seen.

For each repository with disclosed AI code and code of 2018 to 2024: targets of known share from its disclosed commits and
its unmarked code of 2023-24 (taken as human, so errors are upper bounds), the baseline from its own 2018 to 2022-11, the
models and the references from other repositories alone. Repositories that ban AI show what is found where nothing is; the
others, with their trailers hidden, whether the interval reaches what they disclose. Writes reports/evaluation.md.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from analyzer.stylometry.prevalence import Reference

    Floats = NDArray[np.float64]
    Commits = list[NDArray[np.float64]]  # functions × (logit, logit without pace)

SHARES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0)
FEWEST_AI, FEWEST_BASE, FEWEST_LATER, FEWEST_BANNED = 60, 40, 60, 50
FOLD_DRAWS = 5
WIDEST, APART = 0.6, 0.15


class Trial(NamedTuple):
    """One target: what was true, what was said, and whether the rules would tell it (`told`)."""

    repo: str
    n: int
    base: int
    truth: float
    point: float
    low: float
    high: float
    wide_low: float
    wide_high: float
    paced: bool
    told: bool


@click.command()
@click.argument("table", type=click.Path(exists=True))
@click.option("--size", default=150, show_default=True, help="Functions in a target.")
@click.option("--draws", default=6, show_default=True, help="Mixtures of each share and repository.")
@click.option("--seed", default=0, show_default=True)
@click.option("-o", "--output", default="reports/evaluation.md", show_default=True, help="Page to write.")
def main(table: str, size: int, draws: int, seed: int, output: str) -> None:
    """Evaluate on TABLE, the labelled features."""
    from analyzer.stylometry import training
    from analyzer.stylometry.features import NAMES, PACELESS

    data = training.load_labelled(Path(table))
    kept = data[["repo_id", "label", "date", "commit_group"]]
    data = kept.assign(
        logit=training.cross_fitted_logits(data, NAMES),
        paceless=training.cross_fitted_logits(data, PACELESS),
        **{f"draw{k}": training.cross_fitted_logits(data, NAMES, k + 1) for k in range(FOLD_DRAWS)},
    )
    rng = np.random.default_rng(seed)
    mixtures: list[Trial] = []
    banned: list[Trial] = []
    hidden: list[Trial] = []
    for name, part in data.groupby("repo_id", observed=True):
        repo, silent = str(name), part[part["label"] != "ai_disclosed"]
        base = commits(silent[silent["date"].between("2018-01", "2022-11")])
        later, ai = (
            commits(silent[silent["date"].between("2023-01", "2024-12")]),
            commits(part[part["label"] == "ai_disclosed"]),
        )
        policy = commits(part[part["label"] == "human_post2023_policy"])
        if functions(base) < FEWEST_BASE:
            continue
        references = [reference(data[data["repo_id"] != repo], column) for column in ("logit", "paceless")]
        if functions(policy) >= FEWEST_BANNED:
            banned.append(trial(repo, 0.0, policy, base, references, seed))
        if functions(ai) >= FEWEST_AI and functions(later) >= FEWEST_LATER:
            for n, share in enumerate(share for share in SHARES for _ in range(draws)):
                mixtures.append(trial(repo, share, mixture(ai, later, share, size, rng), base, references, seed + n))
        recent = part[part["date"] >= "2022-12"]
        if functions(ai) and len(recent) >= size:
            known = float((recent["label"] == "ai_disclosed").mean())
            hidden.append(trial(repo, known, commits(recent), base, references, seed))
    page = "\n".join(report(data, size, mixtures, banned, hidden))
    Path(output).write_text(page, "utf-8")
    click.echo(page)


def commits(part: pd.DataFrame) -> Commits:
    """Both scores of each commit's functions."""
    return [group.to_numpy(float) for _, group in part.groupby("commit_group")[["logit", "paceless"]]]


def functions(found: Commits) -> int:
    """How many functions commits hold."""
    return sum(map(len, found))


def reference(others: pd.DataFrame, column: str) -> Reference:
    """Densities and drifts of all other repositories, from scores of models that had not seen them."""
    from analyzer.stylometry import training
    from analyzer.stylometry.prevalence import Reference

    ai, pooled, drift = training.reference_densities(others, others[column].to_numpy(float))
    return Reference(np.array(ai), pooled, np.array(drift))


def mixture(ai: Commits, human: Commits, share: float, size: int, rng: np.random.Generator) -> Commits:
    """Commits drawn anew until either side has its part of `size` functions."""
    drawn: Commits = []
    for pool, wanted in ((ai, round(share * size)), (human, size - round(share * size))):
        have = 0
        while have < wanted:
            commit = pool[rng.integers(len(pool))][: wanted - have]
            drawn.append(commit)
            have += len(commit)
    return drawn


def trial(repo: str, truth: float, goal: Commits, base: Commits, references: list[Reference], seed: int) -> Trial:
    """Estimate one target as the product does."""
    from analyzer.stylometry.estimate import em_prevalence
    from analyzer.stylometry.prevalence import estimate_prevalence

    first, second = (
        estimate_prevalence([c[:, k] for c in goal], [c[:, k] for c in base], references[k], seed, draws=400)
        for k in (0, 1)
    )
    paced = abs(first.point - second.point) > APART
    low, high = (min(first.low, second.low), max(first.high, second.high)) if paced else (first.low, first.high)
    apart = abs(em_prevalence(np.concatenate(goal)[:, 0]) - first.point) > APART
    told = high - low <= WIDEST and not apart
    sizes = functions(goal), functions(base)
    return Trial(repo, *sizes, truth, first.point, first.low, first.high, low, high, paced, told)


def report(
    data: pd.DataFrame, size: int, mixtures: list[Trial], banned: list[Trial], hidden: list[Trial]
) -> Iterator[str]:
    """The page, line by line."""
    yield "# The style estimate on repositories it has not seen"
    yield ""
    yield f"Output of `make eval DATA=functions.parquet`: {len(data):,} labelled functions of {data['repo_id'].nunique()} public"
    yield "repositories, which stand as numbers. What it means, and the same for other sizes: [docs/style.md](../docs/style.md)."
    yield ""
    yield "## Ranking and calibration, repositories held out"
    yield from classification(data)
    yield ""
    yield f"## Mixtures of known share, {size} functions each"
    yield from shares(pd.DataFrame(mixtures))
    yield ""
    yield "## Repositories that ban AI (truth taken as 0)"
    yield "| repository | functions | baseline | point | 90 % interval | told |"
    yield "|---|---|---|---|---|---|"
    yield from (
        f"| {t.repo} | {t.n} | {t.base} | {t.point:.2f} | {t.wide_low:.2f} … {t.wide_high:.2f} | {_yes(t.told)} |"
        for t in banned
    )
    yield ""
    yield "## Trailers hidden: does the interval reach what is disclosed?"
    yield "All functions of 2022-12 and later, the disclosed ones taken for unmarked; what is disclosed is the least there is."
    yield ""
    yield "| repository | functions | baseline | disclosed | 90 % interval | reached | told |"
    yield "|---|---|---|---|---|---|---|"
    for t in hidden:
        spans = f"{t.truth:.2f} | {t.wide_low:.2f} … {t.wide_high:.2f}"
        yield f"| {t.repo} | {t.n} | {t.base} | {spans} | {_yes(t.wide_high >= t.truth)} | {_yes(t.told)} |"
    reached, told = sum(t.wide_high >= t.truth for t in hidden), [t for t in hidden if t.told]
    yield ""
    yield f"Reached in {reached} of {len(hidden)}; of those told in {sum(t.wide_high >= t.truth for t in told)} of {len(told)}."
    yield ""


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def late_human(data: pd.DataFrame) -> pd.Series:
    """Code taken for human that is not old: of repositories that ban AI, or undisclosed before ChatGPT."""
    late = (data["label"] == "undisclosed") & (data["date"] >= "2021-06") & (data["date"] < "2022-12")
    return (data["label"] == "human_post2023_policy") | late


def classification(data: pd.DataFrame) -> Iterator[str]:
    """Ranks of AI against later human and old code, how much of it is the era, and calibration."""
    from sklearn.metrics import roc_auc_score

    from analyzer.stylometry import training

    ai, late, old = data["label"] == "ai_disclosed", late_human(data), data["label"] == "human_pre2021"

    def ranks(positive: pd.Series, negative: pd.Series, column: str, rows: pd.DataFrame = data) -> float:
        y = np.r_[np.ones(int(positive.sum())), np.zeros(int(negative.sum()))]
        return float(roc_auc_score(y, np.r_[rows.loc[positive, column], rows.loc[negative, column]]))

    for name, other in (("later human", late), ("pre-2021", old)):
        draws = [ranks(ai, other, f"draw{k}") for k in range(FOLD_DRAWS)]
        spread = f"({min(draws):.3f} … {max(draws):.3f} over {FOLD_DRAWS} draws of folds)"
        yield f"- AUC of disclosed AI against {name} code: {np.mean(draws):.3f} {spread}"
    leaks = [
        ranks(late[part.index], old[part.index], "logit", part)
        for _, part in data.groupby("repo_id")
        if late[part.index].sum() >= FEWEST_BANNED and old[part.index].sum() >= FEWEST_BANNED
    ]
    yield f"- Era leak, AUC of later human against pre-2021 code inside a repository: {np.mean(leaks):.3f}, {len(leaks)} repositories"
    known = data[ai | late | old]
    weight, y = training.sample_weights(known) / 2, training.positives(known)
    chance = 1 / (1 + np.exp(-known["logit"].to_numpy(float)))
    bins = np.minimum((chance * 10).astype(int), 9)
    gaps = [abs(float((weight * (y - chance))[bins == k].sum())) for k in range(10)]
    yield f"- Expected calibration error, ten bins, classes alike: {sum(gaps):.3f}"


def shares(table: pd.DataFrame) -> Iterator[str]:
    """Errors, coverage and width over all mixtures, and of those that the rules would tell."""
    table["error"] = (table["point"] - table["truth"]).abs()
    by_repo = table.groupby("repo")
    yield f"{len(table)} mixtures of {by_repo.ngroups} repositories with a baseline of {table['base'].min()} functions and more."
    yield ""
    yield f"- Mean absolute error {table['error'].mean():.3f}, worst repository {by_repo['error'].mean().max():.3f}"
    for name, low, high in (
        ("90 % interval", "low", "high"),
        ("with both intervals where pace decides", "wide_low", "wide_high"),
    ):
        inside = (table[low] <= table["truth"] + 1e-9) & (table["truth"] <= table[high] + 1e-9)
        worst, width = inside.groupby(table["repo"]).mean().min(), (table[high] - table[low]).mean()
        yield f"- {name}: covers {inside.mean():.3f}, worst repository {worst:.2f}; mean width {width:.2f}"
        table[f"in_{low}"] = inside
    told = table[table["told"]]
    width = (told["wide_high"] - told["wide_low"]).mean()
    yield f"- Pace decides (points more than 15 points apart) in {table['paced'].mean():.2f} of the mixtures"
    yield f"- The rules would tell {len(told)}: cover {told['in_wide_low'].mean():.3f}, mean width {width:.2f}"
    yield ""
    yield "| true share | mean point | covers |"
    yield "|---|---|---|"
    yield from (
        f"| {share:.2f} | {part['point'].mean():.2f} | {part['in_low'].mean():.2f} |"
        for share, part in table.groupby("truth")
    )


if __name__ == "__main__":
    main()
