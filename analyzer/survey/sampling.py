"""Draw the merged changes to ask about: stratified by label (and style), and spread over size and time.

A stratum's part of the sample grows with its number of changes and with the expected spread of their answers. Within a
stratum we sample systematically, with a random start, over changes sorted by size and date: every change has the same
chance, and no size or period is left out (Cochran, Sampling Techniques, 1977, ch. 8). Wrong labels, scores or sizes
cannot bias the estimate; they only widen its interval.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.core import tables
from analyzer.core.rows import by_people

if TYPE_CHECKING:
    from collections.abc import Mapping

MARKED, UNMARKED = "marked", "unmarked"
# Guessed standard deviations of answers: a mark is rarely wrong, a missing mark says little.
_ANSWER_SD = {MARKED: 0.2, UNMARKED: 0.45}
# Sample at least this many changes per stratum, so that the precision of marks is checked as well.
_MIN_ANSWERS = 10
_SIZE_CLASSES = 3
# Of the unmarked changes with scored functions, this part that looks most like AI forms a stratum of its own.
_AI_LIKE_SHARE = 1 / 3


def assign_strata(changes: pd.DataFrame, scores: pd.Series | None = None) -> pd.Series:
    """Return the stratum of each row of table `merged_changes` (without automation).

    `scores`: by merged change, how much its functions look like AI.
    """
    labels = pd.Series(np.where(changes["ai"] > 0, MARKED, UNMARKED), index=changes.index, dtype="str")
    if scores is None:
        return labels
    known_scores = changes["merged_change"].map(scores)
    unmarked = known_scores[(labels == UNMARKED) & known_scores.notna()]
    if len(unmarked) < 2 * _MIN_ANSWERS:
        return labels
    alike = unmarked.index[unmarked >= unmarked.quantile(1 - _AI_LIKE_SHARE)]
    labels[unmarked.index] = f"{UNMARKED}, unlike AI style"
    labels[alike] = f"{UNMARKED}, like AI style"
    return labels


def draw_sample(
    changes: pd.DataFrame, lines: pd.Series, size: int, rng: np.random.Generator, scores: pd.Series | None = None
) -> pd.DataFrame:
    """Return table `survey`: a sample of merged changes, oldest first.

    Parameters
    ----------
    changes : table `merged_changes`; automation is not sampled.
    lines : lines that each change added, by merged change; NA if unknown.
    size : number of changes to draw.
    rng : source of randomness.
    scores : by merged change, how much its functions look like AI.
    """
    eligible = changes[by_people(changes)]
    eligible = eligible.assign(
        stratum=assign_strata(eligible, scores), lines=eligible["merged_change"].map(lines).astype("Float64").fillna(0)
    )
    counts = {str(name): len(stratum_changes) for name, stratum_changes in eligible.groupby("stratum", sort=True)}
    sizes = allocate(counts, size)
    samples = [_draw_stratum(eligible[eligible["stratum"] == name], n, rng) for name, n in sizes.items() if n]
    sample = pd.concat(samples).sort_values(["merged", "merged_change"], kind="stable")
    table = pd.DataFrame(
        {
            "merged_change": sample["merged_change"],
            "sha": sample["sha"],
            "merged": sample["merged"],
            "stratum": sample["stratum"],
            "changes": sample["stratum"].map(counts).astype("Int64"),
            "sampled": sample["stratum"].map(sizes).astype("Int64"),
        }
    )
    return tables.conform(table.reset_index(drop=True), tables.SURVEY)


def allocate(counts: Mapping[str, int], size: int) -> dict[str, int]:
    """Return how many changes to draw per stratum, `size` in total if there are as many: n ∝ changes × spread (Neyman).

    One at a time goes to the stratum that has least for its weight (Webster), first to strata below their minimum.
    """
    weight = {name: n * _ANSWER_SD[name.split(",")[0]] for name, n in counts.items()}
    allocation = dict.fromkeys(counts, 0)
    for _ in range(min(size, sum(counts.values()))):
        open_strata = [name for name, n in counts.items() if allocation[name] < n]
        allocation[
            max(
                open_strata,
                key=lambda name: (
                    not allocation[name],
                    allocation[name] < _MIN_ANSWERS,
                    weight[name] / (allocation[name] + 0.5),
                ),
            )
        ] += 1
    return allocation


def _draw_stratum(changes: pd.DataFrame, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Return `n` of a stratum's changes, at equal steps from a random start, ordered by size class and then date."""
    classes = np.ceil(changes["lines"].rank(method="first") * _SIZE_CLASSES / max(len(changes), 1))
    order = changes.assign(size=classes).sort_values(["size", "merged", "merged_change"], kind="stable")
    steps = (rng.random() + np.arange(n)) * len(order) / n
    return order.iloc[np.floor(steps).astype(np.int64)]
