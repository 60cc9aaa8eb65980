"""What cron does with a line of a crontab: fields, percent signs, and an environment of four variables."""

from __future__ import annotations

import os
import re
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_LINE = re.compile(r"(?:[-*,/\d]+\s+){5}(.*)")


def fired(page: str, places: dict[str, Path], home: Path) -> subprocess.CompletedProcess[str]:
    """Run the first line of a page's ```cron block as cron on Debian does, with folders put in the place of others.

    An unescaped % is a new line, and what follows the first of them is standard input (crontab(5)).
    """
    block = re.findall(r"```cron\n(.*?)\n```", page, re.DOTALL)[0]
    command = next(match[1] for line in block.splitlines() if (match := _LINE.fullmatch(line)))
    for written, place in places.items():
        assert written in command
        command = command.replace(written, str(place))
    command, *told = re.split(r"(?<!\\)%", command)
    environment = {"HOME": str(home), "LOGNAME": "fleet", "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin"}
    if not os.path.exists("/usr/bin/git"):  # where git lies elsewhere, a real crontab says so by a line PATH=
        environment["PATH"] = os.environ["PATH"]
    return subprocess.run(
        ["/bin/sh", "-c", command.replace(r"\%", "%")],
        input="\n".join(told),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
