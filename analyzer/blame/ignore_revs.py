"""`.git-blame-ignore-revs` of the analysed commit: commits that changed lines without being their author."""

from __future__ import annotations

import re

FILE = ".git-blame-ignore-revs"
_ID = re.compile(rb"[0-9a-f]{40}|[0-9a-f]{64}")


def ignored(text: bytes | None) -> tuple[frozenset[bytes], int]:
    """Commit ids of the file, and how many of its lines are neither an id, a comment nor blank (git wants full ids)."""
    lines = [line.split(b"#")[0].strip() for line in (text or b"").splitlines()]
    wanted = [line for line in lines if line]
    valid = frozenset(line for line in wanted if _ID.fullmatch(line))
    return valid, sum(1 for line in wanted if line not in valid)
