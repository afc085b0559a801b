"""Jobs: the store, the spool, the queue, and the engine where work runs. :class:`Desk` is what the service talks to."""

from .desk import Desk
from .engine import Engine, Slot
from .house import House, Limits

__all__ = ["Desk", "Engine", "House", "Limits", "Slot"]
