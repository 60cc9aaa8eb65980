"""Changes of marking: in a real history, and in planted ones with and without a rule that explains them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from analyzer.report.renderers import find_renderer
from tests.conftest import SHARED, git, imported
from tests.planting import Stream, analyze_path

if TYPE_CHECKING:
    from pathlib import Path

    from analyzer.report.contract import AnalysisResult

MARK = "\n\nCo-Authored-By: Claude <noreply@anthropic.com>"
BAN = ["Do not add Co-Authored-By lines for AI tools."]


@pytest.mark.slow
@pytest.mark.skipif(not (SHARED / "corpora/git-ai.bundle").exists(), reason="the history git-ai is not here")
@pytest.mark.exhaustive
def test_a_real_history_changed_its_marking(tmp_path: Path) -> None:
    """git-ai: marked 0 % to more than half, while commits with AI lines stayed nine in ten."""
    bundle = SHARED / "corpora/git-ai.bundle"
    git("clone", "--quiet", "--bare", bundle, tmp_path / "r")
    git("--git-dir", tmp_path / "r", "fetch", "--quiet", bundle, "refs/notes/ai:refs/notes/ai")
    disclosure = analyze_path(str(tmp_path / "r"), cache_dir=tmp_path / "cache").result.marking
    assert disclosure.drift is True
    (change,) = disclosure.changes
    assert (change.period, change.kind) == ("2026-02", "labelling")


def planted_fall(tmp_path: Path, rules: dict[str, list[str]]) -> AnalysisResult:
    """Two people, marks on four of five commits for nine months, then on none; `rules` are committed in between."""
    stream = Stream()
    last: tuple[int, ...] = ()
    for n in range(18 * 20):
        if n == 180 and rules:
            last = (stream.add("rules", rules, last, at=273.5),)
        mark = MARK if n < 180 and n % 5 else ""
        by = ("Ada <ada@x>", "Bo <bo@x>")[n % 2]
        last = (stream.add(f"work {n}{mark}", {f"m{n}.py": [f"x{n} = {n}"]}, last, at=n * 1.52, by=by),)
    return analyze_path(imported(tmp_path / "r", stream.text)).result


def test_fall_after_a_rule_is_no_fall_in_use(tmp_path: Path) -> None:
    """The report names day, file and commit of the rule, and that use did not fall."""
    result = planted_fall(tmp_path, {"CONTRIBUTING.md": BAN})
    (step,) = result.marking.changes
    assert (step.kind, step.period) == ("labelling", "2024-10")
    (rule,) = step.policies
    assert rule == result.marking.policies[0]
    assert (rule.date, rule.path, rule.expects) == ("2024-09-30", "CONTRIBUTING.md", "down")
    assert rule.sha is not None
    for text in ("CONTRIBUTING.md forbids AI marks", rule.sha[:12], rule.date, "not a fall in use"):
        assert text in step.explanation
    assert result.marking.drift is True


def test_fall_without_a_rule_stays_unexplained(tmp_path: Path) -> None:
    """The same fall without a rule, or with one about something else, is open."""
    for name, rules in (("none", {}), ("other", {"CONTRIBUTING.md": ["Please write tests."]})):
        (step,) = planted_fall(tmp_path / name, rules).marking.changes
        assert (step.kind, step.policies) == ("open", [])
        assert "nothing here tells which" in step.explanation


def test_rule_in_a_hostile_file_name_breaks_no_report(tmp_path: Path) -> None:
    """The name of the file reaches text, Markdown and HTML without a line break, a tag or a command to a runner."""
    result = planted_fall(tmp_path, {"CONTRIBUTING<script>|`##[error]x.md": BAN})
    (step,) = result.marking.changes
    assert step.kind == "labelling"
    for id_ in ("terminal", "markdown", "html"):
        output = find_renderer(id_).render(result)
        assert "<script>|" not in output
        assert "##[" not in output if id_ == "terminal" else "CONTRIBUTING" in output
