"""What film, paper and lossy coding leave on a coloured drawing, told from what was drawn: the mosquitoes of JPEG and
H.264, sensor noise, grain.

A drawing's flat colours are flat beside its lines. Where they are not, it is calmed by a bilateral filter (Tomasi and
Manduchi 1998) before it is read. What lies everywhere, as grain does, can be given back to what is made from it. What
lies about lines alone can't: it would stay where a line was.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from .kernel import kernel

Floats = npt.NDArray[np.float32]

_EDGE = 40.0  # levels between neighbours at a border or a line
_BESIDE, _AWAY = (5, 17), (17, 33)  # pixels: from which to which square about an edge is looked at
_LEAST_SEEN = 50  # pixels beside edges, below which nothing is told
_RESTLESS = 0.04  # of the pixels beside edges differ from what is about them; of a clean drawing's up to 0.015
_EVERYWHERE = 0.6  # as restless away from edges: a texture; what coding leaves up to 0.47
_REACH, _NEAR = 7, 2.0  # pixels that are averaged
_ALIKE = 32.0  # levels that two of one paint may differ after lossy coding
_TO_SPREAD = 2.5  # times what all but a tenth of the pixels differ from those about them
_MANY, _SMOOTH = 0.7, 1.2  # of what is beside edges is restless in strong grain; pixels it is smoothed over
_HUE_REACH, _HUE_NEAR = 5, 3.3  # pixels from which hue is taken
_HUE_LIGHT = 24.0  # levels that these are lighter or darker
_ROWS = 128  # that are worked on at a time
_CLIPPED = 3.0  # times the grain that is given back at most
_TO_SIGMA = 1.4826  # from the median of what differs to its standard deviation


class Unrest(NamedTuple):
    """What disturbs a picture, in levels.

    grain: how strong what lies everywhere is, a standard deviation of the worst of three channels; 0.0 where mostly
    what is beside lines and borders is disturbed, as coding does it. spread: how far two pixels of one paint come to
    lie apart, their three channels' differences together; 0.0 without grain.
    """

    grain: float
    spread: float


def unrest_of(picture: Floats) -> Unrest | None:
    """What disturbs a picture, (H, W, 3 or 4) float32 0..255; None where nothing does, or faintly and everywhere, as a
    brush's texture is.
    """
    levels = np.rint(picture[..., :3]).clip(0, 255).astype(np.uint8)
    planes = [np.ascontiguousarray(levels[..., c]) for c in range(3)]
    apart = [cv2.absdiff(plane, cv2.medianBlur(plane, 3)) for plane in planes]
    off = np.max(apart, axis=0)
    beside, away = _about_edges(planes)
    if np.count_nonzero(beside) < _LEAST_SEEN or float(np.mean(off[beside] > 0)) > _MANY:
        # Strong grain is all edges itself, until it is smoothed.
        beside, away = _about_edges(
            [np.asarray(cv2.GaussianBlur(plane, (0, 0), _SMOOTH), np.uint8) for plane in planes]
        )
    if np.count_nonzero(beside) < _LEAST_SEEN:
        return None
    restless = float(np.mean(off[beside] > 0))
    if restless < _RESTLESS:
        return None
    grain = _TO_SIGMA * float(np.median(off[beside]))
    texture = not grain and away.any() and float(np.mean(off[away] > 0)) > _EVERYWHERE * restless
    # Of all three channels together, as grain may be the same in them or not.
    together = np.sum([plane[beside].astype(np.float32) for plane in apart], axis=0)
    return None if texture else Unrest(grain, _TO_SPREAD * float(np.percentile(together, 90)) if grain else 0.0)


def calmed(picture: Floats, unrest: Unrest) -> Floats:
    """The picture, (H, W, 3 or 4) float32 0..255, without what disturbs it; a fourth channel stays as it is."""
    calm = picture.copy()
    alike = max(_ALIKE, unrest.spread)
    calm[..., :3] = cv2.bilateralFilter(np.ascontiguousarray(picture[..., :3]), _REACH, alike, _NEAR)
    return calm


def with_own_hue(picture: Floats) -> Floats:
    """The picture, (H, W, 3 or 4) float32 0..255, each pixel with the hue that those near by have which are as light.

    Films and most JPEG files store hue at half the size, so that it runs over borders where lightness does not. Joint
    bilateral upsampling (Kopf et al. 2007). A fourth channel stays as it is.
    """
    span = np.arange(-_HUE_REACH, _HUE_REACH + 1)
    near = np.exp(-(span[:, None] ** 2 + span**2) / (2 * _HUE_NEAR**2)).astype(np.float32)
    light = np.exp(-(np.arange(256) ** 2) / (2 * _HUE_LIGHT**2)).astype(np.float32)
    out = picture.copy()
    for top in range(0, len(picture), _ROWS):
        above = min(top, _HUE_REACH)
        rgb = np.ascontiguousarray(picture[top - above : top + _ROWS + _HUE_REACH, :, :3] / np.float32(255)).clip(0, 1)
        parts = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2YCrCb), np.float32) * np.float32(255)
        rows = out[top : top + _ROWS]
        told = np.empty((*rows.shape[:2], 3), np.float32)
        _carry_hue(parts, above, near, light, told)
        rows[..., :3] = cv2.cvtColor(told / np.float32(255), cv2.COLOR_YCrCb2RGB) * np.float32(255)
    return out


@kernel
def _carry_hue(parts: Floats, above: int, near: Floats, light: Floats, out: Floats) -> None:
    """Rows in lightness and hue, of which `above` more are given than wanted: a pixel's own lightness, and the mean hue
    of those about it, (2 r + 1, 2 r + 1) `near`, weighed by `light`, (256,), of how much lighter or darker they are."""
    height, width = parts.shape[:2]
    reach = near.shape[0] // 2
    for row in range(out.shape[0]):
        y = row + above
        for x in range(width):
            own = parts[y, x, 0]
            red, blue, whole = np.float32(0), np.float32(0), np.float32(0)
            for v in range(max(y - reach, 0), min(y + reach + 1, height)):
                for u in range(max(x - reach, 0), min(x + reach + 1, width)):
                    off = min(int(abs(parts[v, u, 0] - own) + np.float32(0.5)), 255)
                    share = light[off] * near[v - y + reach, u - x + reach]
                    red += share * parts[v, u, 1]
                    blue += share * parts[v, u, 2]
                    whole += share
            out[row, x, 0], out[row, x, 1], out[row, x, 2] = own, red / whole, blue / whole


def grained(calm: Floats, picture: Floats, grain: float) -> Floats:
    """What was ``calmed``, with the ``picture``'s own grain again, and nothing stronger."""
    most = _CLIPPED * grain
    return np.asarray(calm + (picture - calm).clip(-most, most), np.float32)


def _about_edges(planes: list[npt.NDArray[np.uint8]]) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """What is beside the edges of three planes (H, W), and what is away from them."""
    steps = np.max([cv2.morphologyEx(plane, cv2.MORPH_GRADIENT, _square(3)) for plane in planes], axis=0)
    edges = np.asarray(steps > _EDGE, np.uint8)
    return _ring(edges, *_BESIDE), _ring(edges, *_AWAY)


def _ring(edges: npt.NDArray[np.uint8], inner: int, outer: int) -> npt.NDArray[np.bool_]:
    """Where an edge is within the outer square, and none within the inner one."""
    return np.asarray((cv2.dilate(edges, _square(outer)) > 0) & (cv2.dilate(edges, _square(inner)) == 0), np.bool_)


def _square(side: int) -> npt.NDArray[np.uint8]:
    return np.ones((side, side), np.uint8)
