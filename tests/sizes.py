"""How many simulated histories a test draws: few in `make test`, all of them in `make exhaustive`."""

from __future__ import annotations

import pytest


def sized(few: int, full: int) -> pytest.MarkDecorator:
    """Parametrise `trials`; bounds of such a test are exact binomial ones, so that they hold at both sizes."""
    return pytest.mark.parametrize("trials", [few, pytest.param(full, marks=pytest.mark.exhaustive)])
