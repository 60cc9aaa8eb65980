"""`python -m analyzer.github FOLDER`: what `action.yml` runs after `aishare analyze`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from analyzer.github.summary import outputs, summary


def main() -> None:
    """Append the report to the job summary and the figures to the step's outputs."""
    folder = Path(sys.argv[1])
    with Path(os.environ["GITHUB_STEP_SUMMARY"]).open("a", encoding="utf-8") as file:
        file.write(summary((folder / "report.md").read_text("utf-8")))
    with Path(os.environ["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as file:
        file.writelines(f"{name}={value}\n" for name, value in outputs(folder).items())


if __name__ == "__main__":
    main()
