"""Generated parts of docs/api.md and docs/migration.md: the columns of the API's tables, and what the examples print.

`make samples` renews them; tests/integration/project/test_claims.py compares.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from analyzer.core import structure_tables, tables
from analyzer.core.schema import Schema
from analyzer.pipeline.dumps import COMMIT_COLUMNS
from tests.conftest import FIXTURES, ROOT, imported

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGES = (ROOT / "docs" / "api.md", ROOT / "docs" / "migration.md")
_EXAMPLE = re.compile(r"^(```python\n(.*?)^```\n\n```text\n).*?^```$", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"(<!-- columns: generated -->\n).*?(<!-- end -->)", re.DOTALL)
_WRITE_REPORT = """
from analyzer import analyze
with open("report.json", "w", encoding="utf-8") as file:
    file.write(analyze("demo", cache=False).to_json())
"""
SCHEMAS = {
    schema.name: schema
    for module in (tables, structure_tables)
    for schema in vars(module).values()
    if isinstance(schema, Schema)
}
# Columns that a table has over its schema, or that no schema describes.
_LINES = "code and test files; NA without file contents"
EXTRA: dict[str, dict[str, str]] = {
    "commits": {
        "person": "person credited, a keyed hash; NA for automation and for agents without a person",
        "merged_change": "merged change that its lines belong to; NA for merges that landed none of their own",
        "lines_added": f"lines added to {_LINES}",
        "lines_deleted": f"lines deleted from {_LINES}",
    },
    "lifetimes": {
        "path_class": "code, test, docs, data, notebook, lockfile, generated, vendored, lfs, unknown, binary or link"
    },
    "panel": {
        "unit": "person and regime of landing",
        "person": "keyed hash of the person",
        "period": "first day of the four weeks",
        "share": "AI share of the person's merged changes in the period; NA without any",
        "n": "merged changes that are not automation",
        "outcome": "merged changes, net of reverts",
        "eligible": "1 where the person enters the throughput verdict, else 0",
        "marked": "marked changes; one with a mark on half of its commits counts 0.5",
        "early_week": "share of the changes that were merged from Monday to Wednesday; NA without any",
        "log_commits": "mean log of the number of commits per change",
        "merges": "share of the changes that landed as merges",
        "squashes": "share of the changes that landed as squashes",
        "rebases": "share of the changes that landed as rebases",
        "durable": "changes of which half of the production lines last 30 days; NA without file contents",
        "with_production_lines": "changes that add production lines; NA without file contents",
        "lines_added": "lines that the changes add; NA without file contents",
        "lines_added_at_mean": "the same with each change at the person's mean of its kind (marked or not)",
        "commits": "commits of the changes",
        "commits_at_mean": "the same with each change at the person's mean of its kind (marked or not)",
        "relative_size": "mean log(1 + lines) per change, net of the person's mean of its kind",
    },
}
# Table → its grain and its columns in order; None takes them from the schema.
TABLES: dict[str, tuple[str, list[str] | None]] = {
    "commits": ("One row per commit, oldest first.", COMMIT_COLUMNS),
    "labels": ("", None),
    "file_changes": ("", None),
    "function_changes": ("", None),
    "merged_changes": ("", None),
    "lifetimes": ("", None),
    "panel": ("One row per person and four weeks, zeros included; needs `people_ok=True`.", list(EXTRA["panel"])),
}


def columns(table: str) -> list[str]:
    """Return the documented columns of a table, in order."""
    names = TABLES[table][1]
    return [*SCHEMAS[table].names, *EXTRA.get(table, {})] if names is None else list(names)


def _meaning(table: str, column: str) -> str:
    if text := EXTRA.get(table, {}).get(column):
        return text
    sources = [table, "labels", "commits", "people"] if table == "commits" else [table]
    return next(c.says for name in sources if name in SCHEMAS for c in SCHEMAS[name].columns if c.name == column)


def pages() -> Iterator[tuple[Path, str]]:
    """Yield the pages with their generated parts as they are now."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        imported(folder / "demo", (FIXTURES / "demo.fi").read_bytes())
        _run(folder, _WRITE_REPORT)
        for page in PAGES:
            text = _BLOCK.sub(lambda block: f"{block[1]}{_columns()}{block[2]}", page.read_text("utf-8"))
            yield page, _EXAMPLE.sub(lambda example: f"{example[1]}{_run(folder, example[2])}```", text)


def _run(folder: Path, code: str) -> str:
    """Return what a Python example prints, run in a folder that has the repository `demo` and its `report.json`."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "AISHARE_"))}
    environment |= {"PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", "XDG_CACHE_HOME": str(folder / "cache")}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def _columns() -> str:
    lines: list[str] = []
    for table, (grain, _) in TABLES.items():
        sentence = grain or f"{SCHEMAS[table].grain[0].upper()}{SCHEMAS[table].grain[1:]}."
        lines += [f"### `{table}`", "", sentence, "", "| column | meaning |", "|---|---|"]
        lines += [f"| `{column}` | {_meaning(table, column)} |" for column in columns(table)]
        lines.append("")
    return "\n".join(lines)
