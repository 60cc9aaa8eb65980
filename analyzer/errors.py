"""Errors that a user can act on: what is wrong, how to fix it, and a slug for `aishare explain`."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes (docs/cli.md). A result is never an error, whatever its values."""

    DONE = 0
    TOOL_ERROR = 1
    USAGE = 2
    NO_SHARE = 3
    FAIL_ON = 4
    INTERRUPTED = 130


class AishareError(Exception):
    """Base of every error raised on purpose; `slug` is a key of `messages.MESSAGES`."""

    exit_code = Exit.TOOL_ERROR

    def __init__(self, slug: str, message: str, fix: str) -> None:
        """`message`: one line on what is wrong. `fix`: one line on what to do."""
        super().__init__(message)
        self.slug = slug
        self.message = message
        self.fix = fix


class UsageError(AishareError):
    """The command, an option or the configuration is wrong."""

    exit_code = Exit.USAGE


class NoShareError(AishareError):
    """No share can be computed from this input: not a repository, shallow, empty, nothing in range."""

    exit_code = Exit.NO_SHARE
