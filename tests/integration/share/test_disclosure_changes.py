"""A change of marking in a real history."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import SHARED, git
from tests.planting import analyze_path

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.slow
@pytest.mark.skipif(not (SHARED / "corpora/git-ai.bundle").exists(), reason="the history git-ai is not here")
@pytest.mark.exhaustive
def test_a_real_history_changed_its_marking(tmp_path: Path) -> None:
    """git-ai: marked 0 % to more than half, while commits with AI lines stayed nine in ten."""
    bundle = SHARED / "corpora/git-ai.bundle"
    git("clone", "--quiet", "--bare", bundle, tmp_path / "r")
    git("--git-dir", tmp_path / "r", "fetch", "--quiet", bundle, "refs/notes/ai:refs/notes/ai")
    disclosure = analyze_path(str(tmp_path / "r"), cache_dir=tmp_path / "cache").result.marking
    assert disclosure.drift is True
    (change,) = disclosure.changes
    assert (change.period, change.kind) == ("2026-02", "labelling")
