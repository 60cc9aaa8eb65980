"""Functions of two versions of a file: which were added, changed, rewritten, renamed and removed."""

from __future__ import annotations

from analyzer.languages.python import PYTHON
from analyzer.structure.comparison import FileComparison, compare_versions, removed_functions
from analyzer.structure.parsing import parse

OLD = b"""
class Reader:
    def read(self, path):
        text = open(path).read()
        return text.strip()

    def close(self):
        self.closed = True


def count(items):
    total = 0
    for item in items:
        total += item
    return total
"""


def compared(new: bytes, old: bytes | None = OLD) -> FileComparison:
    """What a commit did that made the old version the new one."""
    result = compare_versions(PYTHON, None if old is None else parse(PYTHON, old), new)
    assert result is not None
    return result[0]


def changes(new: bytes, old: bytes | None = OLD) -> list[tuple[str, str]]:
    """Names of functions, and what was done to them."""
    return [(function.name, function.change) for function in compared(new, old).functions]


def test_changed_function_is_measured_before_and_after() -> None:
    """One decision more, inside the loop: 1 + 2 more for cognitive complexity."""
    new = OLD.replace(b"        total += item\n", b"        if item:\n            total += item\n")
    (function,) = compared(new).functions
    assert (function.name, function.change) == ("count", "changed")
    assert function.before is not None
    assert function.after is not None
    assert (function.before.cognitive, function.after.cognitive) == (1, 3)
    assert (function.before.cyclomatic, function.after.cyclomatic) == (2, 3)
    assert (function.before.lines, function.after.lines) == (5, 6)


def test_functions_come_and_go() -> None:
    """Methods have the name of their class; a new file has only new functions."""
    new = OLD.replace(
        b"    def close(self):\n        self.closed = True\n", b"    def open(self):\n        return None\n"
    )
    assert changes(new) == [("Reader.open", "added"), ("Reader.close", "removed")]
    assert changes(OLD, None) == [("Reader.read", "added"), ("Reader.close", "added"), ("count", "added")]
    old = parse(PYTHON, OLD)
    assert old is not None
    assert [(f.name, f.change) for f in removed_functions(PYTHON, old)] == [
        ("Reader.read", "removed"),
        ("Reader.close", "removed"),
        ("count", "removed"),
    ]


def test_neighbours_of_a_new_function_are_not_touched() -> None:
    """Neither is a function that only moved, or whose lines break elsewhere."""
    new = OLD + b"\n\ndef more():\n    pass\n"
    assert changes(new) == [("more", "added")]
    head, tail = OLD.split(b"\n\ndef count")
    assert changes(b"\n\ndef count" + tail + head) == []
    assert changes(OLD.replace(b"def count(items):", b"def count(\n    items\n):")) == []


def test_renamed_function_is_the_same_one() -> None:
    """Most of its lines are the same; a function with other lines is another one."""
    assert changes(OLD.replace(b"def count", b"def total")) == [("total", "changed")]
    new = OLD[: OLD.index(b"def count")] + b"def total(items):\n    return sum(items)\n"
    assert changes(new) == [("total", "added"), ("count", "removed")]


def test_rewritten_function_has_few_of_its_lines() -> None:
    """Less than half."""
    new = OLD[: OLD.index(b"def count")] + b"def count(items):\n    return sum(items)\n"
    assert changes(new) == [("count", "rewritten")]


def test_test_cases_are_counted_and_not_measured() -> None:
    """What stands in a test is no production code."""
    tests = b"def test_one():\n    assert 1\n\n\ndef test_two():\n    def helper():\n        pass\n\n    helper()\n"
    comparison = compared(tests, b"def test_one():\n    assert 1\n")
    assert (comparison.tests_added, comparison.functions) == (1, [])
    assert compared(tests.replace(b"assert 1", b"assert 2"), tests).tests_added == 0


def test_syntax_errors_are_seen() -> None:
    """They are counted, and what can be read is read."""
    broken = compared(OLD + b"\n\ndef more(:\n    pass\n")
    assert broken.has_error
    assert not compared(OLD).has_error
