"""The command line: parse options, call the pipeline, choose a renderer.

No logic lives here. Importing it imports only click; a command imports the rest when it runs.
"""

from __future__ import annotations

import os
import sys
import traceback

import click

from analyzer.cli import (
    analyze,
    audit,
    classify,
    doctor,
    dump,
    explain,
    github,
    infer,
    pr,
    simulate,
    survey,
    team,
)
from analyzer.cli import list as list_
from analyzer.cli.renamed import NEW_NAMES
from analyzer.core.sanitize import logged, plain
from analyzer.errors import AishareError, Exit, NoShareError
from analyzer.version import VERSION

# Longest error text: an error may quote a path or a key of the repository, and has to stay one line.
_MAX_MESSAGE_LENGTH = 400

_EPILOG = """\b
Examples:
  aishare analyze                          this repository's first screen
  aishare analyze ../app --json            the same for scripts
  aishare analyze -o - -o report.html      the screen, and a page to share
  aishare explain unmarked-not-human       a warning and its fix
Shell completion: eval "$(_AISHARE_COMPLETE=bash_source aishare)"; zsh and fish alike.
"""


class _CommandGroup(click.Group):
    """The verbs in the order of use, not of the alphabet; each also answers to the name it had before."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return the verbs in the order they were added."""
        return [*self.commands]  # the module `list` of this package hides the built-in

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a verb by its present or its old name."""
        return super().get_command(ctx, NEW_NAMES.get(cmd_name, cmd_name))


@click.group(
    cls=_CommandGroup,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(VERSION, prog_name="aishare")
def main() -> None:
    """How much of a git history is AI-written, and what that number tells you.

    Each answer may be "unknown". Nothing is written to the repository, nothing is sent anywhere.
    """


for _subcommand in (
    analyze.command,
    pr.command,
    explain.command,
    survey.command,
    classify.command,
    infer.command,
    audit.command,
    simulate.command,
    dump.command,
    list_.command,
    doctor.command,
    team.command,
    github.command,
):
    main.add_command(_subcommand)


def run(arguments: list[str] | None = None, *, started: float | None = None) -> int:
    """Run the command line and return its exit code.

    `started`: when the process started, if it has nothing else to do, on the clock `time.perf_counter`; for --timings.
    """
    argv = sys.argv[1:] if arguments is None else arguments
    try:
        code = main(argv, prog_name="aishare", standalone_mode=False, obj=started)
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.Abort:
        click.echo("interrupted", err=True)
        return Exit.INTERRUPTED
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except BrokenPipeError:
        # The reader (head, less) left; Python would complain again at exit when it flushes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except Exception as error:  # noqa: BLE001 - the last stop before the user: never a traceback without -v
        return _report_error(error, verbose="-v" in argv or "--verbose" in argv)
    # Outside of standalone mode click returns the code of an Exit that a command raises.
    return code if isinstance(code, int) else Exit.DONE


def _could_not_be_loaded(error: Exception) -> bool:
    """Return whether a library could not be loaded for want of memory: the linker says so in these words."""
    words = ("failed to map segment", "cannot allocate memory")
    return isinstance(error, ImportError) and any(part in str(error).lower() for part in words)


def _report_error(error: Exception, *, verbose: bool) -> int:
    """Print what went wrong, how to fix it and the slug, with the traceback if `verbose`; return the exit code."""
    if verbose:
        traceback.print_exception(error)
    if isinstance(error, MemoryError) or _could_not_be_loaded(error):
        error = NoShareError(
            "out-of-memory",
            "There was not enough memory for this history.",
            "Give it more, or analyse fewer commits: --rev.",
        )
    if not isinstance(error, AishareError):
        message = plain(f"A defect in aishare: {type(error).__name__}: {error}")
        error = AishareError("internal-error", message, "Run it again with -v and report the traceback.")
    message, fix = plain(error.message, _MAX_MESSAGE_LENGTH), plain(error.fix, _MAX_MESSAGE_LENGTH)
    click.echo(logged(f"error: {message}\n  fix: {fix}\n  more: aishare explain {error.slug}"), err=True)
    return error.exit_code
