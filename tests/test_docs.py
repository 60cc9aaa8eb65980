"""The docs are true: every quoted output is what the command prints now, every link and verb exists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from analyzer.cli import main
from tests import samples
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

MARKDOWN = sorted(
    p
    for p in ROOT.rglob("*.md")
    if not {".venv", "reports", ".pytest_cache", "node_modules"} & set(p.relative_to(ROOT).parts)
)
# Commands in ```sh fences change the machine and print what depends on it; each is run by the test named here.
ELSEWHERE = {
    "make run REPO=path/to/repo": "tests/test_packaging.py::test_make_run",
    "make test": ".ci/run",
}


@pytest.mark.parametrize("page", samples.PAGES)
def test_quoted_outputs_are_current(page: str) -> None:
    """Running every console command of a page gives the page again, byte for byte (`make samples` renews it)."""
    text = (ROOT / page).read_text("utf-8")
    assert samples.refreshed(text) == text


def test_generated_pages_and_golden_reports_are_current(tmp_path: Path) -> None:
    """Docs made from registries, and the demo's three reports, are what the code says now."""
    for path, text in [*samples.generated_pages(), *samples.reports(tmp_path)]:
        assert path.read_text("utf-8") == text, path.name


def test_every_page_with_commands_is_run() -> None:
    """A page that quotes a console must be in samples.PAGES."""
    quoting = {str(p.relative_to(ROOT)) for p in MARKDOWN if samples.CONSOLE.search(p.read_text("utf-8"))}
    assert quoting <= set(samples.PAGES)


def test_every_other_command_is_run_elsewhere() -> None:
    """Each line of an sh fence is known, and known to be tested."""
    for page in MARKDOWN:
        for fence in re.findall(r"^```(?:sh|bash|shell)\n(.*?)^```", page.read_text("utf-8"), re.MULTILINE | re.DOTALL):
            assert set(fence.splitlines()) <= set(ELSEWHERE), page.name


def test_fences_are_known() -> None:
    """No fence escapes the tests above by another name."""
    known = {"console", "console after release", "sh", "toml", "yaml", "cron"}
    for page in MARKDOWN:
        openings = re.findall(r"^```(.*)$", page.read_text("utf-8"), re.MULTILINE)[::2]
        assert set(openings) <= known, page.name


def test_links_lead_somewhere() -> None:
    """Every relative link in the docs names a file that exists."""
    for page in MARKDOWN:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text("utf-8")):
            assert "://" in target or (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_verb_is_documented() -> None:
    """docs/cli.md quotes --help, which names every verb; the README shows the main one."""
    text = (ROOT / "docs" / "cli.md").read_text("utf-8")
    assert [name for name in main.commands if f"  {name} " not in text] == []
    assert "aishare analyze" in (ROOT / "README.md").read_text("utf-8")


def test_make_targets_are_documented() -> None:
    """CONTRIBUTING names every target of the Makefile but help, and the other way round."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    phony = set(re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[0].split()) - {"help"}
    named = set(re.findall(r"`make ([a-z]+)", (ROOT / "CONTRIBUTING.md").read_text("utf-8")))
    assert named == phony
