"""What film, paper and lossy coding leave on a coloured drawing, told from what was drawn: the mosquitoes of JPEG and
H.264, sensor noise, grain.

A drawing's flat colours are flat beside its lines. Where they are not, it is calmed by a bilateral filter (Tomasi and
Manduchi 1998) before it is read. What lies everywhere, as grain does, can be given back to what is made from it. What
lies about lines alone can't: it would stay where a line was.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

_EDGE = 40.0  # levels between neighbours at a border or a line
_BESIDE, _AWAY = (5, 17), (17, 33)  # pixels: from which to which square about an edge is looked at
_LEAST_SEEN = 50  # pixels beside edges, below which nothing is told
_RESTLESS = 0.04  # of the pixels beside edges differ from what is about them; of a clean drawing's up to 0.015
_EVERYWHERE = 0.6  # as restless away from edges: a texture; what coding leaves up to 0.47
_REACH, _NEAR = 7, 2.0  # pixels that are averaged
_ALIKE = 32.0  # levels that two of one paint may differ after lossy coding
_SPREAD = 3.5  # times the grain that they may at least
_CLIPPED = 3.0  # times the grain that is given back at most
_TO_SIGMA = 1.4826  # from the median of what differs to its standard deviation


def grain_of(picture: Floats) -> float | None:
    """How strong the grain is that lies everywhere on a picture, (H, W, 3 or 4) float32 0..255: a standard deviation of
    the worst of three channels, in levels. None where nothing disturbs the picture, or faintly and everywhere, as a
    brush's texture is; 0.0 where mostly what is beside lines and borders is disturbed, as coding does it.
    """
    levels = np.rint(picture[..., :3]).clip(0, 255).astype(np.uint8)
    planes = [np.ascontiguousarray(levels[..., c]) for c in range(3)]
    steps = np.max([cv2.morphologyEx(plane, cv2.MORPH_GRADIENT, _square(3)) for plane in planes], axis=0)
    edges = np.asarray(steps > _EDGE, np.uint8)
    beside, away = _ring(edges, *_BESIDE), _ring(edges, *_AWAY)
    if np.count_nonzero(beside) < _LEAST_SEEN:
        return None
    off = np.max([cv2.absdiff(plane, cv2.medianBlur(plane, 3)) for plane in planes], axis=0)
    restless = float(np.mean(off[beside] > 0))
    if restless < _RESTLESS:
        return None
    grain = _TO_SIGMA * float(np.median(off[beside]))
    texture = not grain and away.any() and float(np.mean(off[away] > 0)) > _EVERYWHERE * restless
    return None if texture else grain


def calmed(picture: Floats, grain: float) -> Floats:
    """The picture, (H, W, 3 or 4) float32 0..255, without what disturbs it; a fourth channel stays as it is."""
    alike = max(_ALIKE, _SPREAD * grain)
    calm = picture.copy()
    calm[..., :3] = cv2.bilateralFilter(np.ascontiguousarray(picture[..., :3]), _REACH, alike, _NEAR)
    return calm


def grained(calm: Floats, picture: Floats, grain: float) -> Floats:
    """What was ``calmed``, with the ``picture``'s own grain again, and nothing stronger."""
    most = _CLIPPED * grain
    return np.asarray(calm + (picture - calm).clip(-most, most), np.float32)


def _ring(edges: npt.NDArray[np.uint8], inner: int, outer: int) -> npt.NDArray[np.bool_]:
    """Where an edge is within the outer square, and none within the inner one."""
    return np.asarray((cv2.dilate(edges, _square(outer)) > 0) & (cv2.dilate(edges, _square(inner)) == 0), np.bool_)


def _square(side: int) -> npt.NDArray[np.uint8]:
    return np.ones((side, side), np.uint8)
