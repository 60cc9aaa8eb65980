"""Compute prompt ratios from matched sessions, such as characters typed per merged character, with intervals.

Reports read the texts of ratios where numpy and pandas are not loaded, so functions import them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analyzer.prompts.summary import DictatedShare, PromptRatio

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

RESAMPLES = 999
# With fewer sessions, or a smaller share of the marked lines, the ratios do not describe the repository.
FEWEST_SESSIONS, LEAST_COVERAGE = 10, 0.30


@dataclass(frozen=True, slots=True)
class RatioDefinition:
    """A registered ratio of two columns of the cost table (`cost_table`).

    Attributes
    ----------
    numerator, denominator : columns; commits without a denominator are left out.
    says : what the ratio means.
    limits : what it cannot show.
    at_most : column with the largest possible numerator, where there is one.
    """

    id: str
    title: str
    unit: str
    numerator: str
    denominator: str
    says: str
    limits: str
    at_most: str | None = None


_TYPED = (
    "Typed is what reads as typed: no fenced block, nothing that a store marks as pasted or that stood earlier in the "
    "conversation, no code, log, diff or data; at most counts the last four as well. Landed are characters added to "
    "code and tests by the commits that a session matched, a mark's part of them, else what the session wrote."
)
_LIMITS = "Pasted prose is not told from typed. Prompts are matched to commits by ids, else by half of the lines."

RATIOS: tuple[RatioDefinition, ...] = (
    RatioDefinition(
        "typed_per_landed",
        "typed per landed character",
        "characters",
        "low",
        "landed",
        f"Characters typed in prompts over characters that landed: the price of saying it. {_TYPED}",
        _LIMITS,
        "high",
    ),
    *(
        RatioDefinition(
            f"typed_per_alive_{days}d",
            f"typed per character alive after {days} days",
            "characters",
            "low",
            f"alive_{days}d",
            f"The same over what was still there {days} days after the commit, of commits that old.",
            f"Which part of a file's characters lives is taken from its lines. {_LIMITS}",
            "high",
        )
        for days in (30, 90)
    ),
    RatioDefinition(
        "turns_per_change",
        "turns per merged change",
        "turns",
        "turns",
        "change",
        "Prompts that went into a merged change, each into the session's next commit; a change in several matched "
        "commits is shared among them.",
        "A short yes counts as a long brief does.",
    ),
    RatioDefinition(
        "corrections",
        "turns that correct",
        "turns",
        "corrections",
        "turns",
        "Part of the prompts that came right after the person stopped the agent or refused what it wanted to do.",
        "Corrections in words alone are not told: that would be a matter of language. Stores without stops have none.",
    ),
)
# A commit is dictated if at least this many characters were typed per merged character.
DICTATION_RATIO = 1.0


def compute_ratios(costs: pd.DataFrame, seed: int) -> list[PromptRatio]:
    """Return every registered ratio that has a denominator; `costs` is the cost table (`cost_table`)."""
    return [ratio for definition in RATIOS if (ratio := _ratio(costs, definition, seed)) is not None]


def dictated_shares(costs: pd.DataFrame) -> DictatedShare | None:
    """Return the share of merged characters in commits that took at least as many typed ones: as read, and at most."""
    total = float(costs["landed"].sum())
    if not total:
        return None
    shares = [
        float(costs.loc[costs[column] >= DICTATION_RATIO * costs["landed"], "landed"].sum()) / total
        for column in ("low", "high")
    ]
    return DictatedShare(*shares)


def _ratio(costs: pd.DataFrame, definition: RatioDefinition, seed: int) -> PromptRatio | None:
    """Return the ratio of sums. A commit of which nothing survives still counts with what was typed for it."""
    defined = costs[costs[definition.denominator].notna()]
    sums = defined.groupby("session")[[definition.numerator, definition.denominator]].sum().to_numpy(float)
    if not len(sums) or sums[:, 1].sum() <= 0:
        return None
    low, high = _bootstrap_interval(sums, seed) if len(sums) >= FEWEST_SESSIONS else (None, None)
    nonzero = defined[defined[definition.denominator] > 0]
    at_most = None
    if definition.at_most is not None:
        at_most = float(defined[definition.at_most].sum() / defined[definition.denominator].sum())
    return PromptRatio(
        definition.id,
        definition.title,
        definition.unit,
        float(sums[:, 0].sum() / sums[:, 1].sum()),
        low,
        high,
        at_most,
        float((nonzero[definition.numerator] / nonzero[definition.denominator]).median()),
        len(defined),
        len(sums),
    )


def _bootstrap_interval(sums: NDArray[np.float64], seed: int) -> tuple[float, float]:
    """Return the ratio's 95 % interval by the bootstrap-t on its logarithm, resampling sessions.

    `sums` (S, 2) has the numerator and the denominator of each session. Percentile intervals are too short where few
    sessions hold most of the text (Efron and Tibshirani 1993, ch. 12).
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    resamples = rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=RESAMPLES)
    point, error = _log_ratio(np.ones((1, len(sums))), sums)
    points, errors = _log_ratio(resamples, sums)
    usable = np.isfinite(points) & (errors > 0)
    if not usable.any() or not np.isfinite(point[0]) or not error[0] > 0:
        return _percentile_interval(resamples, sums)
    t = np.quantile((points[usable] - point[0]) / errors[usable], [0.025, 0.975])
    return float(np.exp(point[0] - t[1] * error[0])), float(np.exp(point[0] - t[0] * error[0]))


def _log_ratio(weights: NDArray[Any], sums: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the log ratio per row of `weights` (R, S), and its standard error by linearisation over sessions."""
    import numpy as np

    totals = weights @ sums
    with np.errstate(divide="ignore", invalid="ignore"):
        influence = sums[None, :, 0] / totals[:, :1] - sums[None, :, 1] / totals[:, 1:]
        n = sums.shape[0]
        error = np.sqrt((weights * influence**2).sum(axis=1) * n / (n - 1))
        return np.log(totals[:, 0] / totals[:, 1]), error


def _percentile_interval(resamples: NDArray[Any], sums: NDArray[np.float64]) -> tuple[float, float]:
    """Return the percentile interval, for ratios of 0 (nothing typed), which have no logarithm."""
    import numpy as np

    totals = resamples @ sums
    ratios = totals[:, 0] / np.where(totals[:, 1] > 0, totals[:, 1], np.nan)
    low, high = np.nanpercentile(ratios, [2.5, 97.5])
    return float(low), float(high)


def cost_table(rows: Sequence[tuple[object, ...]]) -> pd.DataFrame:
    """Return the cost table, one row per commit with its first session, from rows in the order of the columns."""
    import pandas as pd

    columns = (
        "sha",
        "session",
        "merged_change",
        "low",
        "high",
        "turns",
        "corrections",
        "landed",
        "alive_30d",
        "alive_90d",
    )
    return pd.DataFrame(rows, columns=list(columns))
