"""Count the lines that no share counts: by class of file, with the endings that hold most of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from analyzer.history.file_classes import COUNTED_CLASSES
from analyzer.history.file_types import ending

if TYPE_CHECKING:
    import pandas as pd

_MAX_ENDINGS = 5
# Characters of an ending that a report prints.
MAX_ENDING = 20
# git gives neither of them lines.
_WITHOUT_LINES = ("binary", "link")


class EndingSum(NamedTuple):
    """Lines of the files with one ending; `ending` is "" for names without one, and comes from the repository."""

    ending: str
    files: int
    lines_added: int


class ClassLines(NamedTuple):
    """Lines of one class of files that no share counts.

    Attributes
    ----------
    kind : class of the files.
    files : number of paths that got lines.
    lines_added : lines that commits added to them.
    lines_at_head : lines that they have at the analysed commit.
    endings : the endings with most added lines, at most five.
    """

    kind: str
    files: int
    lines_added: int
    lines_at_head: int
    endings: tuple[EndingSum, ...]


def lines_left_out(changes: pd.DataFrame, surviving: pd.DataFrame) -> list[ClassLines]:
    """Return the classes of text files that are neither code nor test, by lines added, most first.

    Parameters
    ----------
    changes : table `file_changes`.
    surviving : lines at the analysed commit, with columns path_class and lines.
    """
    at_head = surviving.groupby("path_class", observed=True)["lines"].sum()
    rest = changes[~changes["path_class"].isin((*COUNTED_CLASSES, *_WITHOUT_LINES))]
    by_path = rest.groupby(["path_class", "path"], observed=True)["added"].sum().reset_index()
    by_path = by_path[by_path["added"] > 0]
    by_path = by_path.assign(ending=[ending(path) for path in by_path["path"]])
    classes = [
        ClassLines(str(kind), len(paths), int(paths["added"].sum()), int(at_head.get(kind, 0)), _endings(paths))
        for kind, paths in by_path.groupby("path_class")
    ]
    return sorted(classes, key=lambda row: (-row.lines_added, row.kind))


def _endings(paths: pd.DataFrame) -> tuple[EndingSum, ...]:
    sums = (
        paths.groupby("ending")["added"]
        .agg(["size", "sum"])
        .sort_index()
        .sort_values("sum", ascending=False, kind="stable")
    )
    rows = zip(sums.index, sums["size"], sums["sum"], strict=True)
    return tuple(EndingSum(str(suffix), int(files), int(lines)) for suffix, files, lines in rows)[:_MAX_ENDINGS]
