"""Committed source code with what is true of it: a TOML file for each language in two folders, all picked up here.

`cognitive_cases/ID.toml` has `[[case]]` tables with `citation` (who published the value of such a structure), `source`,
and sums over the functions of the source: `cognitive` and `cyclomatic`, and optionally `early_exits` and
`comment_lines`; `nesting` is that of the deepest one. `lizard` is lizard's cyclomatic complexity where it differs from
ours, "misses" where it finds no function; a comment says why.

`function_cases/ID.toml` has `about`, `source`, `functions` ("name parameters", in order), and optionally `tests` (how
many test cases) and `error` (the grammar misreads the source).
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from analyzer.languages import LANGUAGES

_FOLDER = Path(__file__).parent / "unit" / "structure"
_LANGUAGES = {language.id: language for language in LANGUAGES}


def structure_cases(folder: str) -> list[Any]:
    """Return the parameters (language, case) of all files in a folder."""
    return [
        pytest.param(_LANGUAGES[path.stem], case, id=f"{path.stem}-{number}")
        for path in sorted((_FOLDER / folder).glob("*.toml"))
        for number, case in enumerate(tomllib.loads(path.read_text(encoding="utf-8"))["case"], start=1)
    ]
