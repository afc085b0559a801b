"""How the daemon's process asks the system for memory."""

from __future__ import annotations

import ctypes
import sys

# From glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8


def keep_chunks() -> None:
    """Keep the memory of a chunk for the next one.

    By default glibc gives every freed megabyte back and then asks for it again: with transfers of 1 MiB chunks, most of
    the time goes into pages that are taken, cleared and given back. Elsewhere than on glibc this does nothing.
    """
    if not sys.platform.startswith("linux"):
        return
    try:
        library = ctypes.CDLL(None)
        for option, value in ((_MMAP_THRESHOLD, 8 << 20), (_TRIM_THRESHOLD, 32 << 20), (_ARENA_MAX, 2)):
            library.mallopt(option, value)
    except (OSError, AttributeError):
        return
