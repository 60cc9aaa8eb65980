"""linguist attributes of the analysed commit → path classes (gitattributes(5); github-linguist's overrides).

`git check-attr --source` needs git 2.40, so the attributes are read through a throw-away index.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.errors import NoShareError
from analyzer.history.commits import decoded
from analyzer.history.file_classes import Attributed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analyzer.history.git import Git

# Attribute → class when set; earlier rows win.
_CLASSES = {"linguist-vendored": "vendored", "linguist-generated": "generated", "linguist-documentation": "docs"}


def attributed(git: Git, head: str, paths: Iterable[bytes]) -> dict[str, Attributed] | None:
    """What the attributes say of each path they speak of; None where git could not be asked."""
    try:
        names = list(git.entries(head, "--name-only"))
    except NoShareError:
        return None
    if not any(name.rsplit(b"/", 1)[-1] == b".gitattributes" for name in names):
        return {}
    stdin = b"".join(path + b"\0" for path in sorted(set(paths)))
    with git.index_of(head) as extra:
        if extra is None:
            return None
        said = git.ask("check-attr", "--cached", "-z", "--stdin", *_CLASSES, stdin=stdin, extra=extra)
    return None if said is None else _parsed(said)


def links(git: Git, head: str) -> frozenset[str]:
    """Paths of the analysed commit that are symbolic links: git keeps their target as a file's text."""
    try:
        entries = [entry.split(b"\t", 1) for entry in git.entries(head) if entry.startswith(b"120000 ")]
    except NoShareError:  # then there are no lines to class either
        return frozenset()
    return frozenset(decoded(path) for _, path in entries)


def _parsed(said: bytes) -> dict[str, Attributed]:
    fields = said.split(b"\0")
    found: dict[str, Attributed] = {}
    for raw, attribute, value in zip(fields[0::3], fields[1::3], fields[2::3], strict=False):
        path, kind = decoded(raw), _CLASSES[attribute.decode("ascii")]
        before = found.get(path, Attributed())
        if value in (b"set", b"true"):
            found[path] = Attributed(before.given or kind, before.denied)
        elif value in (b"unset", b"false"):
            found[path] = Attributed(before.given, before.denied | {kind})
    return found
