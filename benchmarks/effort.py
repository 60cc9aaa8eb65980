"""How often matching a session to a commit by its lines agrees with the trailer that Entire wrote into the commit.

python benchmarks/effort.py PATH         (a clone with the branch entire/checkpoints/v1, such as entireio/cli)
"""

from __future__ import annotations

from dataclasses import replace

import click

from analyzer.core.progress import no_progress
from analyzer.evidence.checkpoints import checkpoint_ids_by_commit
from analyzer.history.file_classes import COUNTED_CLASSES
from analyzer.pipeline.configured_repository import open_configured
from analyzer.pipeline.load import load_history
from analyzer.pipeline.prompt_cost import _merge_stores
from analyzer.prompts import session_matching
from analyzer.prompts.commit_lines import read_commit_lines
from analyzer.prompts.discovery import read_repository_prompts
from analyzer.prompts.session_matching import WINDOW_SECONDS, SessionReferences


@click.command()
@click.argument("path", type=click.Path(exists=True))
def main(path: str) -> None:
    """Print precision and recall against the trailers, by how much of a commit's lines a session must have written."""
    history = load_history(open_configured(path, {}))
    repository = history.repository
    if history.file_changes is None:
        raise click.UsageError("the clone lacks file contents")
    sessions = [
        s
        for s in _merge_stores(list(read_repository_prompts(repository, no_progress).values()))
        if s.checkpoints and s.edits
    ]
    named = checkpoint_ids_by_commit(history.commits)
    times = history.commits.set_index("sha")["committed"].map(lambda moment: moment.timestamp())
    own = history.file_changes[history.file_changes["path_class"].isin(COUNTED_CLASSES)]
    counted = {str(sha): [str(p) for p in paths] for sha, paths in own.groupby("sha")["path"]}
    known = read_commit_lines(repository.git, list(counted), counted)
    click.echo(f"{len(sessions)} sessions with edits, {len(named)} commits with a trailer")
    for least in (0.01, 0.2, session_matching.OVERLAP):
        session_matching.OVERLAP = least
        right = other = bare = true = 0
        found = session_matching.match_sessions(
            [replace(s, checkpoints=set(), commits=[]) for s in sessions], times, known, SessionReferences({}, {})
        )
        for place, session in enumerate(sessions):
            moments = [edit.timestamp for edit in session.edits if edit.timestamp is not None]
            near = {sha for sha in known if moments and min(moments) <= times[sha] <= max(moments) + WINDOW_SECONDS}
            true += sum(bool(session.checkpoints & set(named.get(sha, ()))) for sha in near)
            for pair in found:
                if pair.session == place:
                    mine = bool(session.checkpoints & set(named.get(pair.sha, ())))
                    right, other, bare = (
                        right + mine,
                        other + (not mine and pair.sha in named),
                        bare + (pair.sha not in named),
                    )
        told = f"{right} with its trailer, {other} with another's, {bare} with none"
        click.echo(
            f"{least:.0%} of the lines: {told}; precision {right / (right + other + bare):.0%}, recall {right / true:.0%}"
        )


if __name__ == "__main__":
    main()
