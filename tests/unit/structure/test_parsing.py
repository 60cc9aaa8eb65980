"""A version that is parsed after another one has the tree that it would have alone."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from analyzer.languages.python import PYTHON
from analyzer.languages.typescript import TYPESCRIPT
from analyzer.structure.parsing import ParsedText, parse
from tests.conftest import ROOT

if TYPE_CHECKING:
    from analyzer.languages.language import Language

PYTHON_TEXT = (ROOT / "analyzer" / "structure" / "text_diff.py").read_bytes()
TYPESCRIPT_TEXT = b"".join(
    b"export class C%d {\n  run(a: number): string {\n    if (a > %d) {\n      return `x${a}`;\n    }\n" % (n, n)
    + b"    return '';\n  }\n}\n"
    for n in range(30)
)


@pytest.mark.parametrize(("language", "text"), [(PYTHON, PYTHON_TEXT), (TYPESCRIPT, TYPESCRIPT_TEXT)])
def test_versions_parsed_one_after_the_other_equal_those_parsed_alone(language: Language, text: bytes) -> None:
    """Random edits: lines go, come, move and break the syntax."""
    rng = random.Random(7)  # noqa: S311 - it makes edits
    last: ParsedText | None = None
    lines = text.splitlines(keepends=True)
    for _ in range(60):
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(len(lines))
            edit = rng.choice(["drop", "copy", "indent", "break"])
            if edit == "drop" and len(lines) > 5:
                del lines[at]
            elif edit == "copy":
                lines[at:at] = lines[rng.randrange(len(lines)) :][: rng.randint(1, 6)]
            elif edit == "indent":
                lines[at] = b"    " + lines[at]
            else:
                lines[at] = lines[at].replace(b"(", b"", 1)
        version = b"".join(lines)
        last = parse(language, version, last)
        assert last is not None
        alone = language.parser().parse(version)
        assert str(last.tree.root_node) == str(alone.root_node)
        assert last.tree.root_node.end_byte == alone.root_node.end_byte
