"""Fix messages, and the verdict on follow-ups from simulated tables."""

from __future__ import annotations

import pytest

from analyzer.outcomes.fix_messages import is_fix

FIXES = """Fix date formatting
fix(merge): lost rows
parser: fix off-by-one
[parser] Fix it
Handle None (fixes #33)
Bug 1234 - wrong sum
Patch memory leak
fix crash when formatting dates
Fix the style attribute being lost""".splitlines()


NO_FIXES = """feat: dark mode; resolves #99
Revert "Fix crash"
Fixed-size buffer
fixup! add foo
fix typo in docs
Release 1.2, with fixed crash in a
Bump x from 1 to 2, fixes #12
Fix mypy errors
fix: type hints
prefix
Add test for bug
fix tests
Merge branch fix-x
Use fixed seed to avoid error
Fix build
build: fix error""".splitlines()


@pytest.mark.parametrize("message", FIXES)
def test_fix_messages_are_recognised(message: str) -> None:
    """Fixes of what the program does, in the words of several projects."""
    assert is_fix(message)


@pytest.mark.parametrize("message", NO_FIXES)
def test_other_messages_are_no_fixes(message: str) -> None:
    """Repairs beside the program, features, releases, and words that only look alike."""
    assert not is_fix(message)


def test_a_message_without_an_end_costs_no_time() -> None:
    """Five megabytes of one line: only its beginning is read."""
    assert is_fix("fix " * 1_250_000)
