"""The command line. ``shiage --help`` loads click and nothing of the daemon: each command imports what it needs."""

from ._main import main

__all__ = ["main"]
