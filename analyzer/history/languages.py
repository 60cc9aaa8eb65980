"""Count added lines by programming language; a file's language follows from its name."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from analyzer.history.file_classes import COUNTED_CLASSES

if TYPE_CHECKING:
    import pandas as pd

OTHER = "other"


def language(path: str) -> str:
    """Return the language of a path, "other" if its name is not in the table."""
    name = path.rsplit("/", 1)[-1].lower()
    table = _languages()
    return table["names"].get(name) or table["endings"].get(name.rsplit(".", 1)[-1], OTHER)


def lines_by_language(changes: pd.DataFrame) -> pd.Series:
    """Return lines added to code and test files by language, most first, from table `file_changes`."""
    counted = changes[changes["path_class"].isin(COUNTED_CLASSES)]
    lines_added = counted.groupby(counted["path"].map(language))["added"].sum()
    return lines_added[lines_added > 0].sort_values(ascending=False, kind="stable")


@cache
def _languages() -> dict[str, dict[str, str]]:
    return tomllib.loads(resources.files(__package__).joinpath("languages.toml").read_text("utf-8"))
