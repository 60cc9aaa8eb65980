"""Parsers beside git's own, on messages and paths that nobody chose."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from analyzer.blame.diff import unquote
from analyzer.evidence import message
from tests.conftest import git
from tests.validation.fuzz.of_git import _quoted

if TYPE_CHECKING:
    from pathlib import Path

_KEYS = ("Co-authored-by", "Signed-off-by", "Assisted-by", "Fixes", "AI-assisted", "Reviewed-By")
_VALUES = ("Ada <ada@b.c>", "Claude <noreply@anthropic.com>", "yes", "GPT-5", "https://x/y", "#12 (a)", "a: b", "x <y>")
_OTHERS = (
    *("", "subject. With: dot", "> quoted: x", "    indented: y", "plain text"),
    *("\tfold", "* bullet: z", "# c: d", "(cherry picked from commit abc)"),
)


def _text(rng: random.Random) -> str:
    body = rng.choices(_OTHERS, k=rng.randrange(4))
    keyed = [f"{rng.choice(_KEYS)}:{rng.choice((' ', '', '  '))}{rng.choice(_VALUES)}" for _ in range(4)]
    block = [line if rng.random() < 0.85 else rng.choice(_OTHERS[4:]) for line in keyed[: rng.randint(1, 4)]]
    return "\n".join(["subject", "", *body, "", *block, ""])


def test_every_trailer_that_git_reads_is_read() -> None:
    """`git interpret-trailers` reads the last paragraph alone; here more is read, and nothing less."""
    rng, compared = random.Random(5), 0  # noqa: S311 - the same each time
    for text in (_text(rng) for _ in range(40)):
        ours = [(trailer.key, trailer.line) for trailer in message.trailers(text)]
        for said in git("interpret-trailers", "--parse", "--no-divider", stdin=text.encode()).splitlines():
            key, _, value = said.partition(":")
            folded = key.replace("-", "").lower()
            assert any(folded == own and value.split()[0] in line for own, line in ours), (text, said)
            compared += 1
    assert compared > 40


def test_paths_are_quoted_as_git_quotes_them(tmp_path: Path) -> None:
    """The model that the fuzzer writes patches with is git's, byte by byte, and is read back."""
    paths = [bytes([byte]) + b"x" for byte in range(1, 256) if byte != ord("/")]
    rows = b"".join(b"100644 blob %s\t%s\0" % (b"1" * 40, path) for path in paths)
    git("init", "--quiet", "--bare", tmp_path)
    tree = git("-C", tmp_path, "mktree", "-z", "--missing", stdin=rows).strip()
    said = git("-C", tmp_path, "-c", "core.quotePath=false", "ls-tree", "--name-only", tree)
    for path in paths:
        if path.isascii():
            assert _quoted(path).decode() in said.split("\n")
        assert unquote(_quoted(path)) == path
