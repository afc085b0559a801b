"""Compiling for speed where a last bit does not matter: sums may be reordered, and there are no NaNs."""

from __future__ import annotations

from collections.abc import Callable
from typing import ParamSpec, TypeVar

from numba import njit

P = ParamSpec("P")
R = TypeVar("R")


def fast_kernel(function: Callable[P, R]) -> Callable[P, R]:
    """As :func:`shiage.craft.kernel.kernel`, and loops over sums and maxima become vector instructions."""
    compiled: Callable[P, R] = njit(cache=True, nogil=True, fastmath={"nnan", "nsz", "contract", "reassoc", "arcp"})(
        function
    )
    return compiled
