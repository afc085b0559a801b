"""How pixel loops are compiled: kept on disk where that is allowed, GIL released, typed as the function they were."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")

# Sums may be reordered, and there are no NaNs.
_LOOSE = {"nnan", "nsz", "contract", "reassoc", "arcp"}


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile `function` with numba on its first call; later processes load it from the cache beside its module, or in
    the user's cache folder. Where neither may be written, each process compiles for itself."""
    return _compiled(function)


def fast_kernel(function: Callable[P, R]) -> Callable[P, R]:
    """As :func:`kernel`, for loops where a last bit does not matter: sums and maxima become vector instructions."""
    return _compiled(function, fastmath=_LOOSE)


def _compiled(function: Callable[P, R], **options: Any) -> Callable[P, R]:
    compiled: Callable[P, R]
    try:
        compiled = njit(cache=True, nogil=True, **options)(function)
    except RuntimeError:  # numba: "no locator available", no place for its cache
        compiled = njit(nogil=True, **options)(function)
    return compiled
