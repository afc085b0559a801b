"""The frame between by dense flow: for what is not made of areas, and where these could not be followed.

Flow of both directions (DIS, Kroeger et al. 2016) is projected to the time between: each pixel of a key lands where it
has got to, and what explains the other key better wins, as the nearer does in DAIN (Bao et al. 2019).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ..kernel import kernel
from ..strips import over_each

Floats = npt.NDArray[np.float32]

_LEAST_SIDE = 16  # of a picture that flow is looked for in
_SOFT = 12.0  # levels by which one of two pixels must fit worse to weigh a third


@dataclass(frozen=True, eq=False)
class Flows:
    """Flow between two keys, (H, W, 2) float32 pixels x, y; and how far each pixel is from its match, (H, W) levels."""

    ahead: Floats
    back: Floats
    off_ahead: Floats
    off_back: Floats


def flows_of(a: Floats, b: Floats, check: Callable[[], None] = lambda: None) -> Flows:
    """Flow both ways between keys (H, W, C) float32 0..255."""
    soft = [np.asarray(cv2.blur(key, (3, 3)), np.float32) for key in (a, b)]

    def way(which: int) -> tuple[Floats, Floats]:
        flow = dense_flow(*((a, b) if which == 0 else (b, a)))
        return flow, misfit(soft[which], soft[1 - which], flow)

    (ahead, off_ahead), (back, off_back) = over_each(way, range(2), check)
    return Flows(ahead, back, off_ahead, off_back)


def _grey(key: Floats) -> npt.NDArray[np.uint8]:
    rgb = key[..., :3].clip(0, 255).astype(np.uint8) if key.shape[2] >= 3 else key[..., 0].clip(0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY) if rgb.ndim == 3 else rgb, np.uint8)


def dense_flow(a: Floats, b: Floats) -> Floats:
    """(H, W, 2) pixels from key ``a`` to key ``b``."""
    start = np.zeros((*a.shape[:2], 2), np.float32)
    if min(a.shape[:2]) < _LEAST_SIDE:
        return start
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    return np.asarray(dis.calc(_grey(a), _grey(b), start), np.float32)


def misfit(a: Floats, b: Floats, flow: Floats) -> Floats:
    """(H, W) how many levels each pixel of ``a`` is from where ``flow`` takes it in ``b``."""
    return _most_apart(a, sampled(b, flow))


@kernel
def _most_apart(a: Floats, b: Floats) -> Floats:
    """(H, W) the most that any channel differs."""
    height, width, channels = a.shape
    most = np.zeros((height, width), np.float32)
    for y in range(height):
        for x in range(width):
            for c in range(channels):
                most[y, x] = max(most[y, x], abs(a[y, x, c] - b[y, x, c]))
    return most


def sampled(picture: Floats, flow: Floats) -> Floats:
    """The picture at x + flow, (H, W, C), its border repeated."""
    height, width = flow.shape[:2]
    x, y = np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)[:, None]
    maps = flow[..., 0] + x, flow[..., 1] + y
    parts = [
        cv2.remap(
            np.ascontiguousarray(picture[..., c : c + 4]), *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        for c in range(0, picture.shape[2], 4)
    ]
    return np.concatenate([part.reshape(height, width, -1) for part in parts], 2)


def projected(flow: Floats, off: Floats, t: float) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """The way back to the key from each pixel of the frame at ``t`` of the way, (H, W, 2), and whether any is known.

    ``off``: (H, W) how badly each pixel of the key fits where it goes; of those that land together the better one wins.
    """
    back = np.zeros((*flow.shape[:2], 3), np.float32)
    _splat(flow * np.float32(t), np.exp(-off / _SOFT).astype(np.float32) + np.float32(1e-4), back)
    known = back[..., 2] > 1e-5
    way = np.asarray(back[..., :2] / np.maximum(back[..., 2:], np.float32(1e-5)), np.float32)
    _fill(way, known)
    return way, known


@kernel
def _splat(shift: Floats, weight: Floats, back: Floats) -> None:
    height, width = weight.shape
    for y in range(height):
        for x in range(width):
            fx, fy = x + shift[y, x, 0], y + shift[y, x, 1]
            x0, y0 = int(np.floor(fx)), int(np.floor(fy))
            for dy in range(2):
                for dx in range(2):
                    ny, nx = y0 + dy, x0 + dx
                    if ny < 0 or nx < 0 or ny >= height or nx >= width:
                        continue
                    share = np.float32((1 - abs(fx - nx)) * (1 - abs(fy - ny))) * weight[y, x]
                    back[ny, nx, 0] -= share * shift[y, x, 0]
                    back[ny, nx, 1] -= share * shift[y, x, 1]
                    back[ny, nx, 2] += share


@kernel
def _fill(way: Floats, known: npt.NDArray[np.bool_]) -> None:
    """Holes take the mean of the nearest known to their left, right, above and below."""
    height, width = known.shape
    total = np.zeros((height, width, 3), np.float32)
    for y in range(height):
        for turn in range(2):
            last = -1
            for i in range(width):
                x = i if turn == 0 else width - 1 - i
                if known[y, x]:
                    last = x
                elif last >= 0:
                    total[y, x, 0] += way[y, last, 0]
                    total[y, x, 1] += way[y, last, 1]
                    total[y, x, 2] += 1
    for x in range(width):
        for turn in range(2):
            last = -1
            for i in range(height):
                y = i if turn == 0 else height - 1 - i
                if known[y, x]:
                    last = y
                elif last >= 0:
                    total[y, x, 0] += way[last, x, 0]
                    total[y, x, 1] += way[last, x, 1]
                    total[y, x, 2] += 1
    for y in range(height):
        for x in range(width):
            if not known[y, x] and total[y, x, 2] > 0:
                way[y, x, 0] = total[y, x, 0] / total[y, x, 2]
                way[y, x, 1] = total[y, x, 1] / total[y, x, 2]


@dataclass(frozen=True, eq=False)
class Ways:
    """From where each pixel of a frame between comes: ``to_a``, ``to_b`` (H, W, 2) pixels from it to the keys, and
    ``share`` (H, W) float32, how much the second key has in it.
    """

    to_a: Floats
    to_b: Floats
    share: Floats

    def mix(self, a: Floats, b: Floats) -> Floats:
        """What lies at the keys' places, (H, W, C) float32."""
        share = self.share[..., None]
        return np.asarray(sampled(a, self.to_a) * (1 - share) + sampled(b, self.to_b) * share, np.float32)


def ways_by_flow(flows: Flows, t: float) -> Ways:
    """The ways at ``t``; where one key shows nothing, the other has the say."""
    to_a, seen_a = projected(flows.ahead, flows.off_ahead, t)
    to_b, seen_b = projected(flows.back, flows.off_back, 1 - t)
    of_a, of_b = (1 - t) * (seen_a + 1e-3), t * (seen_b + 1e-3)
    return Ways(to_a, to_b, np.asarray(of_b / (of_a + of_b), np.float32))
