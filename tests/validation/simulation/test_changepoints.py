"""A steady rate has no change points."""

from __future__ import annotations

import numpy as np
import pytest

from analyzer.share.changepoints import changepoints


@pytest.mark.slow
def test_a_steady_rate_has_no_changes() -> None:
    """Binomial and clustered counts alike: a change is reported in 7 % of such histories at most."""
    rng = np.random.default_rng(7)
    for months, rho in ((12, 0.0), (12, 0.05), (24, 0.05), (60, 0.2)):
        fired = 0
        for _ in range(300):
            n = rng.poisson(60, months) + 1
            rate = np.full(months, 0.3) if not rho else rng.beta(0.3 * (1 / rho - 1), 0.7 * (1 / rho - 1), months)
            fired += bool(changepoints(rng.binomial(n, rate).tolist(), n.tolist()))
        assert fired <= 21, (months, rho)
