"""The docs are true: every quoted output is what the command prints now, every link and verb exists."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from analyzer.cli import main
from analyzer.simulation.project_plan import Plan
from tests import samples, site
from tests.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MARKDOWN = sorted(
    p
    for p in ROOT.rglob("*.md")
    if not {".venv", ".venv-docs", "site", "reports", ".pytest_cache", "node_modules"} & set(p.relative_to(ROOT).parts)
)
# Commands in ```sh fences change the machine and print what depends on it; each is run by the test named here.
ELSEWHERE = {
    "make run REPO=path/to/repo": "tests/validation/release/test_packaging.py::test_make_run",
    "make test": ".ci/run",
    "aishare analyze --effort": "tests/integration/prompts/test_prompt_ratios.py",
    "aishare analyze --transcripts ~/.claude/projects": "tests/integration/prompts/test_prompt_ratios.py",
}


@pytest.mark.parametrize("page", samples.PAGES)
def test_quoted_outputs_are_current(page: str) -> None:
    """Running every console command of a page gives the page again, byte for byte (`make samples` renews it)."""
    text = (ROOT / page).read_text("utf-8")
    assert samples.refreshed(text) == text


def test_generated_pages_and_golden_reports_are_current(tmp_path: Path) -> None:
    """Docs made from registries, and the reports of the demo and the planted histories, are what the code says now."""
    for path, text in [*samples.generated_pages(), *samples.reports(tmp_path), *samples.planted(tmp_path)]:
        assert path.read_text("utf-8") == text, path.name


def test_golden_json_may_differ_in_last_digits_only() -> None:
    """The comparison of golden JSON lets the arithmetic of machines differ, and nothing else."""
    old = {"n": 3, "value": 0.5, "rows": [{"p": 0.001}, None]}
    assert samples.agree(old, {"n": 3, "value": 0.500001, "rows": [{"p": 0.001}, None]})
    for changed in (
        {"n": 4, "value": 0.5, "rows": [{"p": 0.001}, None]},
        {"n": 3.0, "value": 0.5, "rows": [{"p": 0.001}, None]},
        {"n": 3, "value": 0.501, "rows": [{"p": 0.001}, None]},
        {"n": 3, "value": 0.5, "rows": [{"p": 0.001}]},
        {"value": 0.5, "n": 3, "rows": [{"p": 0.001}, None]},
    ):
        assert not samples.agree(old, changed)


def test_commands_of_the_planted_histories_are_quoted() -> None:
    """reports/README.md names the command that simulates each golden history, with every option of its plan."""
    readme = (ROOT / "reports" / "README.md").read_text("utf-8")
    plans = {}
    for line in re.findall(r"^\$ aishare simulate (.*)$", readme, re.MULTILINE):
        name, *words = line.split()
        options = {option.removeprefix("--"): value for option, value in zip(words[::2], words[1::2], strict=True)}
        plans[name] = _as_options(Plan()) | options
    assert plans == {name: _as_options(plan) for name, plan in samples.PLANTED.items()}


def test_quoted_figures_of_planted_histories_are_current() -> None:
    """Estimates and intervals that reports/README.md and docs/questions.md quote are those of the golden JSON."""
    pages = [(ROOT / name).read_text("utf-8") for name in ("reports/README.md", "docs/questions.md")]
    throughput = {}
    for name in ("more-output", "more-reverts"):
        tree = json.loads((ROOT / "reports" / "planted" / f"{name}.json").read_bytes())
        throughput[name], defects = (verdict["association"] for verdict in tree["verdicts"][:2])
    for figure in throughput.values():
        point, low, high = (100 * figure[key] for key in ("per_50_points", "low", "high"))
        ends = f"{low:.0f} to {high:.0f}" if low > 0 else f"\u2212{-low:.0f} to +{high:.0f}"
        text = f"{point:+.0f}".replace("-", "\u2212")
        assert all(f"{text} % (95 % CI {ends})" in page for page in pages)
    ends = f"{defects['low']:.1f} to {defects['high']:.1f}"
    assert f"{defects['risk_ratio']:.1f} times as many follow-up fixes (95 % CI {ends})" in pages[0]


def _as_options(plan: Plan) -> dict[str, str]:
    """Return the options of `aishare simulate` for a plan, with their values as text."""
    return {name: f"{value:g}" if isinstance(value, float) else str(value) for name, value in asdict(plan).items()}


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
    known = {
        "console",
        "console after release",
        "python",
        "sh",
        "toml",
        "yaml",
        "cron",
        "ini",
        "text",
        "groovy",
        "graphql",
        "sql",
    }
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


def _pages(nav: list[object]) -> Iterator[str]:
    """Paths that a zensical nav names, sections included."""
    for entry in nav:
        for target in entry.values() if isinstance(entry, dict) else [entry]:
            if isinstance(target, list):
                yield from _pages(target)
            else:
                yield str(target)


def test_the_sites_nav_names_every_page_once() -> None:
    """zensical.toml leads to every page of docs/, and to the reports in Markdown but the demo's, each once."""
    named = sorted(_pages(tomllib.loads((ROOT / site.CONFIG).read_text("utf-8"))["project"]["nav"]))
    pages = [str(p.relative_to(ROOT / "docs")) for p in (ROOT / "docs").rglob("*.md")]
    pages += [f"reports/{p.name}" for p in (ROOT / "reports").glob("*.md") if p.name != "demo.md"]
    assert named == sorted(pages)


def test_what_loads_from_elsewhere_is_seen(tmp_path: Path) -> None:
    """The check of the built site finds scripts, styles, images and fonts of other hosts, and lets links be."""
    (tmp_path / "page.html").write_text(
        '<a href="https://example.org">a link</a><script src="https://example.org/1.js"></script>'
        "<link rel=stylesheet href=//example.org/2.css><img alt='' src='http://example.org/3.png'>"
        '<style>@import "https://example.org/4.css"; body { background: url(https://example.org/5.png) }</style>'
    )
    assert [line.rpartition("/")[2][0] for line in site.outside(tmp_path)] == list("12345")


@pytest.mark.slow
@pytest.mark.skipif(site.python() is None, reason="zensical is not installed; make docs installs it")
def test_the_site_builds_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    """A strict build (no dead link) of every page, none of which makes a browser ask another host."""
    built = site.build(tmp_path)
    assert (built / "index.html").exists()
    assert (built / "reports" / "gates.html").exists()
    assert site.outside(built) == []


def test_quoted_gates_are_current() -> None:
    """Rates that docs/why-unknown.md takes from reports/gates.md are still the ones that stand there."""
    gates, page = ((ROOT / name).read_text("utf-8") for name in ("reports/gates.md", "docs/why-unknown.md"))
    found = dict(re.findall(r"^\| (\S+) \| .*? \| [^|]* \| ([^|]*) \| [\d,]+ \|", gates, re.MULTILINE))
    quoted = re.findall(r"^\| [^|]+ \| ([^|]+) \| `([^`]+)`", page, re.MULTILINE)
    assert len(quoted) == 5
    for value, gate in quoted:
        assert (f"{float(value[:-2]) / 100:.3f}" if value.endswith("%") else value) in found[gate], gate
