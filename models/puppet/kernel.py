"""How pixel loops are compiled: kept on disk, GIL released, typed as the function they were."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Compile `function` with numba on its first call; later processes load it from the cache beside its module."""
    compiled: Callable[P, R] = njit(cache=True, nogil=True)(function)
    return compiled
