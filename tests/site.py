"""The docs as a site: Markdown of docs/ and reports/ laid side by side and built by zensical, offline.

`make docs` (or `python -m tests.site`, where zensical is installed) writes site/. On GitHub, docs/ and reports/ are
neighbours; a site has one folder of pages, so reports/ is laid into it and the links between the two follow.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[1]
CONFIG = "zensical.toml"
# What a browser loads by itself, in a page or a style sheet: an address here must be the site's own.
LOADED = re.compile(
    r"""<(?:script|img|iframe|source|video|audio|embed|object)\b[^>]*?\s(?:src|srcset|data)=["']?((?:https?:)?//[^"'\s>]+)"""
    r"""|<link\b[^>]*?\shref=["']?((?:https?:)?//[^"'\s>]+)"""
    r"""|(?:@import\s+(?:url\()?|url\()["']?((?:https?:)?//[^"')\s]+)""",
    re.IGNORECASE,
)


def python() -> str | None:
    """A Python that has zensical: the one of `make docs`, else this one, else None."""
    own = ROOT / ".venv-docs" / "bin" / "python"
    return str(own) if own.exists() else sys.executable if find_spec("zensical") else None


def build(folder: Path) -> Path:
    """Build the site in a scratch `folder` and return where its pages are; a dead link is an error."""
    pages = folder / "docs"
    shutil.copytree(ROOT / "docs", pages)
    local = shutil.ignore_patterns("local", "*.md")
    shutil.copytree(ROOT / "reports", pages / "reports", ignore=local)
    for page in (ROOT / "reports").glob("*.md"):
        text = page.read_text("utf-8").replace("](../docs/", "](../")
        (pages / "reports" / page.name).write_text(text, "utf-8")
    for page in pages.glob("*.md"):
        page.write_text(page.read_text("utf-8").replace("](../reports/", "](reports/"), "utf-8")
    shutil.copy(ROOT / CONFIG, folder)
    subprocess.run([python() or "python3", "-m", "zensical", "build", "--strict", "-f", CONFIG], cwd=folder, check=True)
    return folder / "site"


def outside(site: Path) -> list[str]:
    """Resources of other hosts that a browser would load by opening a page: file and address."""
    files = [p for p in sorted(site.rglob("*")) if p.suffix in {".html", ".css"}]
    return [
        f"{file.relative_to(site)}: {next(filter(None, found.groups()))}"
        for file in files
        for found in LOADED.finditer(file.read_text("utf-8"))
    ]


def main() -> int:
    """Build into site/; 1 if a page would load anything from elsewhere."""
    with tempfile.TemporaryDirectory() as scratch:
        site = build(Path(scratch))
        found = outside(site)
        shutil.rmtree(ROOT / "site", ignore_errors=True)
        shutil.copytree(site, ROOT / "site")
    for line in found:
        print(f"loaded from elsewhere: {line}", file=sys.stderr)  # noqa: T201
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
