"""Whatever a usage file holds: a clear error without a value of the file, or rows that are counted and left out."""

from __future__ import annotations

import io
import json
import os
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.config import UsageSource
from analyzer.errors import UsageError
from analyzer.usage import files, records
from analyzer.usage.files import UsageFile, read_files
from analyzer.usage.tables import UsageTable, read_table
from analyzer.usage.values import MAX_AMOUNT

if TYPE_CHECKING:
    from pathlib import Path

SECRET = "hunter2"  # noqa: S105 - what a file that is no usage data may hold
GOOD = "a@b.c,2026-03-02,1\n"


def read(contents: bytes, **source: Any) -> UsageTable:
    """Read bytes as a usage file."""
    return read_table(UsageFile(UsageSource(file="usage.csv", **source), contents))


@pytest.mark.parametrize(
    "amount",
    [
        "-1",
        "nan",
        "NaN",
        "inf",
        "-inf",
        "1e999",
        "9" * 400,
        "1_000",
        "=1+1",
        "0x10",
        "",
        " ",
        "1,5",
        "١",
        str(MAX_AMOUNT * 2),
    ],
)
def test_numbers_that_are_none(amount: str) -> None:
    """Such a row is left out and counted; the others are read."""
    usage = read(f'person,day,amount\na@b.c,2026-03-03,"{amount}"\n{GOOD}'.encode())
    assert (len(usage.table), usage.invalid) == (1, 1)


@pytest.mark.parametrize("value", ["NaN", "-1", "null", "true", '"x"', "[1]", '{"a": 1}', "1e400", "1" * 500])
def test_numbers_of_json_that_are_none(value: str) -> None:
    """JSON has more ways of not being a number; true is 1."""
    usage = read(
        f'{{"person":"a@b.c","day":"2026-03-02","amount":{value}}}\n{{"person":"a@b.c","day":"2026-03-03","amount":1}}'.encode()
    )
    assert len(usage.table) + usage.invalid == 2
    assert (usage.invalid == 1) == (value != "true")


@pytest.mark.parametrize(
    "day", ["2026-02-30", "yesterday", "", "9999-01-01", "0001-01-01", "1e9", "=TODAY()", "2026-03"]
)
def test_days_that_are_none(day: str) -> None:
    """A day out of the calendar, or out of this century, is not valid."""
    assert read(f"person,day,amount\na@b.c,{day},1\n{GOOD}".encode()).invalid == 1


@pytest.mark.parametrize("person", ["", " ", "a b@c.d", "x" * 400, "a\u202eb@c.d", "\x00"])
def test_people_that_are_none(person: str) -> None:
    """Empty, enormous and unprintable names are nobody's."""
    assert read(f'person,day,amount\n"{person}",2026-03-02,1\n{GOOD}'.encode()).invalid == 1


@pytest.mark.parametrize("commit", ["HEAD", "12345", "g" * 40, "a" * 65, "--all", "../x"])
def test_commits_that_are_none(commit: str) -> None:
    """What is no id of seven digits or more is not valid."""
    assert read(f"commit,ai_lines,other_lines\n{commit},1,1\n{'a' * 40},1,1\n".encode()).invalid == 1


def test_rows_of_another_length_and_repeated_rows() -> None:
    """A torn row is not valid, a repeated one counts once, and a formula as a name matches nobody."""
    usage = read(f"person,day,amount\n{GOOD}{GOOD}a@b.c\n=cmd|'/c calc'!A1,2026-03-02,1,1\n".encode())
    assert (len(usage.table), usage.repeated, usage.invalid) == (1, 1, 2)


def test_lines_that_are_too_long_or_too_deep() -> None:
    """A line of two megabytes and a thousandfold nesting are not valid; their neighbours are read."""
    good = b'{"person":"a@b.c","day":"2026-03-02","amount":1}\n'
    long = b'{"person":"' + b"x" * 2_000_000 + b'","day":"2026-03-02"}\n'
    deep = b'{"person":' * 100_000 + b"1" + b"}" * 100_000 + b"\n"
    usage = read(good + long + deep + b"[[[[1]]]]\n" + b"\x00\n" + b"3\n")
    assert (len(usage.table), usage.invalid) == (1, 5)


