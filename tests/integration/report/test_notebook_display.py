"""A result in a notebook: the first screen is its text, not something that rich displays by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import rich.console

import analyzer

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_result_shows_first_screen_where_rich_sees_a_notebook(
    fixture_repos: dict[str, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Rich would display each line in a notebook and leave the text empty."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    result = analyzer.analyze(fixture_repos["demo"])
    expected = repr(result)
    monkeypatch.setattr(rich.console, "_is_jupyter", lambda: True)
    assert repr(result) == expected
    assert "HOW MUCH" in expected
    assert "HOW MUCH" in result._repr_html_()
