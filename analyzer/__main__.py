"""Entry point of `python -m analyzer` and of the console script `aishare`."""

from __future__ import annotations

import gc
import os
import sys
import time

# Run linear algebra on one thread: our matrices are small, so more threads add 50 % CPU time and gain nothing.
# Also, the last digits of a sum depend on the number of threads, that is on the machine's cores.
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def main() -> None:
    """Run the command line; its return value is the exit code."""
    # No portable call tells when the process started. It has computed up to here, so its CPU time is about its age.
    started = time.perf_counter() - time.process_time()
    # Set these before anything loads the libraries, which read them once; workers inherit them.
    os.environ |= dict.fromkeys(_ONE_THREAD, "1")
    from analyzer.core.search_path import safe_search_path

    # Libraries look up programs as well: ctypes runs gcc and ld of PATH.
    os.environ["PATH"] = safe_search_path(os.environ)
    from analyzer.cli import run

    # A history's tables are many objects without cycles; at Python's default rate the cycle search takes 5 % of a run.
    gc.set_threshold(100_000, 20, 100)
    code = run(started=started)
    # Everything goes with the process; before it ends, Python would search all of it for cycles, which takes 0.15 s.
    gc.freeze()
    sys.exit(code)


if __name__ == "__main__":
    # `python -m` puts the current folder first on the path, so in a stranger's repository a file called click.py
    # would run. The console script has no such entry.
    # (A folder called analyzer there would be loaded before this line, which is why the docs say `python -I -m`.)
    try:
        if sys.path and sys.path[0] in {"", os.getcwd()}:
            del sys.path[0]
    except FileNotFoundError:  # the current folder is gone
        del sys.path[0]
    main()
