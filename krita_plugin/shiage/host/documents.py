"""Documents and layers, found again by their ids: Krita makes new wrappers all the time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from krita import Krita

_ANNOTATION = "shiage/panel"


class Entry(NamedTuple):
    """Something to choose from: its id, and what the artist calls it."""

    id: str
    name: str


def active() -> Any | None:
    """The document of the front view."""
    return Krita.instance().activeDocument()


def identity(document: Any) -> str:
    """A name for the document that stays the same as long as it is open."""
    return str(document.rootNode().uniqueId().toString())


def find(document_id: str) -> Any | None:
    """The open document with this id."""
    for document in Krita.instance().documents():
        if document.rootNode() is not None and identity(document) == document_id:
            return document
    return None


def shown() -> list[Entry]:
    """The documents that have a view (our own hidden one has none)."""
    seen = {}
    for view in Krita.instance().views():
        document = view.document()
        if document is not None and document.rootNode() is not None:
            seen[identity(document)] = title(document)
    return [Entry(*item) for item in seen.items()]


def title(document: Any) -> str:
    """What the artist calls it."""
    return Path(document.fileName()).name or document.name() or "Untitled"


def size(document: Any) -> tuple[int, int]:
    """Width and height in pixels."""
    return document.width(), document.height()


def nodes(document: Any) -> Iterator[Any]:
    """Every layer, top first, groups before what is in them; masks are left out."""
    waiting = list(document.rootNode().childNodes())
    while waiting:
        node = waiting.pop()
        if node.type().endswith("layer"):
            yield node
            waiting.extend(node.childNodes())


def node_id(node: Any) -> str:
    """A name for the layer that stays the same as long as it is there."""
    return str(node.uniqueId().toString())


def active_layer(document: Any) -> Any | None:
    """The active layer, or the one whose mask is active."""
    node = document.activeNode()
    while node is not None and not node.type().endswith("layer"):
        node = node.parentNode()
    return node


def in_the_open(node: Any) -> Any:
    """The layer, or the outermost of its groups that is hidden or locked: what is put beside it is seen, and changes
    nothing that the artist locked.
    """
    found, group = node, node.parentNode()
    while group is not None and group.parentNode() is not None:
        if group.locked() or not group.visible():
            found = group
        group = group.parentNode()
    return found


def find_node(document: Any, wanted: str) -> Any | None:
    """The layer with this id."""
    return next((node for node in nodes(document) if node_id(node) == wanted), None)


def remember(document: Any, text: str) -> None:
    """Keep ``text`` with the document: it is in the .kra when that is saved."""
    from ..qt import QtCore

    document.setAnnotation(_ANNOTATION, "The Shiage docker's parameters", QtCore.QByteArray(text.encode()))


def remembered(document: Any) -> str:
    """What :func:`remember` kept; empty where there is none."""
    if _ANNOTATION not in document.annotationTypes():
        return ""
    return bytes(document.annotation(_ANNOTATION)).decode("utf-8", "replace")
