"""Which files of a site's folder are ours: a manifest names what `aishare team` wrote, with checksums.

A site without a manifest is of an earlier version. We recognise it by its fleet.json, and its pages by their footer.
"""

from __future__ import annotations

import hashlib
import re
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from analyzer.core.sanitize import plain
from analyzer.errors import AishareError, UsageError
from analyzer.fleet.grade_history import GRADES_FILE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from analyzer.core.staged_files import StagedFiles

MANIFEST = "aishare-manifest.json"
# Written by every run, whatever it reads.
FIXED_FILES = (
    "index.html",
    "index.md",
    "fleet.json",
    *(f"data/{table}.{kind}" for table in ("teams", "repositories") for kind in ("csv", "parquet")),
    MANIFEST,
)
_WRITER = "aishare team"
_PAGE_FOLDERS = ("teams", "repositories", "data")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\Z")
_DATA_FILE = re.compile(r"data/(?:teams|repositories|outcomes)\.(?:csv|parquet)\Z")
# How pages of the fleet and its teams, and those of repositories, name the version that wrote them.
_FOOTERS = {"html": (b"<dt>aishare</dt>", b"<dd>aishare "), "md": (b"\n- aishare: `",)}


class Manifest(Struct, frozen=True):
    """What was written: SHA-256 digests by path. Two of one path: the contents before an update, and after it."""

    written_by: str
    files: dict[str, list[str]]


class _FleetFile(Struct, frozen=True):
    """What makes a fleet.json one of ours; other keys are ignored."""

    schema_version: str
    version: str
    as_of: str
    config_digest: str
    repositories: list[msgspec.Raw]


def site_folders(site: StagedFiles) -> list[str]:
    """Return the subfolders into which a site is written, the folder itself first."""
    return [".", *_PAGE_FOLDERS, *(f"runs/{name}" for name in site.names("runs") if _DAY.match(name))]


def read_manifest(site: StagedFiles) -> Manifest | None:
    """Return the manifest of the site; None if its folder holds no site of ours."""
    with suppress(msgspec.MsgspecError, UnicodeDecodeError):
        return msgspec.json.decode(site.read(MANIFEST) or b"", type=Manifest)
    if not _is_fleet_file(site.read("fleet.json")):
        return None
    return Manifest(_WRITER, {path: [digest(text)] for path, text in _older_files(site)})


def foreign_files(site: StagedFiles, manifest: Manifest | None, paths: Iterable[str]) -> list[str]:
    """Return those of the paths at which there is something that we did not write.

    Raises `AishareError("output-unwritable")` for a folder at the name of a file.
    """
    return [path for path in paths if _is_foreign(site, manifest, path)]


def _is_foreign(site: StagedFiles, manifest: Manifest | None, path: str) -> bool:
    mode = site.mode(path)
    if mode is None:
        return False
    if stat.S_ISDIR(mode):
        raise AishareError(
            "output-unwritable", f"{plain(path)} of the site is a folder.", "Remove it, or name another folder."
        )
    # The reader of the grades has checked that they are an archive, to which a run only adds.
    if stat.S_ISREG(mode) and (path == GRADES_FILE or (path == MANIFEST and manifest is not None)):
        return False
    contents = site.read(path)
    return contents is None or manifest is None or digest(contents) not in manifest.files.get(path, [])


def foreign_error(folder: Path, foreign: list[str]) -> UsageError:
    """Return the error for files that are not ours."""
    others = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
    return UsageError(
        "foreign-file",
        f"{plain(str(folder / foreign[0]))}{others} would be replaced, and aishare did not write it.",
        "Name another folder with --out, move the file, or replace it with --force.",
    )


def manifest_text(manifest: Manifest | None, site: StagedFiles, changed: dict[str, bytes], *, finished: bool) -> bytes:
    """Return the manifest after an update of the `changed` files; unless `finished`, also with their old digests."""
    files = dict(manifest.files) if manifest is not None else {}
    for path, contents in changed.items():
        old = None if finished else site.read(path)
        digests = [digest(text) for text in (old, contents) if text is not None]
        files[path] = list(dict.fromkeys(digests))
    content = msgspec.json.encode(Manifest(_WRITER, dict(sorted(files.items()))))
    return msgspec.json.format(content, indent=1) + b"\n"


def digest(contents: bytes) -> str:
    """Return the SHA-256 of a file, which stays the same where git changes its line ends."""
    return hashlib.sha256(contents.replace(b"\r\n", b"\n")).hexdigest()


def _older_files(site: StagedFiles) -> Iterator[tuple[str, bytes]]:
    """Yield the files of a site without a manifest that are recognisably ours."""
    for folder in site_folders(site):
        for name in site.names(folder):
            path = name if folder == "." else f"{folder}/{name}"
            contents = site.read(path)
            if contents is not None and _is_older_file(path, contents):
                yield path, contents


def _is_older_file(path: str, contents: bytes) -> bool:
    footers = _FOOTERS.get(path.rpartition(".")[2])
    if footers is not None:
        return any(footer in contents for footer in footers)
    return bool(_DATA_FILE.match(path)) or (path.endswith("fleet.json") and _is_fleet_file(contents))


def _is_fleet_file(contents: bytes | None) -> bool:
    try:
        msgspec.json.decode(contents or b"", type=_FleetFile)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False
    return True
