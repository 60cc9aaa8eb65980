"""changes → lines added by language, by file name alone."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from analyzer.history.file_classes import COUNTED

if TYPE_CHECKING:
    import pandas as pd

OTHER = "other"


def language(path: str) -> str:
    """Language of a path, "other" where its name says nothing."""
    name = path.rsplit("/", 1)[-1].lower()
    table = _table()
    return table["names"].get(name) or table["endings"].get(name.rsplit(".", 1)[-1], OTHER)


def lines_by_language(changes: pd.DataFrame) -> pd.Series:
    """Lines added to code and test files by language, most first."""
    counted = changes[changes["path_class"].isin(COUNTED)]
    sums = counted.groupby(counted["path"].map(language))["added"].sum()
    return sums[sums > 0].sort_values(ascending=False, kind="stable")


@cache
def _table() -> dict[str, dict[str, str]]:
    return tomllib.loads(resources.files(__package__).joinpath("languages.toml").read_text("utf-8"))
