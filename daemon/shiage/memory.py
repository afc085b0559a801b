"""What a process holds, and how it asks the system for memory, where glibc lets it say so; elsewhere that does nothing.

By default glibc gives freed blocks of a few megabytes back and then asks for them again. Chunks of a transfer and the
temporary arrays of an operation are just of that size, and a good part of the time goes into pages that are taken,
cleared and given back.
"""

from __future__ import annotations

import ctypes
import os
import sys
from functools import cache
from pathlib import Path

MIB = 1 << 20
# From glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8


def held(pid: int | str = "self") -> int:
    """Bytes that a process holds; 0 where the system does not say, or it is gone."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def keep_freed(largest: int, most: int) -> None:
    """Keep freed blocks of at most ``largest`` bytes for the next one who asks, up to ``most`` bytes an arena."""
    library = _library()
    if library is not None:
        for option, value in ((_MMAP_THRESHOLD, largest), (_TRIM_THRESHOLD, most), (_ARENA_MAX, 2)):
            library.mallopt(option, value)


def give_back() -> None:
    """Give the system what was kept."""
    library = _library()
    if library is not None:
        library.malloc_trim(0)


@cache
def _library() -> ctypes.CDLL | None:
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    # musl has neither.
    return library if hasattr(library, "mallopt") and hasattr(library, "malloc_trim") else None
