"""`aishare list`: list the entries of a registry."""

from __future__ import annotations

import textwrap
from importlib import import_module

import click

from analyzer.cli import console
from analyzer.cli.renamed import RenamedChoice

_COMMON_FIELDS = {"id": "id", "title": "title", "says": "says", "limits": "limits"}
# Kind → module, registry, and output key → attribute of an entry.
_REGISTRIES: dict[str, tuple[str, str, dict[str, str]]] = {
    "signals": ("analyzer.evidence", "SIGNALS", {**_COMMON_FIELDS, "strength": "strength"}),
    "records": ("analyzer.evidence.records", "RECORDS", _COMMON_FIELDS),
    "shares": ("analyzer.share", "SHARES", _COMMON_FIELDS),
    "breakdowns": ("analyzer.share.breakdowns", "BREAKDOWNS", _COMMON_FIELDS),
    "outcomes": ("analyzer.outcomes", "OUTCOMES", _COMMON_FIELDS),
    "prompt-ratios": ("analyzer.prompts.ratios", "RATIOS", _COMMON_FIELDS),
    "prompt-formats": ("analyzer.prompts.formats", "FORMATS", {"id": "id", "title": "title", "says": "cites"}),
    "estimators": ("analyzer.inference", "ESTIMATORS", _COMMON_FIELDS),
    "formats": ("analyzer.report.renderers", "RENDERERS", {"id": "id", "title": "title"}),
    "messages": ("analyzer.core.messages", "MESSAGES", {"id": "slug", "title": "means", "fix": "fix"}),
}
KINDS = tuple(_REGISTRIES)
_RENAMED = {"measures": "outcomes", "efforts": "prompt-ratios", "stores": "prompt-formats"}


@click.command("list", short_help="List signals, records, shares, outcomes, estimators, formats, messages and more.")
@click.argument("kind", type=RenamedChoice(KINDS, old=_RENAMED), metavar="KIND", help=f"One of {', '.join(KINDS)}.")
@click.option("--json", "as_json", is_flag=True, help="The same for scripts.")
def command(kind: str, as_json: bool) -> None:
    """List what this version has of KIND, straight from its registry.

    \b
    Examples:
      aishare list signals
      aishare list messages --json
    """
    entries = _entries_of_registry(kind)
    if as_json:
        from analyzer.core.json_text import pretty_json

        console.write(pretty_json(entries), "-")
        return
    for entry in entries:
        click.echo(entry["id"])
        for text in (
            entry["title"],
            *(f"{name}: {entry[name]}" for name in ("strength", "says", "limits", "fix") if name in entry),
        ):
            click.echo(textwrap.fill(text, 80, initial_indent="    ", subsequent_indent="    "))


def _entries_of_registry(kind: str) -> list[dict[str, str]]:
    """Return the entries of one registry, which is imported only now."""
    module, name, fields = _REGISTRIES[kind]
    registry = getattr(import_module(module), name)
    entries = registry.values() if isinstance(registry, dict) else registry
    return [{key: str(getattr(entry, attribute)) for key, attribute in fields.items()} for entry in entries]
