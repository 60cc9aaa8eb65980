"""The style estimate of a repository is made on request, and is the same again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.conftest import imported
from tests.planting import analyze_path

if TYPE_CHECKING:
    from pathlib import Path

BODY = "".join(f"        value_{n} = compute_value(first, second, {n})\n" for n in range(6))


def test_style_estimate_is_optional_and_deterministic(tmp_path: Path) -> None:
    """Without --style functions are unknown; with it they are counted, the same each time, and it abstains aloud."""
    stream = b""
    for n in range(12):
        text = f"def work_{n}(first, second):\n{BODY.replace('        ', '    ')}    return value_{n}\n".encode()
        mark = "\n\nCo-authored-by: Claude <noreply@anthropic.com>" if n % 3 == 0 else ""
        body = f"work {n}{mark}".encode()
        stream += f"commit refs/heads/main\nmark :{n + 1}\ncommitter A <a@b> {1735689600 + 86400 * n} +0000\n".encode()
        stream += b"data %d\n%s\nM 100644 inline m%d.py\ndata %d\n%s\n" % (len(body), body, n, len(text), text)
    folder = str(imported(tmp_path / "r", stream))
    plain = next(d for d in analyze_path(folder).result.share.definitions if d.id == "functions")
    assert (plain.n, plain.abstained) == (None, "style-not-asked")
    results = [analyze_path(folder, style=True, cache_dir=tmp_path / "cache").result for _ in range(2)]
    assert results[0] == results[1]
    asked = next(d for d in results[0].share.definitions if d.id == "functions")
    assert asked.marked == pytest.approx(4 / 12)
    assert (asked.n, asked.estimate, asked.abstained) == (12, None, "style-too-few-functions")
    assert (results[0].tool.style_model or "").startswith("python ")
