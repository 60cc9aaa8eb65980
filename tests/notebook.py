"""docs/notebook.ipynb: the Python API on the demo repository, executed. `make samples` renews it.

The cells run in one fresh interpreter, as a kernel would run them; `python -m tests.notebook` prints the notebook.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.conftest import FIXTURES, ROOT

PAGE = ROOT / "docs" / "notebook.ipynb"
# Cells, each after a line that names its kind.
_SOURCE = """\
# %% markdown
# The Python API on the demo repository

`demo` is a small repository with known truth that ships with the tests. To analyse another one, pass the path of
a clone. Every function and column: [Python API](api.md).
# %% code
import subprocess

make_demo = "git init --quiet --bare --initial-branch=main demo && "
make_demo += "git --git-dir=demo fast-import --quiet < fixtures/demo.fi"
subprocess.run(make_demo, shell=True, check=True)

from analyzer import analyze, open_history

result = analyze("demo")
result
# %% markdown
## How much

One row per definition of the AI share. All of them are true of the same history.
# %% code
result.shares()[["title", "marked", "at_most", "n"]].dropna().round(3)
# %% markdown
The marked share of merged changes by month:
# %% code
by_month = result.shares_by_period()
by_month = by_month[by_month["definition"] == "merged_changes"].set_index("period")
by_month[["marked", "n"]].tail(6).round(3)
# %% markdown
## What it tells

One row per verdict. Five people are too few to estimate anything, and the slug says so
(`aishare explain too-few-people`).
# %% code
result.verdicts()[["outcome", "grade", "slug"]]
# %% markdown
Outcomes compare marked changes with the same people's other changes. An interval that holds 0 shows no
difference.
# %% code
outcomes = result.outcomes()
columns = ["id", "difference_value", "difference_low", "difference_high"]
outcomes[columns].dropna().round(2)
# %% markdown
## The tables behind it

People are keyed hashes. Which tools do the marked commits name?
# %% code
history = open_history("demo")
marked = history.labels[history.labels["ai"]]
marked["tool"].value_counts().to_frame()
# %% markdown
How many lines of each kind of change are still there at head?
# %% code
lines = history.lifetimes.merge(history.labels[["sha", "label"]], left_on="born_sha", right_on="sha")
lines["alive"] = lines["lines"].where(lines["died_sha"].isna(), 0)
lines.groupby("label")[["lines", "alive"]].sum()
"""
CELLS = tuple(
    (kind, source.strip())
    for kind, source in re.findall(r"^# %% (\w+)\n(.*?)(?=^# %%|\Z)", _SOURCE, re.MULTILINE | re.DOTALL)
)
# Runs in the interpreter of the notebook: executes each cell and writes what a kernel would answer.
_KERNEL = """
import ast, contextlib, io, json, sys
cells, names = json.load(sys.stdin), {"__name__": "__main__"}
answers = []
for source in cells:
    tree, printed, value = ast.parse(source), io.StringIO(), None
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, "cell", "exec"), names)
        if last is not None:
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
    data = {} if value is None else {"text/plain": repr(value).rstrip()}
    if hasattr(value, "_repr_html_"):
        data["text/html"] = value._repr_html_()
    answers.append([printed.getvalue(), data])
json.dump(answers, sys.stdout)
"""


def page() -> str:
    """Return the notebook with its outputs as they are now."""
    code = [source for kind, source in CELLS if kind == "code"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "AISHARE_"))}
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "fixtures").symlink_to(FIXTURES)
        environment |= {"PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", "XDG_CACHE_HOME": f"{scratch}/cache"}
        command = [sys.executable, "-c", _KERNEL]
        done = subprocess.run(
            command, cwd=scratch, env=environment, input=json.dumps(code), capture_output=True, text=True, check=True
        )
    answers = iter(json.loads(done.stdout))
    cells: list[dict[str, object]] = []
    for kind, source in CELLS:
        cell: dict[str, object] = {
            "cell_type": kind,
            "id": f"cell-{len(cells)}",
            "metadata": {},
            "source": _lines(source),
        }
        if kind == "code":
            count = sum(other["cell_type"] == "code" for other in cells) + 1
            cell |= {"execution_count": count, "outputs": _outputs(count, *next(answers))}
        cells.append(cell)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _outputs(count: int, printed: str, data: dict[str, str]) -> list[dict[str, object]]:
    outputs: list[dict[str, object]] = []
    if printed:
        outputs.append({"name": "stdout", "output_type": "stream", "text": _lines(printed)})
    if data:
        shown = {mime: _lines(text) for mime, text in sorted(data.items())}
        outputs.append({"data": shown, "execution_count": count, "metadata": {}, "output_type": "execute_result"})
    return outputs


def _lines(text: str) -> list[str]:
    return text.splitlines(keepends=True)


if __name__ == "__main__":
    sys.stdout.write(page())