@pytest.mark.parametrize(
    ("contents", "says"),
    [
        (b"", "no known format"),
        (SECRET.encode() + b"\nroot:x:0:0\n", "no known format"),
        (b"\xff\xff\xff\n", "not UTF-8 text"),
        (b"\xff\xfe\x00", "not UTF-16 text"),
        (b"PAR1" + SECRET.encode() * 50, "damaged Parquet"),
        (b"x" * 2_000_000, "too long for a header"),
        (b"person,day,amount\n" + SECRET.encode() + b",nope,nope\n", "none of its 1 records"),
        (b"{" * 1_000_000, "no known format"),
        (b"[" * 1_000_000, "no known format"),
    ],
)
def test_files_that_are_none(contents: bytes, says: str) -> None:
    """An error names the file, what is wrong and how to mend it, and quotes nothing of the file."""
    with pytest.raises(UsageError) as raised:
        read(contents)
    assert raised.value.slug == "bad-usage"
    assert says in raised.value.message
    assert "usage.csv" in raised.value.message
    assert raised.value.fix
    assert SECRET not in raised.value.message + raised.value.fix


def test_an_unknown_format_is_named_with_the_known_ones() -> None:
    """A typo in `format`, or a format that is not per what `per` says."""
    for source in ({"format": "copilt"}, {"format": "cursor-commits", "per": "person-day"}):
        with pytest.raises(UsageError, match="no known format") as raised:
            read(f"person,day,amount\n{GOOD}".encode(), **source)
        assert "copilot-users" in raised.value.fix


def test_a_parquet_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a file says that it unpacks to is checked before it is unpacked."""
    monkeypatch.setattr(records, "_MAX_UNPACKED", 100_000)
    buffer = io.BytesIO()
    pd.DataFrame({"person": ["a@b.c"] * 200_000, "day": range(200_000), "amount": range(200_000)}).to_parquet(buffer)
    with pytest.raises(UsageError, match="unpacked it is too large"):
        read(buffer.getvalue())


def test_too_many_rows_and_too_many_bytes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Both bounds are errors, not truncations."""
    monkeypatch.setattr(records, "MAX_ROWS", 3)
    with pytest.raises(UsageError, match="more than 3 records"):
        read(("person,day,amount\n" + GOOD * 9).encode())
    monkeypatch.setattr(files, "MAX_BYTES", 5)
    (tmp_path / "u").write_bytes(b"123456")
    with pytest.raises(UsageError, match="larger than"):
        read_files([UsageSource(file=str(tmp_path / "u"))])


def test_what_is_no_plain_file_is_not_read(tmp_path: Path) -> None:
    """A pipe does not hang, and a folder, a missing file and a NUL are errors."""
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", ".", "missing", "a\0b"):
        with pytest.raises(UsageError, match=r"plain file|No such|Is a directory|no path"):
            read_files([UsageSource(file=str(tmp_path / name))])


TEXTS = st.one_of(
    st.text(max_size=30), st.integers(), st.floats(), st.none(), st.booleans(), st.lists(st.none(), max_size=2)
)
KEYS = [
    *("person", "day", "amount", "user_login", "actor", "core_metrics", "date", "email", "is_active", "commit_hash"),
    *("tab_lines_added", "composer_lines_added", "non_ai_lines_added", "resourceMetrics", "metric", "labels", "value"),
]
RECORDS = st.dictionaries(
    st.sampled_from(
        [
            "person",
            "day",
            "amount",
            "user_login",
            "actor",
            "core_metrics",
            "date",
            "email",
            "is_active",
            "commit_hash",
            "tab_lines_added",
            "composer_lines_added",
            "non_ai_lines_added",
            "resourceMetrics",
            "metric",
            "labels",
            "value",
        ]
    ),
    st.recursive(
        TEXTS, lambda inner: st.dictionaries(st.sampled_from(["email_address", "key", "sum"]), inner, max_size=3)
    ),
    max_size=8,
)


@given(
    st.lists(RECORDS, max_size=6),
    st.sampled_from([None, "copilot-users", "claude-code", "claude-code-otel", "dx-days"]),
)
def test_no_record_breaks_an_adapter(items: list[dict[str, Any]], format_: str | None) -> None:
    """Any JSON gives a table or the one error."""
    text = "\n".join(json.dumps(item) for item in items)
    try:
        usage = read(text.encode("utf-8", "replace"), format=format_)
    except UsageError as error:
        assert error.slug == "bad-usage"  # noqa: PT017 - both outcomes are right
    else:
        assert (usage.table.select_dtypes("number") >= 0).all().all()


@given(st.binary(max_size=300))
def test_no_bytes_break_a_reader(contents: bytes) -> None:
    """Any bytes give a table or the one error."""
    try:
        read(contents)
    except UsageError as error:
        assert error.slug == "bad-usage"  # noqa: PT017 - as above
