"""The shipped schema, words and numbers of a report, and text made safe."""

from __future__ import annotations

import re
from html import unescape
from typing import get_args

import pytest

from analyzer.core.messages import MESSAGES
from analyzer.core.sanitize import plain, spreadsheet_safe
from analyzer.inference.results import Grade
from analyzer.report import json_schema
from analyzer.report.format import GRADES, number, percent
from analyzer.report.renderers import markdown
from analyzer.report.renderers.terminal import spark


def test_shipped_schema_is_the_generated_one() -> None:
    """The schema in the package is what the types say; `make samples` renews it."""
    assert json_schema.shipped() == json_schema.generated()


def test_markdown_text_is_only_text() -> None:
    """Images, HTML, tables and emphasis in a name are shown as written; mentions and issue links as nothing but text.

    GitHub looks for mentions in the rendered text, where a reference to "@" is an "@": nothing visible parts them.
    """
    assert markdown.escape("GH-12") == "GH&#45;&#8203;12"
    assert unescape(markdown.escape("@octocat #12 GH-3")) == "@\u200boctocat #\u200b12 GH-\u200b3"
    text = markdown.escape("@octocat #12 ![x](http://e) <b> | *a* _b_ `c` [d](e) &lt; $x$ ~~f~~")
    assert re.sub(r"&#\d+;", "", text) == "octocat 12 x(http//e) b  a b c d(e) lt; x f"


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0, "0 %"),
        (0.0004, "< 0.1 %"),
        (0.0123, "1.2 %"),
        (0.0995, "10 %"),
        (0.5, "50 %"),
        (0.972, "97.2 %"),
        (0.9996, "> 99.9 %"),
        (1.0, "100 %"),
        (None, "unknown"),
    ],
)
def test_percent_never_rounds_a_trace_away(share: float | None, words: str) -> None:
    """Zero and one are exact; a trace and almost all are said to be so."""
    assert percent(share) == words


def test_numbers_sparks_and_grades_in_words() -> None:
    """Counts are grouped by a space that does not break; sparks leave gaps as gaps; every grade has words."""
    assert number(1234567) == "1\u202f234\u202f567"
    assert spark((0.0, None, 0.5, 1.0)) == "▁·▅█"
    assert spark((0.0, 0.0)) == "▁▁"
    assert set(GRADES) == set(get_args(Grade))


def test_text_is_made_safe() -> None:
    """Control, bidi and zero-width characters are shown as replaced; formulas lose their start."""
    assert plain("a\x1b[1m\u202eb\u200b\n") == "a\ufffd[1m\ufffdb\ufffd\ufffd"
    assert plain("x" * 300, 10) == "x" * 9 + "…"
    assert [spreadsheet_safe(t) for t in ("=1+1", "+1", "-1", "@x", "ok")] == ["'=1+1", "'+1", "'-1", "'@x", "ok"]


def test_every_message_has_a_meaning_and_a_fix() -> None:
    """Slugs are lower-case words with hyphens."""
    assert all(m.means and m.fix and re.fullmatch(r"[a-z-]+", m.slug) for m in MESSAGES.values())
