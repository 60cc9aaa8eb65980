"""The last full month of a range, also at the ends of the calendar."""

from __future__ import annotations

import pytest

from analyzer.report.contract import Command
from analyzer.report.sections.breadth import last_full_month


@pytest.mark.parametrize(
    ("as_of", "since", "month"),
    [
        ("2024-03-15", None, "2024-02"),
        ("2024-02-29", None, "2024-02"),
        ("2024-02-28", None, "2024-01"),
        ("9999-12-31", None, "9999-12"),
        ("9999-12-30", None, "9999-11"),
        ("0001-01-05", None, None),
        ("", None, None),
        ("2024-03-15", "2024-02-02", None),
        ("2024-03-15", "2024-02-01", "2024-02"),
    ],
)
def test_last_full_month(as_of: str, since: str | None, month: str | None) -> None:
    """The month that ends with the as-of date or before it, and that the range does not cut."""
    command = Command("HEAD", since, None, as_of, "month", [], [], 0, "")
    assert last_full_month(command) == month
