"""The registry of estimators names the functions that `infer` and `analyze` run."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analyzer.cli import run
from analyzer.inference import ESTIMATORS, event_comparison
from analyzer.pipeline import compare_outcomes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import CodeType, FrameType

COLUMNS = ["--unit", "person", "--period", "block", "--treatment", "share", "--outcome", "merged"]


def user_panel(repositories: int = 3, people: int = 9, periods: int = 16) -> pd.DataFrame:
    """Return a panel of people in several repositories, two of three of whom adopt."""
    rng = np.random.default_rng(0)
    rows = repositories * people * periods
    person = np.repeat(np.arange(repositories * people), periods)
    n = rng.integers(8, 15, rows)
    trend = np.tile(np.linspace(0.1, 0.8, periods), repositories * people)
    marked = rng.binomial(n, np.clip(trend + rng.normal(0, 0.2, len(person)), 0, 1))
    return pd.DataFrame(
        {
            "person": [f"p{k}" for k in person],
            "repository": [f"r{k}" for k in person // people],
            "block": np.tile(np.arange(periods), repositories * people),
            "share": marked / n,
            "n": n,
            "merged": rng.poisson(6.0, rows),
            "adopted": ["" if k % 3 == 0 else str(5 + k % 4) for k in person],
        }
    )


def functions_called(commands: Sequence[list[str]]) -> set[CodeType]:
    """Run the commands and return the code of every Python function that ran."""
    called: set[CodeType] = set()

    def record(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            called.add(frame.f_code)

    sys.setprofile(record)
    try:
        codes = [run(command) for command in commands]
    finally:
        sys.setprofile(None)
    assert codes == [0] * len(commands)
    return called


def test_every_entry_is_the_function_that_runs(tmp_path: Path) -> None:
    """Each registered function runs in `infer`; those of outcomes, which `infer` does not estimate, in `analyze`."""
    file = str(tmp_path / "panel.csv")
    user_panel().to_csv(file, index=False)
    few = ["infer", file, *COLUMNS, "--permutations", "99", "-o", str(tmp_path / "out.txt")]
    called = functions_called(
        [
            [*few, "--count", "--treatment-n", "n"],
            few,
            [*few, "--count", "--cluster", "repository"],
            [*few, "--event", "adopted"],
        ]
    )
    assert {e.id for e in ESTIMATORS if e.fit.__code__ not in called} == {"reverts", "shares"}
    assert vars(event_comparison)["estimate_event_ratio"] is {e.id: e for e in ESTIMATORS}["reverts"].fit
    assert vars(compare_outcomes)["compare_events"] is event_comparison.compare_events
    assert vars(compare_outcomes)["compare_shares"] is {e.id: e for e in ESTIMATORS}["shares"].fit
