"""Panels with far fewer authors than periods, as long histories have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from analyzer.inference.models import ppml

if TYPE_CHECKING:
    from analyzer.core.arrays import Floats, Mask


@pytest.mark.parametrize("exposures", [1, 2])
def test_demeaning_is_the_same_by_person_and_by_period(exposures: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Equations by author give what equations by period give: stretches nobody spans, dead periods, no identity."""
    rng = np.random.default_rng(7)
    y = rng.poisson(2.0, (9, 60)).astype(float)
    rows = np.zeros((5, 9, 60), dtype=bool)
    for author in range(9):
        begin = (0, 8, 32)[author % 3]  # the third stretch has no period in common with the others
        rows[:, author, begin : begin + 22] = True
    rows &= rng.random(rows.shape) > 0.1
    rows[1, :, 5] = rows[2, 4] = False
    x = rng.random((5, exposures, 9, 60))
    x[3, 0] = 1.0  # says nothing beyond who and when
    asked: list[int] = []
    solve = ppml._NegativeHessian._solve_by_woodbury

    def counted(self: ppml._NegativeHessian, right: Floats) -> tuple[Floats, Mask]:
        asked.append(1)
        return solve(self, right)

    monkeypatch.setattr(ppml._NegativeHessian, "_solve_by_woodbury", counted)
    by_person = ppml.fit(y, rows, x)
    monkeypatch.setattr(ppml, "_WOODBURY_RATIO", 1_000)
    by_period = ppml.fit(y, rows, x)
    assert asked
    known = [0, 1, 2, 4]
    np.testing.assert_allclose(by_person.beta[known], by_period.beta[known], rtol=1e-7)
    np.testing.assert_allclose(by_person.variance[known], by_period.variance[known], rtol=1e-7)
    np.testing.assert_allclose(by_person.fitted[known], by_period.fitted[known], rtol=1e-6, atol=1e-9)
    # What cannot be told apart is left to the equations by period, whatever they say of it.
    np.testing.assert_array_equal(by_person.beta[3], by_period.beta[3])
