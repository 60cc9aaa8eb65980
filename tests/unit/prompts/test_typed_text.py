"""What reads as typed: sentences of many languages do, what a machine wrote does not; and the interval covers."""

from __future__ import annotations

import time

import numpy as np
import pytest

from analyzer.prompts.ratios import _bootstrap_interval
from analyzer.prompts.typed_text import count_typed

SENTENCES = [
    "ok now do the same for the footer",
    "if this fails tell me why (and how to fix it)",
    "try to make it faster (2x at least)",
    "if the user is logged in, show the menu:",
    "add a retry to the client;",
    "from now on always write tests",
    "import the settings from the old project and delete it",
    "export the data to CSV when the button is pressed",
    "require authentication on every route",
    "WARNING: do not touch the database",
    "look at src/app.py:42 and fix the off by one",
    "fix this.    Then do that",
    "TestCheckAndNotify_SkipsHiddenCommand is failing",
    "return to the old layout, please",
    "class names should be shorter",
    "for each user in the list send a mail:",
    "これを 修正して ください それから テストも 追加して ください",
    "请修复 这个问题 并添加 一些 测试用例 谢谢",
    "Überprüfe die Geschwindigkeitsbegrenzungsverordnungen und Datenschutzgrundverordnungsbestimmungen bitte",
    "corrige cette erreur ; ajoute un test ;",
    "1. first thing\n    a) sub one please do that\n    b) and sub two as well",
    "- first\n    which goes on here and on\n    and here too",
    "```foo``` is the old name\nplease rename it everywhere\nthank you",
]
MACHINE = [
    "from analyzer.prompts import typed",
    "import numpy as np",
    "def main(argv: list[str]) -> int:",
    "    return value + 1\n    yield value",
    "const x = require('fs');",
    "public void Foo() {",
    "if (a == b) {",
    "for x in rows:",
    "SELECT * FROM users WHERE id = 3",
    "npm install --save-dev x && npm run build",
    "src/a.ts(12,5): error TS2304: Cannot find name 'x'.",
    "2026-02-15T20:46:19.481236 DEBUG hook invoked",
    "ok  \tgithub.com/x/y\t4.207s",
    "--- FAIL: TestRun (0.00s)",
    '{"time": "now", "level": "DEBUG"}',
    "| a | b |\n|---|---|\n| 1 | 2 |",
    "Traceback (most recent call last):",
    "diff --git a/x b/x",
    "$ make test",
]


@pytest.mark.parametrize("text", SENTENCES)
def test_sentences_are_typed(text: str) -> None:
    """All of it, but for an inline mark at most; nothing of it is known to be pasted."""
    found = count_typed(text)
    assert found.pasted == 0
    assert found.low == sum(len(line.strip()) for line in text.splitlines())


@pytest.mark.parametrize("text", MACHINE)
def test_machine_written_text_is_not_typed(text: str) -> None:
    """Not typed as read; it may have been, so it is in the upper end."""
    found = count_typed(text)
    assert found.low == 0
    assert found.high == sum(len(line.strip()) for line in text.splitlines())


@pytest.mark.parametrize("line", ["a." * 990, "a=" * 990, "[" * 1990, " ." * 990, '"a":' * 480, "x (" * 600])
def test_typed_text_is_found_in_linear_time(line: str) -> None:
    """A thousand lines made to make a pattern try again and again."""
    started = time.process_time()
    count_typed("\n".join([line] * 1_000))
    assert time.process_time() - started < 4


@pytest.mark.parametrize(("spread", "least"), [(0.5, 0.92), (1.0, 0.90), (1.5, 0.88)])
def test_the_interval_covers(spread: float, least: float) -> None:
    """Twenty sessions of skewed sizes, 300 times: the true ratio is inside about as often as is said."""
    rng = np.random.default_rng(1)
    inside = 0
    for seed in range(300):
        sizes = np.exp(rng.multivariate_normal([0, 0], spread**2 * np.array([[1, 0.3], [0.3, 1]]), 20))
        low, high = _bootstrap_interval(sizes, seed)
        inside += low <= 1.0 <= high
    assert inside / 300 >= least
