"""Shared fixtures: small repositories with known truth, built from the streams in fixtures/."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import LoadScopeScheduling

# As the command and the Makefile do, before anything imports numpy: the matrices are small, and workers use every core.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Timings on shared machines are noise; examples are derandomised so that CI and a laptop try the same ones.
settings.register_profile("aishare", deadline=None, derandomize=True)
settings.load_profile("aishare")

ROOT = Path(__file__).parents[1]
FIXTURES = ROOT / "fixtures"
_CACHE = Path(tempfile.mkdtemp(prefix="aishare-tests-"))
atexit.register(shutil.rmtree, _CACHE, ignore_errors=True)
SHARED = ROOT.parent / "shared"

MakeRepo = Callable[..., Path]
# Files that one worker runs: their fixtures cost more than their tests, or two at a time would be in each other's way.
# (Marks of xdist_group are not seen by pytest-xdist 3.8 under pytest 9.2.)
_TOGETHER = {
    "tests/validation/determinism/test_determinism.py",
    "tests/integration/report/test_browser.py",
    "tests/integration/fleet/test_browser_site.py",
    "tests/integration/fleet/test_team.py",
    "tests/validation/release/test_packaging.py",
    "tests/validation/release/test_scale.py",
    "tests/validation/oracles/test_vs_git.py",
}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling | None:
    """Under `--dist loadscope`, which the Makefile asks for, a scope is one of these files or a single test."""
    from xdist.scheduler import LoadScopeScheduling

    class Together(LoadScopeScheduling):  # type: ignore[misc]  # a library without types
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return file if file in _TOGETHER else nodeid

    return Together(config, log) if config.getvalue("dist") == "loadscope" else None


def pytest_collection_finish() -> None:
    """Let the collector of garbage pass over what collecting tests has made.

    Each `analyze` collects garbage three times, and that takes as long as a process holds objects: half a second and
    more in one that has imported all tests, a twentieth in that of a user.
    """
    gc.collect()
    gc.freeze()


def git(*arguments: str | Path, stdin: bytes | None = None, cwd: Path | None = None) -> str:
    """Run git with nobody's settings and return what it prints."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
    environment |= {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER") for what, value in _WHO.items()}
    done = subprocess.run(
        ["git", *map(str, arguments)], input=stdin, cwd=cwd, env=environment, check=True, capture_output=True
    )
    return done.stdout.decode("utf-8", "replace")


_WHO = {"NAME": "Ada Lovelace", "EMAIL": "ada@example.org", "DATE": "1704099600 +0000"}


def imported(target: Path, stream: bytes) -> Path:
    """A bare repository made from a fast-import stream."""
    git("init", "--quiet", "--bare", "--initial-branch=main", target)
    git("--git-dir", target, "fast-import", "--quiet", stdin=stream)
    return target


@pytest.fixture(scope="session")
def fixture_repos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every stream of fixtures/ as a bare repository, by name."""
    folder = tmp_path_factory.mktemp("fixtures")
    return {
        stream.stem: imported(folder / stream.stem, stream.read_bytes()) for stream in sorted(FIXTURES.glob("*.fi"))
    }


@pytest.fixture
def make_repo(tmp_path: Path) -> MakeRepo:
    """Build a bare repository from (message, {path: text}) commits, a day apart, all by one author."""

    def build(*commits: tuple[str, dict[str, str]], author: str = "Ada Lovelace <ada@example.org>") -> Path:
        stream = b""
        for n, (message, files) in enumerate(commits):
            body = message.encode("utf-8", "surrogateescape")
            stream += f"commit refs/heads/main\ncommitter {author} {1704099600 + 86400 * n} +0000\n".encode()
            stream += b"data %d\n%s\n" % (len(body), body)
            for path, text in files.items():
                blob = text.encode()
                stream += b'M 100644 inline "%s"\ndata %d\n%s\n' % (path.encode(), len(blob), blob)
        return imported(tmp_path / "made", stream)

    return build


@pytest.fixture(autouse=True)
def _nobodys_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("GIT_", "AISHARE_")) or name in {"NO_COLOR", "FORCE_COLOR"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("XDG_CACHE_HOME", str(_CACHE))
