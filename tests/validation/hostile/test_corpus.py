"""Bad input, class by class: a right answer or a documented error, soon; never a traceback."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from analyzer.core.messages import MESSAGES
from tests.validation.hostile import corpus

if TYPE_CHECKING:
    from pathlib import Path

CASES = corpus.cases()
QUICK = corpus.quick(CASES)


def test_the_corpus_is_large() -> None:
    """Three hundred cases in twenty-five classes at the least, no two alike."""
    assert len(CASES) >= 300
    assert len({case.family for case in CASES}) >= 25
    assert max(Counter((case.family, case.name) for case in CASES).values()) == 1


@pytest.mark.parametrize("case", QUICK, ids=lambda case: f"{case.family}: {case.name}")
def test_an_answer_or_an_error_that_is_documented(case: corpus.Case, tmp_path: Path) -> None:
    """Two cases of every class."""
    outcome = corpus.tried(case, tmp_path)
    assert outcome.wrong == ""
    assert outcome.said.startswith("share") or outcome.said in MESSAGES


@pytest.mark.exhaustive
def test_every_case_and_the_page_that_counts_them() -> None:
    """All of them; docs/reliability.md has their counts (`python -m tests.validation.hostile.corpus` renews it)."""
    done = corpus.everything()
    assert [(case.family, case.name, outcome.wrong) for case, outcome in done if outcome.wrong] == []
    assert corpus.counts(corpus.rendered(done)) == corpus.counts(corpus.committed())


def test_the_page_counts_this_corpus() -> None:
    """The quick part of it: classes and cases of the page are the corpus's."""
    table = corpus.committed()
    rows = [line.split(" | ") for line in corpus.counts(table)[1:]]
    counted: Counter[str] = Counter()
    for family, _, count in rows:
        counted[family.removeprefix("| ")] += int(count)
    assert counted == Counter(case.family for case in CASES)
