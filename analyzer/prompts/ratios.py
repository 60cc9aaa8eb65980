"""Matched sessions → what was said per character that landed and lasted, with intervals over sessions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

DRAWS = 999
# Fewer sessions, or a smaller part of the declared lines, say nothing about a repository.
FEWEST_SESSIONS, LEAST_COVERED = 10, 0.30


@dataclass(frozen=True, slots=True)
class Figure:
    """A ratio of sums with its 95 % interval over sessions (None below ten), and the median of its rows.

    `n`: rows (commits) behind it, of `sessions`. `at_most`: the same with all that may have been typed.
    """

    id: str
    title: str
    unit: str
    value: float
    low: float | None
    high: float | None
    at_most: float | None
    median: float | None
    n: int
    sessions: int


@dataclass(frozen=True, slots=True)
class Measure:
    """A registered ratio: columns of table `specified`, a row a commit; rows without a denominator are left out."""

    id: str
    title: str
    unit: str
    over: str
    under: str
    says: str
    limits: str
    at_most: str | None = None


_TYPED = (
    "Typed is what reads as typed: no fenced block, nothing that a store marks as pasted or that stood earlier in the "
    "conversation, no code, log, diff or data; at most counts the last four as well. Landed are characters added to "
    "code and tests by the commits that a session matched, a mark's part of them, else what the session wrote."
)
_UNTOLD = "Pasted prose is not told from typed. Prompts are matched to commits by ids, else by half of the lines."

MEASURES: tuple[Measure, ...] = (
    Measure(
        "typed_per_landed",
        "typed per landed character",
        "characters",
        "low",
        "landed",
        f"Characters typed in prompts over characters that landed: the price of saying it. {_TYPED}",
        _UNTOLD,
        "high",
    ),
    *(
        Measure(
            f"typed_per_alive_{days}d",
            f"typed per character alive after {days} days",
            "characters",
            "low",
            f"alive_{days}d",
            f"The same over what was still there {days} days after the commit, of commits that old.",
            f"Which part of a file's characters lives is taken from its lines. {_UNTOLD}",
            "high",
        )
        for days in (30, 90)
    ),
    Measure(
        "turns_per_change",
        "turns per merged change",
        "turns",
        "turns",
        "change",
        "Prompts that went into a merged change, each into the session's next commit; a change in several matched "
        "commits is shared among them.",
        "A short yes counts as a long brief does.",
    ),
    Measure(
        "corrections",
        "turns that correct",
        "turns",
        "corrections",
        "turns",
        "Part of the prompts that came right after the person stopped the agent or refused what it wanted to do.",
        "Corrections in words alone are not told: that would be a matter of language. Stores without stops have none.",
    ),
)
# Typing as many characters as land is dictation.
DICTATED = 1.0


def figures(specified: pd.DataFrame, seed: int) -> list[Figure]:
    """Every measure that has a denominator. `specified`: a row a commit with its first `session` and the columns."""
    return [found for measure in MEASURES if (found := _figure(specified, measure, seed)) is not None]


def dictated(specified: pd.DataFrame) -> tuple[float, float] | None:
    """Part of the landed characters in commits that took at least as many typed ones: as read, and at most."""
    total = float(specified["landed"].sum())
    if not total:
        return None
    parts = [
        float(specified.loc[specified[column] >= DICTATED * specified["landed"], "landed"].sum()) / total
        for column in ("low", "high")
    ]
    return parts[0], parts[1]


def _figure(specified: pd.DataFrame, measure: Measure, seed: int) -> Figure | None:
    """The ratio of sums: a commit of which nothing is left counts with what was said for it."""
    rows = specified[specified[measure.under].notna()]
    sums = rows.groupby("session")[[measure.over, measure.under]].sum().to_numpy(float)
    if not len(sums) or sums[:, 1].sum() <= 0:
        return None
    low, high = _interval(sums, seed) if len(sums) >= FEWEST_SESSIONS else (None, None)
    some = rows[rows[measure.under] > 0]
    most = None
    if measure.at_most is not None:
        most = float(rows[measure.at_most].sum() / rows[measure.under].sum())
    return Figure(
        measure.id,
        measure.title,
        measure.unit,
        float(sums[:, 0].sum() / sums[:, 1].sum()),
        low,
        high,
        most,
        float((some[measure.over] / some[measure.under]).median()),
        len(rows),
        len(sums),
    )


def _interval(sums: NDArray[np.float64], seed: int) -> tuple[float, float]:
    """The ratio's 95 % interval over sessions by the bootstrap-t on its logarithm.

    Percentiles alone are too short where few sessions hold most of the text (Efron and Tibshirani 1993, ch. 12).
    """
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(len(sums), np.full(len(sums), 1 / len(sums)), size=DRAWS)
    point, error = _log_ratio(np.ones((1, len(sums))), sums)
    points, errors = _log_ratio(drawn, sums)
    known = np.isfinite(points) & (errors > 0)
    if not known.any() or not np.isfinite(point[0]) or not error[0] > 0:
        return _percentiles(drawn, sums)
    t = np.quantile((points[known] - point[0]) / errors[known], [0.025, 0.975])
    return float(np.exp(point[0] - t[1] * error[0])), float(np.exp(point[0] - t[0] * error[0]))


def _log_ratio(weights: NDArray[Any], sums: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Logarithm of the ratio for each row of weights, and its standard error by linearisation over sessions."""
    totals = weights @ sums
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = sums[None, :, 0] / totals[:, :1] - sums[None, :, 1] / totals[:, 1:]
        n = sums.shape[0]
        error = np.sqrt((weights * parts**2).sum(axis=1) * n / (n - 1))
        return np.log(totals[:, 0] / totals[:, 1]), error


def _percentiles(drawn: NDArray[Any], sums: NDArray[np.float64]) -> tuple[float, float]:
    """Where nothing was said the ratio is 0 and has no logarithm."""
    totals = drawn @ sums
    ratios = totals[:, 0] / np.where(totals[:, 1] > 0, totals[:, 1], np.nan)
    low, high = np.nanpercentile(ratios, [2.5, 97.5])
    return float(low), float(high)


def gathered(rows: Sequence[tuple[object, ...]]) -> pd.DataFrame:
    """Table `specified` from its rows."""
    columns = ("sha", "session", "unit", "low", "high", "turns", "corrections", "landed", "alive_30d", "alive_90d")
    return pd.DataFrame(rows, columns=list(columns))
