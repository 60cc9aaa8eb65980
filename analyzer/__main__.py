"""`python -m analyzer`, and the console script `aishare`."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; the only place that turns errors into exit codes."""
    from analyzer.cli import run

    sys.exit(run())


if __name__ == "__main__":
    main()
