"""reports/public.md: what the verdicts say of public repositories, one by one and pooled.

aishare analyze CLONE -o FOLDER/OWNER+NAME.json          (for each repository)
aishare dump panel CLONE --people-ok -o FOLDER/OWNER+NAME.csv
python benchmarks/public.py FOLDER --output reports/public.md
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import click
import pandas as pd

_GRADES = {
    "unknown_too_little_history": "unknown: too little history",
    "unknown_not_measurable": "unknown: not measurable",
}
_INFER = (
    *("--unit", "unit", "--period", "period", "--exposure", "share", "--exposure-n", "n", "--outcome", "outcome"),
    *("--count", "--cluster", "repository", "--where", "eligible == 1"),
)


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--output", type=click.Path(path_type=Path), default=Path("reports/public.md"), show_default=True)
def main(folder: Path, output: Path) -> None:
    """Write the page from FOLDER, which holds a JSON report and a CSV panel of each repository."""
    found = {path.stem.replace("+", "/", 1): json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}
    pooled = _pooled(folder)
    output.write_text(_page(found, pooled), "utf-8")


def _pooled(folder: Path) -> str:
    parts = [pd.read_csv(path).assign(repository=path.stem) for path in sorted(folder.glob("*.csv"))]
    with tempfile.TemporaryDirectory() as scratch:
        panel = Path(scratch) / "panel.csv"
        pd.concat(parts).to_csv(panel, index=False)
        command = [sys.executable, "-m", "analyzer", "infer", str(panel), *_INFER]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _page(found: dict[str, dict[str, Any]], pooled: str) -> str:
    lines = [
        "# Public repositories, judged",
        "",
        f"{len(found)} public repositories, chosen for how many of their people the verdict can compare, not for what it",
        "says; each as of the commit named. Made by the commands at the end of this page.",
        "",
        *_counts(found),
        "",
        "## Throughput",
        "",
        "*Marked* is the part of merged changes that is marked as AI, which is a floor. *+50 points go with* is the change",
        "in merged changes a person and four weeks, with its 95 % interval; *could have shown* is the smallest effect of",
        "the recorded share, and of use, that such a history shows four times in five. A figure that is smaller than what",
        "could have been shown is no finding, whatever its sign.",
        "",
        "| repository | commit | commits | marked | grade | people | +50 points go with | could have shown | of use | placebos |",
        "|---|---|--:|--:|---|--:|--:|--:|--:|---|",
        *(_throughput(name, report) for name, report in found.items()),
        "",
        "## Defects",
        "",
        "How often marked changes are taken back or mended, as a ratio to the same people's other changes of the same four",
        "weeks. A ratio is told only if its Holm-adjusted p and its interval agree, lines say so as well as changes, and",
        "what reads no word of a fix agrees.",
        "",
        "| repository | grade | people | ratio | could have shown | p (Holm) |",
        "|---|---|--:|--:|--:|--:|",
        *(_defects(name, report) for name, report in found.items()),
        "",
        "## All of them together",
        "",
        "```text",
        pooled.rstrip(),
        "```",
        "",
        *_READING,
    ]
    return "\n".join([*lines, ""])


_READING = (
    "## What these numbers allow, and what they do not",
    "",
    "- **They allow no decision on AI.** Where a grade is *unknown* the history cannot tell a large gain from a large loss;",
    "  the column *could have shown* says how large. It is not evidence that AI does nothing.",
    "- **They allow one on the number:** nobody can show from these histories that a rising marked share goes with more",
    "  output, or with less; who reports one as the other reports a belief.",
    "- **Repositories together see smaller effects than most do alone**, and that is the line to read first: what it",
    "  could have shown is still large, because in most of these repositories few marks vary within a person.",
    "- Where marked shares are near zero (gemini-cli) a step of 50 points is far outside of what was seen, and the",
    "  figure is arithmetic on a handful of changes.",
    "- None of these figures is an effect. People choose when to use AI and when to say so.",
    "",
    "## Commands",
    "",
    "```console",
    "$ aishare analyze CLONE -o FOLDER/OWNER+NAME.json",
    "$ aishare dump panel CLONE --people-ok -o FOLDER/OWNER+NAME.csv",
    "$ python benchmarks/public.py FOLDER --output reports/public.md",
    "```",
    "",
    "The last one joins the panels with a column `repository` and runs",
    f"`aishare infer panel.csv {' '.join(a if ' ' not in a else repr(a) for a in _INFER)}`.",
)


def _counts(found: dict[str, dict[str, Any]]) -> list[str]:
    lines = []
    for k, outcome in enumerate(("throughput", "defects")):
        grades = pd.Series([_grade(report["verdicts"][k]) for report in found.values()]).value_counts()
        lines.append(f"- {outcome}: " + ", ".join(f"{n} × {grade}" for grade, n in grades.items()))
    return lines


def _grade(verdict: dict[str, Any]) -> str:
    return _GRADES.get(verdict["grade"], verdict["grade"].replace("_", " "))


def _throughput(name: str, report: dict[str, Any]) -> str:
    v, a = report["verdicts"][0], report["verdicts"][0]["association"]
    declared = next(d for d in report["share"]["definitions"] if d["id"] == "merged_changes")["floor"]
    least = v["smallest_detectable"] or {"recorded": None, "use": None}
    figure = "-" if a is None else f"{_change(a['per_50_points'])} ({_change(a['low'])} … {_change(a['high'])})"
    fired = [p["id"] for p in v["placebos"] or [] if p["passed"] is False]
    ran = sum(p["passed"] != "not_runnable" for p in v["placebos"] or [])
    placebos = f"{', '.join(fired)} fired" if fired else f"{ran} ran, none fired"
    cells = (
        name, report["repository"]["head"][:7], f"{report['repository']['commits']:,}", f"{declared * 100:.1f} %", _grade(v),
        str(v["n_authors"] or "-"), figure, _change(least["recorded"]), _change(least["use"]), placebos,
    )  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def _change(value: float | None) -> str:
    if value is None:
        return "-"
    return "> +1,000 %" if value > 10 else f"{value * 100:+.0f} %".replace("-", "−")


def _defects(name: str, report: dict[str, Any]) -> str:
    v, a = report["verdicts"][1], report["verdicts"][1]["association"]
    if a is None:
        return f"| {name} | {_grade(v)} | - | - | - | - |"
    high = "∞" if a["high"] is None else f"{a['high']:.1f}"
    least = (v["smallest_detectable"] or {}).get("recorded")
    shown = "none up to ×10" if least is None else "> ×10" if least > 10 else f"×{least:.1f}"
    holm = "-" if a["p_holm"] is None else f"{a['p_holm']:.2f}"
    ratio = f"×{a['risk_ratio']:.1f} ({a['low']:.1f} … {high})"
    return f"| {name} | {_grade(v)} | {v['n_authors'] or '-'} | {ratio} | {shown} | {holm} |"


if __name__ == "__main__":
    main()
