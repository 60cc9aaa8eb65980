"""Fuzz what reads functions: two versions of a file in any language that we parse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.languages import LANGUAGES
from analyzer.structure.comparison import compare_versions, removed_functions
from analyzer.structure.parsing import parse
from tests.validation.fuzz.target import Target, encodable, held

if TYPE_CHECKING:
    from collections.abc import Iterator

_BETWEEN = b"\0"
_BRACES = b"f(a, b) { if (a && b || !a) { return a ? b : 1; } else { for (;;) { g(() => a); } } }"


def _versions(data: bytes) -> None:
    """Compare two versions; the first byte is the language."""
    language = LANGUAGES[data[0] % len(LANGUAGES) if data else 0]
    before, _, text = data[1:].partition(_BETWEEN)
    old = parse(language, before)
    result = compare_versions(language, old, text)
    if result is None or old is None:
        return
    compared, new = result
    alone = language.parse(text)
    held(
        alone is not None and str(new.tree.root_node) == str(alone.root_node), "a tree that depends on another version"
    )
    held(compared.tests_added >= 0, "fewer than no test cases")
    for function in (*compared.functions, *removed_functions(language, old)):
        encodable(function.name)
        held((function.before is None) == (function.change == "added"), "an added function that was there before")
        held((function.after is None) == (function.change == "removed"), "a removed function that is still there")
        for measures in (function.before, function.after):
            held(measures is None or min(measures) >= 0, "a measure below 0")
            held(measures is None or (measures.cyclomatic >= 1 and measures.lines >= 1), "a function of nothing")


def _seeds() -> Iterator[bytes]:
    heads = {
        "python": b"def f(a, b):\n    if a and b or not a:\n        return [x for x in b]\n    elif a:\n        f(b)\n",
        "ruby": b"def f(a)\n  return 1 if a && !b\n  a.each do |x| x unless y end\nrescue E\n  1\nend\n",
        "go": b"package p\nfunc (r *T) f(a, b int) { switch a { case 1: for { select { case <-c: } } } }\n",
        "rust": b"fn f(a: u8) -> R { match a { 1 => { if let Some(x) = y? { loop {} } } _ => {} } }\n",
        "php": b"<?php function f($a) { foreach ($a as $b): if ($b ?: 1) { return fn($x) => $x; } endforeach; }\n",
        "kotlin": b"fun f(a: Int?): Int { return when (a) { 1 -> a ?: 2; else -> { for (x in y) { } ; 3 } } }\n",
        "swift": b"func f(a: Int?) -> Int { guard let b = a else { return 1 }; repeat { } while b > 1 && a != nil }\n",
    }
    for number, language in enumerate(LANGUAGES):
        text = heads.get(
            language.id, b"class A { void " + _BRACES + b" }" if language.id in {"java", "csharp"} else b""
        )
        text = text or (b"int " if language.id in {"c", "cpp"} else b"function ") + _BRACES
        yield bytes([number]) + text + _BETWEEN + text.replace(b"a", b"aa") + text


TARGETS = (
    Target(
        "versions",
        "functions of two versions of a file",
        tuple(
            f"analyzer.structure.{name}" for name in ("comparison", "complexity", "functions", "parsing", "text_diff")
        ),
        _versions,
        _seeds,
        (
            _BETWEEN,
            b"\n",
            b"    ",
            b"{",
            b"}",
            b"(",
            b")",
            b"if ",
            b"else ",
            b"def ",
            b"=>",
            b"&&",
            b"?",
            b"case 1:",
            b"/*",
        ),
        (),
        600,
    ),
)
