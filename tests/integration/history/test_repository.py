"""Every way a repository cannot answer: one slug, one fix, and nothing of it is run or written."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from analyzer.errors import AishareError, NoShareError
from analyzer.history import git as runner
from analyzer.history.git_options import DIFF_OPTIONS
from analyzer.history.repository import open_repository
from tests.conftest import git
from tests.planting import analyze_path, load_path

if TYPE_CHECKING:
    from pathlib import Path


def _slug(path: Path | str, rev: str = "HEAD") -> str:
    with pytest.raises(AishareError) as caught:
        open_repository(str(path), rev)
    assert caught.value.fix
    assert "\n" not in caught.value.message
    return caught.value.slug


def test_unreadable_paths_and_revisions_have_slugs(tmp_path: Path, fixture_repos: dict[str, Path]) -> None:
    """Not there, a URL, no repository, no commits, unborn, unknown revision: each has its own slug."""
    empty = tmp_path / "empty"
    git("init", "--quiet", empty)
    unborn = tmp_path / "unborn"
    git("clone", "--quiet", fixture_repos["bots"], unborn)
    git("-C", unborn, "symbolic-ref", "HEAD", "refs/heads/nothing")
    (tmp_path / "plain").mkdir()
    assert _slug(tmp_path / "missing") == "path-not-found"
    assert _slug("https://example.org/a/b.git") == "url-given"
    assert _slug("git@example.org:a/b.git") == "url-given"
    assert _slug(tmp_path / "plain") == "not-a-repository"
    assert _slug(empty) == "empty-repository"
    assert _slug(unborn) == "unborn-branch"
    assert _slug(fixture_repos["bots"], "nonsense") == "unknown-revision"
    assert _slug(fixture_repos["bots"], "--output=/tmp/x") == "unknown-revision"


def test_shallow_is_refused_with_the_exact_fix(tmp_path: Path, fixture_repos: dict[str, Path]) -> None:
    """A shallow clone's boundary commit would own everything before it."""
    shallow = tmp_path / "shallow"
    git("clone", "--quiet", "--depth=2", f"file://{fixture_repos['paths']}", shallow)
    with pytest.raises(NoShareError) as caught:
        open_repository(str(shallow))
    assert caught.value.slug == "shallow-clone"
    assert "fetch --unshallow" in caught.value.fix
    assert "fetch-depth: 0" in caught.value.fix


def test_bare_detached_worktree_and_subfolder_read_the_same(tmp_path: Path, fixture_repos: dict[str, Path]) -> None:
    """One commit gives one answer however it is checked out, dirty files included."""
    clone, tree = tmp_path / "clone", tmp_path / "tree"
    git("clone", "--quiet", fixture_repos["paths"], clone)
    git("-C", clone, "worktree", "add", "--quiet", "--detach", tree)
    (clone / ".mailmap").write_text("Nobody <x@y> <ada@old.example>\n")
    (clone / ".gitattributes").write_text("*.py linguist-vendored\n")
    shares = [analyze_path(str(p)).result.share for p in (fixture_repos["paths"], clone, clone / "src", tree)]
    assert shares[1:] == shares[:-1]
    git("-C", clone, "checkout", "--quiet", "--detach")
    assert open_repository(str(clone)).branch is None


def test_submodules(tmp_path: Path, fixture_repos: dict[str, Path]) -> None:
    """From within a submodule's folder the submodule is read; in the project above, its pointer adds no line."""
    allowed = ("-c", "protocol.file.allow=always")
    git("init", "--quiet", "--initial-branch=main", tmp_path / "above")
    git("-C", tmp_path / "above", *allowed, "submodule", "--quiet", "add", fixture_repos["paths"], "below")
    git("-C", tmp_path / "above", "commit", "--quiet", "-m", "take it in")
    below = load_path(str(tmp_path / "above" / "below"))
    direct = load_path(str(fixture_repos["paths"]))
    assert below.commits["sha"].tolist() == direct.commits["sha"].tolist()
    above = load_path(str(tmp_path / "above"))
    assert above.file_changes is not None
    pointer = above.file_changes.set_index("path").loc["below"]
    assert pointer["path_class"] == "link"
    assert pd.isna(pointer["added"])
    assert above.file_changes.set_index("path").loc[".gitmodules", "added"] == 3


def test_missing_or_old_git_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Without git, or with an old or broken one, the error says which."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert _slug(".") == "git-missing"
    fake = tmp_path / "git"
    for said, slug in (("git version 2.30.9", "git-too-old"), ("hello", "git-missing")):
        fake.write_text(f"#!/bin/sh\necho {said}\n")
        fake.chmod(0o755)
        assert _slug(".") == slug


# Key → command it names, and a plain git command that runs it: the proof that the trap is set.
_TRAPS: dict[str, tuple[str, tuple[str, ...] | None]] = {
    "core.fsmonitor": ("touch {canary}; true", ("status",)),
    "core.hooksPath": ("{hooks}", ("read-tree", "HEAD")),
    "diff.external": ("touch {canary}", ("diff", "HEAD~12", "HEAD")),
    "diff.evil.textconv": ("touch {canary}; cat", ("log", "-p")),
    "diff.evil.command": ("touch {canary}", ("diff", "HEAD~12", "HEAD")),
    "filter.evil.clean": ("touch {canary}; cat", ("add", "--renormalize", ".")),
    "filter.evil.smudge": ("touch {canary}; cat", ("archive", "HEAD")),
    "alias.zz": ("!touch {canary}", ("zz",)),
    # These need a terminal, a signature or a network to fire; they are here as settings that must stay silent.
    "core.sshCommand": ("touch {canary}; true", None),
    "core.pager": ("touch {canary}; cat", None),
    "pager.log": ("touch {canary}; cat", None),
    "gpg.program": ("touch {canary}; true", None),
    "alias.log": ("!touch {canary}", None),
    "credential.helper": ("!touch {canary}", None),
}


