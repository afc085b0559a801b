"""Results onto the canvas: a finished group beside the source layer, in one undo step."""

from __future__ import annotations

import time
from collections.abc import Generator
from pathlib import Path
from typing import Any, NamedTuple

from krita import Krita

from ..layers import Group, Layer
from ..pixels import Picture
from . import documents
from .colour import Converter, Space, for_results, srgb
from .reading import BAND, next_rows
from .scratch import Scratch

SETTLE = 0.06  # seconds until Krita's list of layers knows a new node; touching it earlier can end Krita
_BLENDS = {"": "normal", "normal": "normal", "multiply": "multiply", "screen": "screen", "add": "add"}


class Closed(Exception):
    """The document was closed before the layers were in it."""


class Spot(NamedTuple):
    """Where a result goes: above ``source`` (at the top where there is none), or ``below`` it; ``multiply``: so that
    the lines of an opaque drawing underneath show through."""

    source: Any | None = None
    below: bool = False
    multiply: bool = False


def land(
    document: Any, spot: Spot, group: Group | None, scratch: Scratch, animation: Path | None = None
) -> Generator[Any, None, Any]:
    """Add ``group``, and the layers of the Krita document at ``animation`` (see ``kra``), at ``spot`` as one group;
    give its node.

    The pixels are written into layers that are in no document yet, so a half-written result is never seen, and the
    document's history gets one step: the finished group. Closed where the document is gone by then.
    """
    maker, home = _Maker(scratch, Space.of(document)), documents.identity(document)
    node = (yield from maker.group(group)) if group is not None else None
    made = Krita.instance().openDocument(str(animation)) if animation is not None else None
    try:
        if made is not None:
            made.setBatchmode(True)
            yield 0.0
            node = maker.take_over(made, node)
            yield SETTLE
        if documents.find(home) is None:
            raise Closed
        active = document.activeNode()
        _attach(document, spot, node, group.rests() if group is not None else maker.rests)
        # Layers that came in with their pixels are not drawn until one of them says that it changed. A blend mode that
        # is set to what it is says so; through a wrapper of the hidden image this is nothing to be undone and nothing
        # to wait for.
        for leaf in maker.leaves:
            leaf.setBlendingMode(leaf.blendingMode())
            yield 0.0
    finally:
        if made is not None:
            made.setModified(False)
            made.close()
        scratch.settle()
    yield from _keep_active(document, active)
    return node


def open_as_document(result: Any, name: str, scratch: Scratch) -> Generator[Any, None, Any]:
    """A new document with the result in it, in front of the artist: for one whose own document is gone or changed."""
    application = Krita.instance()
    bits = max((layer.picture.bits for layer in result.group.layers()), default=8) if result.group else 8
    document = application.createDocument(result.width, result.height, name, *srgb(bits), 300.0)
    application.activeWindow().addView(document)
    yield SETTLE
    yield from land(document, Spot(), result.group, scratch, result.animation)
    return document


def _keep_active(document: Any, active: Any | None) -> Generator[Any, None, None]:
    # Krita makes a new node the active one, under the artist's pen. Its own list of layers must know the node first.
    if active is not None:
        yield SETTLE
        if document.rootNode() is not None:
            document.setActiveNode(active)


def _attach(document: Any, spot: Spot, node: Any, rests: bool) -> None:
    source = above = documents.in_the_open(spot.source) if spot.source is not None else None
    parent = source.parentNode() if source is not None else document.rootNode()
    if rests:
        # Or shadow and light would be multiplied into nothing instead of onto what lies below the group.
        node.setPassThroughMode(True)
    elif spot.multiply:
        node.setBlendingMode("multiply")
    if source is not None and spot.below:
        siblings = parent.childNodes()
        place = next(i for i, sibling in enumerate(siblings) if sibling.uniqueId() == source.uniqueId())
        # Krita can put a node above another one, but nothing below the lowest: there the blend mode "behind" does it.
        above = siblings[place - 1] if place else source
        if not place and not rests:
            node.setBlendingMode("behind")
    parent.addChildNode(node, above)


class _Maker:
    """Makes nodes in the hidden document and fills them."""

    def __init__(self, scratch: Scratch, space: Space) -> None:
        self._document = scratch.document
        self._converter = Converter(scratch)
        self._target = for_results(space)
        self.leaves: list[Any] = []
        self.rests = False  # whether what was taken over is laid on the drawing

    def group(self, group: Group) -> Generator[Any, None, Any]:
        node = self._document.createGroupLayer(group.name)
        if Space.of(node) != self._target:  # or what is in it would be mixed in 8 bits
            node.setColorSpace(*self._target)
        for child in group.children:
            made = yield from (self.group(child) if isinstance(child, Group) else self.layer(child))
            node.addChildNode(made, None)
            yield
        node.setVisible(group.visible)
        return node

    def take_over(self, made: Any, node: Any | None) -> Any:
        """The layers of the only group in the document ``made``, into ``node`` or into a group like theirs."""
        finished = made.topLevelNodes()[0]
        if node is None:
            node = self._document.createGroupLayer(finished.name())
        # Copies share their pixels; a layer that is taken out of its document would lose what is in it.
        leaves = [child.duplicate() for child in finished.childNodes()]
        for leaf in leaves:
            node.addChildNode(leaf, None)
        self.leaves += leaves
        self.rests = next((leaf.blendingMode() != "normal" for leaf in leaves if leaf.visible()), False)
        return node

    def layer(self, layer: Layer) -> Generator[Any, None, Any]:
        node = self._document.createNode(layer.name, "paintlayer")
        source = srgb(layer.picture.bits)
        target = self._target
        if Space.of(node) != target:
            node.setColorSpace(*target)
        blend = _BLENDS.get(layer.blend, "normal")
        if blend != "normal":
            node.setBlendingMode(blend)
        node.setOpacity(layer.opacity)
        node.setVisible(layer.visible)
        yield
        yield from self._write(node, layer.picture, source, target)
        self.leaves.append(node)
        return node

    def _write(self, node: Any, picture: Picture, source: Space, target: Space) -> Generator[Any, None, None]:
        width, height, row = picture.width, picture.height, picture.width * picture.pixel_size
        same = source == target or (target.direct and target.bits == picture.bits)
        rows, y = max(1, BAND // 16 // width), 0
        while y < height:
            rows = min(rows, height - y)
            began = time.perf_counter()
            data = bytes(picture.pixels[y * row : (y + rows) * row])
            if data.count(0) != len(data):  # an empty band stays empty: no tiles for it
                if not same:
                    data = self._converter.convert(data, (width, rows), source, target)
                node.setPixelData(data, 0, y, width, rows)
            y += rows
            rows = next_rows(rows, width, time.perf_counter() - began)
            yield
