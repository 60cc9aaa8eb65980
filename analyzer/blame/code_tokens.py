"""Split code into tokens without parsing it: words, literals, and single punctuation characters.

All identifiers are one symbol, and so are all strings and all numbers; keywords and punctuation stand for themselves.
Blanks and comments are no tokens. The ending of a file's name decides where comments and strings begin. We find these
by one regular expression and everything else by operations on whole arrays: Python code that runs once per token would
take longer than git needs to print the patch.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Ints = NDArray[np.int64]
    Mask = NDArray[np.bool_]
    Bytes = NDArray[np.uint8]
    Symbols = NDArray[np.uint16]

# A symbol below 128 is the character itself, except for these. Symbols of keywords follow: first those that import.
WORD, STRING, NUMBER, BOUNDARY = 1, 2, 3, 4
FIRST_KEYWORD = 128
_IMPORTS = b"from import include include_once package require require_once require_relative use using".split()
FIRST_OTHER_KEYWORD = FIRST_KEYWORD + len(_IMPORTS)
# Keywords of Python, JavaScript, TypeScript, Go, Rust, Java, C, C++, C#, Ruby, PHP, Kotlin and Swift, without literals
# (true, nil) and without those that are common names in another language (next, match, object).
KEYWORDS = (
    b"abstract alignas alignof and as assert async associatedtype auto await begin bool boolean break byte case catch"
    b" char class companion concept const const_cast consteval constexpr constinit continue crate debugger decltype def"
    b" default defer deinit del delegate delete do double dyn dynamic_cast elif else elseif elsif end endfor endforeach"
    b" endif endswitch endwhile ensure enum except explicit export extends extension extern fallthrough fileprivate"
    b" final finally float fn for foreach friend fun func function global go goto guard if impl implements implicit in"
    b" indirect inline inout instanceof insteadof int interface internal is keyof lambda let long mod mut mutable"
    b" mutating namespace new noexcept nonlocal not operator or override pass private proc protected protocol pub"
    b" public raise readonly redo reinterpret_cast rescue restrict retry return sealed self short signed sizeof"
    b" stackalloc static static_assert static_cast strictfp struct super suspend switch synchronized template this"
    b" thread_local throw throws trait transient try typealias typedef typeid typename typeof uint ulong undef union"
    b" unless unsafe unsigned until ushort val var virtual void volatile when where while with xor yield"
).split()

_LINE, _QUOTED = rb"[^\n]*+", rb'"[^"\\\n]*+(?:\\[^\0][^"\\\n]*+)*+"'
_APOSTROPHES, _CHARACTER = rb"'[^'\\\n]*+(?:\\[^\0][^'\\\n]*+)*+'", rb"'(?:\\[^\n][^'\n]*+|[^'\\\n]|[\x80-\xff]{2,4})'"
_TRIPLE = rb'"""(?:[^"\\\0]|\\[^\0]|"(?!""))*+"""'
_TRIPLE_APOSTROPHES = rb"'''(?:[^'\\\0]|\\[^\0]|'(?!''))*+'''"
_BACKTICKS = rb"`(?:[^`\\\0]|\\[^\0])*+`"
# A hunk may show the beginning of a comment only.
_BLOCK = rb"/\*[^*\0]*+(?:\*(?!/)[^*\0]*+)*+(?:\*/|(?=\0))"
_HASH, _SLASHES, _DASHES = rb"#(?<![$\\{]#)" + _LINE, rb"//" + _LINE, rb"--" + _LINE


class Notation(NamedTuple):
    """How comments and strings look, and whether braces are brackets around an expression."""

    comments_and_strings: re.Pattern[bytes]
    braces_join_lines: bool = False


def _notation(*patterns: bytes, braces_join_lines: bool = False) -> Notation:
    return Notation(re.compile(b"|".join(patterns)), braces_join_lines)


_PYTHON = _notation(_HASH, _TRIPLE, _TRIPLE_APOSTROPHES, _QUOTED, _APOSTROPHES, braces_join_lines=True)
_SHELL = _notation(_HASH, _QUOTED, _APOSTROPHES)
_C = _notation(_SLASHES, _BLOCK, _TRIPLE, _QUOTED, _CHARACTER, _BACKTICKS)
_SCRIPT = _notation(_SLASHES, _BLOCK, rb"<!--[^\0]*?(?:-->|(?=\0))", _QUOTED, _APOSTROPHES, _BACKTICKS)
_PHP = _notation(rb"#(?!\[)" + _LINE, _SLASHES, _BLOCK, _QUOTED, _APOSTROPHES)
_SQL = _notation(_DASHES, _BLOCK, _QUOTED, _APOSTROPHES)
_LISP = _notation(rb";" + _LINE, _QUOTED)
_ENDINGS = {
    _PYTHON: b"bzl gyp pxd pxi py pyi pyw pyx star",
    _SHELL: b"awk bash cmake coffee cr csh ex exs fish gd gemspec gql graphql hcl jl ksh mk nim nix pl pm ps1 psm1"
    b" r rake rb sh t tcl tf toml yaml yml zsh",
    _C: b"c c++ cc cpp cs cu cuh cxx d fs glsl go h h++ hh hpp hxx ino java kt kts m mm proto rs scala sol sv swift v"
    b" zig",
    _PHP: b"php phtml",
    _SQL: b"adb ads elm hs lua sql vhd vhdl",
    _LISP: b"asm clj cljc cljs el lisp lsp rkt s scm",
}
_NOTATION_BY_ENDING = {ending: notation for notation, endings in _ENDINGS.items() for ending in endings.split()}


@lru_cache(maxsize=1 << 12)
def notation_of(path: bytes) -> Notation:
    """Return the notation of a file: by its name's ending, and without one that of scripts with `#` comments."""
    _, dot, ending = path.rpartition(b"/")[2].lower().rpartition(b".")
    return _NOTATION_BY_ENDING.get(ending, _SCRIPT) if dot else _SHELL


class Tokens(NamedTuple):
    """The tokens of a text.

    symbols : one per token. line : number of the line it stands in. inside : per line, whether a comment or string of
    an earlier line goes on at its beginning. stars : per line, whether it begins with a star and a blank, like the
    lines of a comment whose beginning is not shown.
    """

    symbols: Symbols
    line: Ints
    inside: Mask
    stars: Mask


def _table(size: int, values: dict[int, bytes]) -> Bytes:
    table = np.zeros(size, dtype=np.uint8)
    for value, characters in values.items():
        table[list(characters)] = value
    return table


_NAME_CHARACTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_$" + bytes(range(128, 256))
_PUNCTUATION = b"!\"#%&'()*+,-./:;<=>?@[]^`{|}~"
_SYMBOL = _table(256, {WORD: _NAME_CHARACTERS, BOUNDARY: b"\0"} | {code: bytes([code]) for code in _PUNCTUATION})
_IS_QUOTE, _IS_DIGIT = (_table(256, {1: marks}).view(bool) for marks in (b"\"'`", b"0123456789"))
_IS_CLOSING = _table(1 << 10, {1: b")]}"}).view(bool)
_ENDS_STAR = _table(256, {1: b" \t\r\n/"}).view(bool)
_WORD_BYTES = 8
_FIRST_BYTES = np.array([(1 << 8 * n) - 1 for n in range(_WORD_BYTES)] + [(1 << 64) - 1], dtype=np.uint64)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_MAX_PREFIX = 2  # r, b, f, u, rb …


def _word_keys(text: bytes, starts: Ints, sizes: Ints) -> NDArray[np.uint64]:
    """Return a number per word from its first eight bytes and its length; the text has eight bytes after any start."""
    eight_bytes: NDArray[np.uint64] = np.ndarray((len(text) - _WORD_BYTES + 1,), "<u8", text, strides=(1,))
    keys: NDArray[np.uint64] = eight_bytes[starts] & _FIRST_BYTES[np.minimum(sizes, _WORD_BYTES)]
    keys ^= sizes.astype(np.uint64) * _SPREAD
    return keys


def _keyword_table(words: Sequence[bytes]) -> tuple[NDArray[np.uint64], Symbols]:
    text = b"".join(word.ljust(32) for word in words)
    keys = _word_keys(text, np.arange(len(words)) * 32, np.array([len(word) for word in words]))
    order = np.argsort(keys)
    return keys[order], (order + FIRST_KEYWORD).astype(np.uint16)


_KEYWORD_KEYS, _KEYWORD_SYMBOLS = _keyword_table([*_IMPORTS, *KEYWORDS])


def split_tokens(text: bytes, notation: Notation) -> Tokens:
    """Return the tokens of a text whose last line ends with a newline. Nothing extends beyond a zero byte."""
    characters = np.frombuffer(text, np.uint8)
    symbol = _SYMBOL[characters]
    spans = np.fromiter(
        chain.from_iterable(map(re.Match.span, notation.comments_and_strings.finditer(text))), dtype=np.int64
    ).reshape(-1, 2)
    starts, ends = spans[:, 0], spans[:, 1]
    steps = np.zeros(len(text) + 1, dtype=np.int8)
    steps[starts] = 1
    steps[ends] -= 1
    inside = np.cumsum(steps[:-1], dtype=np.int8).view(bool)
    symbol[inside] = 0
    symbol[starts[_IS_QUOTE[characters[starts]]]] = STRING
    newlines = np.flatnonzero(characters == ord("\n"))
    is_word = symbol == WORD
    begins = is_word.copy()
    begins[1:] &= ~is_word[:-1]
    positions = np.flatnonzero((symbol > WORD) | begins)
    symbols = symbol[positions].astype(np.uint16)
    _tell_words_apart(text, characters, symbol, is_word, positions, symbols)
    bounds = np.searchsorted(positions, newlines)
    line = np.repeat(np.arange(len(newlines)), np.diff(bounds, prepend=0))
    stars = _begin_with_star(characters, positions, symbols, bounds)
    is_token = _is_token(symbols)
    goes_on = np.zeros(len(newlines), dtype=bool)
    goes_on[1:] = inside[newlines[:-1]]
    return Tokens(symbols[is_token], line[is_token], goes_on, stars)


def _tell_words_apart(
    text: bytes, characters: Bytes, symbol: Bytes, is_word: Mask, positions: Ints, symbols: Symbols
) -> None:
    """Replace the symbols of words that are keywords, numbers or prefixes of a string."""
    words = np.flatnonzero(symbols == WORD)
    starts = positions[words]
    is_last = is_word.copy()
    is_last[:-1] &= ~is_word[1:]
    ends = np.flatnonzero(is_last) + 1
    sizes = ends - starts
    keys = _word_keys(text + bytes(_WORD_BYTES), starts, sizes)
    slots = np.minimum(np.searchsorted(_KEYWORD_KEYS, keys), len(_KEYWORD_KEYS) - 1)
    word_symbols = np.where(_KEYWORD_KEYS[slots] == keys, _KEYWORD_SYMBOLS[slots], WORD).astype(np.uint16)
    word_symbols[_IS_DIGIT[characters[starts]]] = NUMBER
    word_symbols[(sizes <= _MAX_PREFIX) & (symbol[np.minimum(ends, len(symbol) - 1)] == STRING)] = 0
    symbols[words] = word_symbols


def _begin_with_star(characters: Bytes, positions: Ints, symbols: Symbols, bounds: Ints) -> Mask:
    first = np.append(0, bounds[:-1])
    begin = np.flatnonzero(bounds > first)
    begin = begin[symbols[first[begin]] == ord("*")]
    stars = np.zeros(len(bounds), dtype=bool)
    stars[begin[_ENDS_STAR[characters[positions[first[begin]] + 1]]]] = True
    return stars


def _is_token(symbols: Symbols) -> Mask:
    """Return a mask without string prefixes, fractions of numbers, and commas before a closing bracket."""
    is_token = symbols > 0
    points = np.flatnonzero(symbols[1:-1] == ord(".")) + 1
    points = points[(symbols[points - 1] == NUMBER) & (symbols[points + 1] == NUMBER)]
    is_token[points] = is_token[points + 1] = False
    commas = np.flatnonzero(symbols[:-1] == ord(","))
    is_token[commas[_IS_CLOSING[symbols[commas + 1]]]] = False
    return is_token
