"""A small hidden document in which results are put together.

Krita's scripting interface puts every ``addChildNode``, blend mode and colour conversion into the undo history of the
image that the *node's wrapper* came from, and waits for that image. Layers that are made and filled in a hidden image
cost the artist's document nothing and show up in her history only once, when the finished group is added.
"""

from __future__ import annotations

from krita import Krita

SIDE = 64


class Scratch:
    """Making a document costs Krita a tenth of a second: it is made when nothing runs, and anew when it was used, or
    when a script closed it with all others (Krita crashes where a closed document is closed again).
    """

    def __init__(self) -> None:
        self._document = None
        self._used = False

    def ready(self) -> None:
        """Have a fresh one; to be called when a short stop disturbs nobody."""
        if self._used:
            self.close()
        if not self._open:
            self._used = False
            self._document = Krita.instance().createDocument(
                SIDE, SIDE, "Shiage", "RGBA", "U8", "sRGB-elle-V2-srgbtrc.icc", 72.0
            )
            self._document.setBatchmode(True)

    @property
    def document(self):
        """The document; it counts as used from now on."""
        if not self._open:
            self.ready()
        self._used = True
        return self._document

    def settle(self) -> None:
        """Say that nothing in it needs saving, or Krita would autosave it."""
        if self._open:
            self._document.setModified(False)

    def close(self) -> None:
        """Let it go, with all that its undo history holds."""
        if self._open:
            self._document.setModified(False)
            self._document.close()
        self._document = None
        self._used = False

    @property
    def _open(self) -> bool:
        return self._document is not None and self._document.rootNode() is not None
