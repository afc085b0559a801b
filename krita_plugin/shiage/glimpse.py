"""What a run would give, seen small while the artist drags something: drafts of a shrunken picture.

The layers are read once and shrunk; each look sends the parameters of that moment. One look is under way at a time, and
the newest parameters are the next.
"""

from __future__ import annotations

from typing import Any, Dict, Optional

from .host import documents
from .host.colour import Converter
from .host.sources import RESULT, read_sources
from .job import Wish, later
from .pixels import Picture, to_bits
from .qt import ARGB32, IgnoreAspect, QtCore, QtGui, Signal, Smooth
from .turns import Runner

SIDE = 320  # pixels of the longer side
_ROWS = 64  # of the small picture, made at once


class Glimpse(QtCore.QObject):
    """``taken`` carries the shrunken main input (BGRA), ``seen`` what the operation makes of it (RGBA), ``failed`` a
    sentence for the artist.
    """

    taken = Signal(object)
    seen = Signal(object)
    failed = Signal(str)

    def __init__(self, studio: Any, parent: QtCore.QObject) -> None:
        super().__init__(parent)
        self._studio = studio
        self._wish: Optional[Wish] = None
        self._inputs: Optional[Dict[str, Any]] = None
        self._wanted: Optional[Dict[str, Any]] = None
        self._looking = False
        self._runner: Optional[Runner] = None

    def take(self, wish: Wish) -> None:
        """Read the layers that ``wish`` names; all looks are of these from now on."""
        self.forget()
        # An earlier job's result has the size of its drawing: it does not fit the small picture.
        fits = {port: [s for s in sources if s.kind != RESULT] for port, sources in wish.inputs.items()}
        small = Wish(wish.operation, wish.document_id, wish.node_id, {p: s for p, s in fits.items() if s}, {})
        self._wish = small
        self._runner = Runner(self._read(small), later, lambda inputs: self._shrink(small, inputs), self._fail)

    def forget(self) -> None:
        """Nothing is looked at any more."""
        if self._runner is not None:
            self._runner.stop()
        self._runner = self._wish = self._inputs = self._wanted = None

    def look(self, parameters: Dict[str, Any]) -> None:
        """Show what these parameters give; nothing happens before something was taken."""
        if self._wish is not None:
            self._wanted = parameters
            self._next()

    def _read(self, wish: Wish) -> Any:
        document = documents.find(wish.document_id)
        if document is None:
            return {}
        node = documents.find_node(document, wish.node_id)
        inputs = yield from read_sources(wish, document, node, Converter(self._studio.scratch), self._studio)
        self._studio.scratch.settle()
        return inputs

    def _shrink(self, wish: Wish, inputs: Dict[str, Any]) -> None:
        self._runner = None

        def work(_: Any) -> Any:
            for given in (given for port in inputs.values() for given in port if hasattr(given, "picture")):
                given.picture = shrunken(given.picture)
            return inputs

        def done(small: Any, error: Optional[BaseException]) -> None:
            if wish is not self._wish:
                return
            if error is not None:
                self._fail(error)
                return
            self._inputs = small
            first = next((given for port in small.values() for given in port if hasattr(given, "picture")), None)
            if first is not None:
                self.taken.emit(first.picture)
            self._next()

        self._studio.link.call(work, done)

    def _next(self) -> None:
        wish, inputs, parameters = self._wish, self._inputs, self._wanted
        if self._looking or wish is None or inputs is None or parameters is None:
            return
        self._looking, self._wanted = True, None

        def work(client: Any) -> Any:
            from . import order, result

            request = order.send(client, order.Order(wish.operation, inputs, parameters, wish.operation.title))
            request.draft = True
            job = client.wait(client.submit(request).id)
            return result.fetch(client, job.outputs[wish.operation.outputs[0].name].values[0].raster)

        def done(picture: Any, error: Optional[BaseException]) -> None:
            self._looking = False
            if wish is self._wish:
                if error is not None:
                    self._fail(error)
                else:
                    self.seen.emit(picture)
            self._next()

        self._studio.link.call(work, done)

    def _fail(self, error: BaseException) -> None:
        self.failed.emit(str(error))


def shrunken(picture: Picture) -> Picture:
    """The picture (BGRA) with at most :data:`SIDE` pixels a side, 8 bit, each the mean of those that it stands for."""
    step = -(-max(picture.width, picture.height) // SIDE)
    if step > 1:
        picture = _averaged(picture, step)
    return to_bits(picture, 8)


def _averaged(picture: Picture, step: int) -> Picture:
    width, height = max(1, picture.width // step), max(1, picture.height // step)
    row = picture.width * picture.pixel_size
    made = bytearray()
    # A few rows at a time: Qt keeps the interpreter's lock while it scales.
    for top in range(0, height, _ROWS // step + 1):
        rows = min(_ROWS // step + 1, height - top)
        taken = min(rows * step, picture.height - top * step)
        piece = picture.pixels[top * step * row : (top * step + taken) * row]
        band = to_bits(Picture(picture.width, taken, picture.bits, piece), 8)
        image = QtGui.QImage(bytes(band.pixels), picture.width, taken, 4 * picture.width, ARGB32)
        small = image.scaled(width, rows, IgnoreAspect, Smooth).convertToFormat(ARGB32)
        bits = small.constBits()
        bits.setsize(4 * width * rows)
        made += bytes(bits)
    return Picture(width, height, 8, made, picture.blue_first)
