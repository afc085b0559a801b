"""What was made last, kept so that the same need not be made again, such as while a light is dragged."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from .strips import Check, never_stop


class _Sized(Protocol):
    @property
    def nbytes(self) -> int: ...


T = TypeVar("T", bound=_Sized)


_BLOCK = 1 << 24  # bytes hashed between two checks


def content_key(*parts: NDArray[np.generic] | None, settings: object = None, check: Check = never_stop) -> str:
    """A name for what something is made from: arrays by shape, type and content, settings by their ``repr``."""
    digest = hashlib.blake2b(repr(settings).encode(), digest_size=20)
    for part in parts:
        if part is None:
            digest.update(b"none")
            continue
        digest.update(repr((part.shape, part.dtype.str)).encode())
        flat = np.ascontiguousarray(part).reshape(-1).view(np.uint8)
        for start in range(0, flat.size, _BLOCK):
            check()
            digest.update(flat[start : start + _BLOCK].data)
    return digest.hexdigest()


class Kept(Generic[T]):
    """The last results, least lately used out first, within ``limit`` bytes; one larger than that is not held.

    Safe to use from several threads; two that ask for the same missing result at once both make it.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held: OrderedDict[str, T] = OrderedDict()
        self._lock = Lock()

    def get(self, key: str, make: Callable[[], T]) -> T:
        """The result under ``key``, made by ``make`` where it is not held."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        made = make()
        with self._lock:
            self._held[key] = made
            while self._held and self.nbytes > self._limit:
                self._held.popitem(last=False)
        return made

    @property
    def nbytes(self) -> int:
        """Bytes held in all."""
        return sum(one.nbytes for one in self._held.values())

    def __len__(self) -> int:
        return len(self._held)
