"""Give memory that was freed back to the system."""

from __future__ import annotations

import ctypes
import sys

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # names of glibc's malloc.h
LARGE_BYTES, N_ARENAS = 512 * 1024, 2


def keep_memory_together() -> None:
    """Let large arrays have pages of their own, which go when they go, and threads share their arenas.

    Else glibc raises its threshold with every large array that is freed, and arrays of spectra lie
    between small things that stay.
    """
    if not sys.platform.startswith("linux"):
        return
    try:
        library = ctypes.CDLL(None)
        library.mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
        library.mallopt(M_ARENA_MAX, N_ARENAS)
    except (OSError, AttributeError):  # another C library
        return


def give_back_memory() -> None:
    """Let the allocator return what it keeps of freed memory; where it cannot be asked, nothing happens.

    glibc keeps freed pages between those in use: after reading and measuring large spectra several
    hundred megabytes.
    """
    if not sys.platform.startswith("linux"):
        return
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (OSError, AttributeError):  # another C library
        return
