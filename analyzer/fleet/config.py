"""Load and check the TOML configuration of a fleet, and locate its repositories."""

from __future__ import annotations

import glob
import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

from analyzer.core.links import refuse_committed_links, refuse_links_below
from analyzer.core.sanitize import plain
from analyzer.errors import UsageError
from analyzer.fleet.config_checks import first_problem
from analyzer.fleet.config_types import FleetConfig, RepositoryEntry
from analyzer.usage.files import located

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_BYTES = 10_000_000
_URL = re.compile(r"(?:https?|ssh|git|file)://|[\w.-]+@[\w.-]+:")


class RepositorySource(Struct, frozen=True):
    """Location of a repository: its name in the fleet, a path or a URL, and the revision to analyze."""

    name: str
    path: str | None
    url: str | None
    rev: str


def load_config(path: str) -> tuple[FleetConfig, Path]:
    """Return the configuration in a file, and the folder to which its paths are relative.

    AISHARE_SALT overrides the salt of the file.
    Raises `UsageError("bad-team")` naming the invalid key, or `UsageError("no-salt")`.
    """
    file = Path(path)
    try:
        content = file.read_bytes()
        config = msgspec.convert(_with_present_keys(tomllib.loads(content[:_MAX_BYTES].decode("utf-8"))), FleetConfig)
    except OSError as error:
        raise config_error(f"{plain(path)} cannot be read: {error.strerror}.") from None
    except (ValueError, msgspec.ValidationError, RecursionError) as error:
        raise config_error(f"{plain(path)}: {plain(str(error), 200)}.") from None
    if (problem := first_problem(config)) is not None:
        raise config_error(f"{plain(path)}: {plain(problem, 200)}")
    salt = os.environ.get("AISHARE_SALT") or config.salt
    if not salt:
        raise UsageError(
            "no-salt",
            "A fleet needs a salt: without one its people could be looked up in any clone.",
            'Set salt = "…" in the file, or AISHARE_SALT.',
        )
    base = file.resolve().parent
    return msgspec.structs.replace(config, salt=salt, usage=tuple(located(config.usage, base))), base


def _with_present_keys(config: dict[str, Any]) -> dict[str, Any]:
    """Return a configuration from before schema 2 with the present name of `exposure` in `[[outcomes]]`."""
    outcomes = config.get("outcomes")
    for outcome in outcomes if isinstance(outcomes, list) else ():
        if isinstance(outcome, dict) and "exposure" in outcome and "denominator" not in outcome:
            outcome["denominator"] = outcome.pop("exposure")
    return config


def config_error(message: str) -> UsageError:
    """Return the error of an invalid configuration."""
    return UsageError("bad-team", message, "aishare team --init prints an example with every key.")


def repository_sources(config: FleetConfig, base: Path) -> list[RepositorySource]:
    """Return every repository once, sorted by name. Raises `UsageError("bad-team")` if two share a name."""
    sources: dict[str, RepositorySource] = {}
    for entry in config.repositories:
        for source in _sources_of(entry, base):
            previous = sources.get(source.name)
            if previous is not None and (previous.path, previous.url) != (source.path, source.url):
                raise config_error(f"Two repositories are called {plain(source.name)}: give one of them a name.")
            sources[source.name] = source
    if not sources:
        globs = ", ".join(plain(entry.glob, 80) for entry in config.repositories if entry.glob is not None)
        raise config_error(f"No glob of [[repositories]] names a folder: {globs}, from {plain(str(base), 120)}.")
    return [sources[name] for name in sorted(sources)]


def _sources_of(entry: RepositoryEntry, base: Path) -> Iterator[RepositorySource]:
    locations = [value for value in (entry.path, entry.glob, entry.url) if value is not None]
    if len(locations) != 1:
        raise config_error("Each of [[repositories]] has one of path, glob and url.")
    if entry.url is not None:
        if not _URL.match(entry.url):
            raise config_error(f"{plain(entry.url, 80)} is no URL; a clone on this machine is a path.")
        yield RepositorySource(_checked_name(entry.name or _last_component(entry.url)), None, entry.url, entry.rev)
    elif entry.path is not None:
        path = (base / expand_path(entry.path)).resolve()
        yield RepositorySource(_checked_name(entry.name or _last_component(str(path))), str(path), None, entry.rev)
    elif entry.glob is not None:
        # Only the entry is a pattern: the path of `base` itself may contain wildcards.
        matches = glob.glob(str(expand_path(entry.glob)), root_dir=base)
        for match in sorted(str(base / path) for path in matches):
            if os.path.isdir(match):
                yield RepositorySource(_checked_name(_last_component(match)), os.path.realpath(match), None, entry.rev)


def expand_path(text: str) -> Path:
    """Return a configured path with `~` expanded. Raises `UsageError("bad-team")` for NUL bytes and unknown users."""
    try:
        if "\0" not in text:
            return Path(text).expanduser()
    except RuntimeError:  # raised by pathlib for an unknown user
        pass
    raise config_error(f"{plain(text, 80)} is no path on this machine.")


def output_folder(base: Path, configured: str, typed: str | None) -> Path:
    """Return the folder of the site or the store.

    Parameters
    ----------
    base : folder of the configuration; nothing on the way from it to the `configured` folder may be a link.
    typed : the folder on the command line, which may itself be a link; None if there is none.

    Raises `UsageError("linked-output")`, or `UsageError("bad-team")` for a name that no folder can have.
    """
    if "\0" in (typed or configured):
        raise config_error(f"{plain(typed or configured, 80)} is no path on this machine.")
    if typed:
        folder = Path(typed).absolute()
        refuse_committed_links(folder.parent)
        return folder
    refuse_links_below(base, Path(configured))
    return base / configured


def _last_component(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2].rpartition(":")[2].removesuffix(".git") or path


def _checked_name(name: str) -> str:
    """Return the name if it is safe as a file name and as a partition key."""
    if not re.fullmatch(r"[\w.+-]{1,100}", name) or name.startswith("."):
        raise config_error(f"{plain(name, 60)} is no name of a repository: letters, digits and . _ - + alone.")
    return name
