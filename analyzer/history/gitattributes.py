"""Read attributes of the analysed commit: github-linguist's overrides, and Git LFS (gitattributes(5)).

https://github.com/github-linguist/linguist/blob/main/docs/overrides.md says what linguist's attributes mean.
`git check-attr --source` needs git 2.40, so we read the attributes through a temporary index.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from analyzer.errors import NoShareError
from analyzer.history.commits import decode_text
from analyzer.history.file_classes import PathAttributes

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analyzer.history.git import Git

# Attribute → class that it assigns when set; earlier entries win.
_CLASS_BY_ATTRIBUTE = {
    "linguist-vendored": "vendored",
    "linguist-generated": "generated",
    "linguist-documentation": "docs",
}
_DETECTABLE = "linguist-detectable"
# git holds a pointer of three lines in place of such a file: https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md
_FILTER, _LFS = "filter", b"lfs"
# git answers with five lines for each path, so a hundred thousand at once would take a hundred megabytes.
_PATHS_PER_CALL = 10_000
_ATTRIBUTES = (*_CLASS_BY_ATTRIBUTE, _FILTER, _DETECTABLE)


def read_attributes(git: Git, head: str, paths: Iterable[bytes]) -> dict[str, PathAttributes] | None:
    """Return attributes by path, for paths that have any; None if git cannot read them."""
    try:
        names = list(git.tree_entries(head, "--name-only"))
    except NoShareError:
        return None
    if not any(name.rsplit(b"/", 1)[-1] == b".gitattributes" for name in names):
        return {}
    wanted, attributes = sorted(set(paths)), dict[str, PathAttributes]()
    with git.temporary_index(head) as overrides:
        if overrides is None:
            return None
        for start in range(0, len(wanted), _PATHS_PER_CALL):
            stdin = b"".join(path + b"\0" for path in wanted[start : start + _PATHS_PER_CALL])
            stdout = git.run("check-attr", "--cached", "-z", "--stdin", *_ATTRIBUTES, stdin=stdin, overrides=overrides)
            if stdout is None:
                return None
            attributes |= _parse_attributes(stdout)
    return attributes


def symbolic_links(git: Git, head: str) -> frozenset[str]:
    """Return the analysed commit's symbolic links by path: git stores a link's target as the file's text."""
    try:
        entries = [entry.split(b"\t", 1) for entry in git.tree_entries(head) if entry.startswith(b"120000 ")]
    except NoShareError:  # then there are no lines to classify either
        return frozenset()
    return frozenset(decode_text(path) for _, path in entries)


def _parse_attributes(stdout: bytes) -> dict[str, PathAttributes]:
    fields = stdout.split(b"\0")
    attributes: dict[str, PathAttributes] = {}
    for raw, attribute, value in zip(fields[0::3], fields[1::3], fields[2::3], strict=False):
        path = decode_text(raw)
        previous = attributes.get(path, PathAttributes())
        if (changed := _with_attribute(previous, attribute.decode("ascii"), value)) != previous:
            attributes[path] = changed
    return attributes


def _with_attribute(previous: PathAttributes, attribute: str, value: bytes) -> PathAttributes:
    """Return attributes with one more; the first class that is assigned stays."""
    if attribute == _FILTER:
        return replace(previous, assigned=previous.assigned or "lfs") if value == _LFS else previous
    is_set = {b"set": True, b"true": True, b"unset": False, b"false": False}.get(value)
    if is_set is None:
        return previous
    if attribute == _DETECTABLE:
        return replace(previous, detectable=is_set)
    kind = _CLASS_BY_ATTRIBUTE[attribute]
    if is_set:
        return replace(previous, assigned=previous.assigned or kind)
    return replace(previous, denied=previous.denied | {kind})
