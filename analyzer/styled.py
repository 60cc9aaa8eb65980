"""history → functions of drawn commits, and the estimate that their style allows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from analyzer.progress import silent
from analyzer.share.style.estimate import BASELINE, estimate
from analyzer.share.style.model import load
from analyzer.share.style.sample import Source, eligible, functions

if TYPE_CHECKING:
    from analyzer.progress import Progress
    from analyzer.reading import History
    from analyzer.share.style.estimate import StyleEstimate
    from analyzer.share.window import Window

# Of 400 functions a share is known hardly better than of 150: what is not known varies between repositories.
MOST, MOST_BASE = 600, 600
# One draw for everybody: with a seed of one's choice one could draw until the interval pleases.
_SEED = 0


@dataclass(frozen=True, slots=True)
class Drawn:
    """Functions drawn from the range (columns sha, ai, authored, features), and what their style says."""

    sample: pd.DataFrame
    estimate: StyleEstimate


def drawn_functions(history: History, window: Window, progress: Progress = silent) -> Drawn | None:
    """Draw, read and score; None where contents are missing."""
    lines = history.lines
    if lines is None or lines.births is None or lines.written is None:
        return None
    source = Source(history.repository.git, history.commits, lines.changes, lines.births, lines.written)
    facts = history.commits[["sha", "authored", "committed"]].merge(history.labels[["sha", "ai", "label"]], on="sha")
    facts = facts[facts["label"] != "automation"]
    files = eligible(source).merge(facts, on="sha")
    inside = files[window.holds(files["committed"]) & (files["authored"] >= BASELINE[1])]
    before = files[~files["ai"] & (files["authored"] >= BASELINE[0]) & (files["authored"] < BASELINE[1])]
    sample = functions(source, inside[["sha", "path"]], _SEED, MOST, lambda n: progress("reading functions", n, MOST))
    base = functions(
        source, before[["sha", "path"]], _SEED, MOST_BASE, lambda n: progress("reading a baseline", n, MOST_BASE)
    )
    known = facts[["sha", "ai", "authored"]]
    sample, base = sample.merge(known, on="sha"), base.merge(known, on="sha")
    clock = None if window.clock is None else pd.Timestamp(window.clock)
    return Drawn(sample, estimate(sample, base, load(), clock, _SEED))
