"""JSON as people read it."""

from __future__ import annotations

import msgspec


def pretty_json(value: object) -> str:
    """Return a value as indented JSON with a final newline; structs, dataclasses and plain containers alike."""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n"
