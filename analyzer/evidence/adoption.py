"""changes → since when a repository holds the files of AI tools. Of the repository, never a commit's label."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from analyzer.core import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd


def adoption(changes: pd.DataFrame, committed: pd.Series) -> pd.DataFrame:
    """Table `adoption`: the earliest file of each tool, by committer date. `committed`: dates by commit id."""
    came = changes[changes["status"].isin(["A", "R", "C"])]
    named = {path: tool for path in came["path"].unique() if (tool := _tool(path)) is not None}
    rows = came[came["path"].isin(list(named))][["sha", "path"]]
    rows = rows.assign(tool=rows["path"].map(named).astype("str"), first=committed.reindex(rows["sha"]).array)
    rows["first"] = rows["first"].dt.as_unit("s")
    found = rows.sort_values(["first", "path"], kind="stable").drop_duplicates("tool", ignore_index=True)
    return tables.conform(found[tables.ADOPTION.names], tables.ADOPTION)


def _tool(path: str) -> str | None:
    if not _any().match(path):
        return None
    return next(tool for tool, pattern in _patterns() if pattern.match(path))


@cache
def _any() -> re.Pattern[str]:
    return re.compile("|".join(pattern.pattern for _, pattern in _patterns()))


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    data = tomllib.loads(resources.files(__package__).joinpath("adoption.toml").read_text("utf-8"))
    return tuple((tool, _pattern(paths)) for tool, paths in data["tools"].items())


def _pattern(paths: Sequence[str]) -> re.Pattern[str]:
    """A folder holds all below it, a star the rest of a name, any other path is itself."""
    texts = (re.escape(path).replace(r"\*", "[^/]*") + ("" if path.endswith("/") else r"\Z") for path in paths)
    return re.compile("(?:" + "|".join(texts) + ")")
