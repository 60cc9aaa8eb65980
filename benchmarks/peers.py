"""Other tools that answer part of the question, as a user runs them on a checked-out clone."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path


class PeerTool(NamedTuple):
    """A tool: what the page calls it, its command, and its arguments, in which {clone} and {out} are folders."""

    title: str
    command: str
    arguments: tuple[str, ...]


PEERS = (
    PeerTool(
        "git-of-theseus (weekly samples)",
        "git-of-theseus-analyze",
        ("{clone}", "--branch", "{branch}", "--procs", "1", "--quiet", "--all-filetypes", "--outdir", "{out}"),
    ),
    PeerTool("git-fame", "git-fame", ("--silent-progress", "{clone}")),
    PeerTool("shipsignal impact --survival", "shipsignal", ("impact", "--survival", "{clone}")),
)


def installed_peers(folder: str | None) -> dict[str, tuple[str, PeerTool]]:
    """Return the path and the tool of each peer in a folder, or else on PATH, by title."""
    paths = {peer: shutil.which(peer.command, path=folder or None) for peer in PEERS}
    return {peer.title: (path, peer) for peer, path in paths.items() if path is not None}


def peer_command(path: str, peer: PeerTool, clone: Path, branch: str, out: Path) -> list[str]:
    """Return the command line of a peer."""
    return [path, *(argument.format(clone=clone, branch=branch, out=out) for argument in peer.arguments)]
