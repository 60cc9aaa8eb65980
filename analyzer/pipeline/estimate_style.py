"""history → functions of drawn commits, and the estimate that their style allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from analyzer.core.progress import silent
from analyzer.stylometry.classifier import load
from analyzer.stylometry.estimate import BASELINE, estimate
from analyzer.stylometry.sampling import Source, eligible, functions

if TYPE_CHECKING:
    from analyzer.core.progress import Progress
    from analyzer.pipeline.load import History
    from analyzer.share.time_window import Window
    from analyzer.stylometry.estimate import StyleEstimate

# Of 400 functions a share is known hardly better than of 150: what is not known varies between repositories.
MOST, MOST_BASE = 600, 600
_ALL = 10**9
# One draw for everybody: with a seed of one's choice one could draw until the interval pleases.
_SEED = 0


@dataclass(frozen=True, slots=True)
class Drawn:
    """Functions drawn from the range (columns sha, ai, author, authored, features), and what their style says."""

    sample: pd.DataFrame
    estimate: StyleEstimate


def drawn_functions(history: History, window: Window, progress: Progress = silent) -> Drawn | None:
    """Draw, read and score; None where contents are missing."""
    source = _source(history)
    if source is None:
        return None
    facts = history.commits[["sha", "authored", "committed"]].merge(
        history.labels[["sha", "ai", "label", "author"]], on="sha"
    )
    facts = facts[facts["label"] != "automation"]
    files = eligible(source).merge(facts, on="sha")
    inside = files[window.holds(files["committed"]) & (files["authored"] >= BASELINE[1])]
    before = files[~files["ai"] & (files["authored"] >= BASELINE[0]) & (files["authored"] < BASELINE[1])]
    sample = functions(source, inside[["sha", "path"]], _SEED, MOST, lambda n: progress("reading functions", n, MOST))
    base = functions(
        source, before[["sha", "path"]], _SEED, MOST_BASE, lambda n: progress("reading a baseline", n, MOST_BASE)
    )
    known = facts[["sha", "ai", "author", "authored"]]
    sample, base = sample.merge(known, on="sha"), base.merge(known, on="sha")
    clock = None if window.clock is None else pd.Timestamp(window.clock)
    return Drawn(sample, estimate(sample, base, load(), clock, _SEED))


def scores_of_units(history: History, window: Window, progress: Progress = silent) -> pd.Series | None:
    """By unit, the mean score of the functions its commits wholly added; None where contents are missing.

    For strata of a survey alone: a score is no verdict on a change, and is never shown.
    """
    source = _source(history)
    if source is None:
        return None
    inside = history.commits.loc[window.holds(history.commits["committed"]), "sha"]
    files = eligible(source)
    files = files[files["sha"].isin(inside)]
    commits = files["sha"].nunique()
    table = functions(source, files, _SEED, _ALL, lambda n: progress("reading functions", n, commits))
    scores = pd.Series(load().stored.whole.logits(table), index=table["sha"].map(history.unit_of).to_numpy(object))
    return scores.groupby(level=0).mean()


def _source(history: History) -> Source | None:
    lines = history.lines
    if lines is None or lines.births is None or lines.written is None:
        return None
    return Source(history.repository.git, history.commits, lines.changes, lines.births, lines.written)
