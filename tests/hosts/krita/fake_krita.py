"""A small scriptable Krita: enough of its scripting interface for the plugin's host adapter, with real pixels.

Its surface is a subset of the real one; ``tests/hosts/krita/test_fake.py`` holds that against the real API.
"""

from __future__ import annotations

import itertools
from typing import Any

_ids = itertools.count(1)
SRGB = "sRGB-elle-V2-srgbtrc.icc"
_SIZES = {("RGBA", "U8"): 4, ("RGBA", "U16"): 8, ("RGBA", "F32"): 16, ("GRAYA", "U8"): 2}


class _Id:
    def __init__(self) -> None:
        self._text = f"{{{next(_ids)}}}"

    def toString(self) -> str:
        return self._text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Id) and other._text == self._text

    def __hash__(self) -> int:
        return hash(self._text)


class Node:
    """A layer: pixels in its own space, at the image's size."""

    def __init__(self, document: Document, name: str, kind: str) -> None:
        self._document, self._name, self._kind = document, name, kind
        self._space = (document.colorModel(), document.colorDepth(), document.colorProfile())
        self._id = _Id()
        self._children: list[Node] = []
        self._parent: Node | None = None
        self._blend, self._opacity, self._visible, self._through = "normal", 255, True, False
        self._locked = False
        self._bands: dict[int, tuple[int, bytes]] = {}
        self._frames: dict[int, bytes] = {}

    def name(self) -> str:
        return self._name

    def type(self) -> str:
        return self._kind

    def uniqueId(self) -> _Id:
        return self._id

    def colorModel(self) -> str:
        return self._space[0]

    def colorDepth(self) -> str:
        return self._space[1]

    def colorProfile(self) -> str:
        return self._space[2]

    def setColorSpace(self, model: str, depth: str, profile: str) -> bool:
        """Only what the tests need: whole numbers of another depth."""
        before, self._space = self._space, (model, depth, profile)
        self._document.history.append(("space", self._name))
        for y, (width, data) in self._bands.items():
            if before[1] == "U8" and depth == "U16":
                self._bands[y] = (width, bytes(byte for byte in data for _ in range(2)))
            elif before[1] == "U16" and depth == "U8":
                self._bands[y] = (width, data[1::2])
        return True

    def blendingMode(self) -> str:
        return self._blend

    def setBlendingMode(self, value: str) -> None:
        """In the real Krita an undo step of the image that this wrapper came from."""
        self._blend = value
        self._document.history.append(("blend", self._name))

    def opacity(self) -> int:
        return self._opacity

    def setOpacity(self, value: int) -> None:
        self._opacity = value

    def visible(self) -> bool:
        return self._visible

    def setVisible(self, value: bool) -> None:
        self._visible = value

    def locked(self) -> bool:
        return self._locked

    def setLocked(self, value: bool) -> None:
        self._locked = value

    def setPassThroughMode(self, value: bool) -> None:
        self._through = value

    def passThroughMode(self) -> bool:
        return self._through

    def childNodes(self) -> list[Node]:
        return list(self._children)

    def parentNode(self) -> Node | None:
        return self._parent

    def addChildNode(self, child: Node, above: Node | None) -> bool:
        """In the real Krita an undo step of this wrapper's image."""
        place = self._children.index(above) + 1 if above is not None else len(self._children)
        self._children.insert(place, child)
        child._parent = self
        self._document.history.append(("add", child.name()))
        return True

    def duplicate(self) -> Node:
        copy = Node(self._document, self._name, self._kind)
        copy._space, copy._blend, copy._opacity = self._space, self._blend, self._opacity
        copy._bands, copy._frames = dict(self._bands), dict(self._frames)
        copy._children = [child.duplicate() for child in self._children]
        return copy

    def clone(self) -> Node:
        return self.duplicate()

    def setPixelData(self, value: bytes, x: int, y: int, w: int, h: int) -> bool:
        assert x == 0
        assert len(value) == w * h * _SIZES[self._space[:2]]
        self._bands[y] = (w, bytes(value))
        return True

    def pixelData(self, x: int, y: int, w: int, h: int) -> bytes:
        size = _SIZES[self._space[:2]]
        picture = bytearray(w * (y + h) * size)
        for top, (width, data) in sorted(self._bands.items()):
            assert width == w
            picture[top * w * size : top * w * size + len(data)] = data
        return bytes(picture[y * w * size : (y + h) * w * size])

    def projectionPixelData(self, x: int, y: int, w: int, h: int) -> bytes:
        return self.pixelData(x, y, w, h)

    def animated(self) -> bool:
        return bool(self._frames)

    def hasKeyframeAtTime(self, time: int) -> bool:
        return time in self._frames

    def pixelDataAtTime(self, x: int, y: int, w: int, h: int, time: int) -> bytes:
        size = _SIZES[self._space[:2]]
        return self._frames[time][y * w * size : (y + h) * w * size]


