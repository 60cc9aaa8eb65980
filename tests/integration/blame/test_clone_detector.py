"""Repeated tokens agree with lizard, an independent clone detector, on copies with other literals and comments."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import numpy as np
import pytest

from analyzer.blame.repeated_tokens import find_repeated_tokens
from tests.conftest import imported
from tests.planting import Stream
from tests.replays import traced

if TYPE_CHECKING:
    from pathlib import Path

lizard = pytest.importorskip("lizard")

Line = tuple[str, int]
STATEMENTS = (
    "{a} = {b}.{c}({d}, {n})",
    "if {a} > {n} and {b}[{c}]: {d}.{a}()",
    "for {a} in {b}({c}): {d} += {n} * {a}",
    "assert {a}.{b} == [{n}, {c}], '{d}{n}'",
    "{a}[{n}:{b}] = {c} - {d}",
    "while not {a}: {b}({c}, {d}=lambda: {n})",
    "with {a}({n}, {b}) as {c}: {d}.{a}({b})",
    "{a}, {b} = {c}, {d}[-{n}]",
)


def function(number: int, value: int, comment: str = "") -> list[str]:
    """A function of sixteen lines that depends on its number; its literals depend on `value`."""
    draw = random.Random(number)  # noqa: S311 - a sample, no secret
    lines = [f"def f{number}({', '.join('abcd')}):"]
    for _ in range(15):
        names = dict(zip("abcd", draw.sample(["alpha", "beta", "gamma", "delta", "self"], 4), strict=True))
        lines.append("    " + draw.choice(STATEMENTS).format(**names, n=value) + comment)
    return [*lines, ""]


def lines_that_lizard_finds(paths: list[str]) -> set[Line]:
    """Lines of duplicates, by the name of the file."""
    (extension,) = (e for e in lizard.get_extensions(["duplicate"]) if hasattr(e, "get_duplicates"))
    for file in lizard.analyze_files(paths, exts=lizard.get_extensions([extension])):
        assert file.filename in paths
    return {
        (snippet.file_name.rpartition("/")[2], line)
        for snippets in extension.get_duplicates()
        for snippet in snippets
        for line in range(snippet.start_line, snippet.end_line + 1)
    }


def test_both_find_the_same_copies(tmp_path: Path) -> None:
    """Of the second file, each other function is a copy: we agree on nine tenths of its lines."""
    originals = [line for k in range(20) for line in function(k, 10)]
    others = [line for k in range(20) for line in function(k if k % 2 else 100 + k, 77, "  # said (anew")]
    s = Stream()
    s.add("all", {"a.py": originals, "b.py": others}, at=0)
    provenance = traced(imported(tmp_path / "r", s.text))
    lines = provenance.lines
    repeats = find_repeated_tokens(lines, provenance.rank, ~lines.slight)
    ours = {(lines.paths[lines.path[n]].decode(), int(lines.line[n])) for n in np.flatnonzero(repeats)}
    for name, texts in (("a.py", originals), ("b.py", others)):
        (tmp_path / name).write_text("\n".join(texts))
    found = lines_that_lizard_finds([str(tmp_path / name) for name in ("a.py", "b.py")])
    code = {("b.py", n) for n, text in enumerate(others, 1) if text}
    theirs = found & code
    copies = {(name, n) for name, n in code if (n - 1) // 17 % 2}
    assert copies <= ours  # and heads of the functions that follow, which are all alike
    assert len(code - (ours ^ theirs)) > 0.9 * len(code)
