"""The table of public rules on AI marks."""

from __future__ import annotations

import re
from datetime import date
from typing import get_args

from analyzer.evidence.public_policies import Asks, _rows, public_policies

KERNEL = "1da177e4c3f41524e886b7f1b8a0c1fc7321cac2"


def test_every_row_is_complete() -> None:
    """A row names repositories or a tool, has a day, an uncertainty, an address, and no other keys."""
    for row in _rows():
        assert set(row) - {"roots", "tool"} == {"date", "within", "asks", "text", "source"}
        assert ("roots" in row) != ("tool" in row)
        assert all(re.fullmatch(r"[0-9a-f]{40}", root) for root in row.get("roots", ()))
        assert date(2021, 6, 29) < date.fromisoformat(row["date"]) < date(2026, 12, 1)
        assert 0 <= row["within"] <= 60
        assert row["asks"] in get_args(Asks)
        assert row["source"].startswith("https://")
        assert row["text"].isascii()
        assert not row["text"].endswith(".")
    roots = [root for row in _rows() for root in row.get("roots", ())]
    assert len(roots) == len(set(roots))


def test_rows_apply_by_root_commit_or_by_tool() -> None:
    """A project's rule needs its oldest commit, so forks have it; a tool's row needs that tool's marks."""
    (rule,) = public_policies(KERNEL, [])
    assert (rule.date, rule.asks, rule.expects, rule.sha) == ("2025-12-23", "marks", "up", None)
    assert public_policies("0" * 40, []) == []
    rules = public_policies("0" * 40, ["claude-code"])
    assert {rule.asks for rule in rules} == {"setting"}
    assert not any(rule.about_marks_alone for rule in rules)
    assert [rule.date for rule in rules] == sorted(rule.date for rule in rules)
