"""Symbolic links that a commit can plant: nothing is written through them."""

from __future__ import annotations

import os
import stat
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.core.sanitize import plain
from analyzer.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

# As many as Linux follows on the way to one file.
_MAX_LINKS = 40


def refuse_links_below(folder: Path, path: Path) -> None:
    """Check that no component of `path`, which is relative to `folder`, is a symbolic link.

    An absolute `path` is checked from the root, but only where a commit can have made the link. Raises
    `UsageError("linked-output")`.
    """
    if path.is_absolute():
        refuse_committed_links(path)
        return
    component = folder
    for name in path.parts:
        component /= name
        if component.is_symlink():
            raise linked_output(component)


def refuse_links(paths: Iterable[Path]) -> None:
    """Check that none of the paths is itself a symbolic link. Raises `UsageError("linked-output")`."""
    for path in paths:
        if path.is_symlink():
            raise linked_output(path)


def refuse_committed_links(folder: Path) -> None:
    """Check that the way to `folder` leads over no link that lies inside a git work tree.

    A link elsewhere is the user's own; where it leads to is checked as well. Raises `UsageError("linked-output")`.
    """
    position, names, followed = Path("/"), deque(folder.absolute().parts[1:]), 0
    while names:
        component = position / names.popleft()
        if not _is_link(component):
            # `position` holds no link, so its parent is what `..` means to the system.
            position = position.parent if component.name == ".." else component
            continue
        if _in_work_tree(position):
            raise linked_output(component)
        followed += 1
        if followed > _MAX_LINKS:  # the system reports the loop when the file is opened
            return
        target = Path(os.readlink(component))
        position = Path("/") if target.is_absolute() else position
        names.extendleft(reversed(target.parts[target.is_absolute() :]))


def linked_output(link: Path) -> UsageError:
    """Return the error for an output that would be written through a symbolic link."""
    return UsageError(
        "linked-output",
        f"{plain(str(link))} is a symbolic link, and aishare writes nothing through it.",
        "Remove the link, or name the folder that it points to.",
    )


def _is_link(path: Path) -> bool:
    try:
        return stat.S_ISLNK(os.lstat(path).st_mode)
    except (OSError, ValueError):  # ValueError: a NUL byte
        return False


def _in_work_tree(folder: Path) -> bool:
    return any(os.path.lexists(parent / ".git") for parent in (folder, *folder.parents))
