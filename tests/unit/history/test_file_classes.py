"""Dates out of range, file classes by pattern, and globs that select files."""

from __future__ import annotations

import pytest

from analyzer.history import commits
from analyzer.history.file_classes import PathFilter, class_by_pattern


@pytest.mark.parametrize("line", ["", "-5", "0", "999999999999", "abc"])
def test_absurd_dates_are_missing(line: str) -> None:
    """A date git cannot mean is NA, never 1970."""
    assert commits._parse_time(line) is None


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("a/b/Makefile", "code"),
        ("CMakeLists.txt", "code"),
        ("README", "docs"),
        ("docs/conf.py", "docs"),
        ("src/foo_test.go", "test"),
        ("spec/models/user_spec.rb", "test"),
        ("tests/fixtures/big.json", "data"),
        ("Vendor/x.go", "vendored"),
        ("node_modules/a/index.js", "vendored"),
        ("web/app.min.js", "generated"),
        ("uv.lock", "lockfile"),
        ("requirements.txt", "data"),
        ("LICENSE-MIT", "docs"),
        ("weird.zzz", "data"),
    ],
)
def test_path_patterns_classify_files(path: str, kind: str) -> None:
    """The pattern table on names as they occur."""
    assert class_by_pattern(path) == kind


def test_globs_select_files() -> None:
    """Folders select what is below; `*` stays inside one folder and `**` crosses."""
    selection = PathFilter(("src/**", "*.toml"), ("src/gen",))
    held = [p for p in ("src/a.py", "src/x/b.py", "src/gen/c.py", "a/b.toml", "c.py") if selection.includes(p)]
    assert held == ["src/a.py", "src/x/b.py", "a/b.toml"]
    assert not PathFilter(("src/*.py",)).includes("src/x/b.py")
