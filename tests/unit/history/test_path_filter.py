"""Dates out of range, and globs that select files."""

from __future__ import annotations

import pytest

from analyzer.history import commits
from analyzer.history.file_classes import PathFilter


@pytest.mark.parametrize("line", ["", "-5", "0", "999999999999", "abc"])
def test_absurd_dates_are_missing(line: str) -> None:
    """A date git cannot mean is NA, never 1970."""
    assert commits._parse_time(line) is None


def test_globs_select_files() -> None:
    """Folders select what is below; `*` stays inside one folder and `**` crosses."""
    selection = PathFilter(("src/**", "*.toml"), ("src/gen",))
    held = [p for p in ("src/a.py", "src/x/b.py", "src/gen/c.py", "a/b.toml", "c.py") if selection.includes(p)]
    assert held == ["src/a.py", "src/x/b.py", "a/b.toml"]
    assert not PathFilter(("src/*.py",)).includes("src/x/b.py")
