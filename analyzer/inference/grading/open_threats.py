"""What would look like an association with AI share, and no check of this history rules out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analyzer.inference.throughput import Throughput

# No design can tell these from an effect.
_NEVER_RULED_OUT = (
    "people who took AI up when their work was about to change, such as with a new role, project or way of working",
    "other tools or rules that the same people adopted in the same weeks",
)
# What stays possible where a check cannot run, by its id.
_UNCHECKED = {
    "timing": "busy periods in which people use more AI, or mark more of it",
    "earlier_share": "AI that is taken up shortly before busy periods or in cycles",
    "leavers": "people who fade out and stop marking",
    "change_size": "the same work, cut into more changes",
}


def open_threats(estimates: Throughput) -> list[str]:
    """Return what stays possible: what no check covers, and what is covered by checks that could not run."""
    could_run = {placebo.id for placebo in estimates.placebos}
    if estimates.timing is not None:
        could_run.add("timing")
    unchecked = [text for id_, text in _UNCHECKED.items() if id_ not in could_run]
    trends = [] if estimates.beyond_trends else ["people on the way up who took AI up"]
    return [*_NEVER_RULED_OUT, *trends, *unchecked]
