"""Which objects outside of the analysed history a clone has: two honest clones of one commit can differ in them.

Line-level records lie on refs of their own and speak of commits that a squash left behind; tags name releases of other
branches. What a clone lacks of these changes an answer, so it is part of the question.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from analyzer.errors import NoShareError
from analyzer.evidence.records import RECORDS
from analyzer.evidence.rewritten_notes import commits_in_clone

if TYPE_CHECKING:
    from collections.abc import Iterable

    from analyzer.history.git import Git
    from analyzer.history.repository import Repository


def outside_objects(repository: Repository) -> str | None:
    """Return a digest of the noted commits that the clone has; None if it lacks objects that its own refs name."""
    git = repository.git
    stdin = "".join(f"{id_}\n" for _, id_ in repository.tags) + f"^{repository.head}\n"
    if repository.tags and git.run("rev-list", "--quiet", "--stdin", stdin=stdin.encode()) is None:
        return None
    records = [record for record in RECORDS if record.locate(repository) is not None]
    try:
        if not _has_all(git, {id_ for record in records for id_ in record.objects(repository)}):
            return None
        noted = sorted({sha for record in records for sha in record.noted(repository)})
    except NoShareError:
        return None
    return hashlib.sha256("\n".join(commits_in_clone(git, noted) if noted else []).encode()).hexdigest()


def _has_all(git: Git, ids: Iterable[str]) -> bool:
    """Return whether the clone has these objects and what their trees hold; of commits, what these themselves hold."""
    stdin = "".join(f"{id_}\n" for id_ in sorted(ids))
    options = ("--objects", "--no-walk", "--quiet", "--stdin")
    return not stdin or git.run("rev-list", *options, stdin=stdin.encode()) is not None
