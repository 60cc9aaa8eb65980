"""Every page we ship, in a real browser: silent, accessible, by keyboard, on a phone, in print and without scripts."""

from __future__ import annotations

import fcntl
import hashlib
import json
import re
import shutil
import subprocess
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from analyzer.report.renderers import html
from tests.browsers import BROWSER, PATIENCE, need_browser
from tests.conftest import ROOT, MakeRepo, git
from tests.planting import analyze_path

if TYPE_CHECKING:
    from pathlib import Path

REPORTS = ROOT / "reports"


# reports/local/ is what `make run` wrote on this machine: nobody's golden page.
PAGES = sorted(str(p.relative_to(ROOT)) for p in REPORTS.rglob("*.html") if "local" not in p.relative_to(REPORTS).parts)


VIEWS = {"1280-light", "1280-dark", "390-light", "390-dark"}


# What was seen of a page, by its bytes: as long as neither page nor check changes it is seen again.
VISITS = ROOT / ".pytest_cache" / "visits"


pytestmark = pytest.mark.slow


# Pages of planted histories are alike: `make test` opens the smallest, and `make exhaustive` all of them.
_PLANTED = sorted((page for page in PAGES if "/planted/" in page), key=lambda page: (ROOT / page).stat().st_size)


every_page = pytest.mark.parametrize(
    "page", [pytest.param(page, marks=pytest.mark.exhaustive) if page in _PLANTED[1:] else page for page in PAGES]
)


@cache
def checked(page: Path) -> dict[str, Any]:
    """What check.mjs saw of a page; one visit of the same bytes serves all tests, whichever worker runs them."""
    need_browser()
    digest = hashlib.sha256(str(page).encode() + page.read_bytes() + (BROWSER / "check.mjs").read_bytes()).hexdigest()
    VISITS.mkdir(parents=True, exist_ok=True)
    visit = VISITS / f"{digest}.json"
    with visit.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not visit.exists():
            done = subprocess.run(
                ["node", BROWSER / "check.mjs", page], capture_output=True, text=True, check=False, timeout=PATIENCE
            )
            assert done.returncode == 0, done.stderr
            draft = visit.with_suffix(".draft")
            draft.write_text(done.stdout, "utf-8")
            draft.replace(visit)
    seen: dict[str, Any] = json.loads(visit.read_text("utf-8"))
    assert set(seen["views"]) == VIEWS
    return seen


def by_view(seen: dict[str, Any], key: str) -> dict[str, Any]:
    """What was found in each view, without the views that are fine."""
    found = {name: view[key] for name, view in seen["views"].items()}
    return {name: value for name, value in found.items() if value and value != {"pixels": 0, "elements": []}}


def test_pages_to_test_exist() -> None:
    """The parametrised tests below have something to run on."""
    assert "reports/demo.html" in PAGES


@every_page
def test_page_is_silent(page: str) -> None:
    """Opening, unfolding, walking and printing load nothing, ask nothing, log no error and break no policy."""
    seen = checked(ROOT / page)
    assert {key: seen[key] for key in ("requests", "errors", "dialogs")} == {
        "requests": [],
        "errors": [],
        "dialogs": [],
    }


@every_page
def test_page_is_accessible(page: str) -> None:
    """No rule of axe is broken with every part unfolded: wide and narrow, light and dark."""
    assert by_view(checked(ROOT / page), "axe") == {}


@every_page
def test_page_fits_a_phone(page: str) -> None:
    """At 390 px, as at 1280 px, only tables scroll sideways, never the page."""
    assert by_view(checked(ROOT / page), "overflow") == {}


@every_page
def test_page_works_by_keyboard(page: str) -> None:
    """Tab reaches all there is to reach, each in sight with a mark of focus; Enter opens what is folded; no trap."""
    path = checked(ROOT / page)["keyboard"]
    assert path["stops"] > 0
    faults = ("endless", "unseen", "unmarked", "stuck", "missed", "closed")
    assert {key: path[key] for key in faults if path[key]} == {}


@every_page
def test_page_says_the_same_without_scripts(page: str) -> None:
    """Every line that can be read with scripts can be read without, and the other way round."""
    text = checked(ROOT / page)["text"]
    assert text["on"] > 0
    assert (text["only_on"], text["only_off"]) == ([], [])


@every_page
def test_page_prints(page: str) -> None:
    """The page as PDF has bytes and pages, and leaves out nothing that is folded on the screen."""
    pdf = checked(ROOT / page)["pdf"]
    assert pdf["bytes"] > 0
    assert pdf["pages"] > 0
    assert pdf["folded"] == 0


