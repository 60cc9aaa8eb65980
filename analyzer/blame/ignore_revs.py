"""Parse `.git-blame-ignore-revs` of the analysed commit: commits that changed lines without writing them."""

from __future__ import annotations

import re

IGNORE_REVS_FILE = ".git-blame-ignore-revs"
_ID = re.compile(rb"[0-9a-f]{40}|[0-9a-f]{64}")


def parse_ignore_revs(text: bytes | None) -> tuple[frozenset[bytes], int]:
    """Return the commit ids in the file and the number of invalid lines.

    A line is valid if it is a full id (as git requires), a comment or blank. `text` None: there is no such file.
    """
    lines = [line.split(b"#")[0].strip() for line in (text or b"").splitlines()]
    entries = [line for line in lines if line]
    valid = frozenset(line for line in entries if _ID.fullmatch(line))
    return valid, sum(1 for line in entries if line not in valid)
