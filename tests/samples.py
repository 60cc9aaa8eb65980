"""Everything that is generated and committed: golden reports, schema, docs pages, outputs quoted in the docs.

`make samples` (or `python -m tests.samples`) renews them; the tests compare.
"""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from analyzer.core.glossary import TERMS
from analyzer.core.messages import MESSAGES
from analyzer.evidence import SIGNALS, agents, other_trailers
from analyzer.evidence.classify import classify_lines
from analyzer.inference import ESTIMATORS
from analyzer.outcomes import OUTCOMES
from analyzer.prompts.ratios import RATIOS as EFFORTS
from analyzer.report import json_schema
from analyzer.report.charts import FIGURES, FLEET_FIGURES
from analyzer.report.contract import AnalysisResult
from analyzer.report.renderers import RENDERERS, find_renderer
from analyzer.share import SHARES
from analyzer.simulation.project_plan import Plan
from analyzer.simulation.repository import write_repository
from tests import api_page, notebook, supply
from tests.conftest import FIXTURES, ROOT, imported
from tests.planting import analyze_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analyzer.report.renderers import Renderer

PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    *(f"docs/{n}.md" for n in ("cli", "json", "configuration", "method", "sampling")),
    *(f"docs/{n}.md" for n in ("index", "what-x-percent-means", "why-unknown", "faq", "privacy", "peers", "teams")),
)
# Reports of simulated histories in reports/planted/; reports/README.md says what each one shows.
PLANTED = {
    "more-output": Plan(people=20, months=12, effect=0.5, disclosure=1.0, landing="squash", seed=5),
    "more-reverts": Plan(people=20, months=12, disclosure=1.0, reverts=0.06, ratio=3.0, landing="squash", seed=5),
    "no-marks": Plan(people=4, months=6, disclosure=0.0, seed=1),
}
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def ending(renderer: Renderer) -> str:
    """Return the file ending of a format, with its name in front if several formats share the ending."""
    own = renderer.endings[0]
    shared = sum(own in other.endings for other in RENDERERS) > 1
    return f"{renderer.id}.{own}" if shared else own


def reports(folder: Path) -> Iterator[tuple[Path, str]]:
    """Golden reports of the demo repository; git's version is scrubbed, all else is fixed by the stream."""
    result = analyze_path(str(imported(folder / "demo", (FIXTURES / "demo.fi").read_bytes()))).result
    for renderer in RENDERERS:
        text = renderer.render(result).replace(result.tool.git, "GIT")
        yield ROOT / "reports" / f"demo.{ending(renderer)}", text


def planted(folder: Path) -> Iterator[tuple[Path, str]]:
    """Golden JSON and page of each simulated history.

    The JSON has six digits, so that the last digits of a machine's arithmetic do not show, and stays as it is where
    it agrees with the new one. The page is drawn from it.
    """
    for name, plan in PLANTED.items():
        write_repository(plan, str(folder / name))
        result = analyze_path(str(folder / name), by="quarter").result
        tree = json.loads(find_renderer("json").render(result).replace(result.tool.git, "GIT"), parse_float=_rounded)
        path = ROOT / "reports" / "planted" / f"{name}.json"
        text = path.read_text("utf-8") if path.exists() else "null"
        if not agree(json.loads(text), tree):
            text = _in_lines(tree) + "\n"
        yield path, text
        stored = msgspec.json.decode(text, type=AnalysisResult)
        yield path.with_suffix(".html"), find_renderer("html").render(stored)


def _rounded(digits: str) -> float:
    return float(f"{float(digits):.6g}")


