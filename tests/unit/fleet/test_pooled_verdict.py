"""A person whose repository changed its habits is one person in the pooled verdict, not one a regime."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analyzer.fleet.pooled_verdict import pooled_verdict


def _panel() -> pd.DataFrame:
    """Three repositories of eight people over thirty periods, with a change of habits in the middle."""
    rng = np.random.default_rng(1)
    rows = [
        (f"r{r}", f"{r}:{p}", f"{r}:{p}/{int(t >= 15)}", pd.Timestamp("2023-01-02") + pd.Timedelta(weeks=4 * t))
        for r in range(3)
        for p in range(8)
        for t in range(30)
    ]
    panel = pd.DataFrame(rows, columns=["repository", "person", "unit", "period"])
    share = np.clip(rng.random(len(panel)), 0, 1)
    return panel.assign(share=share, n=10.0, outcome=rng.poisson(5, len(panel)).astype(float))


def test_person_of_two_regimes_is_one_cluster() -> None:
    """Of twenty-four people with two regimes each there are twenty-four, and as many refits."""
    found = pooled_verdict(_panel(), permutations=99)
    assert found is not None
    verdict, _ = found
    assert verdict.n_people == 24
    once = pooled_verdict(_panel().assign(person=lambda table: table["unit"]), permutations=99)
    assert once is not None
    assert once[0].n_people == 48
    assert verdict.association != once[0].association
