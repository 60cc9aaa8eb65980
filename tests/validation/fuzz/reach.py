"""What inputs reach of a parser: pairs of lines that follow each other in its modules."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FrameType

    from tests.validation.fuzz.target import Target

Steps = set[tuple[str, int, int]]


def steps(target: Target, data: bytes) -> Steps:
    """Steps from line to line that one input takes in the target's modules."""
    files = {import_module(name).__file__ or "" for name in target.modules}
    taken: Steps = set()
    last: dict[int, int] = {}

    def within(frame: FrameType, event: str, _argument: object) -> object:
        if event in {"line", "return"}:
            line = frame.f_lineno if event == "line" else -1
            taken.add((frame.f_code.co_filename, last.get(id(frame), 0), line))
            last[id(frame)] = line
        return within

    def called(frame: FrameType, _event: str, _argument: object) -> object:
        last[id(frame)] = -frame.f_code.co_firstlineno
        return within if frame.f_code.co_filename in files else None

    before = sys.gettrace()
    sys.settrace(called)  # type: ignore[arg-type]  # a local trace function is what it returns
    try:
        target.tried(data)
    except Exception:  # noqa: BLE001 - what breaks a parser reaches something too
        taken.add(("broken", 0, 0))
    finally:
        sys.settrace(before)
    return taken


def smallest(target: Target, inputs: Iterable[bytes]) -> list[bytes]:
    """Of these inputs, the shortest first, those that each take a step which none before them took."""
    reached: Steps = set()
    chosen = []
    for data in sorted(set(inputs), key=lambda data: (len(data), data)):
        new = steps(target, data) - reached
        if new:
            reached |= new
            chosen.append(data)
    return chosen
