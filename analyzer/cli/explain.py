"""`aishare explain`: explain a slug, a definition, or the label of a commit."""

from __future__ import annotations

import click

from analyzer.cli import options


@click.command("explain", short_help="Explain a warning, a definition or a commit's label.")
@click.argument("subject", help="Slug, definition, signal, grade or commit.")
@options.PATH
@options.VERBOSE
def command(subject: str, path: str) -> None:
    """Explain SUBJECT: the slug of a warning or error, a definition or signal, a grade, or a commit of PATH.

    \b
    Examples:
      aishare explain shallow-clone
      aishare explain merged_changes
      aishare explain 1a2b3c4 ../app
    """
    from analyzer.diagnostics.explain import explain

    click.echo(explain(subject, path))
