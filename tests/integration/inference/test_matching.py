"""Marks decide no event."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.outcomes import OUTCOMES
from analyzer.pipeline.inputs import outcome_inputs, time_window
from analyzer.share.definition import ShareInputs
from tests.planting import load_path

if TYPE_CHECKING:
    from tests.conftest import MakeRepo

OF_FUNCTIONS = {"complexity_growth", "new_function_complexity", "tested_functions", "tests_per_function"}


def test_outcome_events_do_not_depend_on_marks(make_repo: MakeRepo) -> None:
    """No measure reads marks when it counts: events and exposures stay when marks are dealt anew.

    But for those that weigh fixes by the fixer's mark, and say so.
    """
    work = [(f"work {n}", {f"f{n % 5}.py": "".join(f"line_{k} = {n * k}\n" for k in range(9))}) for n in range(60)]
    history = load_path(str(make_repo(*work)))
    window = time_window(history)
    known = ShareInputs(history.commits, history.labels, history.merged_changes, None)
    seen = outcome_inputs(history, known, window, pd.Timestamp("2025-01-01", tz="UTC"))
    other = replace(seen, commits=seen.commits.assign(ai=np.arange(len(seen.commits)) % 3 == 0))
    other = replace(
        other, merged_changes=seen.merged_changes.assign(ai=(np.arange(len(seen.merged_changes)) % 2).astype(float))
    )
    judged = 0
    for measure in OUTCOMES:
        if measure.compute is not None and not measure.uses_later_marks:
            one, two = measure.compute(seen), measure.compute(other)
            if one is None or two is None:
                # There are no tags and no tests, and functions were not read (tests/integration/structure).
                assert measure.id in {"released_30d", "test_cochange", *OF_FUNCTIONS}
                continue
            pd.testing.assert_frame_equal(one.drop(columns="ai"), two.drop(columns="ai"))
            judged += len(one) > 0
    assert judged >= 11
