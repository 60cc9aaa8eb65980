"""Which files show a tool in use."""

from __future__ import annotations

import pandas as pd
import pytest

from analyzer.evidence.adoption import tool_adoption


@pytest.mark.parametrize(
    ("path", "tool", "kind"),
    [
        (".agents/skills/x/SKILL.md", "any-agent", "assistant"),
        (".mcp.json", "any-agent", "assistant"),
        (".claude-plugin/plugin.json", "claude-code", "assistant"),
        (".pi/settings.json", "pi", "assistant"),
        (".beads/config.yaml", "beads", "assistant"),
        (".github/workflows/copilot-setup-steps.yml", "copilot", "assistant"),
        (".coderabbit.yaml", "coderabbit", "reviewer"),
        (".greptile/config.json", "greptile", "reviewer"),
        (".cursor/BUGBOT.md", "bugbot", "reviewer"),
        (".cursor/rules/a.mdc", "cursor", "assistant"),
        (".gemini/styleguide.md", "gemini-code-assist", "reviewer"),
    ],
)
def test_file_shows_tool(path: str, tool: str, kind: str) -> None:
    """A reviewer's file is not taken for the assistant in whose folder it lies."""
    changes = pd.DataFrame({"sha": ["a"], "path": [path], "status": ["A"]}).astype("str")
    adopted = tool_adoption(changes, pd.Series(pd.to_datetime(["2026-01-02"], utc=True), index=["a"]))
    assert adopted[["tool", "kind", "path"]].to_numpy().tolist() == [[tool, kind, path]]


def test_similar_names_show_nothing() -> None:
    """A path below another folder, or a longer name, is none of them."""
    paths = ["docs/.mcp.json", ".mcp.json.md", "x.agents/a", "greptile.json.bak", "pi/a"]
    changes = pd.DataFrame({"sha": "a", "path": paths, "status": "A"}).astype("str")
    assert tool_adoption(changes, pd.Series(pd.to_datetime(["2026-01-02"], utc=True), index=["a"])).empty
