"""In-between networks: Shiage's own, and checkpoints of published ones."""

from ._guess import guesser

__all__ = ["guesser"]
