"""Every operation: one module each, with a frozen spec and one function.

A new operation is a new module here and nothing else: the registry finds it, and the daemon, the command line, both
plugins and the reference page show it.
"""

from ._registry import Operation, get, one, operation, registry, run
from ._stretches import Seen, Shown, Stretch, Stretches, facts_of

__all__ = [
    "Operation",
    "Seen",
    "Shown",
    "Stretch",
    "Stretches",
    "facts_of",
    "get",
    "one",
    "operation",
    "registry",
    "run",
]
