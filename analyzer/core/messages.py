"""The catalogue of slugs that aishare prints, from `messages.toml`: meaning and fix, for `aishare explain SLUG`."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib import resources
from typing import Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Message:
    """A documented slug; severity "error" stops the run, the others are listed under data quality."""

    slug: str
    severity: Severity
    means: str
    fix: str


_ROWS = tomllib.loads(resources.files(__package__).joinpath("messages.toml").read_text("utf-8"))["message"]
MESSAGES: dict[str, Message] = {row["slug"]: Message(**row) for row in _ROWS}

# Old slug → present one: `explain` and `--fail-on` take both.
RENAMED_SLUGS = {
    "bad-baseline": "bad-comparison",
    "estimate-not-in-this-version": "no-estimate",
    "no-baseline": "no-comparison",
    "undeclared-not-human": "unmarked-not-human",
}
