"""Histories planted commit by commit, for tests that know what must come out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analyzer.pipeline.configured_repository import open_configured
from analyzer.pipeline.load import History, load_history
from analyzer.pipeline.run import Analysis, analyze
from tests.conftest import imported

if TYPE_CHECKING:
    from pathlib import Path

DAY = 86_400
START = 1_704_099_600


def load_path(path: Path | str, *, cache_dir: Path | None = None, **flags: object) -> History:
    """Load the history of the repository at `path`, with its own configuration under these flags."""
    return load_history(open_configured(str(path), flags), cache_dir)


def analyze_path(path: Path | str, *, cache_dir: Path | None = None, **flags: object) -> Analysis:
    """Analyse the repository at `path`, with its own configuration under these flags."""
    return analyze(open_configured(str(path), flags), cache_dir=cache_dir)


class Stream:
    """A history in the making: `add` returns the mark of the commit it makes."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.text, self.marks = b"", 0

    def add(
        self,
        subject: str,
        files: dict[str, list[str]],
        parents: tuple[int, ...] = (),
        *,
        at: float,
        by: str = "Ada <ada@x>",
        through: str | None = None,
        written: float | None = None,
        branch: str = "main",
    ) -> int:
        """One commit; `at`, `written`: days of committing and writing, `through`: the committer."""
        self.marks += 1
        when, wrote = (START + int(day * DAY) for day in (at, at if written is None else written))
        body = subject.encode()
        self.text += f"commit refs/heads/{branch}\nmark :{self.marks}\nauthor {by} {wrote} +0000\n".encode()
        self.text += f"committer {through or by} {when} +0000\ndata {len(body)}\n".encode() + body + b"\n"
        self.text += b"".join(
            b"%s :%d\n" % (word, mark) for word, mark in zip([b"from", *[b"merge"] * 9], parents, strict=False)
        )
        for path, lines in files.items():
            data = "".join(f"{line}\n" for line in lines).encode()
            self.text += b"M 100644 inline %s\ndata %d\n%s\n" % (path.encode(), len(data), data)
        return self.marks

    def read(self, tmp_path: Path) -> History:
        """Return the history, loaded."""
        return load_path(imported(tmp_path / "r", self.text))


def body(name: str, n: int = 6) -> list[str]:
    """Lines that are nobody else's."""
    return [f"{name}_{k} = compute_{name}({k})" for k in range(n)]
