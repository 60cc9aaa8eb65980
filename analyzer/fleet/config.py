"""The fleet's configuration: a TOML file, checked key by key, and what it names on this machine."""

from __future__ import annotations

import glob
import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from analyzer.core.sanitize import plain
from analyzer.errors import UsageError
from analyzer.fleet.config_checks import inconsistent
from analyzer.fleet.config_types import (
    Fleet,
    RepositoryEntry,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_LARGEST = 10_000_000
_URL = re.compile(r"(?:https?|ssh|git|file)://|[\w.-]+@[\w.-]+:")


class Place(Struct, frozen=True):
    """A repository to look at: its name in the fleet, and a path or a URL."""

    name: str
    path: str | None
    url: str | None
    rev: str


def load(path: str) -> tuple[Fleet, Path]:
    """The fleet of a file, and the folder from which its paths count.

    Raises `UsageError("bad-team")` with the key that is wrong; the salt may come from AISHARE_SALT instead.
    """
    file = Path(path)
    try:
        text = file.read_bytes()
        fleet = msgspec.convert(tomllib.loads(text[:_LARGEST].decode("utf-8")), Fleet)
    except OSError as reason:
        raise bad(f"{plain(path)} cannot be read: {reason.strerror}.") from None
    except (ValueError, msgspec.ValidationError, RecursionError) as reason:
        raise bad(f"{plain(path)}: {plain(str(reason), 200)}.") from None
    if (wrong := inconsistent(fleet)) is not None:
        raise bad(f"{plain(path)}: {plain(wrong, 200)}")
    salt = os.environ.get("AISHARE_SALT") or fleet.salt
    if not salt:
        raise UsageError(
            "no-salt",
            "A fleet needs a salt: without one its people could be looked up in any clone.",
            'Set salt = "…" in the file, or AISHARE_SALT.',
        )
    return msgspec.structs.replace(fleet, salt=salt), file.resolve().parent


def bad(what: str) -> UsageError:
    """Wrong use of the configuration."""
    return UsageError("bad-team", what, "aishare team --init prints an example with every key.")


def places(fleet: Fleet, base: Path) -> list[Place]:
    """Every repository once, in the order of names. Raises `UsageError("bad-team")` where two have one name."""
    found: dict[str, Place] = {}
    for entry in fleet.repositories:
        for place in _of(entry, base):
            known = found.get(place.name)
            if known is not None and (known.path, known.url) != (place.path, place.url):
                raise bad(f"Two repositories are called {plain(place.name)}: give one of them a name.")
            found[place.name] = place
    if not found:
        globs = ", ".join(plain(entry.glob, 80) for entry in fleet.repositories if entry.glob is not None)
        raise bad(f"No glob of [[repositories]] names a folder: {globs}, from {plain(str(base), 120)}.")
    return [found[name] for name in sorted(found)]


def _of(entry: RepositoryEntry, base: Path) -> Iterator[Place]:
    given = [value for value in (entry.path, entry.glob, entry.url) if value is not None]
    if len(given) != 1:
        raise bad("Each of [[repositories]] has one of path, glob and url.")
    if entry.url is not None:
        if not _URL.match(entry.url):
            raise bad(f"{plain(entry.url, 80)} is no URL; a clone on this machine is a path.")
        yield Place(_checked(entry.name or _last(entry.url)), None, entry.url, entry.rev)
    elif entry.path is not None:
        path = (base / expanded(entry.path)).resolve()
        yield Place(_checked(entry.name or _last(str(path))), str(path), None, entry.rev)
    elif entry.glob is not None:
        # The folder's own name is no pattern.
        found = glob.glob(str(expanded(entry.glob)), root_dir=base)
        for match in sorted(str(base / path) for path in found):
            if os.path.isdir(match):
                yield Place(_checked(_last(match)), os.path.realpath(match), None, entry.rev)


def expanded(text: str) -> Path:
    """A path of the configuration; one that no file can have, or of a user whom this machine has not, is wrong."""
    try:
        if "\0" not in text:
            return Path(text).expanduser()
    except RuntimeError:  # pathlib's word for an unknown user
        pass
    raise bad(f"{plain(text, 80)} is no path on this machine.")


def _last(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2].rpartition(":")[2].removesuffix(".git") or path


def _checked(name: str) -> str:
    """A name that is a file's and a key of a partition as it stands."""
    if not re.fullmatch(r"[\w.+-]{1,100}", name) or name.startswith("."):
        raise bad(f"{plain(name, 60)} is no name of a repository: letters, digits and . _ - + alone.")
    return name
