"""The networks that are kept in memory: as many as fit, the least recently used one goes first."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

T = TypeVar("T")
_MOST_BYTES = 2 << 30


class ModelCache:
    """Built things by key, up to a number of bytes together. Safe to use from several threads.

    A thing is built once, however many threads ask for it; others wait for it. The newest is kept even where it alone
    is over the limit, since somebody is about to use it. ``kept`` and ``built`` count how often either was the answer.
    """

    def __init__(self, most_bytes: int = _MOST_BYTES) -> None:
        self._most = most_bytes
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._building: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()
        self.kept = 0
        self.built = 0

    def get(self, key: Hashable, build: Callable[[], T], size_of: Callable[[T], int]) -> T:
        """The thing of this key, built now if it isn't kept. ``size_of`` gives its bytes."""
        with self._lock:
            building = self._building.setdefault(key, threading.Lock())
        with building:
            with self._lock:
                if key in self._kept:
                    self.kept += 1
                    self._kept.move_to_end(key)
                    return cast(T, self._kept[key][0])
            thing = build()
            with self._lock:
                self.built += 1
                self._kept[key] = (thing, size_of(thing))
                self._shrink()
                self._building.pop(key, None)
            return thing

    @property
    def bytes(self) -> int:
        """What is kept, together."""
        with self._lock:
            return sum(size for _, size in self._kept.values())

    def clear(self) -> None:
        """Keep nothing."""
        with self._lock:
            self._kept.clear()

    def _shrink(self) -> None:
        while len(self._kept) > 1 and sum(size for _, size in self._kept.values()) > self._most:
            self._kept.popitem(last=False)


CACHE = ModelCache()
"""The process's own."""


def module_bytes(module: Any) -> int:
    """Bytes of a torch module's parameters and buffers."""
    tensors = [*module.parameters(), *module.buffers()]
    return sum(int(tensor.numel()) * int(tensor.element_size()) for tensor in tensors)
