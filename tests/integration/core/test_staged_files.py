"""Files that appear together: all of them or none, and never through a link."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from analyzer.core.staged_files import StagedFiles, make_folders
from analyzer.errors import UsageError
from tests.fleets import contents

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FILES = {"a/one": b"1", "b/c/two": b"22", "three": b"333"}


def _write(folder: Path, files: Mapping[str, bytes] = FILES) -> None:
    with StagedFiles(folder) as staged:
        for path, text in files.items():
            staged.add(path, text)
        staged.publish()


def _failing(monkeypatch: pytest.MonkeyPatch, function: str, call: int) -> None:
    """Let a function of `os` fail at its `call`-th call, as on a full disk."""
    original, calls = getattr(os, function), [0]

    def fails(*arguments: object, **options: object) -> object:
        calls[0] += 1
        if calls[0] == call:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return original(*arguments, **options)

    monkeypatch.setattr(os, function, fails)


@pytest.mark.parametrize("call", [1, 2, 3])
@pytest.mark.parametrize("function", ["fsync", "fchmod"])
def test_full_disk_leaves_the_folder_as_it_was(
    function: str, call: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At whichever file the disk is full: the old files are whole, no draft and no new folder is left."""
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one").write_bytes(b"old")
    with monkeypatch.context() as patch:
        _failing(patch, function, call)
        with pytest.raises(OSError, match="No space left"):
            _write(tmp_path)
    assert contents(tmp_path) == {"a/one": b"old"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a"]
    _write(tmp_path)
    assert contents(tmp_path) == FILES


def test_limit_of_the_system_on_file_sizes(tmp_path: Path) -> None:
    """A write that the system itself cuts short leaves nothing behind."""
    resource = pytest.importorskip("resource")
    signal = pytest.importorskip("signal")
    old, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, old[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            _write(tmp_path, {"small": b"x", "a/large": bytes(5000)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, handler)
    assert list(tmp_path.iterdir()) == []


def test_subfolder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    """Reading, listing and writing below a link all name it; nothing appears behind it."""
    site, elsewhere = tmp_path / "site", tmp_path / "elsewhere"
    for folder in (site, elsewhere):
        folder.mkdir()
    (site / "a").symlink_to(elsewhere)
    with pytest.raises(UsageError, match="site/a is a symbolic link"):
        _write(site)
    with StagedFiles(site) as staged:
        for action in (staged.names, lambda path: staged.read(f"{path}/one"), lambda path: staged.mode(f"{path}/one")):
            with pytest.raises(UsageError, match="site/a is a symbolic link"):
                action("a")
    assert list(elsewhere.iterdir()) == []


def test_only_our_drafts_are_removed(tmp_path: Path) -> None:
    """Drafts have one exact form; names like it, folders and links of that name stay."""
    ours = f".aishare-draft-{'0' * 16}"
    others = [".draft-chapter1.md", ".aishare-draft-", ".aishare-draft-notes", f"{ours}0", f"x{ours}", f"{ours}.md"]
    for name in (*others, ours):
        (tmp_path / name).write_text("")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / ours).mkdir()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / ours).symlink_to(tmp_path / others[0])
    with StagedFiles(tmp_path) as staged:
        staged.remove_old_drafts([".", "a", "b", "none"])
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*others, "a", "b"])
    assert (tmp_path / "a" / ours).is_dir()
    assert (tmp_path / "b" / ours).is_symlink()


def test_make_folders_names_what_it_made(tmp_path: Path) -> None:
    """Only folders that did not exist are returned, outermost first, so that they can be removed again."""
    assert make_folders(tmp_path / "x" / "y") == [tmp_path / "x", tmp_path / "x" / "y"]
    assert make_folders(tmp_path / "x" / "y") == []
