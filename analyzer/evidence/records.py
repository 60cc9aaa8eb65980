"""The registry of line-level records. A new one is one file with a `LineRecord` and one line in `RECORDS`.

Which records a clone has is part of the key of a stored answer, which is looked up without pandas: the modules here
import it where they read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.evidence.agent_blame import AGENT_BLAME_NOTES
from analyzer.evidence.agent_trace import AGENT_TRACES
from analyzer.evidence.checkpoints import ENTIRE_CHECKPOINTS, Checkpoints
from analyzer.evidence.exceeds_ink import EXCEEDS_INK_NOTES
from analyzer.evidence.git_ai import GIT_AI_NOTES
from analyzer.evidence.git_ai_refs import GIT_AI_REFS
from analyzer.evidence.whogitit import WHOGITIT_NOTES

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from analyzer.evidence.line_truth import LineNotes
    from analyzer.evidence.record import LineRecord, Note, RecordedLines
    from analyzer.history.repository import Repository

# Where two stores speak of one commit, the first one in this order counts: stores that a tool alone writes before a
# file that anybody can commit to.
RECORDS: tuple[LineRecord, ...] = (
    GIT_AI_NOTES,
    GIT_AI_REFS,
    EXCEEDS_INK_NOTES,
    WHOGITIT_NOTES,
    AGENT_BLAME_NOTES,
    ENTIRE_CHECKPOINTS,
    AGENT_TRACES,
)


def located_records(repository: Repository) -> dict[str, str]:
    """Return the stores that this clone has, by id, each with the git object that holds it."""
    places = {record.id: record.locate(repository) for record in RECORDS}
    return {id_: place for id_, place in places.items() if place is not None}


def fetch_command(records: Iterable[LineRecord]) -> str:
    """Return the command that fetches these stores into a clone: one that asks for none that are not there."""
    refspecs = dict.fromkeys(refspec for record in records for refspec in record.refspecs)
    return " ".join(["git fetch origin", *(f"'{refspec}'" for refspec in refspecs)])


def names_lines(repository: Repository) -> bool:
    """Return whether a store of this clone names lines, so that the lines each commit added have to be known."""
    return any(record.names_lines and record.locate(repository) is not None for record in RECORDS)


def load_records(
    repository: Repository, commits: pd.DataFrame, births: pd.DataFrame | None
) -> tuple[LineNotes | None, Checkpoints | None]:
    """Read every store of this clone: what names lines, and what counts them; None where no store does.

    `births` : table of the lines that each commit added, as git blame sees them; without it no lines are named.
    """
    named: dict[str, RecordedLines] = {}
    counted: list[RecordedLines] = []
    for record in RECORDS:
        if record.locate(repository) is None or (record.names_lines and births is None):
            continue
        lines = record.read(repository, commits)
        if record.names_lines:
            named[record.place] = lines
        else:
            counted.append(lines)
    notes = None if births is None or not named else _merge_notes(named, births)
    return notes, _merge_counts(counted)


def _merge_notes(stores: dict[str, RecordedLines], births: pd.DataFrame) -> LineNotes:
    from analyzer.evidence.line_truth import LineNotes, line_truth_table

    notes: dict[str, Note] = {}
    places: dict[str, str] = {}
    carried: set[str] = set()
    for place, store in stores.items():
        places |= {sha: place for sha in store.notes if sha not in notes}
        carried |= {sha for sha in store.carried if sha not in notes}
        notes |= {sha: note for sha, note in store.notes.items() if sha not in notes}
    truth = line_truth_table(notes, births)
    # A note that was carried over covers its commit only if the commit added a line that it names.
    return LineNotes(
        notes=notes,
        places=places,
        truth=truth,
        noted_commits=frozenset(notes.keys() - carried) | (carried & set(truth["sha"])),
        empty_notes=sum(store.empty for store in stores.values()),
        notes_on_merges=sum(store.on_merges for store in stores.values()),
        carried_notes=sum(store.carried_count for store in stores.values()),
        notes_outside=sum(store.outside for store in stores.values()),
        unknown_keys=sum(store.unknown_keys for store in stores.values()),
    )


def _merge_counts(stores: list[RecordedLines]) -> Checkpoints | None:
    """Merge the stores that count lines; None where none of them speaks of a commit of this history."""
    import pandas as pd

    if not any(len(store.counts) + store.shared + store.uncounted for store in stores):
        return None
    counts = pd.concat([store.counts for store in stores]).drop_duplicates("sha").reset_index(drop=True)
    return Checkpoints(counts, sum(store.shared for store in stores), sum(store.uncounted for store in stores))
