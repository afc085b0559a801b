"""Layers that are to be made, as plain data: what a result becomes before it touches Krita."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import List, Union

from .pixels import Picture


@dataclass
class Layer:
    """A paint layer. ``picture`` is BGRA; ``opacity`` 0..255; ``blend`` a name of the contract."""

    name: str
    picture: Picture
    blend: str = "normal"
    opacity: int = 255
    visible: bool = True


@dataclass
class Group:
    """A group of layers; ``children`` from the bottom up."""

    name: str
    children: List[Union[Layer, Group]] = field(default_factory=list)
    visible: bool = True

    def layers(self) -> List[Layer]:
        """All paint layers in it, at any depth."""
        found: List[Layer] = []
        for child in self.children:
            found.extend(child.layers() if isinstance(child, Group) else [child])
        return found
