"""What each language's queries find in a file, whatever the file holds."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from analyzer.languages import LANGUAGES, language_of
from analyzer.languages.c import C
from analyzer.languages.rust import RUST
from analyzer.structure.complexity import measure_function
from analyzer.structure.functions import MAX_DEPTH, definitions
from tests.structure_cases import structure_cases

if TYPE_CHECKING:
    from analyzer.languages.language import Language

_COGNITIVE = structure_cases("cognitive_cases")
_CASES = structure_cases("function_cases")
_MOST_SECONDS = 10
_HOSTILE = {
    "round brackets": b"(" * 10_000,
    "curly brackets": b"{" * 10_000,
    "square brackets": b"[" * 10_000,
    "ifs": b"if (a) {" * 10_000,
    "else ifs": b"if (a) {}" + b" else if (a) {}" * 5000,
    "one operator": b"a && " * 60_000 + b"a",
    "operators in brackets": b"a || (b && " * 10_000 + b"c" + b")" * 10_000,
    "conditions": b"a ? b : " * 10_000 + b"c",
    "calls": b"f(" * 10_000,
    "types": b"a<" * 20_000,
    "arrows": b"x => " * 10_000,
    "errors without end": b"! -> " * 5000,
    "quotes": b'"' * 100_001,
    "NULs": b"\0" * 100_000,
    "no UTF-8": b"\xff\xfe\x80" * 50_000,
    "a long line": b"a" * 300_000,
    "words": b"f " * 150_000,
    "nothing": b"",
}


@pytest.mark.parametrize(("language", "case"), _CASES)
def test_functions_and_test_cases_are_found(language: Language, case: dict[str, Any]) -> None:
    """Their names, the number of their parameters, and the number of test cases."""
    tree = language.parse(case["source"].encode())
    assert tree is not None
    assert tree.root_node.has_error == case.get("error", False)
    seen = definitions(language, tree)
    functions = [f"{function.name} {measure_function(language, function).parameters}" for function in seen.functions]
    assert functions == case["functions"]
    assert len(seen.tests) == case.get("tests", 0)


@pytest.mark.parametrize(("language", "case"), _CASES)
def test_functions_of_a_range_are_those_that_overlap_it(language: Language, case: dict[str, Any]) -> None:
    """A range inside of a function gives this function, whatever else its match captured."""
    tree = language.parse(case["source"].encode())
    assert tree is not None
    every = definitions(language, tree).functions
    for function in every:
        node = function.node
        inside = definitions(language, tree, [(node.start_byte + 1, node.start_byte + 1)]).functions
        assert (node.start_byte, node.end_byte) in [(other.node.start_byte, other.node.end_byte) for other in inside]
        assert all(other.node.start_byte <= node.start_byte + 1 < other.node.end_byte for other in inside)


@pytest.mark.parametrize(("language", "case"), _CASES)
def test_half_a_file_is_an_error_and_nothing_worse(language: Language, case: dict[str, Any]) -> None:
    """A syntax error is seen, and what there is can be measured."""
    source = case["source"].encode()
    tree = language.parse(source[: source.rindex(b"(") + 1])
    assert tree is not None
    assert tree.root_node.has_error
    for function in definitions(language, tree).functions:
        measure_function(language, function)


@pytest.mark.parametrize("hostile", _HOSTILE.values(), ids=_HOSTILE)
@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.id)
def test_hostile_files_take_bounded_time(language: Language, hostile: bytes) -> None:
    """Each of them is also put into the middle of a function."""
    sources = (parameters.values[1]["source"] for parameters in _COGNITIVE if parameters.values[0] is language)
    source = next(sources, "").encode()
    start = time.process_time()
    for blob in (hostile, source[: len(source) // 2] + hostile):
        tree = language.parse(blob)
        if tree is not None:
            for function in definitions(language, tree).functions:
                measure_function(language, function)
    assert time.process_time() - start < _MOST_SECONDS


def test_what_marks_a_test_case_is_part_of_it() -> None:
    """An attribute that makes a test case of a function is before the function."""
    source = b"fn helper() {}\n#[test]\nfn works() {}\n"
    tree = RUST.parse(source)
    assert tree is not None
    mark = source.index(b"#")
    assert len(definitions(RUST, tree, [(mark, mark + 7)]).tests) == 1
    assert not definitions(RUST, tree, [(0, 5)]).tests


def test_a_long_chain_of_operators_takes_bounded_time() -> None:
    """It is as deep as it is long, and correct code; decisions beyond a depth that no one writes are not counted."""
    tree = C.parse(b"int f(int a) { return " + b"a && " * 60_000 + b"a; }")
    assert tree is not None
    start = time.process_time()
    (function,) = definitions(C, tree).functions
    metrics = measure_function(C, function)
    assert time.process_time() - start < _MOST_SECONDS
    assert metrics.cognitive == 1
    assert metrics.cyclomatic > MAX_DEPTH / 2


def test_a_parser_that_was_stopped_begins_anew() -> None:
    """Nothing of a file that was given up is left in the parser."""
    for language in LANGUAGES:
        language.parse(_HOSTILE["errors without end"])
        tree = language.parse(b"\n")
        assert tree is not None
        assert not tree.root_node.has_error


def test_a_file_has_the_language_of_its_ending() -> None:
    """No ending has two languages."""
    endings = [ending for language in LANGUAGES for ending in language.endings]
    assert len(set(endings)) == len(endings)
    for language in LANGUAGES:
        assert all(language_of("a/b" + ending) is language for ending in language.endings)
    assert language_of("README.md") is None
