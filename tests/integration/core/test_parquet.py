"""Parquet is read as pandas reads it, and by no thread: a thread of arrow's that outlives Python aborts the process."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analyzer.core.export import parquet_bytes, read_parquet

_THREADS = """
import os, sys; from pathlib import Path
import numpy as np, pandas as pd
from analyzer.core.export import parquet_bytes
from analyzer.custom_panel.table import read_table
from analyzer.core.cachedir import CacheStore
from analyzer.fleet.dataset import FleetStore

folder, table = Path(sys.argv[1]), pd.DataFrame({"n": [1, 2], "text": ["a", "b"]})
FleetStore(folder).write("r", "k", {"units": table}, b"{}")
(folder / "p.parquet").write_bytes(parquet_bytes(table))
CacheStore(folder, "k").write("s", {"n": np.arange(9), "text": b"text"})
before = len(os.listdir("/proc/self/task"))
assert FleetStore(folder).table("r", "k", "units").equals(table)
assert read_table(str(folder / "p.parquet")).equals(table)
assert CacheStore(folder, "k").read("s")["text"] == b"text"
print(len(os.listdir("/proc/self/task")) - before)
"""


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted in /proc, Linux's")
def test_parquet_readers_start_no_thread(tmp_path: Path) -> None:
    """A pool that is taken down while a thread holds an answer ended one run in forty with code 134, all work done."""
    command = [sys.executable, "-c", _THREADS, str(tmp_path)]
    done = subprocess.run(command, env=dict(os.environ), capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("0", "")


def test_a_table_is_read_as_pandas_reads_it() -> None:
    """Every type of column that we write, and what others write: an index, lists."""
    when = pd.to_datetime(["2020-02-29", "NaT", "2024-01-01"], utc=True)
    ours = pd.DataFrame(
        {
            "whole": [1, 2, 3],
            "maybe": pd.array([1, None, 3], "Int64"),
            "share": [0.5, np.nan, 1.0],
            "flag": pd.array([True, None, False], "boolean"),
            "text": ["a", None, "\u00e9"],
            "group": pd.Categorical(["x", None, "y"]),
            "when": when,
            "zoned": when.tz_convert("Asia/Kolkata"),
        }
    )
    theirs = ours.assign(many=pd.Series([[1], [], None], dtype=object)).set_index("text")
    written = io.BytesIO()
    theirs.to_parquet(written)
    for data in (parquet_bytes(ours), parquet_bytes(ours[:0]), written.getvalue()):
        found, expected = read_parquet(data), pd.read_parquet(io.BytesIO(data))
        pd.testing.assert_frame_equal(found, expected, check_exact=True)
