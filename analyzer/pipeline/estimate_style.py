"""history → a sample of functions, and the AI share estimated from their style."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from analyzer.core.progress import no_progress
from analyzer.core.rows import by_people
from analyzer.stylometry.classifier import load_model
from analyzer.stylometry.estimate import BASELINE, estimate_ai_share
from analyzer.stylometry.sampling import FunctionSource, eligible_files, sample_functions

if TYPE_CHECKING:
    from analyzer.core.progress import Progress
    from analyzer.pipeline.load import History
    from analyzer.share.time_window import TimeWindow
    from analyzer.stylometry.estimate import StyleEstimate

# 400 functions are hardly more precise than 150: the remaining error varies between repositories, not functions.
MAX_FUNCTIONS, MAX_BASELINE_FUNCTIONS = 600, 600
_NO_LIMIT = 10**9
# The seed is fixed so that nobody can redraw the sample until the interval is favourable.
_SEED = 0


@dataclass(frozen=True, slots=True)
class StyleSample:
    """Functions sampled from the range, and the estimate from their style.

    Attributes
    ----------
    functions : columns sha, ai, person, authored and the features.
    estimate : the prevalence estimate.
    """

    functions: pd.DataFrame
    estimate: StyleEstimate


def estimate_style(history: History, window: TimeWindow, progress: Progress = no_progress) -> StyleSample | None:
    """Sample functions of the range and estimate the AI share from their style.

    None unless the settings ask for `--style`, and where contents are missing.
    """
    source = _function_source(history) if history.settings.style else None
    if source is None:
        return None
    commits = history.commits[["sha", "authored", "committed"]].merge(
        history.labels[["sha", "ai", "label", "person"]], on="sha"
    )
    commits = commits[by_people(commits)]
    files = eligible_files(source).merge(commits, on="sha")
    inside = files[window.contains(files["committed"]) & (files["authored"] >= BASELINE[1])]
    pre_ai = files[~files["ai"] & (files["authored"] >= BASELINE[0]) & (files["authored"] < BASELINE[1])]
    sample = sample_functions(
        source, inside[["sha", "path"]], _SEED, MAX_FUNCTIONS, lambda n: progress("reading functions", n, MAX_FUNCTIONS)
    )
    baseline = sample_functions(
        source,
        pre_ai[["sha", "path"]],
        _SEED,
        MAX_BASELINE_FUNCTIONS,
        lambda n: progress("reading a baseline", n, MAX_BASELINE_FUNCTIONS),
    )
    columns = commits[["sha", "ai", "person", "authored"]]
    sample, baseline = sample.merge(columns, on="sha"), baseline.merge(columns, on="sha")
    as_of = None if window.as_of is None else pd.Timestamp(window.as_of)
    return StyleSample(sample, estimate_ai_share(sample, baseline, load_model(), as_of, _SEED))


def mean_scores_by_change(history: History, window: TimeWindow, progress: Progress = no_progress) -> pd.Series | None:
    """Return by merged change the mean score of the functions its commits wholly added; None without contents.

    Only for the strata of a survey: a score does not classify a change, and is never shown.
    """
    source = _function_source(history)
    if source is None:
        return None
    inside = history.commits.loc[window.contains(history.commits["committed"]), "sha"]
    files = eligible_files(source)
    files = files[files["sha"].isin(inside)]
    commits = files["sha"].nunique()
    functions = sample_functions(source, files, _SEED, _NO_LIMIT, lambda n: progress("reading functions", n, commits))
    scores = pd.Series(
        load_model().stored.whole.logits(functions),
        index=functions["sha"].map(history.merged_change_of).to_numpy(object),
    )
    return scores.groupby(level=0).mean()


def _function_source(history: History) -> FunctionSource | None:
    """Return where functions are read from; None where contents are missing or births were not replayed."""
    lines = history.lines
    if lines is None or lines.births is None or lines.origin_births is None:
        return None
    return FunctionSource(history.repository.git, history.commits, lines.changes, lines.births, lines.origin_births)
