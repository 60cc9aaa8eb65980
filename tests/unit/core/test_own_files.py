"""Nobody else can put a file where we read our own."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from analyzer.core.own_files import make_private, read_own

if TYPE_CHECKING:
    from pathlib import Path


def give_away(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a file or folder somebody else's: by giving it away where we may, else by being somebody else."""
    if os.geteuid() == 0:
        os.chown(path, 65534, 65534)
    else:
        monkeypatch.setattr(os, "geteuid", lambda: path.stat().st_uid + 1)


def test_folders_are_made_for_us_alone(tmp_path: Path) -> None:
    """A new folder is ours, an old one loses the rights of others to write."""
    make_private(tmp_path / "a" / "b")
    assert stat.S_IMODE((tmp_path / "a" / "b").stat().st_mode) == 0o700
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    make_private(tmp_path / "open")
    assert stat.S_IMODE((tmp_path / "open").stat().st_mode) == 0o755
    (tmp_path / "open").chmod(0o1777)
    make_private(tmp_path / "open")
    assert stat.S_IMODE((tmp_path / "open").stat().st_mode) == 0o1777


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They could exchange what lies in it."""
    give_away(tmp_path, monkeypatch)
    with pytest.raises(PermissionError, match="belongs to somebody else"):
        make_private(tmp_path)


def test_only_a_plain_file_of_ours_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No link, pipe or folder, nothing large, nothing that others may open (as git checks files out), or of others."""
    path = tmp_path / "file"
    path.write_bytes(b"contents")
    path.chmod(0o600)
    assert read_own(path, 8) == b"contents"
    with pytest.raises(OSError, match="larger than 7 bytes"):
        read_own(path, 7)
    (tmp_path / "link").symlink_to(path)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("link", "pipe", "folder"):
        with pytest.raises(OSError, match=r"symbolic links|plain file|directory"):
            read_own(tmp_path / name, 8)
    for mode in (0o620, 0o602, 0o644, 0o755):
        path.chmod(mode)
        with pytest.raises(PermissionError, match="others may open it"):
            read_own(path, 8)
    path.chmod(0o600)
    give_away(path, monkeypatch)
    with pytest.raises(PermissionError, match="somebody else"):
        read_own(path, 8)
