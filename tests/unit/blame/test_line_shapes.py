"""Shapes of lines: what changes them, what does not, and that none depends on what was read together with it."""

from __future__ import annotations

import keyword
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzer.blame import code_tokens, line_shapes
from analyzer.blame.line_shapes import LineShapes

Shape = tuple[int, int]


def shapes(text: str, path: str = "m.py") -> list[Shape]:
    """Shape and number of tokens of each line."""
    lines = [line.strip() for line in text.encode().split(b"\n")]
    columns = LineShapes()
    columns.add(0, lines, [len(lines)], path.encode())
    columns.complete(len(lines))
    return list(zip(columns.shape, columns.tokens, strict=True))


def code(text: str, path: str = "m.py") -> list[Shape]:
    """The same without lines that have no shape."""
    return [shape for shape in shapes(text, path) if shape[1]]


PYTHON = """\
def total(prices, rate, limit=10):
    result = 0
    for price in prices:
        if price.amount > limit and price.valid:
            result += price.amount * rate.factor(price)
        elif price.open:
            log.warning('price %s is open', price.name)
    return round(result / len(prices), 2)"""
SCRIPT = """\
export async function total(prices: Price[], rate = 1.5) {
  let result = 0;
  for (const price of prices) {
    if (price.amount > 10 && price.valid) {
      result += price.amount * rate;
    } else {
      console.log(`price ${price.name} is open`);
    }
  }
  return Math.round(result / prices.length, {digits: 2, exact: true});
}"""
ALIKE = {
    "names": (PYTHON, PYTHON.replace("price", "item").replace("rate", "tax_rate"), "m.py"),
    "numbers": (PYTHON, PYTHON.replace("10", "0xff").replace(", 2)", ", 2.75)"), "m.py"),
    "strings": (PYTHON, PYTHON.replace("'price %s is open'", 'f"{x} is closed, \\" or (not"'), "m.py"),
    "comments": (PYTHON, PYTHON.replace("prices:", "prices:  # it's (all\n        # of them"), "m.py"),
    "blanks": (PYTHON, PYTHON.replace(" = ", "=").replace(", ", ","), "m.py"),
    "indentation": (PYTHON, PYTHON.replace("    ", "\t"), "m.py"),
    "line breaks": (
        PYTHON,
        PYTHON.replace("(prices, rate, limit=10)", "(\n  prices,\n  rate,\n  limit=10,\n)"),
        "m.py",
    ),
    "docstring": (PYTHON, PYTHON.replace("10):", '10):\n    """Sum (of\n    "all" prices.\n    """'), "m.py"),
    "script names": (SCRIPT, SCRIPT.replace("price", "$item"), "m.ts"),
    "script numbers": (SCRIPT, SCRIPT.replace("1.5", "2"), "m.ts"),
    "script strings": (SCRIPT, SCRIPT.replace("`price ${price.name} is open`", "'it\\'s'"), "m.ts"),
    "script comments": (SCRIPT, SCRIPT.replace("0;", "0; // don't { (\n  /* and\n * [this */"), "m.ts"),
    "semicolons": (SCRIPT, SCRIPT.replace(";", ""), "m.ts"),
    "braces": (SCRIPT, SCRIPT.replace(" {\n", "\n  {\n").replace("} else", "}\n else"), "m.ts"),
    "script line breaks": (SCRIPT, SCRIPT.replace("(result / ", "(\n    result /\n    "), "m.ts"),
    "lifetimes": (
        "fn f<'a>(x: &'a str) -> char {\n 'x'\n y(x) }",
        "fn f<'b>(x: &'b str) -> char\n{\n '\\''\n z(x) }",
        "m.rs",
    ),
}


@pytest.mark.parametrize("change", ALIKE)
def test_shape_ignores(change: str) -> None:
    """Names, values, comments and formatting are no part of a shape."""
    before, after, path = ALIKE[change]
    assert before != after
    assert code(before, path) == code(after, path)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = f(y)", "x = f(y, z)"),
        ("x = f(y)", "x += f(y)"),
        ("x = f(y)", "return f(y)"),
        ("x = f(y)", "x = f('y')"),
        ("x = f(1)", "x = f('1')"),
        ("if x:", "while x:"),
        ("x.y(z)", "x[y](z)"),
    ],
)
def test_shape_depends_on_everything_else(before: str, after: str) -> None:
    """Operators, keywords, kinds of literals and the order of tokens are."""
    (one,), (two,) = code(before), code(after)
    assert one[0] != two[0]


