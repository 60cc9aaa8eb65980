"""Which objects outside of the analysed history a clone has: two honest clones of one commit can differ in them.

Line-level records lie on refs of their own and speak of commits that a squash left behind; tags name releases of other
branches. What a clone lacks of these changes an answer, so it is part of the question.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from analyzer.blame.missing_blobs import still_missing
from analyzer.errors import NoShareError
from analyzer.evidence.line_notes import list_notes
from analyzer.evidence.records import located_records
from analyzer.evidence.rewritten_notes import commits_in_clone

if TYPE_CHECKING:
    from analyzer.history.repository import Repository


def outside_objects(repository: Repository) -> str | None:
    """Return a digest of the noted commits that the clone has; None if it lacks objects that its own refs name."""
    git = repository.git
    stdin = "".join(f"{id_}\n" for _, id_ in repository.tags) + f"^{repository.head}\n"
    if repository.tags and git.run("rev-list", "--quiet", "--stdin", stdin=stdin.encode()) is None:
        return None
    try:
        trees = sorted(located_records(repository).values())
        entries = {entry.split(b"\t")[0].split()[2] for tree in trees for entry in git.tree_entries(tree, "-t")}
        if still_missing(git, entries):
            return None
        noted = sorted(list_notes(git, repository.ai_notes)) if repository.ai_notes else []
    except NoShareError:
        return None
    return hashlib.sha256("\n".join(commits_in_clone(git, noted) if noted else []).encode()).hexdigest()
