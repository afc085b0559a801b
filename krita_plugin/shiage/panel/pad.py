"""A small picture of the drawing with points on it that the artist drags."""

from __future__ import annotations

from typing import Any, List, Optional, Tuple

from ..pixels import Picture
from ..qt import ARGB32, RGBA8888, QtCore, QtGui, QtWidgets, Signal
from ..texts import tr

HEIGHT = 260
ROOM = 0.12  # how far a point may leave the picture, as a part of its side
_RADIUS = 6
_NEAR = 18  # pixels within which a press takes hold of a point; further away it calls the nearest one


class Pad(QtWidgets.QWidget):
    """``points``: the operation's. ``moved``: a point's number and its new place, -1..1 from edge to edge.

    ``grasped`` comes before the first of them, when the artist takes hold of one.
    """

    grasped = Signal()
    moved = Signal(int, float, float)

    def __init__(self, points: List[Any]) -> None:
        super().__init__()
        self.setObjectName("shiage_pad")
        self.setFixedHeight(HEIGHT)
        self.setCursor(QtCore.Qt.CursorShape.CrossCursor)
        names = ", ".join(point.title for point in points)
        self.setToolTip(tr("Drag: {names}. Run makes the layers.", names=names))
        self._places: List[Tuple[float, float]] = [(0.0, 0.0)] * len(points)
        self._held: Optional[int] = None
        self._image: Optional[QtGui.QImage] = None
        self.looks = 0  # pictures that came from the daemon

    @property
    def has_picture(self) -> bool:
        """Whether there is something under the points."""
        return self._image is not None

    def show_place(self, number: int, x: float, y: float) -> None:
        """Put a point where its parameters say."""
        self._places[number] = (x, y)
        self.update()

    def show_picture(self, picture: Optional[Picture]) -> None:
        """Show ``picture`` (8 bit; RGBA or BGRA) under the points; None: an empty page."""
        self._image = None
        if picture is not None:
            order = ARGB32 if picture.blue_first else RGBA8888
            image = QtGui.QImage(bytes(picture.pixels), picture.width, picture.height, 4 * picture.width, order)
            self._image = image.copy()
            self.looks += not picture.blue_first
        self.update()

    def to_widget(self, x: float, y: float) -> QtCore.QPointF:
        """Where on the widget a place of the canvas is."""
        page = self._page()
        return QtCore.QPointF(page.center().x() + x * page.width() / 2, page.center().y() + y * page.height() / 2)

    def _to_canvas(self, point: QtCore.QPointF) -> Tuple[float, float]:
        page, most = self._page(), 1 + 2 * ROOM
        x = (point.x() - page.center().x()) / (page.width() / 2)
        y = (point.y() - page.center().y()) / (page.height() / 2)
        return max(-most, min(most, x)), max(-most, min(most, y))

    def _page(self) -> QtCore.QRectF:
        ratio = self._image.width() / self._image.height() if self._image is not None else 1.0
        share = 1 / (1 + 2 * ROOM)
        width, height = self.width() * share, self.height() * share
        width, height = min(width, height * ratio), min(height, width / ratio)
        return QtCore.QRectF((self.width() - width) / 2, (self.height() - height) / 2, width, height)

    # Qt calls

    def mousePressEvent(self, event: Any) -> None:
        """Take hold of the nearest point."""
        at = QtCore.QPointF(event.pos())
        away = [QtCore.QLineF(at, self.to_widget(*place)).length() for place in self._places]
        self._held = away.index(min(away))
        self.grasped.emit()
        if away[self._held] > _NEAR:
            self._move(at)

    def mouseMoveEvent(self, event: Any) -> None:
        """Move what is held."""
        if self._held is not None:
            self._move(QtCore.QPointF(event.pos()))

    def mouseReleaseEvent(self, event: Any) -> None:
        """Let go."""
        self._held = None

    def _move(self, at: QtCore.QPointF) -> None:
        place = self._to_canvas(at)
        self.show_place(self._held, *place)
        self.moved.emit(self._held, *place)

    def paintEvent(self, event: Any) -> None:
        """The page, the picture, the points."""
        painter = QtGui.QPainter(self)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QtGui.QPainter.RenderHint.SmoothPixmapTransform)
        palette, page = self.palette(), self._page()
        painter.fillRect(self.rect(), palette.base())
        if self._image is not None:
            painter.fillRect(page, QtGui.QColor("white"))
            painter.drawImage(page, self._image)
        painter.setPen(QtGui.QPen(palette.mid().color(), 1))
        painter.drawRect(page)
        for place in self._places:
            _draw_point(painter, self.to_widget(*place))
        painter.end()


def _draw_point(painter: QtGui.QPainter, at: QtCore.QPointF) -> None:
    # Dark around light: seen on any picture.
    for width, colour in ((4.0, "#202020"), (2.0, "#ffd84a")):
        painter.setPen(QtGui.QPen(QtGui.QColor(colour), width))
        painter.setBrush(QtGui.QColor(255, 216, 74, 50))
        painter.drawEllipse(at, _RADIUS, _RADIUS)
