"""Layers that are to be made, as plain data: what a result becomes before it touches Krita."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import List, Optional, Union

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

    def lowest(self) -> Optional[Layer]:
        """The lowest paint layer that is seen; None where none is."""
        for child in self.children:
            found = child.lowest() if isinstance(child, Group) else child
            if child.visible and found is not None:
                return found
        return None

    def rests(self) -> bool:
        """Whether what is seen of it is laid on the drawing: shadow or light without a base of its own."""
        lowest = self.lowest()
        return lowest is not None and lowest.blend != "normal"

    def layers(self) -> List[Layer]:
        """All paint layers in it, at any depth."""
        found: List[Layer] = []
        for child in self.children:
            found.extend(child.layers() if isinstance(child, Group) else [child])
        return found
