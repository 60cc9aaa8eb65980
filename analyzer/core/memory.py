"""Memory that is free gives way to what comes next: allocators keep what large tables leave, and a peak adds up."""

from __future__ import annotations

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import suppress

# So many elements at a time: their temporaries stay in the processor's cache, and are no second copy of a history.
_BLOCK = 1 << 17


def blocks(count: int, size: int = _BLOCK) -> Iterator[slice]:
    """Neighbouring slices of at most `size` elements that make up `count`."""
    return (slice(at, min(at + size, count)) for at in range(0, count, size))


def release() -> None:
    """Give back to the system what nobody uses any more, as far as the allocators can."""
    gc.collect()
    # Who has not imported arrow has nothing in its pool.
    if (arrow := sys.modules.get("pyarrow")) is not None:
        arrow.default_memory_pool().release_unused()
    trim()


def trim() -> None:
    """Give back what small pieces have left between those in use; some milliseconds."""
    with suppress(OSError, AttributeError):  # glibc alone has it
        ctypes.CDLL(None).malloc_trim(0)
