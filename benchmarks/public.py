"""reports/public.md: what the three verdicts say about public repositories, one by one and pooled.

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
_OUTCOMES = ("throughput", "defects", "quality")
_INFER = (
    *("--unit", "unit", "--period", "period", "--treatment", "share", "--treatment-n", "n", "--outcome", "outcome"),
    *("--count", "--cluster", "repository"),
)
# A difference is bounded usefully if its interval lies within ten points, of a rate that is neither rare nor usual.
_BOUND, _RATES = 0.10, (0.10, 0.90)
# Relative changes beyond tenfold are printed as that, and intervals whose ends differ by more than this factor not at all.
_MOST, _WIDEST = 10, 25


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--output", type=click.Path(path_type=Path), default=Path("reports/public.md"), show_default=True)
def main(folder: Path, output: Path) -> None:
    """Write the page from FOLDER, which holds a JSON report and a CSV panel of each repository."""
    reports = {path.stem.replace("+", "/", 1): json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}
    output.write_text(_page(reports, _pooled(folder)), "utf-8")


def _pooled(folder: Path) -> str:
    tables = [pd.read_csv(path).assign(repository=path.stem) for path in sorted(folder.glob("*.csv"))]
    with tempfile.TemporaryDirectory() as scratch:
        panel = Path(scratch) / "panel.csv"
        joined = pd.concat(tables)
        joined.assign(unit=joined["repository"] + "/" + joined["unit"].astype(str)).to_csv(panel, index=False)
        command = [sys.executable, "-m", "analyzer", "infer", str(panel), *_INFER]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _page(reports: dict[str, dict[str, Any]], pooled: str) -> str:
    lines = [
        "# Public repositories, judged",
        "",
        f"{len(reports)} public repositories in which at least six people can be compared, chosen before any result was",
        "read; each as of the commit named. The commands at the end of this page make it.",
        "",
        *_counts(reports),
        "",
        "## Output",
        "",
        "*Marked* is the part of merged changes that is marked as AI, which is a minimum. *Within people* is the change in",
        "merged changes per person and four weeks for +50 points of AI share, with its 95 % CI; *beyond trends* is the same",
        "beyond each person's own trend. *Detects* is the smallest effect that the history shows four times in five: a",
        "smaller figure is no finding, whatever its sign. *Too wide*: the ends of the interval differ by a factor above 25.",
        "",
        "| repository | commit | commits | marked | grade | people | within people | beyond trends | detects | failed checks |",
        "|---|---|--:|--:|---|--:|--:|--:|--:|---|",
        *(_throughput(name, report) for name, report in reports.items()),
        "",
        "## Defects",
        "",
        "How often marked changes needed a follow-up fix or were reverted, as a ratio to the same people's other changes",
        "(95 % CI).",
        "",
        "| repository | grade | people | ratio | detects | p (Holm) |",
        "|---|---|--:|--:|--:|--:|",
        *(_defects(name, report) for name, report in reports.items()),
        "",
        "## What marked changes did",
        "",
        "*Bounded* lists the outcomes whose whole 95 % CI lies within ±10 points of no difference, among those with a rate",
        "of 10 to 90 % of the same people's other changes.",
        "",
        "| repository | grade | bounded | what the report says |",
        "|---|---|---|---|",
        *(_quality(name, report) for name, report in reports.items()),
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
    "- **They allow no decision on AI.** Where a grade is *unknown*, the history cannot tell a large gain from a large",
    "  loss; the column *detects* says how large. That is not evidence that AI does nothing.",
    "- **They allow one on the number:** from these histories nobody can show that a rising marked share means more",
    "  output, or with less.",
    "- **Repositories together detect smaller effects than most do alone.** What they detect is still large, because in",
    "  most of these repositories the marked share varies little within a person.",
    "- None of these figures is an effect. People choose when to use AI, and when to say so.",
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
    f"`aishare infer panel.csv {' '.join(_INFER)}`.",
)


def _counts(reports: dict[str, dict[str, Any]]) -> list[str]:
    lines = []
    for k, outcome in enumerate(_OUTCOMES):
        grades = pd.Series([_grade(report["verdicts"][k]) for report in reports.values()]).value_counts()
        lines.append(f"- {outcome}: " + ", ".join(f"{n} × {grade}" for grade, n in grades.items()))
    effects = [a for report in reports.values() if (a := report["verdicts"][0]["association"]) is not None]
    bounded = sum(bool(_bounded(report["verdicts"][2])) for report in reports.values())
    return [
        *lines,
        (
            f"- output is estimated in {len(effects)} of {len(reports)}, in {sum(map(_is_informative, effects))} with an "
            f"interval narrower than a factor of {_WIDEST}; {bounded} have an outcome of marked changes that is bounded "
            "within ±10 points"
        ),
    ]


def _grade(verdict: dict[str, Any]) -> str:
    return _GRADES.get(verdict["grade"], verdict["grade"].replace("_", " "))


def _throughput(name: str, report: dict[str, Any]) -> str:
    v = report["verdicts"][0]
    marked = next(d for d in report["share"]["definitions"] if d["id"] == "merged_changes")["marked"]
    smallest = (v["smallest_detectable"] or {}).get("association")
    failed = [p["id"].replace("_", " ") for p in v["placebos"] or [] if p["passed"] is False]
    head, commits = report["repository"]["head"][:7], f"{report['repository']['commits']:,}"
    cells = (
        *(name, head, commits, f"{marked * 100:.1f} %", _grade(v), str(v["n_people"] or "–")),
        *(_figure(v["association"]), _figure(v["beyond_trends"]), _change(smallest), ", ".join(failed) or "–"),
    )
    return "| " + " | ".join(cells) + " |"


def _figure(effect: dict[str, Any] | None) -> str:
    if effect is None:
        return "–"
    if not _is_informative(effect):
        return "too wide"
    return f"{_change(effect['per_50_points'])} ({_change(effect['low'])} to {_change(effect['high'])})"


def _is_informative(effect: dict[str, Any]) -> bool:
    """Return whether the ends of an interval differ by less than a factor of 25."""
    return (1 + effect["high"]) <= _WIDEST * (1 + effect["low"])


def _change(value: float | None) -> str:
    if value is None:
        return "–"
    return "> +1,000 %" if value > _MOST else f"{value * 100:+.0f} %".replace("-", "−")


def _defects(name: str, report: dict[str, Any]) -> str:
    v, a = report["verdicts"][1], report["verdicts"][1]["association"]
    if a is None:
        return f"| {name} | {_grade(v)} | – | – | – | – |"
    smallest = (v["smallest_detectable"] or {}).get("association")
    detects = "> ×10" if smallest is None or smallest > _MOST else f"×{smallest:.1f}"
    holm = "–" if a["p_holm"] is None else f"{a['p_holm']:.2f}"
    ratio = f"×{a['risk_ratio']:.1f} ({a['low']:.1f} to {a['high']:.1f})"
    return f"| {name} | {_grade(v)} | {v['n_people'] or '–'} | {ratio} | {detects} | {holm} |"


def _quality(name: str, report: dict[str, Any]) -> str:
    v = report["verdicts"][2]
    bounded = "; ".join(f"{a['title']} {_points(a['low'])} to {_points(a['high'])}" for a in _bounded(v))
    return f"| {name} | {_grade(v)} | {bounded or '–'} | {v['sentence']} |"


def _bounded(verdict: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the answers on shares whose interval lies within ten points, of a rate of 10 to 90 %."""
    shares = [a for a in verdict["answers"] if a["scale"] == "share" and a["low"] is not None]
    usual = [a for a in shares if a["base_rate"] is not None and _RATES[0] <= a["base_rate"] <= _RATES[1]]
    return [a for a in usual if a["low"] > -_BOUND and a["high"] < _BOUND]


def _points(value: float) -> str:
    return f"{value * 100:+.1f}".replace("-", "−")


if __name__ == "__main__":
    main()
