"""How long reading logs of Claude Code takes, and how much memory, on made-up logs of a given size.

python benchmarks/logs.py --megabytes 2000        (writes them to a temporary folder first)
"""

from __future__ import annotations

import json
import random
import resource
import tempfile
import time
from pathlib import Path

import click

from analyzer.core.progress import no_progress
from analyzer.prompts.discovery import read_log_folder

_SESSION_BYTES = 8_000_000
_WORDS = [f"word{n}" for n in range(5_000)]


def session(key: str, dice: random.Random) -> str:
    """One log of about eight megabytes: a prompt, then answers of tools, edits and talk, as real logs weigh them."""
    lines: list[str] = []
    size = 0
    while size < _SESSION_BYTES:
        roll = dice.random()
        text = " ".join(dice.choices(_WORDS, k=12 if roll < 0.05 else 900))
        broken = text.replace(" word1", "\n    word1")
        message: object = {"role": "assistant", "content": [{"type": "text", "text": text}]}
        if roll < 0.05:
            message = {"role": "user", "content": text}
        elif roll < 0.60:
            message = {"role": "user", "content": [{"type": "tool_result", "content": broken}]}
        elif roll < 0.75:
            given = {"file_path": f"/w/app/{size}.py", "content": broken}
            message = {"role": "assistant", "content": [{"type": "tool_use", "name": "Write", "input": given}]}
        role = message["role"]  # type: ignore[index]
        record = {"type": role, "uuid": f"{key}-{len(lines)}", "sessionId": key, "cwd": "/w/app", "message": message}
        lines.append(json.dumps({**record, "timestamp": "2026-02-03T00:31:46.110Z"}))
        size += len(lines[-1]) + 1
    return "\n".join(lines) + "\n"


@click.command()
@click.option("--megabytes", default=2_000, show_default=True)
def main(megabytes: int) -> None:
    """Write logs of so many MEGABYTES, read them once, and print seconds, MB a second and peak memory."""
    dice = random.Random(0)  # noqa: S311 - made-up words, no secret
    with tempfile.TemporaryDirectory() as folder:
        written = 0
        templates = [session("00000000", dice) for _ in range(4)]
        for n in range(max(1, megabytes * 1_000_000 // _SESSION_BYTES)):
            text = templates[n % 4].replace("00000000", f"{n:08d}")
            Path(folder, f"{n}.jsonl").write_text(text)
            written += len(text)
        before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.perf_counter()
        stores = read_log_folder(Path(folder), no_progress)
        seconds = time.perf_counter() - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    sessions = stores["claude_code"].sessions
    turns, edits = sum(len(s.turns) for s in sessions), sum(len(s.edits) for s in sessions)
    click.echo(
        f"{written / 1e6:.0f} MB in {seconds:.1f} s ({written / 1e6 / seconds:.0f} MB/s), peak {peak / 1024:.0f} MiB "
        f"({before / 1024:.0f} MiB before); {len(sessions)} sessions, {turns} prompts, {edits} edits"
    )


if __name__ == "__main__":
    main()
