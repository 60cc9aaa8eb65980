"""Workflow lines that fix an incomplete checkout: for a slug, YAML to paste."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.report.renderers.markdown import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

_CHECKOUT = """\
- uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1
  with:
    fetch-depth: 0  # the whole history
    persist-credentials: false"""
_UNFILTERED = f"{_CHECKOUT}\n    # and no line `filter:`, so that the contents are here"
_NOTES = """\
- run: gh auth setup-git && git fetch --quiet origin 'refs/notes/*:refs/notes/*'
  env:
    GH_TOKEN: ${{ github.token }}"""

# Slug of an error, warning or note → workflow lines that fix it.
LINES: dict[str, str] = {
    "shallow-clone": _CHECKOUT,
    "unknown-revision": _CHECKOUT,
    "partial-clone": _UNFILTERED,
    "contents-missing": _UNFILTERED,
    "notes-not-fetched": _NOTES,
}


def workflow_fixes(slugs: Sequence[str]) -> str:
    """Return Markdown with the workflow lines for those slugs that a workflow can fix; empty if there are none."""
    by_lines: dict[str, list[str]] = {}
    for slug in dict.fromkeys(slugs):
        if slug in LINES:
            by_lines.setdefault(LINES[slug], []).append(slug)
    return "".join(_folded_fix(lines, names) for lines, names in by_lines.items())


def _folded_fix(lines: str, slugs: Sequence[str]) -> str:
    head = f"<details><summary>Lines for the workflow that mend {' and '.join(slugs)}</summary>"
    return f"\n{head}\n\n```yaml\n{lines}\n```\n\n</details>\n"


def failure_summary(problem: str, fix: str, slug: str) -> str:
    """Return the job summary of a run that failed."""
    return f"# aishare could not answer\n\n{escape(problem)}\n\n*{escape(fix)}* `{slug}`\n{workflow_fixes([slug])}"
