"""Jobs: the store, the spool, the queue, and the engine where work runs. :class:`Desk` is what the service talks to."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .desk import Desk
    from .engine import Engine, Slot
    from .house import House, Limits

__all__ = ["Desk", "Engine", "House", "Limits", "Slot"]

_HOMES = {"Desk": "desk", "Engine": "engine", "Slot": "engine", "House": "house", "Limits": "house"}


def __getattr__(name: str) -> object:
    # When they are asked for: a worker, which lies in this package too, needs none of them and starts the sooner.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