class Selection:
    """Coverage over a rectangle."""

    def __init__(self, document: Document, box: tuple[int, int, int, int]) -> None:
        self._document, self._box = document, box

    def pixelData(self, x: int, y: int, w: int, h: int) -> bytes:
        left, top, width, height = self._box
        inside = [
            255 if left <= column < left + width and top <= row < top + height else 0
            for row in range(y, y + h)
            for column in range(x, x + w)
        ]
        return bytes(inside)


class Document:
    """A document; ``history`` has one entry for everything that the real one could undo."""

    def __init__(self, width: int, height: int, space: tuple[str, str, str] = ("RGBA", "U8", SRGB)) -> None:
        self._size, self._space = (width, height), space
        self._file, self._annotations = "", dict[str, bytes]()
        self.history: list[tuple[str, str]] = []
        self._root = Node(self, "root", "grouplayer")
        self._active: Node | None = None
        self._selection: Selection | None = None
        self._modified, self.closed = False, False

    def width(self) -> int:
        return self._size[0]

    def height(self) -> int:
        return self._size[1]

    def colorModel(self) -> str:
        return self._space[0]

    def colorDepth(self) -> str:
        return self._space[1]

    def colorProfile(self) -> str:
        return self._space[2]

    def rootNode(self) -> Node | None:
        return None if self.closed else self._root

    def topLevelNodes(self) -> list[Node]:
        return self._root.childNodes()

    def activeNode(self) -> Node | None:
        return self._active

    def setActiveNode(self, node: Node) -> None:
        self._active = node

    def createNode(self, name: str, kind: str) -> Node:
        return Node(self, name, kind)

    def createGroupLayer(self, name: str) -> Node:
        return Node(self, name, "grouplayer")

    def selection(self) -> Selection | None:
        return self._selection

    def setSelection(self, selection: Selection | None) -> None:
        self._selection = selection

    def fileName(self) -> str:
        return self._file

    def setFileName(self, name: str) -> None:
        self._file = name

    def name(self) -> str:
        return ""

    def annotationTypes(self) -> list[str]:
        return list(self._annotations)

    def annotation(self, kind: str) -> bytes:
        return self._annotations[kind]

    def setAnnotation(self, kind: str, description: str, data: bytes) -> None:
        self._annotations[kind] = data

    def fullClipRangeStartTime(self) -> int:
        return 0

    def fullClipRangeEndTime(self) -> int:
        return 100

    def framesPerSecond(self) -> int:
        return 24

    def pixelData(self, x: int, y: int, w: int, h: int) -> bytes:
        return self._root.childNodes()[-1].pixelData(x, y, w, h)

    def setBatchmode(self, value: bool) -> None:
        pass

    def setModified(self, value: bool) -> None:
        self._modified = value

    def close(self) -> bool:
        self.closed = True
        Krita.instance()._documents.remove(self)
        return True


class Krita:
    """The application."""

    _one: Krita | None = None

    def __init__(self) -> None:
        self._documents: list[Document] = []
        self._active: Document | None = None
        self._settings: dict[tuple[str, str], str] = {}
        self.files: dict[str, Document] = {}

    @classmethod
    def instance(cls) -> Krita:
        if cls._one is None:
            cls._one = Krita()
        return cls._one

    def documents(self) -> list[Document]:
        return list(self._documents)

    def activeDocument(self) -> Document | None:
        return self._active

    def setActiveDocument(self, document: Document) -> None:
        self._active = document
        if document not in self._documents:
            self._documents.append(document)

    def views(self) -> list[Any]:
        return []

    def createDocument(
        self, width: int, height: int, name: str, model: str, depth: str, profile: str, resolution: float
    ) -> Document:
        document = Document(width, height, (model, depth, profile or SRGB))
        self._documents.append(document)
        return document

    def openDocument(self, path: str) -> Document:
        self._documents.append(self.files[path])
        return self.files[path]

    def readSetting(self, group: str, name: str, default: str) -> str:
        return self._settings.get((group, name), default)

    def writeSetting(self, group: str, name: str, value: str) -> None:
        self._settings[group, name] = value
