"""Read linguist attributes of the analysed commit (gitattributes(5); github-linguist's overrides).

`git check-attr --source` needs git 2.40, so we read the attributes through a temporary index.
"""

from __future__ import annotations

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


def read_attributes(git: Git, head: str, paths: Iterable[bytes]) -> dict[str, PathAttributes] | None:
    """Return attributes by path, for paths that have any; None if git cannot read them."""
    try:
        names = list(git.tree_entries(head, "--name-only"))
    except NoShareError:
        return None
    if not any(name.rsplit(b"/", 1)[-1] == b".gitattributes" for name in names):
        return {}
    stdin = b"".join(path + b"\0" for path in sorted(set(paths)))
    with git.temporary_index(head) as overrides:
        if overrides is None:
            return None
        stdout = git.run(
            "check-attr", "--cached", "-z", "--stdin", *_CLASS_BY_ATTRIBUTE, stdin=stdin, overrides=overrides
        )
    return None if stdout is None else _parse_attributes(stdout)


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
        path, kind = decode_text(raw), _CLASS_BY_ATTRIBUTE[attribute.decode("ascii")]
        previous = attributes.get(path, PathAttributes())
        if value in (b"set", b"true"):
            attributes[path] = PathAttributes(previous.assigned or kind, previous.denied)
        elif value in (b"unset", b"false"):
            attributes[path] = PathAttributes(previous.assigned, previous.denied | {kind})
    return attributes
