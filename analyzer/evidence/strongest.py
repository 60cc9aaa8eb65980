"""traces of one commit → what they prove together: the strongest decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from analyzer.evidence import agents
from analyzer.evidence.signal import STRENGTHS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from analyzer.evidence.signal import Trace

Ai = Literal["authored", "assisted", "unknown", "none"]
# Roles of a trace that says AI wrote some of the code; a checkpoint, a hint or a written message does not.
_WROTE = frozenset({"author", "coauthor", "assisted", "session", "suggestion"})


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What a commit declares. `counted`: the floor counts it; `ai` is `classify`'s word, suggestions included."""

    ai: Ai
    counted: bool
    tools: tuple[str, ...]
    models: tuple[str, ...]
    strength: str | None


_NOTHING = Conclusion("none", counted=False, tools=(), models=(), strength=None)


def counts(trace: Trace) -> bool:
    """Whether the floor counts it: author, credit or session; not an applied suggestion, a hint or a review."""
    return trace.strength in {"A", "B"} or trace.role == "session"


def concluded(found: Sequence[Trace]) -> Conclusion:
    """The conclusion of all traces of one commit."""
    if not found:
        return _NOTHING
    wrote = [trace for trace in found if trace.role in _WROTE]
    strength = min((trace.strength for trace in found), key=STRENGTHS.index, default=None)
    if not wrote:
        settled = all(trace.role == "reviewer" for trace in found)
        return Conclusion("none" if settled else "unknown", counted=False, tools=(), models=(), strength=strength)
    credited = [trace for trace in wrote if counts(trace)] or wrote
    return Conclusion(
        ai="authored" if any(trace.role == "author" for trace in wrote) else "assisted",
        counted=any(counts(trace) for trace in wrote),
        tools=_tools(credited),
        models=tuple(sorted({trace.model for trace in credited if trace.model})),
        strength=strength,
    )


def _tools(credited: Sequence[Trace]) -> tuple[str, ...]:
    """Tools named, a harness only where it stands alone."""
    named = {trace.tool for trace in credited if trace.tool}
    wrappers = {agent.tool for agent in agents.table()[1] if agent.wrapper}
    return tuple(sorted(named - wrappers or named))
