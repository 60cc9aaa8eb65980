"""Unit tests run no git: a test that needs a repository belongs to tests/integration."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _no_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a test that starts git."""
    start = subprocess.Popen.__init__

    def guarded(process: subprocess.Popen[Any], command: Any, *rest: Any, **options: Any) -> None:
        program = command if isinstance(command, str | bytes | Path) else next(iter(command))
        assert Path(str(program)).name != "git", "a unit test started git; move it to tests/integration"
        start(process, command, *rest, **options)

    monkeypatch.setattr(subprocess.Popen, "__init__", guarded)
