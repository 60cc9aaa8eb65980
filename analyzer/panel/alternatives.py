"""Other panels that a referee could have asked for: grain, what counts as marked, and how old a change must be.

Exposures that another question is asked with, such as lines or the same period's share, are no specification of this
one (Del Giudice and Gangestad, Adv. Meth. Pract. Psych. Sci. 2021).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from analyzer.panel import in_regimes, panel_of_units

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from analyzer.panel import Panel

GRAINS = (1, 2, 4, 13)
MATURITIES = (14, 21, 30)
# What counts as marked: the marked part of a change, any mark in it, all of its commits; and the part by commits.
DEFINITIONS: dict[str, Callable[[pd.Series], pd.Series]] = {
    "part": lambda ai: ai,
    "any": lambda ai: (ai > 0).astype(float).where(ai.notna()),
    "whole": lambda ai: (ai >= 1).astype(float).where(ai.notna()),
    "commits": lambda ai: ai,
}
# The curve looks at the time of AI and so many days before it: older periods only slow weekly grains down.
_BEFORE = pd.Timedelta(days=2 * 364)


class Choice(NamedTuple):
    """One panel: weeks in a period, what counts as marked, and days in which a change may be taken back."""

    grain: int
    definition: str
    maturity: int


class Offered(NamedTuple):
    """A panel of one choice; or None, and why there is none of its own."""

    choice: Choice
    panel: Panel | None
    reason: str = ""


def offered(mature: dict[int, pd.DataFrame], people: Sequence[str], regimes: Sequence[str]) -> Iterator[Offered]:
    """Every panel of some people's changes. `mature`: changes that count, by maturity; regimes as in the verdict.

    A definition that gives the same shares as one before it is not fitted twice.
    """
    for maturity, units in mature.items():
        used = units[units["author"].isin(people) & units["ai"].notna() & units["merged"].notna()]
        marked = used.loc[used["ai"] > 0, "merged"]
        if len(marked):
            used = used[used["merged"] >= marked.min() - _BEFORE]
        for grain in GRAINS:
            seen: dict[str, Panel] = {}
            for name, counted in DEFINITIONS.items():
                choice = Choice(grain, name, maturity)
                if not len(marked):
                    yield Offered(choice, None, "nothing is marked")
                    continue
                table = used.assign(ai=counted(used["ai"]))
                weight = "commits" if name == "commits" else None
                panel = panel_of_units(table, days=7 * grain, weight=weight)
                twin = next((other for other, p in seen.items() if _same(p, panel)), None)
                if twin is not None:
                    yield Offered(choice, None, f"marked by {name} is the same here as by {twin}")
                    continue
                seen[name] = panel
                yield Offered(choice, in_regimes(panel, regimes))


def _same(one: Panel, two: Panel) -> bool:
    return np.array_equal(one.ai, two.ai) and np.array_equal(one.n, two.n)
