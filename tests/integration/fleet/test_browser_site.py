"""A fleet's site in a real browser: every link clicked, from a folder and from a server; axe on each kind of page."""

from __future__ import annotations

import functools
import json
import subprocess
import threading
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from analyzer.cli import run
from tests.browsers import BROWSER, PATIENCE, need_browser
from tests.fleets import PEOPLE, grown, history, one_thread

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.slow
FAULTS = ("dead", "outside", "errors", "axe", "overflow")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two repositories and one that is none, a team and who is in none, runs of two days."""
    need_browser()
    folder = tmp_path_factory.mktemp("fleet")
    clone, _ = (history(folder / "clones" / name, seed, 4) for seed, name in enumerate(("one", "two")))
    (folder / "clones" / "broken").mkdir()
    people = ", ".join(f'{{ who = "{person.partition("<")[2][:-1]}" }}' for person in PEOPLE)
    (folder / "team.toml").write_text(
        f'salt = "only for tests"\nsmallest_group = 2\n[[repositories]]\nglob = "clones/*"\n'
        f'[[teams]]\nname = "Payments & <Co>"\npeople = [{people}]\n'
    )
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("analyzer.fleet.scheduling.executors.worker_pool", one_thread)
        assert run(["team", str(folder / "team.toml"), "-q", "--as-of=2024-03-31"]) == 0
        grown(clone, 0, range(16, 18))
        assert run(["team", str(folder / "team.toml"), "-q", "--as-of=2024-04-30"]) == 0
    return folder / "site"


def crawled(url: str) -> dict[str, Any]:
    """What crawl.mjs saw."""
    done = subprocess.run(
        ["node", BROWSER / "crawl.mjs", url], capture_output=True, text=True, check=False, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    return seen


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """A folder on this machine's loopback."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def reached(seen: dict[str, Any], root: str) -> set[str]:
    """Files that a click opened or saved."""
    return {url.removeprefix(root) for url in seen["reached"]}


def without_a_way_back(seen: dict[str, Any], start: str) -> list[str]:
    """Pages from which no link leads to the first one."""
    return [page for page, links in seen["pages"].items() if page != start and start not in links]


def test_every_page_is_reached_and_sound(site: Path) -> None:
    """From a folder: a click leads to each file but Markdown and manifest, each page leads back, axe finds nothing."""
    start = (site / "index.html").as_uri()
    seen = crawled(start)
    assert {fault: seen[fault] for fault in FAULTS if seen[fault]} == {}
    root = start.removesuffix("index.html")
    files = {str(path.relative_to(site)) for path in site.rglob("*") if path.is_file()}
    assert reached(seen, root) == {n for n in files if not n.endswith(".md") and n != "aishare-manifest.json"}
    assert without_a_way_back(seen, start) == []
    kinds = {view.removeprefix(root).split("/")[0].split(" ")[0] for view in seen["views"]}
    assert kinds == {"index.html", "teams", "repositories", "runs"}
    assert len(seen["views"]) == 4 * 4


def test_the_same_from_a_subfolder_of_a_server(site: Path) -> None:
    """No link and no request leaves the folder that the site is served from."""
    with served(site.parent) as url:
        seen = crawled(f"{url}/{site.name}/index.html")
    assert {fault: seen[fault] for fault in FAULTS if seen[fault]} == {}
    assert {"index.html", "fleet.json", "data/teams.parquet", "runs/2024-03-31/fleet.json"} <= reached(
        seen, f"{url}/{site.name}/"
    )
    assert seen["clicks"] > 40


def test_planted_faults_are_seen(tmp_path: Path) -> None:
    """A dead link, a missing part, a page without a way back, an image from elsewhere and bad contrast."""
    need_browser()
    head = '<!doctype html><html lang="en"><head><title>x</title></head><body><main><h1>x</h1>'
    (tmp_path / "index.html").write_text(
        f'{head}<p><a href="a/lost.html">lost</a> <a href="gone.html">gone</a> <a href="#part">part</a></p></main>'
    )
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "lost.html").write_text(
        f'{head}<p style="color: #ccc; width: 1300px">pale</p><img alt="x" src="../../outside.png"></main>'
    )
    start = (tmp_path / "index.html").as_uri()
    seen = crawled(start)
    root = start.removesuffix("index.html")
    assert seen["dead"] == [f"{start} → {root}gone.html: unreachable", f"{start} → {start}#part: no such part"]
    assert without_a_way_back(seen, start) == [f"{root}a/lost.html"]
    assert seen["outside"] == [(tmp_path.parent / "outside.png").as_uri()]
    assert any("color-contrast" in fault for fault in seen["axe"])
    assert len(seen["overflow"]) == 4
