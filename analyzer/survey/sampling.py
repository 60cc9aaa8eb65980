"""units → the merged changes to ask about: strata by label (and style), within them spread over size and time.

A stratum's part of the sample grows with its changes and with how much their answers can differ. Within a stratum the
draw is systematic with a random start over changes sorted by size and date, so that every change of it has the same
chance and no size or period is left out (Cochran, Sampling Techniques, 1977, ch. 8). What the draw uses never biases
the answers' share, however wrong it is: it only narrows the interval.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.core import tables

if TYPE_CHECKING:
    from collections.abc import Mapping

DECLARED, UNDECLARED = "declared", "undeclared"
# Guessed standard deviations of answers: a mark is rarely wrong, silence says little.
_SPREAD = {DECLARED: 0.2, UNDECLARED: 0.45}
# A declared stratum is asked so often at least, that a mark's precision is not taken on trust.
_FEWEST = 10
_SIZES = 3
# Of the undeclared changes whose functions were read, this part that looks most like AI stands apart.
_ALIKE = 1 / 3


def strata(units: pd.DataFrame, scores: pd.Series | None = None) -> pd.Series:
    """Stratum of each row of table `units`, automation aside. `scores`: by unit, how alike AI its functions look."""
    found = pd.Series(np.where(units["ai"] > 0, DECLARED, UNDECLARED), index=units.index, dtype="str")
    if scores is None:
        return found
    known = units["unit"].map(scores)
    silent = known[(found == UNDECLARED) & known.notna()]
    if len(silent) < 2 * _FEWEST:
        return found
    alike = silent.index[silent >= silent.quantile(1 - _ALIKE)]
    found[silent.index] = f"{UNDECLARED}, unlike AI style"
    found[alike] = f"{UNDECLARED}, like AI style"
    return found


def draw(
    units: pd.DataFrame, lines: pd.Series, size: int, rng: np.random.Generator, scores: pd.Series | None = None
) -> pd.DataFrame:
    """Table `survey`: `size` of the changes of table `units`, without automation, oldest first.

    `lines`: lines each change added, by unit; NA where they are not known.
    """
    asked = units[units["label"] != "automation"]
    asked = asked.assign(stratum=strata(asked, scores), lines=asked["unit"].map(lines).astype("Float64").fillna(0))
    counts = {str(name): len(part) for name, part in asked.groupby("stratum", sort=True)}
    sizes = allocated(counts, size)
    parts = [_drawn(asked[asked["stratum"] == name], n, rng) for name, n in sizes.items() if n]
    drawn = pd.concat(parts).sort_values(["merged", "unit"], kind="stable")
    table = pd.DataFrame(
        {
            "unit": drawn["unit"],
            "sha": drawn["sha"],
            "merged": drawn["merged"],
            "stratum": drawn["stratum"],
            "changes": drawn["stratum"].map(counts).astype("Int64"),
            "asked": drawn["stratum"].map(sizes).astype("Int64"),
        }
    )
    return tables.conform(table.reset_index(drop=True), tables.SURVEY)


def allocated(counts: Mapping[str, int], size: int) -> dict[str, int]:
    """Changes to draw of each stratum, `size` in all where there are as many: n ∝ changes × spread (Neyman).

    One after the other to the stratum that has least for its weight (Webster), those with too few first.
    """
    weight = {name: n * _SPREAD[name.split(",")[0]] for name, n in counts.items()}
    found = dict.fromkeys(counts, 0)
    for _ in range(min(size, sum(counts.values()))):
        open_ = [name for name, n in counts.items() if found[name] < n]
        found[
            max(open_, key=lambda name: (not found[name], found[name] < _FEWEST, weight[name] / (found[name] + 0.5)))
        ] += 1
    return found


def _drawn(changes: pd.DataFrame, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """`n` of a stratum's changes at equal steps from a random start, over size classes and within them over time."""
    classes = np.ceil(changes["lines"].rank(method="first") * _SIZES / max(len(changes), 1))
    order = changes.assign(size=classes).sort_values(["size", "merged", "unit"], kind="stable")
    steps = (rng.random() + np.arange(n)) * len(order) / n
    return order.iloc[np.floor(steps).astype(np.int64)]
