"""The patterns of `prose.toml`: what authors and tools write in sentences, put together from named fragments."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import Any

# No real statement is longer. Longer lines are data, and reading them must take linear time.
MAX_SENTENCE = 400


@cache
def prose_table() -> dict[str, Any]:
    """Return `prose.toml`."""
    return tomllib.loads(resources.files(__package__).joinpath("prose.toml").read_text("utf-8"))


@cache
def prose_patterns(kind: str) -> tuple[re.Pattern[str], ...]:
    """Return the patterns of one kind ("wrote", "consulted" …) in the order of the table."""
    return tuple(compile_prose("".join(row["pattern"])) for row in prose_table()[kind])


def compile_prose(pattern: str) -> re.Pattern[str]:
    """Compile a pattern in which {name} stands for a fragment; a fragment may use those below it in the table."""
    for name, pieces in prose_table()["fragments"].items():
        pattern = pattern.replace(f"{{{name}}}", "".join(pieces))
    return re.compile(pattern, re.IGNORECASE)
