"""`python -m analyzer`, and the console script `aishare`."""

from __future__ import annotations

import gc
import os
import sys

# Linear algebra on one thread: our matrices are small, so more threads cost half as much CPU time again for nothing.
# And the last digits of a sum depend on their number, that is on the machine's cores.
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def main() -> None:
    """Run the command line; its return value is the exit code."""
    # Before anything loads the libraries, which read these once; workers inherit them.
    os.environ |= dict.fromkeys(_ONE_THREAD, "1")
    from analyzer.cli import run

    # Tables of a history are many objects and no cycles: looking for cycles as often as Python does costs 5 % of a run.
    gc.set_threshold(100_000, 20, 100)
    sys.exit(run())


if __name__ == "__main__":
    # `python -m` puts the current folder first on the path: started inside a stranger's repository, a file
    # called click.py there would run. The console script has no such entry.
    # (A folder called analyzer there is loaded before this line: hence `python -P -m` in the docs.)
    try:
        if sys.path and sys.path[0] in {"", os.getcwd()}:
            del sys.path[0]
    except FileNotFoundError:  # the current folder is gone
        del sys.path[0]
    main()
