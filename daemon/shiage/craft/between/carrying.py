"""The lines of the frame between: those of the key that is nearer in time, carried on whole.

Two keys' lines never lie quite alike, and both at once would be a double line. A stroke passes several areas, each with
a motion of its own; their motions are drawn into one another along it, so that it bends and does not break. Where lines
come to lie over one another the stronger is drawn, and crumbs that are torn off all the same are left out.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from ..kernel import kernel
from .lines import FAINT, Floats, Ints, Lines

_CRUMB = 4  # times smaller than its stroke is what has torn off
_LEAST_LONG = 1.5  # times as long as wide is a piece that has not, and as long as lines are drawn together
_TOGETHER = 1.5  # pixels that what is carried to one place may have come differently


def carry(lines: Lines, shift: Floats, out: Floats, top: Ints, before: npt.NDArray[np.bool_]) -> None:
    """Draw the lines over ``out``, moved by ``shift`` (p, 2) pixels x, y of each pixel of their band.

    ``top``: (H, W) int32, what may hide them at each pixel of the frame; ``before[k, m]``: layer m hides layer k.
    """
    if not len(lines.band):
        return
    shape = lines.owner.shape
    ys, xs = lines.band.T
    given = np.full((*shape, 2), np.nan, np.float32)
    given[ys, xs] = shift
    smooth = np.zeros((*shape, 2), np.float32)
    _draw_together(lines.band, given, lines.ink, np.float32(lines.spread), smooth)
    back = np.zeros((*shape, 4), np.float32)
    _land(lines.band, smooth, lines.ink, lines.owner, back)
    strokes, size, width = _strokes(lines.ink)
    of = np.zeros(shape, np.int32)
    cover = _covered(back, lines.ink, strokes, top, before, of)
    _drop_crumbs(cover, of, size, np.maximum(lines.spread, _LEAST_LONG * width) * width)
    _paint(cover, back, lines.ink, lines.key.inked, out)


def _strokes(ink: Floats) -> tuple[Ints, Floats, Floats]:
    """(H, W) int32 the strokes, 1..n, and for each, (n + 1,), how many pixels it has and how wide it is."""
    drawn = (ink > FAINT).astype(np.uint8)
    count, found = cv2.connectedComponents(drawn, connectivity=8)
    strokes = np.asarray(found, np.int32)
    size = np.maximum(np.bincount(strokes.ravel(), minlength=count), 1).astype(np.float32)
    depth = cv2.distanceTransform(drawn, cv2.DIST_L2, 3)
    # From its rim, where that is one, to its middle a stroke is a quarter of its width and a half deep at the mean.
    mean = np.bincount(strokes.ravel(), depth.ravel(), count) / size
    return strokes, size, np.maximum(4 * mean - 2, 1).astype(np.float32)


def _drop_crumbs(cover: Floats, of: Ints, size: Floats, least: Floats) -> None:
    """Take out of ``cover`` what has torn off: pieces of the strokes ``of`` that have fewer pixels than the ``least``
    of a stroke, where that has far more, ``size``.
    """
    drawn = cover > FAINT
    count, found = cv2.connectedComponents(drawn.astype(np.uint8), connectivity=8)
    pieces = np.asarray(found, np.int32)
    here = np.bincount(pieces.ravel(), minlength=count)
    whole, few = np.zeros(count, np.float32), np.zeros(count, np.float32)
    np.maximum.at(whole, pieces[drawn], size[of[drawn]])
    np.maximum.at(few, pieces[drawn], least[of[drawn]])
    torn = (here < few) & (whole > _CRUMB * here)
    torn[0] = False
    if torn.any():
        about = cv2.dilate(torn[pieces].astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        cover[about & (torn[pieces] | ~drawn)] = 0


@kernel
def _draw_together(band: Ints, shift: Floats, ink: Floats, spread: np.float32, out: Floats) -> None:
    """Into ``out``: the mean shift of the lines about each pixel of the band; what moves too far from it, has no say
    (Tukey's weights): there a line is torn, not drawn out.
    """
    height, width = ink.shape
    step = max(1, int(spread / 2))
    most = int(2 * spread / step)
    near = np.empty((2 * most + 1, 2 * most + 1), np.float32)
    for i in range(2 * most + 1):
        for j in range(2 * most + 1):
            near[i, j] = np.exp(-((i - most) ** 2 + (j - most) ** 2) * step * step / (2 * spread * spread))
    for n in range(len(band)):
        y, x = band[n]
        total, along, down = np.float32(0), np.float32(0), np.float32(0)
        for i in range(2 * most + 1):
            ny = y + (i - most) * step
            if ny < 0 or ny >= height:
                continue
            for j in range(2 * most + 1):
                nx = x + (j - most) * step
                if nx < 0 or nx >= width or np.isnan(shift[ny, nx, 0]):
                    continue
                u, v = shift[ny, nx, 0] - shift[y, x, 0], shift[ny, nx, 1] - shift[y, x, 1]
                far = (u * u + v * v) / (4 * spread * spread)
                if far >= 1:
                    continue
                weight = (1 - far) ** 2 * near[i, j] * (ink[ny, nx] + np.float32(0.02))
                total += weight
                along += weight * u
                down += weight * v
        out[y, x, 0] = shift[y, x, 0] + along / total
        out[y, x, 1] = shift[y, x, 1] + down / total


@kernel
def _land(band: Ints, shift: Floats, ink: Floats, owner: Ints, back: Floats) -> None:
    """Into ``back``: the weighed mean of the way back to the key, the weight, and the owner, of the line that weighs
    most at each pixel of the frame and of all that comes with it; another that crosses there has no say.
    """
    height, width = ink.shape
    most = np.zeros((height, width, 3), np.float32)
    for again in range(2):
        for i in range(len(band)):
            y, x = band[i]
            u, v = shift[y, x, 0], shift[y, x, 1]
            fx, fy = x + u, y + v
            x0, y0 = int(np.floor(fx)), int(np.floor(fy))
            for dy in range(2):
                for dx in range(2):
                    ny, nx = y0 + dy, x0 + dx
                    if ny < 0 or nx < 0 or ny >= height or nx >= width:
                        continue
                    share = np.float32((1 - abs(fx - nx)) * (1 - abs(fy - ny)))
                    share *= ink[y, x] + np.float32(0.02)
                    if not again:
                        if share > most[ny, nx, 0]:
                            most[ny, nx, 0], most[ny, nx, 1], most[ny, nx, 2] = share, u, v
                            back[ny, nx, 3] = owner[y, x]
                    elif abs(u - most[ny, nx, 1]) < _TOGETHER and abs(v - most[ny, nx, 2]) < _TOGETHER:
                        back[ny, nx, 0] -= share * u
                        back[ny, nx, 1] -= share * v
                        back[ny, nx, 2] += share


@kernel
def _covered(back: Floats, ink: Floats, strokes: Ints, top: Ints, before: npt.NDArray[np.bool_], of: Ints) -> Floats:
    """(H, W) how much lines cover the frame, 0..1; into ``of`` which of the key's ``strokes`` it is."""
    height, width = ink.shape
    cover = np.zeros((height, width), np.float32)
    for y in range(height):
        for x in range(width):
            if back[y, x, 2] <= 1e-4 or before[int(back[y, x, 3]), top[y, x]]:
                continue
            i, j, down, along = _cell(back, y, x)
            most = np.float32(0)
            for dy in range(2):
                for dx in range(2):
                    ny, nx = min(i + dy, height - 1), min(j + dx, width - 1)
                    cover[y, x] += ink[ny, nx] * _share(down, dy) * _share(along, dx)
                    if ink[ny, nx] > most:
                        most, of[y, x] = ink[ny, nx], strokes[ny, nx]
    return cover


@kernel
def _paint(cover: Floats, back: Floats, ink: Floats, inked: Floats, out: Floats) -> None:
    """Lay the lines over ``out``, in the colours that they have where they come from."""
    height, width, channels = out.shape
    for y in range(height):
        for x in range(width):
            if cover[y, x] <= 0.004:
                continue
            i, j, down, along = _cell(back, y, x)
            for c in range(channels):
                out[y, x, c] *= 1 - cover[y, x]
            for dy in range(2):
                for dx in range(2):
                    ny, nx = min(i + dy, height - 1), min(j + dx, width - 1)
                    part = np.float32(ink[ny, nx] * _share(down, dy) * _share(along, dx))
                    for c in range(channels):
                        out[y, x, c] += part * inked[ny, nx, c]


@kernel
def _share(far: float, step: int) -> float:
    """How much the place before (``step`` 0) or behind (1) counts ``far`` between them."""
    return far if step else 1 - far


@kernel
def _cell(back: Floats, y: int, x: int) -> tuple[int, int, float, float]:
    """The row and column in the key before the place from which a pixel of the frame comes, and how far that is from
    there, down and along.
    """
    height, width = back.shape[:2]
    fx, fy = x + back[y, x, 0] / back[y, x, 2], y + back[y, x, 1] / back[y, x, 2]
    px, py = max(min(fx, width - 1.001), 0.0), max(min(fy, height - 1.001), 0.0)
    i, j = int(py), int(px)
    return i, j, py - i, px - j
