"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from analyzer.cli import console
from analyzer.core.links import refuse_committed_links
from analyzer.core.sanitize import plain
from analyzer.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from analyzer.pipeline.configured_repository import ConfiguredRepository


PATH = click.argument("path", default=".", help="Any folder of a clone, or a bare repository; default: here.")

# `cli.run`, which prints tracebacks, reads it from the command line; no command needs it.
VERBOSE = click.option(
    "-v", "--verbose", is_flag=True, expose_value=False, help="Show a traceback when something fails."
)

PULLS = click.option(
    "--pulls",
    metavar="FILE.jsonl",
    envvar="AISHARE_PULLS",
    help="Exported pull requests: marks that squashes lost, counted apart (docs/schedule.md).",
)

STRUCTURE_FILES = click.option(
    "--structure-files",
    type=click.IntRange(min=0),
    metavar="N",
    envvar="AISHARE_STRUCTURE_FILES",
    help="Changed files whose functions are compared at most.  [default: 2000]",
)

_HISTORY_OPTIONS: tuple[Callable[..., Any], ...] = (
    click.option("--rev", metavar="REV", envvar="AISHARE_REV", help="Commit, branch or tag to read.  [default: HEAD]"),
    click.option("--include", metavar="GLOB", multiple=True, help="Count only matching files; repeatable."),
    click.option("--exclude", metavar="GLOB", multiple=True, help="Leave matching files out; repeatable."),
    click.option(
        "--config", metavar="FILE", envvar="AISHARE_CONFIG", help="Settings, instead of the analysed commit's own file."
    ),
    click.option(
        "--no-repo-config",
        is_flag=True,
        envvar="AISHARE_NO_REPO_CONFIG",
        help="Ignore the commit's own settings, attributes, mailmap and ignored revisions.",
    ),
    click.option(
        "--whole-history",
        is_flag=True,
        envvar="AISHARE_WHOLE_HISTORY",
        help="Follow old lines too, from long before AI tools.",
    ),
    click.option("-q", "--quiet", is_flag=True, help="No progress and no notes."),
    VERBOSE,
)


def range_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the history options without --rev, for commands that take revisions as arguments."""
    for decorate in reversed(_HISTORY_OPTIONS[1:]):
        command = decorate(command)
    return command


def history_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of every command that reads a history; some can be set as `AISHARE_…` in the environment."""
    for decorate in reversed(_HISTORY_OPTIONS):
        command = decorate(command)
    return command


_CACHE_OPTIONS: tuple[Callable[..., Any], ...] = (
    click.option("--no-cache", is_flag=True, help="Read the whole history anew, and store nothing."),
    click.option(
        "--cache-dir", metavar="DIR", envvar="AISHARE_CACHE_DIR", help="Where to store.  [default: the user's cache]"
    ),
)


def cache_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say where replayed histories are stored between runs."""
    for decorate in reversed(_CACHE_OPTIONS):
        command = decorate(command)
    return command


def resolve_cache_dir(cache_dir: str | None, *, no_cache: bool) -> Path | None:
    """Return the cache folder; None where nothing is to be stored.

    Raises `UsageError("linked-output")` if a commit can have made a link on the way to it.
    """
    from analyzer.core.cachedir import default_cache_dir

    if no_cache:
        return None
    if cache_dir is None:
        return default_cache_dir()
    folder = Path(cache_dir).absolute()
    refuse_committed_links(folder)
    return folder


def reject_ineffective(tables: tuple[str, ...], table: str, **values: object) -> None:
    """Raise `UsageError` for options on the command line that have no effect on this table.

    Parameters
    ----------
    tables : tables on which the options have an effect.
    table : the table asked for.
    values : the options by parameter name; only the names are used.
    """
    source = click.get_current_context().get_parameter_source
    names = {"lines": "view"}
    for name in values:
        if source(names.get(name, name)) is click.core.ParameterSource.COMMANDLINE:
            option = "--" + name.replace("_", "-")
            raise UsageError(
                "no-such-effect", f"{option} changes nothing for {table}.", f"It is for {', '.join(tables)}."
            )


def open_configured(
    path: str, flags: dict[str, Any], *, settings_rev: str | None = None, reported: bool = False
) -> ConfiguredRepository:
    """Open the repository at PATH with its settled settings; `settings_rev` as for the function it calls.

    Print a note if PATH is a folder inside the repository, and, unless they are `reported` with the figures, which
    settings come from the repository.
    """
    from analyzer.pipeline import configured_repository

    settings = {name: value for name, value in flags.items() if name != "no_repo_config"}
    if flags.get("no_repo_config"):
        settings["repo_config"] = False
    opened = configured_repository.open_configured(path, settings, settings_rev=settings_rev)
    notes = []
    if opened.config is not None and not reported:
        names = ", ".join(opened.config.settings)
        notes.append(f"{opened.config.file} of the commit sets {names}; --no-repo-config ignores it")
    if opened.repository.is_subfolder:
        notes.append(f"{plain(path)} is a folder of {opened.repository.name}; the whole repository is analysed")
    console.print_notes(notes, quiet=bool(click.get_current_context().params.get("quiet")))
    return opened
