"""`aishare classify`: labels for commit metadata given as JSON Lines."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from analyzer.cli import console, options
from analyzer.core.sanitize import plain
from analyzer.errors import UsageError


@click.command("classify", short_help="Label commit metadata given as JSON Lines.")
@click.argument("file", default="-", help='A file of JSON Lines; "-", the default, is stdin.')
@click.option("-o", "--output", default="-", metavar="FILE", help="Write to FILE instead of stdout.")
@click.option("--config", metavar="FILE", envvar="AISHARE_CONFIG", help="Settings whose [[rules]] apply as well.")
@options.VERBOSE
def command(file: str, output: str, config: str | None) -> None:
    """Label every commit of FILE: one JSON object a line in, one verdict a line out, in the same order.

    Keys that are read: id, author_name, author_email, committer_name, committer_email, date, subject, body (or
    trailers_or_body_excerpt); others are ignored. "none" means no trace of AI, which is no proof of human work.

    \b
    Examples:
      aishare classify commits.jsonl
      aishare classify commits.jsonl --config aishare.toml
      aishare classify < commits.jsonl | jq -r .ai | sort | uniq -c
    """
    from analyzer.evidence.classify import classify_lines
    from analyzer.pipeline.configured_repository import settings_of

    try:
        contents = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as reason:
        raise UsageError(
            "classify-invalid", f"{plain(file)} cannot be read: {reason.strerror}.", "Name a file you can read."
        ) from None
    lines = [line for line in contents.split(b"\n") if line.strip()]
    console.write(b"".join(classify_lines(lines, settings_of(config).rules)), output)
