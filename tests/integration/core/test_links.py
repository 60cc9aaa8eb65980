"""Outputs and links: what a commit can have planted is refused, what the user made is followed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analyzer.cli import console, run
from analyzer.core.links import refuse_committed_links, refuse_links_below
from analyzer.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.conftest import MakeRepo

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A work tree whose folder `reports` is a link to a folder elsewhere."""
    checkout = tmp_path / "checkout"
    (checkout / ".git").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (checkout / "reports").symlink_to(tmp_path / "elsewhere")
    return checkout


def test_output_below_a_committed_link_is_refused(checkout: Path, tmp_path: Path) -> None:
    """A parent folder that is a link in a work tree, however it is reached: nothing is written, the link is named."""
    (tmp_path / "way").symlink_to(checkout)
    (checkout / "deep").mkdir()
    for folder in (checkout / "reports", tmp_path / "way" / "reports", checkout / "deep" / ".." / "reports"):
        with pytest.raises(UsageError, match=r"reports is a symbolic link") as refused:
            console.write("x", str(folder / "report.json"))
        assert refused.value.slug == "linked-output"
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_links_of_the_user_are_followed(checkout: Path, tmp_path: Path) -> None:
    """A link outside of any work tree is the user's, also one into a work tree; a file's own name is replaced."""
    (tmp_path / "way").symlink_to(checkout)
    (tmp_path / "mine").symlink_to(tmp_path / "elsewhere")
    (checkout / "report.json").symlink_to(tmp_path / "victim")
    for target in (tmp_path / "mine" / "report.json", tmp_path / "way" / "report.json"):
        console.write("x", str(target))
    assert (tmp_path / "elsewhere" / "report.json").read_text() == "x"
    assert not (checkout / "report.json").is_symlink()
    assert not (tmp_path / "victim").exists()


def test_loops_of_links_end(tmp_path: Path) -> None:
    """Two links that point to each other are an error of the system, not an endless search."""
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    refuse_committed_links(tmp_path / "a" / "x")
    with pytest.raises(UsageError, match="cannot be written"):
        console.write("x", str(tmp_path / "a" / "x"))


def test_configured_folders_allow_no_link(tmp_path: Path) -> None:
    """Below the folder of a configuration every link is refused, whether or not that is a work tree."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    for path in ("link", "link/site", "real/../link/site"):
        with pytest.raises(UsageError, match="link is a symbolic link"):
            refuse_links_below(tmp_path, tmp_path.__class__(path))
    refuse_links_below(tmp_path, tmp_path.__class__("real/site"))


@pytest.mark.parametrize(
    "arguments",
    [
        lambda repo, target: ["analyze", repo, "-q", "-o", f"{target}/report.json"],
        lambda repo, target: ["survey", repo, "-q", "-o", f"{target}/sheet.csv"],
        lambda _, target: ["simulate", f"{target}/simulated"],
    ],
    ids=["analyze", "survey", "simulate"],
)
def test_no_verb_writes_through_a_committed_link(
    arguments: Callable[[str, Path], list[str]], make_repo: MakeRepo, checkout: Path, tmp_path: Path, capsys: Captured
) -> None:
    """Reports, sheets and simulated repositories: wrong use, and the folder behind the link stays empty."""
    repo = make_repo(("one", {"a.py": "x = 1\n"}))
    assert run(arguments(str(repo), checkout / "reports")) == 2
    assert "linked-output" in capsys.readouterr().err
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_names_of_open_files_are_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A link like /dev/stdout is the system's name of an open file: it is written to, never replaced."""
    (tmp_path / "output").write_text("")
    with (tmp_path / "output").open("w") as file:
        console.write("x", f"/proc/self/fd/{file.fileno()}")
    assert (tmp_path / "output").read_text() == "x"
    replaced: list[str] = []
    monkeypatch.setattr("os.replace", lambda _draft, target: replaced.append(target))
    console.write("", "/dev/stdout")
    assert replaced == []
