"""Renew analyzer/history/linguist.json, our reduced copy of github-linguist's tables.

`python -m tests.linguist CHECKOUT TAG` reads a clone of https://github.com/github-linguist/linguist at a release tag.
The copy holds what classifies a file by its name or by its first line; colours, editors and grammars are left out.
It carries linguist's licence (MIT), the commit that it was made from, and a digest of its tables.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from tests.conftest import ROOT

COPY = ROOT / "analyzer" / "history" / "linguist.json"
SOURCE = "https://github.com/github-linguist/linguist"
_LANGUAGE_FIELDS = ("type", "group", "extensions", "filenames", "interpreters")


def digest(tables: dict[str, Any]) -> str:
    """Return the SHA-256 of the tables, whatever the spacing of the file."""
    return hashlib.sha256(json.dumps(tables, ensure_ascii=True, sort_keys=True).encode("ascii")).hexdigest()


def reduced_copy(checkout: Path, tag: str) -> dict[str, Any]:
    """Return the copy's contents, read from a clone of linguist at `tag`."""

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", "-C", str(checkout), *arguments], capture_output=True, text=True, check=True
        ).stdout

    def table(name: str) -> Any:
        return yaml.safe_load(git("show", f"{tag}:lib/linguist/{name}.yml"))

    tables = {
        "languages": {
            name: {field: row[field] for field in _LANGUAGE_FIELDS if field in row}
            for name, row in table("languages").items()
        },
        "popular": table("popular"),
        "generic_endings": table("generic")["extensions"],
        "vendor": table("vendor"),
        "documentation": table("documentation"),
    }
    facts = {
        "source": SOURCE,
        "version": git("show", f"{tag}:lib/linguist/VERSION").strip(),
        "commit": git("rev-parse", f"{tag}^{{commit}}").strip(),
        "licence": git("show", f"{tag}:LICENSE"),
        "sha256": digest(tables),
    }
    return facts | {"tables": tables}


def rendered(copy: dict[str, Any]) -> str:
    """Return the copy as JSON, one language or pattern per line, so that a renewal can be reviewed."""
    lines = ["{"]
    lines += [f"{json.dumps(key)}: {json.dumps(value)}," for key, value in copy.items() if key != "tables"]
    sections = []
    for name, rows in copy["tables"].items():
        items = (
            [f"{json.dumps(key)}: {json.dumps(row)}" for key, row in rows.items()]
            if isinstance(rows, dict)
            else [json.dumps(row) for row in rows]
        )
        opening, closing = "{}" if isinstance(rows, dict) else "[]"
        sections.append(f"{json.dumps(name)}: {opening}\n" + ",\n".join(items) + f"\n{closing}")
    return "\n".join(lines) + '\n"tables": {\n' + ",\n".join(sections) + "\n}\n}\n"


if __name__ == "__main__":
    COPY.write_text(rendered(reduced_copy(Path(sys.argv[1]), sys.argv[2])), "utf-8")