@pytest.mark.parametrize("key", _TRAPS)
def test_no_command_of_the_repository_configuration_runs(
    key: str, tmp_path: Path, fixture_repos: dict[str, Path]
) -> None:
    """A command that the repository's configuration names fires in plain git, and never in ours, patches included."""
    clone, canary, hooks = tmp_path / "clone", tmp_path / "canary", tmp_path / "hooks"
    git("clone", "--quiet", fixture_repos["paths"], clone)
    hooks.mkdir()
    for hook in ("post-index-change", "reference-transaction", "fsmonitor-watchman"):
        (hooks / hook).write_text(f"#!/bin/sh\ntouch {canary}\n")
        (hooks / hook).chmod(0o755)
    value, control = _TRAPS[key]
    git("-C", clone, "config", key, value.format(canary=canary, hooks=hooks))
    git("-C", clone, "config", "log.showSignature", "true")
    (clone / ".git" / "info" / "attributes").write_text("* diff=evil filter=evil\n")
    if control:
        subprocess.run(["git", "-C", clone, *control], capture_output=True, check=False)
        assert canary.exists(), "the trap does not fire in plain git"
        canary.unlink()
    analyze_path(str(clone))
    repository = open_repository(str(clone))
    list(repository.git.stream("log", "-p", *DIFF_OPTIONS, repository.head, "--"))
    assert not canary.exists()


def test_the_repository_is_never_written(tmp_path: Path, fixture_repos: dict[str, Path]) -> None:
    """No file appears, goes or changes in a run, the index and locks included."""
    clone = tmp_path / "clone"
    git("clone", "--quiet", fixture_repos["paths"], clone)

    def state() -> dict[str, tuple[int, int]]:
        return {str(p): (p.lstat().st_mtime_ns, p.lstat().st_size) for p in sorted(clone.rglob("*"))}

    before = state()
    analyze_path(str(clone))
    assert state() == before


_LEAKS = {
    "diff.noprefix": "true",
    "diff.mnemonicPrefix": "true",
    "diff.renames": "false",
    "diff.algorithm": "patience",
    "diff.submodule": "log",
    "diff.relative": "true",
    "diff.orderFile": "/nonexistent",
    "color.ui": "always",
    "log.showRoot": "false",
    "log.mailmap": "false",
    "log.date": "relative",
    "format.pretty": "oneline",
    "core.quotePath": "true",
    "log.follow": "true",
    "log.decorate": "full",
    "i18n.logOutputEncoding": "latin1",
    "core.attributesFile": "/nonexistent",
    "mailmap.file": "/nonexistent",
}


def test_user_git_configuration_changes_no_figure(
    tmp_path: Path, fixture_repos: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Global settings that leak into git's output leave every figure as it is."""
    path = str(fixture_repos["paths"])
    before = analyze_path(path).result
    config = tmp_path / "gitconfig"
    for key, value in _LEAKS.items():
        git("config", "--file", config, key, value)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".gitconfig").write_bytes(config.read_bytes())
    monkeypatch.delenv("GIT_CONFIG_GLOBAL")
    assert git_sees(tmp_path) == "oneline"
    assert analyze_path(path).result == before


def test_git_environment_variables_change_no_figure(
    fixture_repos: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """GIT_* variables of the caller's shell reach neither git nor GitPython."""
    path = str(fixture_repos["paths"])
    before = analyze_path(path).result
    for name in (
        "GIT_DIR",
        "GIT_COMMON_DIR",
        "GIT_OBJECT_DIRECTORY",
        "GIT_INDEX_FILE",
        "GIT_WORK_TREE",
        "GIT_NAMESPACE",
    ):
        monkeypatch.setenv(name, "/nonexistent")
    monkeypatch.setenv("GIT_EXTERNAL_DIFF", "/nonexistent")
    assert analyze_path(path).result == before


def git_sees(home: Path) -> str:
    """What git itself reads from that home: the guard that the test above tests something."""
    said = runner._run([runner.executable(), "config", "format.pretty"], overrides={"HOME": str(home)})
    return said.stdout.decode().strip()


def test_blobless_clone_counts_commits_but_not_lines(tmp_path: Path, fixture_repos: dict[str, Path]) -> None:
    """A blobless clone answers in commits and changes, fetches nothing, and says why lines are unknown."""
    source = tmp_path / "source"
    git("clone", "--quiet", "--bare", fixture_repos["dialects"], source)
    git("--git-dir", source, "config", "uploadpack.allowFilter", "true")
    partial = tmp_path / "partial"
    git("clone", "--quiet", "--bare", "--filter=blob:none", f"file://{source}", partial)
    before = sorted(p.name for p in (partial / "objects").rglob("*"))
    result = analyze_path(str(partial)).result
    shares = {d.id: d for d in result.share.definitions}
    assert shares["commits"].n == 46
    assert (shares["lines_added"].n, shares["lines_added"].abstained) == (None, "partial-clone")
    assert result.repository.partial
    assert "partial-clone" in {row.slug for row in result.data_quality}
    assert sorted(p.name for p in (partial / "objects").rglob("*")) == before


def test_unreadable_folder_has_its_own_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder nobody may read is said to be so (root may read everything, so the answer is stood in for)."""
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: str(path) != str(tmp_path) and allowed(path, mode))
    assert _slug(tmp_path) == "path-unreadable"
