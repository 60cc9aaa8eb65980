"""`aishare list`: what there is, from the registries themselves."""

from __future__ import annotations

import textwrap

import click

from analyzer.cli import options

KINDS = ("signals", "shares", "measures", "estimators", "formats", "messages")


@click.command("list", short_help="List signals, shares, measures, estimators, formats or messages.")
@click.argument("kind", type=click.Choice(KINDS), metavar="KIND", help=f"One of {', '.join(KINDS)}.")
@click.option("--json", "as_json", is_flag=True, help="The same for scripts.")
def command(kind: str, as_json: bool) -> None:
    """List what this version has of KIND, straight from its registry.

    \b
    Examples:
      aishare list signals
      aishare list messages --json
    """
    rows = _rows(kind)
    if as_json:
        import msgspec

        options.write(msgspec.json.format(msgspec.json.encode(rows), indent=2) + b"\n", "-")
        return
    for row in rows:
        click.echo(row["id"])
        for text in (
            row["title"],
            *(f"{name}: {row[name]}" for name in ("strength", "says", "limits", "fix") if name in row),
        ):
            click.echo(textwrap.fill(text, 80, initial_indent="    ", subsequent_indent="    "))
    if not rows:
        click.echo(f"none in this version: no {kind} are computed yet")


def _rows(kind: str) -> list[dict[str, str]]:
    match kind:
        case "signals":
            from analyzer.evidence import SIGNALS

            return [
                {"id": s.id, "title": s.title, "strength": s.strength, "says": s.says, "limits": s.limits}
                for s in SIGNALS
            ]
        case "shares":
            from analyzer.share import SHARES

            return [{"id": d.id, "title": d.title, "says": d.says, "limits": d.limits} for d in SHARES]
        case "estimators":
            from analyzer.inference import ESTIMATORS

            return [{"id": e.id, "title": e.title, "says": e.says, "limits": e.limits} for e in ESTIMATORS]
        case "formats":
            from analyzer.report.renderers import RENDERERS

            return [{"id": f.id, "title": f.title} for f in RENDERERS]
        case "messages":
            from analyzer.messages import MESSAGES

            return [{"id": m.slug, "title": m.means, "fix": m.fix} for m in MESSAGES.values()]
        case _:
            return []
