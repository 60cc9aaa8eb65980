"""Compute the shape of added lines: a hash of their tokens that no renaming, literal, comment or formatting changes.

A shape is that of a logical line: lines inside an open bracket continue the line that opened it, and have no shape and
no tokens of their own. Braces, semicolons and trailing commas are no part of it. Imports, comments, text and pure data
have no shape either: they repeat without anybody copying code.

Two lines with the same shape are alike as the parts of a type-2 clone are (Roy, Cordy & Koschke, Sci. Comput. Program.
2009); `blame.repeated_tokens` looks for blocks of them.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from analyzer.blame.code_tokens import BOUNDARY, FIRST_KEYWORD, FIRST_OTHER_KEYWORD, WORD, notation_of, split_tokens
from analyzer.blame.hash_mixing import mix_hash

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analyzer.blame.code_tokens import Ints, Mask, Notation, Symbols, Tokens

_BATCH_BYTES = 1 << 17  # numpy's cost per call is spread over so much text, and its arrays stay in the cache
_PIECE_LINES = 2_000  # longer hunks are read in pieces, to bound memory
_MAX_LINE_BYTES = 1_000  # longer lines are data, or nobody wrote them
MAX_TOKENS = 255
_END_OF_PIECE = b"\n\0\n"

_SYMBOLS = 1 << 10
_MAX_POWERS = 1 << 12
_BASE = np.uint64(0x9E3779B97F4A7C15)
_POWERS = np.cumprod(np.full(_MAX_POWERS, _BASE), dtype=np.uint64)
_CODES = mix_hash(np.arange(_SYMBOLS, dtype=np.uint64))


def _flags(symbols: bytes) -> Mask:
    flags = np.zeros(_SYMBOLS, dtype=bool)
    flags[list(symbols)] = True
    return flags


_IS_ROUND, _IS_OPENING, _IS_CLOSING = _flags(b"(["), _flags(b"([{"), _flags(b")]}")
_IS_BRACKET = _IS_OPENING | _IS_CLOSING
_IS_SEPARATOR = _flags(b"{};") | _flags(bytes([BOUNDARY]))
# Operators of two characters or more are one token.
_OPERATORS = (
    b"== != <= >= += -= *= /= %= &= |= ^= ~= =~ := && || ++ -- << >> ** // -> => <- :: .. ?. ?? ?: ** !! ..".split()
)
_IN_OPERATOR = np.zeros(1 << 14, dtype=bool)
_IN_OPERATOR[[first << 7 | second for first, second in _OPERATORS]] = True
_TEXT_WORDS = 4  # so many names in a row are text, not code


class Piece(NamedTuple):
    """Lines of code one after the other: the id of the first, their number, and their text."""

    first: int
    lines: int
    text: bytes


class LineShapes:
    """Shapes and numbers of tokens of added lines, as columns by line id; 0 where a line has none.

    Lines are read many at a time, so the columns are complete only after `complete`.
    """

    def __init__(self) -> None:
        """Start empty."""
        self.shape, self.tokens = array("I"), array("B")
        self._pending: dict[Notation, list[Piece]] = {}
        self._pending_bytes: dict[Notation, int] = {}

    def add(self, first: int, lines: Sequence[bytes], hunks: Sequence[int], path: bytes) -> None:
        """Add lines with ids from `first` on; `hunks`: how many of them stand together, hunk by hunk."""
        notation = notation_of(path)
        pieces = self._pending.setdefault(notation, [])
        begin = added_bytes = 0
        for size in hunks:
            for start in range(begin, begin + size, _PIECE_LINES):
                stop = min(start + _PIECE_LINES, begin + size)
                text = b"\n".join(lines[start:stop])
                if len(text) > _MAX_LINE_BYTES:
                    text = b"\n".join([b"" if len(line) > _MAX_LINE_BYTES else line for line in lines[start:stop]])
                pieces.append(Piece(first + start, stop - start, text))
                added_bytes += len(text)
            begin += size
        total = self._pending_bytes[notation] = self._pending_bytes.get(notation, 0) + added_bytes
        if total > _BATCH_BYTES:
            self._read(notation)

    def complete(self, lines: int) -> None:
        """Read the lines that are pending, and bring the columns to this number of lines."""
        for notation in self._pending:
            self._read(notation)
        self._grow(lines)

    def _grow(self, lines: int) -> None:
        missing = max(lines - len(self.tokens), 0)
        self.shape.frombytes(bytes(self.shape.itemsize * missing))
        self.tokens.frombytes(bytes(missing))

    def _read(self, notation: Notation) -> None:
        pieces, self._pending[notation], self._pending_bytes[notation] = self._pending[notation], [], 0
        if not pieces:
            return
        self._grow(max(piece.first + piece.lines for piece in pieces))
        line, shapes, counts = read_shapes(pieces, notation)
        np.frombuffer(self.shape, np.uint32)[line] = shapes
        np.frombuffer(self.tokens, np.uint8)[line] = counts


def read_shapes(pieces: Sequence[Piece], notation: Notation) -> tuple[Ints, NDArray[np.uint32], NDArray[np.uint8]]:
    """Return ids, shapes and numbers of tokens of the lines that have a shape."""
    sizes = np.array([piece.lines for piece in pieces]) + 1
    piece_of_line = np.repeat(np.arange(len(pieces)), sizes)  # each piece is followed by a line of its own
    tokens = split_tokens(_END_OF_PIECE.join([piece.text for piece in pieces]) + _END_OF_PIECE, notation)
    first_token = np.searchsorted(tokens.line, np.arange(len(piece_of_line) + 1))
    imports = _imports(tokens.symbols, first_token)
    continues = tokens.inside | _inside_brackets(tokens, imports, piece_of_line, braces=notation.braces_join_lines)
    logical_line = np.cumsum(~continues) - 1
    starts = np.flatnonzero(~continues)
    is_part = ~_IS_SEPARATOR[tokens.symbols]
    owner, shapes, counts, is_code = _logical_lines(tokens.symbols[is_part], logical_line[tokens.line[is_part]])
    line = starts[owner]
    is_code &= ~imports[line] & ~tokens.stars[line]
    line = line[is_code]
    first_ids = np.array([piece.first for piece in pieces])
    ids = line + (first_ids - np.cumsum(sizes) + sizes)[piece_of_line[line]]
    return ids, shapes[is_code], counts[is_code]


def _imports(symbols: Symbols, first_token: Ints) -> Mask:
    """Return per line whether its first word imports something, be it after `#`, `pub`, `export` or the like."""
    padded = np.append(symbols, [BOUNDARY, BOUNDARY])
    first, second = padded[first_token[:-1]], padded[first_token[:-1] + 1]
    has_token = np.diff(first_token) > 0
    is_first, is_second = ((s >= FIRST_KEYWORD) & (s < FIRST_OTHER_KEYWORD) for s in (first, second))
    has_prefix = (first == ord("#")) | (first >= FIRST_OTHER_KEYWORD)
    imports: Mask = has_token & (is_first | (is_second & has_prefix & (np.diff(first_token) > 1)))
    return imports


class _Brackets(NamedTuple):
    """All brackets of a batch: their lines, whether they open, how many are open after each, and their level.

    The level is the number of brackets open just inside of it; 0 where a bracket closes that nobody opened. So on one
    level, a bracket that closes follows its partner, and one that nobody closes is followed by another that opens.
    """

    line: Ints
    opens: Mask
    depth: Ints
    level: Ints


def _nest(opens: Mask, line: Ints, piece: Ints) -> _Brackets:
    """Return how brackets nest in each piece, whatever their kind."""
    deltas = np.where(opens, 1, -1)
    total = np.cumsum(deltas)
    is_first = np.diff(piece, prepend=-1) > 0
    base = (total - deltas)[is_first][np.cumsum(is_first) - 1]
    total -= base
    far = np.int64(1) << np.int64(32)  # further than any bracket of the piece before
    lowest = np.minimum(np.minimum.accumulate(total - piece * far) + piece * far, 0)
    depth = total - lowest
    lowest_before = np.append(0, lowest[:-1])
    lowest_before[is_first] = 0
    level = np.where(opens, depth, np.where(lowest < lowest_before, 0, depth + 1))
    return _Brackets(line, opens, depth, level)


def _inside_brackets(tokens: Tokens, imports: Mask, piece_of_line: Ints, *, braces: bool) -> Mask:
    """Return per line whether the innermost bracket open at its beginning is round or square, and closed later on.

    `braces`: they count as well. They do in any language where an import opened them.
    """
    positions = np.flatnonzero(_IS_BRACKET[tokens.symbols])
    inside = np.zeros(len(piece_of_line), dtype=bool)
    if not len(positions):
        return inside
    symbols, line = tokens.symbols[positions], tokens.line[positions]
    nested = _nest(_IS_OPENING[symbols], line, piece_of_line[line])
    by_level = np.argsort(np.minimum(nested.level, 255).astype(np.uint8), kind="stable")
    levels = np.minimum(nested.level, 255)[by_level]
    is_pair = (np.diff(levels) == 0) & nested.opens[by_level[:-1]] & ~nested.opens[by_level[1:]]
    joins = np.zeros(len(positions), dtype=bool)
    openers = by_level[:-1][is_pair]
    joins[openers] = _IS_ROUND[symbols[openers]] | braces | imports[line[openers]]
    last = np.searchsorted(line, np.arange(len(piece_of_line))) - 1
    lines = np.flatnonzero((last >= 0) & (nested.depth[last] > 0) & (piece_of_line[line[last]] == piece_of_line))
    last = last[lines]
    sort_keys = levels * np.int64(len(positions)) + by_level
    wanted = np.minimum(nested.depth[last], 255) * np.int64(len(positions)) + last
    inside[lines] = joins[by_level[np.searchsorted(sort_keys, wanted, side="right") - 1]]
    return inside


def _logical_lines(symbols: Symbols, logical_line: Ints) -> tuple[Ints, NDArray[np.uint32], NDArray[np.uint8], Mask]:
    """Return (number, shape, number of tokens, whether it is code) of the logical lines that have tokens."""
    if not len(symbols):
        return np.zeros(0, np.int64), np.zeros(0, np.uint32), np.zeros(0, np.uint8), np.zeros(0, bool)
    starts = np.flatnonzero(np.diff(logical_line, prepend=-1))
    place = np.arange(len(symbols)) - np.repeat(starts, np.diff(starts, append=len(symbols)))
    hashes = np.add.reduceat(_CODES[symbols] * _POWERS[place & (_MAX_POWERS - 1)], starts)
    shapes = np.maximum(mix_hash(hashes) >> np.uint64(32), np.uint64(1)).astype(np.uint32)
    before, after = symbols[:-1], symbols[1:]
    extends = np.append(False, (before | after < FIRST_KEYWORD) & (place[1:] > 0))
    extends[1:][extends[1:]] = _IN_OPERATOR[(before[extends[1:]] << np.uint16(7)) | after[extends[1:]]]
    counts = np.minimum(np.add.reduceat(~extends, starts, dtype=np.int64), MAX_TOKENS).astype(np.uint8)
    is_word = symbols == WORD
    is_text = np.zeros(len(symbols), dtype=bool)
    for step in range(_TEXT_WORDS):
        is_text[_TEXT_WORDS - 1 :] |= ~is_word[step : len(symbols) - _TEXT_WORDS + 1 + step]
    is_text = ~is_text & (place >= _TEXT_WORDS - 1)
    has_words = np.logical_or.reduceat(is_word | (symbols >= FIRST_KEYWORD), starts)
    return logical_line[starts], shapes, counts, has_words & ~np.logical_or.reduceat(is_text, starts)