def test_hostile_names_do_nothing(make_repo: MakeRepo, tmp_path: Path) -> None:
    """Markup in a remote, a branch, an author and a tool's name neither runs, loads, logs nor asks anything."""
    hostile = "</title><script>alert(1)</script><img src=x onerror=alert(2)>\"'`{{7*7}}"
    body = f"work\n\nCo-authored-by: Claude {hostile} <noreply@anthropic.com>"
    repo = make_repo((body, {"a.py": "x = 1\n"}), author=f"{re.sub('[<>]', '', hostile)} <a@example.org>")
    address = "https://example.org/<svg onload=alert(3)><img src=x onerror=alert(4)>"
    git("--git-dir", repo, "config", "remote.origin.url", address)
    git("--git-dir", repo, "branch", "-m", "main", "</p><svg/onload=alert(5)><img/src=y>")
    page = tmp_path / "hostile.html"
    page.write_text(html.render(analyze_path(str(repo)).result), "utf-8")
    assert "&lt;svg onload=alert(3)&gt;" in page.read_text("utf-8")
    seen = checked(page)
    assert (seen["requests"], seen["errors"], seen["dialogs"]) == ([], [], [])


BAD = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Bad</title>
<style>
body { color: #222; background: #fff; } button, summary { outline: none !important; }
@media (prefers-color-scheme: dark) { body { background: #111; } }
</style></head><body><main><h1>Bad</h1>
<img src="absent.png"><p style="width: 600px">wide</p>
<button>no mark</button><details><summary>stuck</summary>folded</details><button tabindex="-1">late</button>
<script>
document.querySelector("summary").addEventListener("click", (event) => event.preventDefault());
const [first, late] = document.querySelectorAll("button");
first.addEventListener("focus", () => { late.tabIndex = 1; });
document.querySelector("main").append(Object.assign(document.createElement("p"), { textContent: "only with scripts" }));
console.error("logged"); alert("asked"); throw new Error("thrown");
</script></main></body></html>"""


def test_planted_faults_of_a_page_are_caught(tmp_path: Path) -> None:
    """Each fault planted in a page is seen, so that an empty list above means that there is none."""
    page = tmp_path / "bad.html"
    page.write_text(BAD, "utf-8")
    seen = checked(page)
    assert seen["requests"] == [(tmp_path / "absent.png").as_uri()]
    assert seen["dialogs"] == ["alert: asked"]
    said = "\n".join(seen["errors"])
    assert all(word in said for word in ("console: logged", "thrown", "absent.png"))
    rules = {view: {fault["id"] for fault in found} for view, found in by_view(seen, "axe").items()}
    assert {view for view, found in rules.items() if "color-contrast" in found} == {"1280-dark", "390-dark"}
    assert all("image-alt" in found for found in rules.values())
    assert set(by_view(seen, "overflow")) == {"390-light", "390-dark"}
    path = seen["keyboard"]
    assert path["unmarked"] == ['button "no mark"', 'summary "stuck"']
    assert path["stuck"] == ['summary "stuck"']
    assert path["missed"] == ['button "late"']
    assert seen["text"]["only_on"] == ["only with scripts"]


def test_breach_of_the_content_policy_is_caught(tmp_path: Path) -> None:
    """A script and an image that the page's policy forbids are errors, though neither is run or loaded."""
    page = tmp_path / "policy.html"
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    page.write_text(
        f'<!doctype html><html lang="en"><head><meta http-equiv="Content-Security-Policy" content="{policy}">'
        "<title>Policy</title></head><body><main><h1>Policy</h1><p onclick='alert(1)'>text</p>"
        "<img alt='none' src='absent.png'><script>alert(2)</script></main></body></html>",
        "utf-8",
    )
    seen = checked(page)
    said = "\n".join(seen["errors"])
    assert "policy: img-src" in said
    assert "policy: script-src-elem" in said
    assert seen["dialogs"] == []
    assert by_view(seen, "axe") == {}


def test_missing_browser_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Chromium the tests are skipped by name on a laptop, and fail with the same words in CI."""
    monkeypatch.setattr(shutil, "which", lambda name: None if "chromium" in name else name)
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="Chromium is missing: apt-get install chromium"):
        need_browser()
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="Chromium is missing: apt-get install chromium"):
        need_browser()


def test_the_lock_names_no_host() -> None:
    """The packages are locked by exact version and hash, and each machine asks the registry it is set up with."""
    wanted = json.loads((BROWSER / "package.json").read_text("utf-8"))["dependencies"]
    text = (BROWSER / "package-lock.json").read_text("utf-8")
    packages = json.loads(text)["packages"]
    assert "://" not in text, "npm wrote addresses into the lock: take its `funding` and `resolved` fields out"
    assert {name: packages[f"node_modules/{name}"]["version"] for name in wanted} == wanted
    assert all("integrity" in entry for path, entry in packages.items() if path)
