"""Check that stored columns are a snapshot: nothing in the cache is believed because it lies there.

The checksum of a stored file finds damage; these checks find a file of another format, or one made by hand, before it
can end a run in a traceback or count lines that no commit added.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from analyzer.blame.change_tally import TEXT, UNFOLLOWED
from analyzer.blame.ledger import NOT_A_MERGE
from analyzer.blame.moves import IGNORED, MOVED
from analyzer.blame.tree import UNKNOWABLE
from analyzer.history.batch import MAX_TEXT_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    Columns = Mapping[str, NDArray[np.generic] | bytes]

_IDS = re.compile(rb"(?:(?:[0-9a-f]{40}|[0-9a-f]{64})(?:\n(?=.)|\Z))*\Z")
# An entry that continues the versions of another file has no blob of its own.
_IDS_OR_NONE = re.compile(rb"(?:(?:[0-9a-f]{40}|[0-9a-f]{64})?(?:\n|\Z))*\Z")
_HEX_NAMES, _ANY = re.compile(rb"[0-9a-f\n]*\Z"), re.compile(rb"")
_UNSIGNED = (
    *("birth_commit", "birth_path", "birth_line", "birth_lines", "removal_commit", "removal_lines", "removed"),
    *(
        "slight",
        "comment",
        "text",
        "shape",
        "link_new",
        "link_old",
        "link_lines",
        "tree_steps",
        "step_path",
        "entry_versions",
    ),
    *("entry_version", "version_ids", "looked_lines", "looked_ids"),
    *(f"tally_{name}" for name in ("commit", "path", "old_path", "added", "deleted", "functions", "decisions")),
    *("log_old", "log_new"),
)
_SIGNED = ("removal_path", "step_entry", "entry_born", "entry_lines", "version_lines", "looked_born")
_LONG, _BYTES = ("tally_net_hash",), ("tokens",)
_CODES = ("tally_status", "tally_kind", "link_reason", "log_unfollowed")
_OBJECT_IDS = ("shas", "missing", "looked_blob", "tree_sha")
_SAME_LENGTH = (
    ("birth_commit", "birth_path", "birth_line", "birth_lines"),
    ("removal_commit", "removal_path", "removal_lines"),
    tuple(name for name in (*_UNSIGNED, *_LONG, *_CODES) if name.startswith("tally_")),
    ("link_new", "link_old"),
    ("link_lines", "link_reason"),
    ("step_path", "step_entry"),
    ("entry_born", "entry_lines", "entry_versions"),
    ("log_old", "log_new"),
    ("looked_born", "looked_lines"),
)
# Column of counts → the column that holds as many elements as they add up to.
_COUNTED_COLUMNS = {
    "removal_lines": "removed",
    "link_lines": "link_new",
    "tree_steps": "step_path",
    "entry_versions": "entry_version",
    "version_lines": "version_ids",
    "looked_lines": "looked_ids",
}


def check_columns(columns: Columns) -> None:
    """Raise `ValueError` that names the first column that no snapshot has in this form."""
    _check_types(columns)
    numbers = {name: values for name, values in columns.items() if not isinstance(values, bytes)}
    texts = {name: _count(values) for name, values in columns.items() if isinstance(values, bytes)}
    for first, *others in _SAME_LENGTH:
        _check(others, (len(numbers[name]) == len(numbers[first]) for name in others))
    for counts, elements in _COUNTED_COLUMNS.items():
        _check([counts], [int(np.maximum(numbers[counts], 0).sum(dtype=np.uint64)) == len(numbers[elements])])
    for rows, name in (("tree_sha", "tree_steps"), ("version_blob", "version_lines"), ("looked_blob", "looked_born")):
        _check([rows], [texts[rows] == len(numbers[name])])
    paths = columns["paths"].count(b"\0") + 1 if isinstance(columns["paths"], bytes) else 0
    log_paths = len(numbers["log_unfollowed"])
    _check(["log_paths"], [_count(columns["log_paths"], b"\0") == log_paths])
    lines = int(numbers["birth_lines"].sum(dtype=np.uint64))
    limits = {
        ("birth_commit", "removal_commit", "tally_commit", "looked_born"): (0, texts["shas"]),
        ("entry_born",): (UNKNOWABLE, texts["shas"]),
        ("birth_path", "tally_path", "tally_old_path"): (0, paths),
        ("removal_path",): (NOT_A_MERGE, paths),
        ("removed", "slight", "comment", "link_new", "link_old", "version_ids", "looked_ids"): (0, lines),
        ("birth_lines",): (0, MAX_TEXT_BYTES + 1),  # a line has a byte at least
        ("step_path",): (0, texts["step_names"]),
        ("step_entry",): (-1, len(numbers["entry_born"])),
        ("entry_version",): (0, len(numbers["version_lines"])),
        ("entry_versions",): (1, len(numbers["entry_version"]) + 1),
        ("version_lines",): (-1, lines + 1),
        ("entry_lines",): (-1, MAX_TEXT_BYTES + 1),
        ("log_old", "log_new"): (0, log_paths),
        ("log_unfollowed",): (0, 2),
        ("tally_kind",): (TEXT, UNFOLLOWED + 1),
        ("link_reason",): (MOVED, IGNORED + 1),
    }
    for names, (low, stop) in limits.items():
        _check(names, (_within(numbers[name], low, stop) for name in names))
    _check(["shape", "tokens"], (len(numbers[name]) == lines for name in ("shape", "tokens")))
    _check(["text"], [len(numbers["text"]) <= lines < 1 << 32])


def _check_types(columns: Columns) -> None:
    """Check that every column is there, with the type it is written in, and that ids look like ids."""
    integers: dict[str, type[np.integer]] = dict.fromkeys(_UNSIGNED, np.uint32)
    integers |= dict.fromkeys(_SIGNED, np.int32) | dict.fromkeys(_CODES, np.int8)
    integers |= dict.fromkeys(_LONG, np.uint64) | dict.fromkeys(_BYTES, np.uint8)
    _check(integers, (_has_type(columns.get(name), integer) for name, integer in integers.items()))
    patterns = dict.fromkeys(_OBJECT_IDS, _IDS) | {
        "version_blob": _IDS_OR_NONE,
        "step_names": _HEX_NAMES,
        "paths": _ANY,
        "log_paths": _ANY,
    }
    _check(patterns, (_matches(columns.get(name), pattern) for name, pattern in patterns.items()))


def _has_type(values: NDArray[np.generic] | bytes | None, integer: type[np.integer]) -> bool:
    return isinstance(values, np.ndarray) and values.dtype == integer


def _matches(text: NDArray[np.generic] | bytes | None, pattern: re.Pattern[bytes]) -> bool:
    return isinstance(text, bytes) and pattern.match(text) is not None


def _check(names: Iterable[str], holds: Iterable[bool]) -> None:
    for name, holding in zip(names, holds, strict=True):
        if not holding:
            raise ValueError(name)


def _count(text: NDArray[np.generic] | bytes, separator: bytes = b"\n") -> int:
    return text.count(separator) + 1 if isinstance(text, bytes) and text else 0


def _within(values: NDArray[np.generic], low: int, stop: int) -> bool:
    """Return whether all values are in [low, stop)."""
    return not len(values) or (int(values.min()) >= low and int(values.max()) < stop)
