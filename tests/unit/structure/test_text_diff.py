"""Changed parts of a text: put into the old version they give the new one, and they are few."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.structure.text_diff import changed_spans

LINES = st.lists(st.sampled_from([b"a\n", b"b\n", b"c\n", b"d\r\n", b"\n", b"  e\n", b"f"]), max_size=14).map(b"".join)


@given(LINES, LINES)
def test_changed_parts_make_the_new_version(old: bytes, new: bytes) -> None:
    """What is between the changed parts is the same in both."""
    pieces, position = [], 0
    for span in changed_spans(old, new):
        assert position <= span.old_start <= span.old_end <= len(old)
        pieces += [old[position : span.old_start], new[span.new_start : span.new_end]]
        position = span.old_end
    assert b"".join([*pieces, old[position:]]) == new


@given(LINES)
def test_equal_texts_have_no_changed_part(text: bytes) -> None:
    """Nothing changed."""
    assert changed_spans(text, text) == []


@pytest.mark.parametrize(
    ("old", "new", "changed"),
    [
        (b"a\nb\nc\nd\n", b"a\nB\nc\nD\n", [(b"b\n", b"B\n"), (b"d\n", b"D\n")]),
        (b"a\nb\nc\n", b"a\nb\nx\nc\n", [(b"", b"x\n")]),
        (b"a\nb\nc\n", b"a\nc\n", [(b"b\n", b"")]),
        (b"ab\n", b"ax\n", [(b"ab\n", b"ax\n")]),
        (b"", b"a\n", [(b"", b"a\n")]),
        (b"a\n}\nb\n}\n", b"a\n}\nx\n}\nb\n}\n", [(b"", b"x\n}\n")]),
    ],
)
def test_only_what_differs_is_changed(old: bytes, new: bytes, changed: list[tuple[bytes, bytes]]) -> None:
    """Whole lines, without the equal ones around and between them."""
    spans = changed_spans(old, new)
    assert [(old[s.old_start : s.old_end], new[s.new_start : s.new_end]) for s in spans] == changed
