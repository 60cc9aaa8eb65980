"""Alternative panels for the specification curve: grain, definition of "marked", and minimum age of a change.

Treatments that ask another question, such as a share of lines or of the same period, are not specifications of this one
(Del Giudice and Gangestad, Adv. Meth. Pract. Psych. Sci. 2021).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from analyzer.panel import panel_from_changes, split_by_regimes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from analyzer.panel import Panel

GRAINS = (1, 2, 4, 13)
MATURITIES = (14, 21, 30)
# What counts as marked: a change's marked share, any mark, all of its commits; and the share weighted by commits.
MARKED_DEFINITIONS: dict[str, Callable[[pd.Series], pd.Series]] = {
    "part": lambda ai: ai,
    "any": lambda ai: (ai > 0).astype(float).where(ai.notna()),
    "whole": lambda ai: (ai >= 1).astype(float).where(ai.notna()),
    "commits": lambda ai: ai,
}
# Days before the first mark that enter the curve: older periods only slow down the weekly grain.
_LOOKBACK = pd.Timedelta(days=2 * 364)


class PanelChoice(NamedTuple):
    """One specification: weeks per period, what counts as marked, and days within which a revert cancels a change."""

    grain: int
    definition: str
    maturity: int


class AlternativePanel(NamedTuple):
    """The panel of one choice, or None and the reason why it is not fitted."""

    choice: PanelChoice
    panel: Panel | None
    reason: str = ""


def alternative_panels(
    changes_by_maturity: dict[int, pd.DataFrame], people: Sequence[str], regimes: Sequence[str]
) -> Iterator[AlternativePanel]:
    """Yield every panel of these people's changes; a definition that repeats an earlier one's shares has none.

    `changes_by_maturity`: changes that count, by minimum age in days. `regimes`: as in the verdict.
    """
    for maturity, changes in changes_by_maturity.items():
        dated = changes[changes["person"].isin(people) & changes["ai"].notna() & changes["merged"].notna()]
        marked = dated.loc[dated["ai"] > 0, "merged"]
        if len(marked):
            dated = dated[dated["merged"] >= marked.min() - _LOOKBACK]
        for grain in GRAINS:
            distinct: dict[str, Panel] = {}
            for name, marked_share in MARKED_DEFINITIONS.items():
                choice = PanelChoice(grain, name, maturity)
                if not len(marked):
                    yield AlternativePanel(choice, None, "nothing is marked")
                    continue
                table = dated.assign(ai=marked_share(dated["ai"]))
                weight = "commits" if name == "commits" else None
                panel = panel_from_changes(table, days=7 * grain, weight=weight).from_comparison_start()
                duplicate_of = next((other for other, p in distinct.items() if _same_shares(p, panel)), None)
                if duplicate_of is not None:
                    yield AlternativePanel(choice, None, f"marked by {name} is the same here as by {duplicate_of}")
                    continue
                distinct[name] = panel
                yield AlternativePanel(choice, split_by_regimes(panel, regimes))


def _same_shares(one: Panel, two: Panel) -> bool:
    return np.array_equal(one.ai, two.ai) and np.array_equal(one.n, two.n)