def agree(old: object, new: object) -> bool:
    """Return whether two JSON trees are the same except for the last digits of numbers with a fraction."""
    if isinstance(old, dict) and isinstance(new, dict):
        return list(old) == list(new) and all(agree(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return len(old) == len(new) and all(map(agree, old, new))
    if isinstance(old, float) and isinstance(new, float):
        return math.isclose(old, new, rel_tol=1e-4, abs_tol=1e-9)
    return type(old) is type(new) and old == new


def _in_lines(tree: object, depth: int = 0) -> str:
    """Return JSON with one line per object or list that holds no other."""
    inner = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    if not any(isinstance(value, dict | list) for value in inner):
        return json.dumps(tree, ensure_ascii=False)
    start, end = "\n" + " " * (depth + 1), "\n" + " " * depth
    if isinstance(tree, dict):
        items = (f"{json.dumps(key)}: {_in_lines(value, depth + 1)}" for key, value in tree.items())
        return "{" + start + f",{start}".join(items) + end + "}"
    return "[" + start + f",{start}".join(_in_lines(value, depth + 1) for value in inner) + end + "]"


def generated_pages() -> Iterator[tuple[Path, str]]:
    """The docs pages that are registries in prose."""
    lines = ["# The traces that are read", "", "Generated from the registry by `make samples`.", ""]
    for signal in SIGNALS:
        lines += [
            f"## {signal.id}",
            "",
            f"{signal.title[0].upper()}{signal.title[1:]}. Strength {signal.strength}.",
            "",
        ]
        lines += [signal.says, "", f"**Limits.** {signal.limits}", ""]
    lines += _agents()
    yield ROOT / "docs" / "signals.md", "\n".join(lines)
    lines = [
        "# Warnings and errors",
        "",
        "Generated from the registry by `make samples`; `aishare explain SLUG` says the same.",
        "",
    ]
    for m in MESSAGES.values():
        lines += [f"## {m.slug}", "", f"*{m.severity}.* {m.means}", "", f"Fix: {m.fix}", ""]
    yield ROOT / "docs" / "messages.md", "\n".join(lines)
    for name, page in (
        ("definitions", _definitions()),
        ("measures", _measures()),
        ("estimators", _estimators()),
        ("charts", _charts()),
        ("glossary", _glossary()),
    ):
        yield ROOT / "docs" / f"{name}.md", "\n".join(page)
    yield supply.PAGE, supply.page()
    yield from api_page.pages()
    yield notebook.PAGE, notebook.page()


def _opening(title: str, *paragraphs: str) -> list[str]:
    """A page's head: what it lists, and that it is generated."""
    lines = [
        f"# {title}",
        "",
        "Generated from the registry by `make samples`; `aishare explain NAME` says the same.",
        "",
    ]
    return lines + [line for paragraph in paragraphs for line in (paragraph, "")]


def _entry(name: str, title: str, says: str, limits: str, source: str = "") -> list[str]:
    """A section of a registry's page: name, title, what it says, limits and source."""
    lines = [f"## {name}", "", f"{title[0].upper()}{title[1:]}{'' if title.endswith('?') else '.'}", "", says, ""]
    lines += [f"**Limits.** {limits}", ""]
    return lines + ([f"**Source.** {source}", ""] if source else [])


def _definitions() -> list[str]:
    lines = _opening(
        "Share definitions",
        "What a share can be a share of. All of them are true of the same history at once; why they differ, and who\n"
        "publishes which: [what “X %” means](what-x-percent-means.md).",
    )
    for d in SHARES:
        part = " Of the recorded commits alone, and so in no spread." if d.recorded_only else ""
        lines += _entry(d.id, f"{d.title} (unit: {d.unit})", d.says + part, d.limits)
    return lines


def _measures() -> list[str]:
    lines = _opening(
        "Outcomes",
        "What is measured of merged changes, commits and lines, marked ones beside the same people's others. How they\n"
        "are compared: [method](method.md#outcomes). *Coupled* outcomes move with the length and the cutting of work:\n"
        "they explain others and grade nothing.",
    )
    directions = {"low": "lower is better", "high": "higher is better", "neither": "neither way is better"}
    for m in OUTCOMES:
        kind = "; coupled" if m.coupled else "; what work is made of" if m.descriptive else ""
        compared = f"Unit: {m.unit}; {directions[m.better]}{kind}. Compared within {', '.join(m.adjusted_for)}."
        lines += _entry(m.id, m.title, f"{m.says}\n\n{compared}", m.limits, m.source)
    lines += ["", "## What it cost to specify", "", "With `--effort` or `--transcripts` ([effort](effort.md)).", ""]
    for e in EFFORTS:
        lines += _entry(e.id, e.title, f"{e.says}\n\nUnit: {e.unit}.", e.limits)
    return lines


def _estimators() -> list[str]:
    lines = _opening(
        "Estimators and tests",
        "What turns tables into figures, p-values and placebos. Formulas: [method](method.md#formulas). How often\n"
        "they err on histories with planted truth: [reports/gates.md](../reports/gates.md).",
    )
    for e in ESTIMATORS:
        lines += _entry(e.id, e.title, e.says, e.limits, e.source)
    return lines


def _charts() -> list[str]:
    lines = [
        "# How to read each chart",
        "",
        "Generated from the registry by `make samples`. Under each picture of a report stands the table of its",
        "figures, and a picture that is not drawn says why. Examples: [sample reports](../reports/README.md).",
        "",
        "Blue is what is marked or graded, red is marked work or what fired, grey is what cannot be known or grades",
        "nothing. No colour stands alone: a shape, a dash or a word says the same.",
        "",
    ]
    for where, figures in (("a report", FIGURES), ("the site of `aishare team`", FLEET_FIGURES)):
        for figure in figures:
            lines += [f"## {figure.title}", "", f"In {where}: `#{figure.id}`.", "", figure.reads, ""]
            lines += [f"**Limits.** {figure.limits}", ""]
    return lines


def _glossary() -> list[str]:
    lines = _opening(
        "Words",
        "Words of the reports that are no entry of [the definitions](definitions.md), [the outcomes](measures.md) or\n"
        "[the estimators](estimators.md).",
    )
    for term, (few, *said) in sorted(TERMS.items()):
        lines += [f"## {term}", "", f"{few[0].upper()}{few[1:]}.", "", " ".join(said), ""]
    return lines


def _agents() -> Iterator[str]:
    """The table of agents: since when, whether the mark is set unasked, and what is easily taken for it."""
    version, rows = agents.agent_table()
    yield from ("## Agents known by identity", "", f"Table of {version}, `analyzer/evidence/agents.toml`.", "")
    yield from ("| tool | first seen | mark | known traps |", "|---|---|---|---|")
    for agent in sorted(rows, key=lambda agent: agent.tool):
        seen = agent.since if agent.seen else f"{agent.since}, on published lists only"
        yield f"| `{agent.tool}` | {seen} | {agent.default} | {agent.traps} |"
    yield from ("", "## Other marks", "", "Trailers of `analyzer/evidence/marks.toml`.", "")
    yield from ("| trailer's key | family | tool | first seen | known traps |", "|---|---|---|---|---|")
    for mark in other_trailers.mark_table().values():
        yield f"| `{mark.key}` | {mark.family} | {mark.tool or ''} | {mark.since} | {mark.traps} |"
    yield from ("", "## Commits that other tools read wrong", "")
    yield from (
        "`fixtures/torture.jsonl`, with what five other tools said of such commits when they were run on them.",
        "",
    )
    names = ("Iris", "yield-audit", "codeassay", "git-forensic", "ShipSignal")
    yield f"| commit | {' | '.join(names)} | aishare |"
    yield "|" + "---|" * (len(names) + 2)
    lines = (FIXTURES / "torture.jsonl").read_bytes().splitlines()
    for row, said in zip(map(json.loads, lines), map(json.loads, classify_lines(lines)), strict=True):
        bot = " (a bot)" if said["bot"] and said["ai"] == "none" else ""
        tool = f" ({said['tool']})" if said["tool"] else ""
        yield f"| {row['what'].replace('<', '&lt;')} | {' | '.join(row['theirs'])} | {said['ai']}{tool}{bot} |"
    yield ""


def refreshed(text: str) -> str:
    """A page with the output of every console command as it is now; each page has a scratch folder of its own."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "fixtures").symlink_to(FIXTURES)
        (folder / "bin").mkdir()
        shim = folder / "bin" / "aishare"
        shim.write_text(f'#!/bin/sh\nexec {sys.executable} -c "from analyzer.__main__ import main; main()" "$@"\n')
        shim.chmod(0o755)
        return CONSOLE.sub(lambda block: f"```console\n{_run_block(block[1], folder)}```", text)


def _run_block(block: str, folder: Path) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "AISHARE_"))}
    environment |= {"PATH": f"{folder}/bin:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
    environment["XDG_CACHE_HOME"] = str(folder / "cache")
    shown = ""
    for line in block.splitlines():
        if line.startswith("$ "):
            done = subprocess.run(
                ["bash", "-c", line[2:]],
                cwd=folder,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                check=False,
            )
            shown += f"{line}\n{done.stdout.decode()}".replace("\r\n", "\n")
    return shown


def main() -> None:
    """Renew all of it."""
    (ROOT / "analyzer" / "report" / json_schema.SHIPPED).write_bytes(json_schema.generated())
    with tempfile.TemporaryDirectory() as scratch:
        for path, text in [*reports(Path(scratch)), *planted(Path(scratch)), *generated_pages()]:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")
    for name in PAGES:
        page = ROOT / name
        page.write_text(refreshed(page.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
