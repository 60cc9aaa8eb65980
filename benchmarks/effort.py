"""How often matching a session to a commit by its lines agrees with the trailer that Entire wrote into the commit.

python benchmarks/effort.py PATH         (a clone with the branch entire/checkpoints/v1, such as entireio/cli)
"""

from __future__ import annotations

from dataclasses import replace

import click

from analyzer.core.progress import silent
from analyzer.evidence.checkpoints import named_checkpoints
from analyzer.history.file_classes import COUNTED
from analyzer.pipeline.load import configured, read
from analyzer.pipeline.prompt_cost import _once
from analyzer.prompts import session_matching
from analyzer.prompts.commit_lines import landed
from analyzer.prompts.discovery import in_repository
from analyzer.prompts.session_matching import WINDOW_SECONDS, Named


@click.command()
@click.argument("path", type=click.Path(exists=True))
def main(path: str) -> None:
    """Print precision and recall against the trailers, by how much of a commit's lines a session must have written."""
    repository, settings = configured(path, {})
    history = read(repository, settings)
    if history.changes is None:
        raise click.UsageError("the clone lacks file contents")
    sessions = [s for s in _once(list(in_repository(repository, silent).values())) if s.checkpoints and s.edits]
    named = named_checkpoints(history.commits)
    times = history.commits.set_index("sha")["committed"].map(lambda moment: moment.timestamp())
    own = history.changes[history.changes["path_class"].isin(COUNTED)]
    counted = {str(sha): [str(p) for p in paths] for sha, paths in own.groupby("sha")["path"]}
    known = landed(repository.git, list(counted), counted)
    click.echo(f"{len(sessions)} sessions with edits, {len(named)} commits with a trailer")
    for least in (0.01, 0.2, session_matching.OVERLAP):
        session_matching.OVERLAP = least
        right = other = bare = true = 0
        found = session_matching.pairs(
            [replace(s, checkpoints=set(), commits=[]) for s in sessions], times, known, Named({}, {})
        )
        for place, session in enumerate(sessions):
            moments = [edit.at for edit in session.edits if edit.at is not None]
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
