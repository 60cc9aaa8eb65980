"""Keep peak memory low: process arrays in slices, and return memory that allocators hold on to after large tables."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

# Elements per slice: small enough that temporaries fit the processor's cache and do not double a history in memory.
_SLICE_SIZE = 1 << 17


def iter_slices(count: int, size: int = _SLICE_SIZE) -> Iterator[slice]:
    """Return consecutive slices of at most `size` elements that cover `count` elements."""
    return (slice(start, min(start + size, count)) for start in range(0, count, size))


def release_memory() -> None:
    """Return unused memory to the system, as far as the allocators can."""
    gc.collect()
    # If arrow has not been imported, its pool is empty.
    if (arrow := sys.modules.get("pyarrow")) is not None:
        arrow.default_memory_pool().release_unused()
    trim_heap()


@contextmanager
def paused_collector() -> Iterator[None]:
    """Pause the search for reference cycles, for code that makes many objects and hardly a cycle.

    The collector looks through all objects again and again while their number grows.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def trim_heap() -> None:
    """Return free pages of the C heap to the system; takes a few milliseconds."""
    with suppress(OSError, AttributeError):  # only glibc has malloc_trim
        ctypes.CDLL(None).malloc_trim(0)
