"""A fleet stores nothing of a forged clone, and names the settings that its repositories make themselves."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from analyzer.cli import run
from tests.conftest import git
from tests.fleets import history, one_thread
from tests.integration.history.test_object_check import forge_loose_commits, unpacked
from tests.integration.pipeline.test_repository_settings import commit
from tests.planting import load_path

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two clones and a configuration."""
    monkeypatch.setattr("analyzer.fleet.scheduling.executors.worker_pool", one_thread)
    for seed, name in enumerate(("one", "two")):
        history(tmp_path / "clones" / name, seed, 4)
    (tmp_path / "team.toml").write_text('salt = "only for tests"\n[[repositories]]\nglob = "clones/*"\n')
    return tmp_path


def rows(fleet: Path) -> dict[str, dict[str, Any]]:
    """The rows of repositories after a run."""
    assert run(["team", str(fleet / "team.toml"), "-q"]) == 0
    report = json.loads((fleet / "site" / "fleet.json").read_text())
    return {row["name"]: row for row in report["repositories"]}


def test_a_forged_clone_is_a_failed_row_and_leaves_nothing(fleet: Path) -> None:
    """The honest clone in its place gets its own figures, on the same path and in the same store."""
    clone, spare = fleet / "clones" / "one", fleet / "spare"
    shutil.copytree(clone, spare)
    expected = load_path(spare).merged_changes["ai"].mean()
    forge_loose_commits(clone)
    forged = rows(fleet)
    assert forged["one"]["slug"] == "objects-mismatch"
    assert forged["one"]["marked"] is None
    assert forged["two"]["slug"] is None
    shutil.rmtree(clone)
    spare.rename(clone)
    honest = rows(fleet)["one"]
    assert honest["slug"] is None
    assert honest["marked"] == pytest.approx(expected)


def test_a_clone_that_lacks_contents_is_read_again(fleet: Path) -> None:
    """What is stored of it does not speak for the whole clone that takes its place."""
    shutil.rmtree(fleet / "clones" / "two")
    clone, spare = fleet / "clones" / "one", fleet / "spare"
    unpacked(clone)
    shutil.copytree(clone, spare)
    blob = next(line for line in git("--git-dir", clone, "ls-tree", "-r", "HEAD").splitlines() if ".py" in line)
    sha = blob.split()[2]
    (clone / "objects" / sha[:2] / sha[2:]).unlink()
    rows(fleet)
    lacking = (fleet / "site" / "repositories" / "one.html").read_text()
    shutil.rmtree(clone)
    spare.rename(clone)
    rows(fleet)
    assert (fleet / "site" / "repositories" / "one.html").read_text() != lacking


def test_settings_of_repositories_are_in_row_and_page(fleet: Path) -> None:
    """With their effects; and the fleet's owner can leave them out."""
    shutil.rmtree(fleet / "clones" / "two")
    commit(fleet / "clones" / "one", aishare_toml='exclude = ["*.py"]\n')
    settings = rows(fleet)["one"]["settings"]
    assert len(settings) == 1
    assert settings[0].startswith("aishare.toml sets exclude (")
    page = (fleet / "site" / "index.html").read_text()
    assert page.count("aishare.toml sets exclude") == 2
    assert "aishare.toml sets exclude" in (fleet / "site" / "data" / "repositories.csv").read_text()
    with (fleet / "team.toml").open("r+") as file:
        text = file.read()
        file.seek(0)
        file.write("repo_config = false\n" + text)
    assert rows(fleet)["one"]["settings"] == []
