"""Every slug the product prints, what it means and what to do: `messages.toml`, as `aishare explain SLUG` says it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Message:
    """A documented slug; `severity` "error" stops the run, the others stand in data quality."""

    slug: str
    severity: Severity
    means: str
    fix: str


_ROWS = tomllib.loads(resources.files(__package__).joinpath("messages.toml").read_text("utf-8"))["message"]
MESSAGES: dict[str, Message] = {row["slug"]: Message(**row) for row in _ROWS}
