"""Drawings as they come to artists: coded, grainy, photographed by lamplight, and lying on a desk."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from puppet.ink import noise

Picture = npt.NDArray[np.uint8]

_DESK = (96, 66, 44)  # brown, as wood is
_AROUND = 0.14  # of the sheet's side that is seen of the desk at each of its sides
_PAPER = 0.94  # of the light that paper gives back
_TURNED = 0.045  # of the side by which a corner lies elsewhere than held straight


def coded(picture: Picture, quality: int) -> Picture:
    """(h, w, 3) as a JPEG file of this quality, 1..100, brings it."""
    data = cv2.imencode(".jpg", np.ascontiguousarray(picture[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.ascontiguousarray(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)[..., ::-1])


def grainy(picture: Picture, levels: float, seed: int) -> Picture:
    """(h, w, 3) with noise of a standard deviation in levels of 255."""
    noisy = picture + np.random.default_rng(seed).normal(0, levels, picture.shape)
    return np.asarray(np.rint(noisy.clip(0, 255)), np.uint8)


def photographed(page: Picture, seed: int) -> Picture:
    """A page (h, w, 4) by lamplight: the shadow of a hand and of the page's fall-off, soft, warm, compressed."""
    height, width = page.shape[:2]
    rng = np.random.default_rng((seed, 71))
    y, x = np.mgrid[:height, :width].astype(np.float32) / max(height, width)
    hand = 1 / (1 + np.exp(-12 * (x + y - rng.uniform(1.2, 1.5) + 0.06 * noise(height, width, 90, seed))))
    light = 0.95 - 0.25 * np.hypot(x - rng.uniform(0.2, 0.5), y - 0.3) - 0.22 * hand
    shot = page[..., :3] * light[..., None] * np.array([1.0, 0.96, 0.87], np.float32)
    shot = cv2.GaussianBlur(shot, (0, 0), 0.8) + rng.normal(0, 2.5, shot.shape)
    return np.dstack([coded(np.clip(shot, 0, 255).astype(np.uint8), 60), page[..., 3]])


def on_desk(page: Picture, seed: int) -> tuple[Picture, npt.NDArray[np.bool_], Picture]:
    """A sheet (h, w, 3) that was shot askew on a brown desk, its shadow beside it, light falling off across both.

    The photo, (H, W, 3); where the sheet lies, (H, W); the drawing as it lies there, evenly lit and on white.
    """
    rng = np.random.default_rng((seed, 73))
    height, width = page.shape[:2]
    around = round(_AROUND * max(height, width))
    size = (width + 2 * around, height + 2 * around)
    straight = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    askew = straight + around + rng.uniform(-_TURNED, _TURNED, (4, 2)).astype(np.float32) * max(height, width)
    move = cv2.getPerspectiveTransform(straight, askew.astype(np.float32))
    there = np.asarray(cv2.warpPerspective(np.ones((height, width), np.float32), move, size))[..., None]
    sheet = np.asarray(cv2.warpPerspective(page, move, size, flags=cv2.INTER_AREA), np.float32)
    wood = np.cumsum(rng.normal(0, 1, (size[1], 1)), 0) + rng.normal(0, 9, size[::-1])
    desk = np.array(_DESK, np.float32) + cv2.GaussianBlur(wood.astype(np.float32), (0, 0), 1.5)[..., None]
    shadow = cv2.GaussianBlur(np.roll(there, (6, 8), (0, 1)), (0, 0), 7)[..., None]
    seen = sheet * _PAPER * there + desk * (1 - 0.5 * shadow) * (1 - there)
    light = np.linspace(1, 0.75, size[0], dtype=np.float32)[None, :, None] * np.array([1.0, 0.98, 0.93], np.float32)
    shot = cv2.GaussianBlur(seen * light, (0, 0), 0.7) + rng.normal(0, 2, (*seen.shape[:2], 1))
    plain = sheet + 255 * (1 - there)
    return np.clip(shot, 0, 255).astype(np.uint8), there[..., 0] > 0.5, np.clip(plain, 0, 255).astype(np.uint8)
