"""Runs command lines of the tool one after the other in this fresh process: `driver.py < LINES.json`."""

from __future__ import annotations

import json
import os
import sys

from analyzer.cli import run

if __name__ == "__main__":
    for words, code in json.load(sys.stdin.buffer):
        # As a shell hands them over: bytes, whatever this process takes them for.
        if (found := run([os.fsdecode(word.encode()) for word in words])) != code:
            sys.exit(f"{words}: exit code {found}, not {code}")
