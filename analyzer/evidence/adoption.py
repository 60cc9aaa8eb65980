"""Find when files of AI tools first appeared in a repository.

Input is the table of file changes, output the table `adoption`. It describes the repository and never labels a commit.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

from analyzer.core import tables

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd


def tool_adoption(changes: pd.DataFrame, committed: pd.Series) -> pd.DataFrame:
    """Return table `adoption`: the earliest file of each tool, by committer date.

    `committed`: committer dates, indexed by commit id.
    """
    additions = changes[changes["status"].isin(["A", "R", "C"])]
    tool_by_path = {path: tool for path in additions["path"].unique() if (tool := _tool_of_path(path)) is not None}
    dated = additions[additions["path"].isin(list(tool_by_path))][["sha", "path"]]
    tools = dated["path"].map(tool_by_path)
    dated = dated.assign(
        tool=tools.map(lambda tool: tool.slug).astype("str"),
        kind=tools.map(lambda tool: tool.kind).astype("str"),
        first=committed.reindex(dated["sha"]).array,
    )
    dated["first"] = dated["first"].dt.as_unit("s")
    earliest = dated.sort_values(["first", "path"], kind="stable").drop_duplicates("tool", ignore_index=True)
    return tables.conform(earliest[tables.ADOPTION.names], tables.ADOPTION)


class _AdoptedTool(NamedTuple):
    """A tool with files of its own; `kind`: assistant or reviewer."""

    slug: str
    kind: str


def _tool_of_path(path: str) -> _AdoptedTool | None:
    if not _any_tool_pattern().match(path):
        return None
    return next(tool for tool, pattern in _tool_patterns() if pattern.match(path))


@cache
def _any_tool_pattern() -> re.Pattern[str]:
    return re.compile("|".join(pattern.pattern for _, pattern in _tool_patterns()))


@cache
def _tool_patterns() -> tuple[tuple[_AdoptedTool, re.Pattern[str]], ...]:
    """Return the patterns of each tool; reviewers first, whose files can lie in the folder of an assistant."""
    table = tomllib.loads(resources.files(__package__).joinpath("adoption.toml").read_text("utf-8"))
    kinds = (("reviewers", "reviewer"), ("tools", "assistant"))
    return tuple(
        (_AdoptedTool(slug, kind), _compile_paths(paths)) for key, kind in kinds for slug, paths in table[key].items()
    )


def _compile_paths(paths: Sequence[str]) -> re.Pattern[str]:
    """Compile one pattern for several paths: a folder covers everything below it, a star the rest of a file name."""
    texts = (re.escape(path).replace(r"\*", "[^/]*") + ("" if path.endswith("/") else r"\Z") for path in paths)
    return re.compile("(?:" + "|".join(texts) + ")")
