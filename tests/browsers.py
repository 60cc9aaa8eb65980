"""Chromium for tests."""

from __future__ import annotations

import json
import os
import shutil

import pytest

from tests.conftest import ROOT

BROWSER = ROOT / "tests" / "browser"


PATIENCE = 300


def missing() -> str | None:
    """What this machine lacks for these tests and how to get it, or None."""
    if not shutil.which("node"):
        return "Node.js is missing: apt-get install nodejs npm"
    if not shutil.which(os.environ.get("CHROMIUM", "/usr/bin/chromium")):
        return "Chromium is missing: apt-get install chromium"
    wanted = json.loads((BROWSER / "package.json").read_text("utf-8"))["dependencies"]
    if not all((BROWSER / "node_modules" / name / "package.json").exists() for name in wanted):
        return "npm packages are missing: make browser"
    return None


def need_browser() -> None:
    """Skip by name where something is missing; in CI nothing may be."""
    if reason := missing():
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
