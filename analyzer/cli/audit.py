"""`aishare audit`: simulate cheap ways to inflate the share, and recompute every metric."""

from __future__ import annotations

import click

from analyzer.cli import console, options


@click.command("audit", short_help="What cheap tricks would do to the share, and that outcomes do not move.")
@options.PATH
@options.history_options
@click.option("--since", metavar="DATE", envvar="AISHARE_SINCE", help="Count from this day on (UTC).")
@click.option("--until", metavar="DATE", envvar="AISHARE_UNTIL", help="Count up to the end of this day (UTC).")
@options.cache_options
@click.option("--json", "as_json", is_flag=True, help="Every definition, for scripts.")
@click.option("-o", "--output", default="-", metavar="FILE", help="Write to FILE instead of stdout.")
def command(
    path: str,
    no_cache: bool,
    cache_dir: str | None,
    as_json: bool,
    output: str,
    quiet: bool,
    **flags: object,
) -> None:
    """Simulate nine ways to inflate the share and recompute every metric; the repository does not change.

    Marking, splitting, squashing, padding and generating move a share at once. What shipped, lasted, was reverted or
    needed a follow-up fix does not change, or changes only because work is split, which the habit and splitting tests
    watch. Reverts are counted up to the as-of date.

    \b
    Examples:
      aishare audit ../app
      aishare audit --since 2026-01-01 --json
    """
    opened = options.open_configured(path, flags)
    from analyzer.gaming_audit.audit import audit_gaming, render
    from analyzer.pipeline.compare_outcomes import compare_outcomes
    from analyzer.pipeline.inputs import share_inputs, time_window
    from analyzer.pipeline.load import load_history

    with console.progress(quiet=quiet) as progress:
        history = load_history(opened, options.resolve_cache_dir(cache_dir, no_cache=no_cache), progress)
        window = time_window(history)
        shares = share_inputs(history, window)
        outcomes = compare_outcomes(history, shares, window, progress)
        audit = audit_gaming(history, shares, outcomes, window)
    console.write(render(audit, as_json=as_json or output.endswith(".json")), output)
