"""`aishare doctor`: check this installation and clone for known problems."""

from __future__ import annotations

import click

from analyzer.cli import console, options


@click.command("doctor", short_help="Check git, the set-up and a clone.")
@options.PATH
@click.option("--json", "as_json", is_flag=True, help="The same for scripts.")
@options.VERBOSE
def command(path: str, as_json: bool) -> None:
    """Check what a report on PATH depends on, each problem with the line that fixes it.

    \b
    Examples:
      aishare doctor
      aishare doctor ../app --json
    """
    from analyzer.diagnostics.doctor import run_checks

    checks = run_checks(path)
    if as_json:
        from analyzer.core.json_text import pretty_json

        console.write(pretty_json(checks), "-")
        return
    for check in checks:
        click.echo(f"{'ok  ' if check.ok else 'LOOK'}  {check.name:<14} {check.says}")
        if check.fix:
            click.echo(f"      {'':<14} {'more' if check.ok else 'fix'}: {check.fix}")
