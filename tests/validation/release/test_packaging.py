"""What a stranger installs: the wheel in an empty environment, and `make run` on a repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from analyzer.version import VERSION
from tests.conftest import ROOT

if TYPE_CHECKING:
    from pathlib import Path

# One worker builds the environment once.
pytestmark = pytest.mark.slow


def run(*command: str | Path, cwd: Path, **environment: str) -> str:
    """Run a command that must succeed, without this checkout on the path, and return its stdout."""
    clean = {k: v for k, v in os.environ.items() if k not in {"PYTHONPATH", "VIRTUAL_ENV"}} | environment
    done = subprocess.run([str(c) for c in command], cwd=cwd, env=clean, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built by the locked backend without touching the network."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir")
    run(*pip, folder, str(ROOT), cwd=folder)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def empty_environment(tmp_path_factory: pytest.TempPathFactory, wheel: Path) -> Path:
    """A new environment with the locked run-time packages and the wheel: the bin folder."""
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", folder / "venv", cwd=folder)
    pip = (folder / "venv" / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    run(*pip, "--require-hashes", "-r", ROOT / "requirements" / "run.txt", cwd=folder)
    run(*pip, "--no-deps", wheel, cwd=folder)
    return folder / "venv" / "bin"


def test_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    """Data files, the type marker and the licence are in; tests, fixtures and reports are not."""
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.split("/")[0] for name in names} == {"analyzer", "aishare.py", f"aishare-{VERSION}.dist-info"}
    for needed in (
        "py.typed",
        "history/paths.toml",
        "history/linguist.json",
        "evidence/agents.toml",
        "report/analyze-2.schema.json",
    ):
        assert f"analyzer/{needed}" in names
    assert "analyzer/report/renderers/templates/report.html.jinja" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_same_sources_give_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    """A copy with other times and modes, built in another zone and order, has the same bytes (SECURITY.md)."""
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("analyzer", "pyproject.toml", "README.md", "LICENSE"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copyfile)(source, copy / name)
    for path in copy.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir")
    run(*pip, tmp_path, str(copy), cwd=tmp_path, TZ="Asia/Kathmandu", PYTHONHASHSEED="5")
    assert (tmp_path / wheel.name).read_bytes() == wheel.read_bytes()


def test_lines_for_after_the_release(empty_environment: Path, fixture_repos: dict[str, Path], tmp_path: Path) -> None:
    """What the README promises for the released package works from the built wheel; installers are stood in for."""
    fence = re.findall(
        r"^```console after release\n(.*?)^```", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL
    )
    lines = [line.removeprefix("$ ") for block in fence for line in block.splitlines()]
    assert [line for line in lines if "install" not in line] == [
        "uvx aishare analyze path/to/repo",
        "aishare analyze path/to/repo",
        "python -I -m analyzer analyze path/to/repo",
    ]
    path = f"{empty_environment}:{os.environ['PATH']}"
    for line in lines:
        if "install" in line:
            assert line.split()[-1] == "aishare"
            continue
        words = line.removeprefix("uvx ").replace("path/to/repo", str(fixture_repos["demo"])).split()
        assert run(empty_environment / words[0], *words[1:], cwd=tmp_path, PATH=path).startswith("demo  main@")


def test_installed_package_writes_every_format(
    empty_environment: Path, fixture_repos: dict[str, Path], tmp_path: Path
) -> None:
    """The installed command finds its data files: page, JSON, Parquet."""
    aishare, demo = empty_environment / "aishare", fixture_repos["demo"]
    assert VERSION in run(aishare, "--version", cwd=tmp_path)
    run(aishare, "analyze", demo, "-o", "a.html", "-o", "a.json", cwd=tmp_path)
    run(aishare, "dump", "merged_changes", demo, "--format", "parquet", "-o", "u.parquet", cwd=tmp_path)
    assert {p.name for p in tmp_path.iterdir()} == {"a.html", "a.json", "u.parquet"}


def test_a_folder_cannot_shadow_the_package(
    empty_environment: Path, fixture_repos: dict[str, Path], tmp_path: Path
) -> None:
    """Started inside a stranger's folder, neither the command nor `python -m` imports its click.py."""
    for name in ("click", "pandas", "git", "msgspec"):
        (tmp_path / f"{name}.py").write_text("open('canary', 'w')\nraise SystemExit(9)\n")
    for command in ([empty_environment / "aishare"], [empty_environment / "python", "-m", "analyzer"]):
        assert run(*command, "analyze", fixture_repos["demo"], cwd=tmp_path).startswith("demo")
    assert not (tmp_path / "canary").exists()


def test_make_run(fixture_repos: dict[str, Path]) -> None:
    """`make run REPO=…` prints the first screen and writes the page."""
    page = ROOT / "reports" / "local" / "report.html"
    page.unlink(missing_ok=True)
    out = run("make", "--no-print-directory", "run", f"REPO={fixture_repos['demo']}", cwd=ROOT)
    assert out == (ROOT / "reports" / "demo.txt").read_text("utf-8")
    assert page.read_text("utf-8").startswith("<!doctype html>")