@pytest.mark.parametrize(
    ("line", "tokens", "path"),
    [
        ("x = f(y, 1)", 8, "m.py"),
        ("if (a === b && !c) {", 9, "m.ts"),
        ("std::vector<int> v;", 7, "m.cc"),
        ("x += 'a' 'b'", 4, "m.py"),
        ("    # nothing", 0, "m.py"),
        ("// nothing", 0, "m.go"),
        ("x // y", 3, "m.py"),
        ("* @return x", 0, "m.java"),
        ("*x = f(y);", 7, "m.c"),
        ("} // end", 0, "m.c"),
        ("from a import (b, c)", 0, "m.py"),
        ("#include <vector>", 0, "m.cc"),
        ("pub use crate::a::{b, c};", 0, "m.rs"),
        ('"a", "b", 1.5,', 0, "m.py"),
        ("This is a sentence about something else", 0, "m.js"),
        ("f(" + "x, " * 400 + ")", 0, "m.py"),  # such long lines are data
        ("f(" + "x," * 200 + ")", 255, "m.py"),
    ],
)
def test_number_of_tokens(line: str, tokens: int, path: str) -> None:
    """Operators are one token; comments, imports, text and pure data have none."""
    ((shape, counted),) = shapes(line, path)
    assert counted == tokens
    assert (shape > 0) == (tokens > 0)


def test_lines_in_brackets_belong_to_the_line_that_opened_them() -> None:
    """All tokens count where the logical line begins; a block inside a call has lines of its own."""
    assert [n for _, n in shapes("x = f(\n  a,\n  [b,\n   c],\n)\ny = 1")] == [12, 0, 0, 0, 0, 3]
    assert [n for _, n in shapes("it('x', () => {\n  a = f(\n    1);\n  b();\n});\nc();", "m.js")] == [7, 6, 0, 3, 0, 3]
    assert [n for _, n in shapes("x = {\n  a: 1,\n}\ny = 1")] == [5, 0, 0, 3]
    assert [n for _, n in shapes("x = {\n  a: 1,\n}\ny = 1", "m.js")] == [2, 3, 0, 3]
    assert [n for _, n in shapes("use a::{\n  b,\n  c};\nx();", "m.rs")] == [0, 0, 0, 3]


def test_string_of_several_lines_joins_them() -> None:
    """What follows it belongs to the line in which it began."""
    assert [n for _, n in shapes("x = '''a\n b(\n''' + y\nz = 1")] == [5, 0, 0, 3]


def test_bracket_that_nobody_closes_joins_nothing() -> None:
    """A hunk may show a part of a call, and brackets stand in what only looks like code."""
    assert [n for _, n in shapes("f(a,\n  b,\nx = 1")] == [4, 2, 3]
    assert [n for _, n in shapes("b)\nx = f(\n  1)")] == [2, 6, 0]


NAMES = st.from_regex(r"[a-zA-Z_][a-zA-Z0-9_]{0,12}", fullmatch=True).filter(
    lambda name: name.encode() not in {*code_tokens.KEYWORDS} and len(name) > 2
)


@given(st.lists(NAMES, min_size=40, max_size=40, unique=True), st.sampled_from([(PYTHON, "m.py"), (SCRIPT, "m.ts")]))
def test_renaming_changes_no_shape(names: list[str], written: tuple[str, str]) -> None:
    """Whatever the names of all identifiers."""
    text, path = written
    words = iter(names)
    new_names: dict[str, str] = {}

    def renamed(match: re.Match[str]) -> str:
        word = match[0]
        if word.encode() in code_tokens.KEYWORDS or keyword.iskeyword(word):
            return word
        return new_names.setdefault(word, next(words))

    assert code(re.sub(r"[A-Za-z_]\w*", renamed, text), path) == code(text, path)


TEXTS = st.lists(
    st.text(st.sampled_from("ab1 ()[]{}\"'`#/*\\,;.=\0é"), max_size=12).map(str.strip), min_size=1, max_size=8
)


@given(st.lists(TEXTS, min_size=1, max_size=6), st.sampled_from([b"m.py", b"m.ts", b"m.rs", b"m.sh", b"m.php"]))
def test_hunks_do_not_depend_on_each_other(hunks: list[list[str]], path: bytes) -> None:
    """Each hunk has the shapes that it has alone, whatever strings, comments and brackets others leave open."""
    together, alone = LineShapes(), LineShapes()
    lines = [line.encode() for hunk in hunks for line in hunk]
    together.add(0, lines, [len(hunk) for hunk in hunks], path)
    first = 0
    for hunk in hunks:
        alone.add(first, lines[first : first + len(hunk)], [len(hunk)], path)
        alone.complete(first + len(hunk))
        first += len(hunk)
    together.complete(len(lines))
    assert together.shape == alone.shape
    assert together.tokens == alone.tokens


def test_lines_are_read_many_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The size of a batch changes nothing, and lines without a text leave gaps of zeros."""
    lines = [line.strip() for line in PYTHON.encode().split(b"\n")]
    columns = []
    for size in (0, 1 << 20):
        monkeypatch.setattr(line_shapes, "_BATCH_BYTES", size)
        read = LineShapes()
        read.add(3, lines, [len(lines)], b"m.py")
        read.add(20, lines, [5, len(lines) - 5], b"n.ts")
        read.complete(40)
        columns.append((read.shape, read.tokens))
    assert columns[0] == columns[1]
    assert [n > 0 for n in columns[0][1]][:4] == [False, False, False, True]
    assert len(columns[0][0]) == len(columns[0][1]) == 40
