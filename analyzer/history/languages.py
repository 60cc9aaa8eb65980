"""Count added lines by language, which follows from a file's name or from a script's first line."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from analyzer.history.file_classes import COUNTED_CLASSES
from analyzer.history.file_types import file_type

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

_NO_SCRIPTS: Mapping[str, str] = MappingProxyType({})


def language(path: str, scripts: Mapping[str, str] = _NO_SCRIPTS) -> str:
    """Return the language of a path, "other" if no table has its name.

    Parameters
    ----------
    scripts : path → language of the scripts that have no ending (`history.file_beginnings`).
    """
    return scripts.get(path) or file_type(path).language


def lines_by_language(changes: pd.DataFrame, scripts: Mapping[str, str] = _NO_SCRIPTS) -> pd.Series:
    """Return lines added to code and test files by language, most first, from table `file_changes`.

    `scripts` as in `language`.
    """
    counted = changes[changes["path_class"].isin(COUNTED_CLASSES)]
    names = {path: language(path, scripts) for path in counted["path"].unique()}
    lines_added = counted.groupby(counted["path"].map(names))["added"].sum()
    return lines_added[lines_added > 0].sort_values(ascending=False, kind="stable")
