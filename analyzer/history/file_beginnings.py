"""Read how a few files of the analysed commit begin: scripts without an ending, and pointers of Git LFS.

A path has one class and one language for the whole history, so a script that was deleted before the analysed commit
stays unknown: finding its last version would take another pass over the history.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from analyzer.errors import NoShareError
from analyzer.history.commits import decode_text
from analyzer.history.file_classes import PathAttributes, classify_paths
from analyzer.history.file_types import ending, interpreter_language, language_kind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from analyzer.history.git import Git

# Nobody writes so many scripts, or such long ones; the bounds hold what a hostile tree can cost.
_MAX_FILES = 5_000
_MAX_BYTES = 1 << 18
_FIRST_BYTES = 4_096
# https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md: the first line of a pointer
_POINTER = b"version https://git-lfs.github.com/spec/"


class PathFacts(NamedTuple):
    """What decides the classes of paths besides their names.

    Attributes
    ----------
    attributes : attributes by path, `script` among them.
    scripts : path → language of the files without an ending whose first line names an interpreter.
    """

    attributes: dict[str, PathAttributes]
    scripts: dict[str, str]


def path_facts(git: Git, head: str, paths: Iterable[bytes], attributed: Mapping[str, PathAttributes]) -> PathFacts:
    """Return attributes with what the files' own beginnings say.

    A file without an ending and of unknown type is a script if its first line says so. A file at head that attributes
    give to Git LFS, but which holds no pointer, has its own lines. At most 5,000 files are read, 256 KiB of each.

    Parameters
    ----------
    head : full id of the analysed commit.
    paths : paths of the history, as git prints them.
    attributed : attributes by path, as `.gitattributes` says.
    """
    pointers = {path for path, attributes in attributed.items() if attributes.assigned == "lfs"}
    beginnings = _beginnings(git, head, _unknown_names(paths) | pointers)
    languages = {path: interpreter_language(text) for path, text in beginnings.items() if path not in pointers}
    scripts = {path: name for path, name in languages.items() if name is not None and language_kind(name) == "code"}
    attributes = dict(attributed)
    for path in pointers & beginnings.keys():
        if not beginnings[path].startswith(_POINTER):
            attributes[path] = replace(attributes[path], assigned=None)
    return PathFacts(with_scripts(attributes, scripts), scripts)


def with_scripts(attributes: Mapping[str, PathAttributes], scripts: Mapping[str, str]) -> dict[str, PathAttributes]:
    """Return attributes with the languages of scripts added, by path."""
    nothing = PathAttributes()
    return dict(attributes) | {
        path: replace(attributes.get(path, nothing), script=language) for path, language in scripts.items()
    }


def _unknown_names(paths: Iterable[bytes]) -> set[str]:
    """Return the paths without an ending whose class no name, folder or table tells."""
    names = [name for name in map(decode_text, paths) if not ending(name)]
    return {name for name, kind in zip(names, classify_paths(names, {}), strict=True) if kind == "unknown"}


def _beginnings(git: Git, head: str, paths: Collection[str]) -> dict[str, bytes]:
    """Return path → first bytes of the files at head; b"" for larger ones, and missing ones left out."""
    beginnings: dict[str, bytes] = {}
    if not paths:
        return beginnings
    with git.start_batch("cat-file", "--batch") as batch:
        for path, blob, size in _files_at_head(git, head, paths):
            contents = batch.read_object(blob, _MAX_BYTES) if size <= _MAX_BYTES else b""
            if contents is not None:
                beginnings[path] = contents[:_FIRST_BYTES]
    return beginnings


def _files_at_head(git: Git, head: str, paths: Collection[str]) -> list[tuple[str, bytes, int]]:
    """Return path, blob id and size of the first of these files, in the order of the tree; no links, no lost blobs."""
    files: list[tuple[str, bytes, int]] = []
    try:
        for entry in git.tree_entries(head, "--long"):
            facts, _, raw = entry.partition(b"\t")
            mode, _, blob, size = facts.split()
            if mode.startswith(b"100") and size.isdigit() and (path := decode_text(raw)) in paths:
                files.append((path, blob, int(size)))
    except NoShareError:  # then there are no lines to classify either
        return []
    return files[:_MAX_FILES]
