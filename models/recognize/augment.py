"""What may happen to a drawing of a character without making it another one, and what does make it another one."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

cv2.setNumThreads(1)

Planes = npt.NDArray[np.uint8]
Rng = np.random.Generator


def vary(planes: Planes, rng: Rng, *, painted: bool) -> Planes:
    """One drawing redrawn by chance: turned, stretched, mirrored, cropped, its lines thinner, thicker or broken.

    planes: (H, W, 5) uint8. Where not `painted` the colours are set to 0, so that lines and shape must do.
    """
    out = _warp(planes, rng)
    if rng.random() < 0.5:
        out = np.ascontiguousarray(out[:, ::-1])
    if rng.random() < 0.15:
        out = _bust(out, rng)
    out[:, :, 0] = lines(out[:, :, 0], rng)
    if rng.random() < 0.3:
        out[:, :, 1] = _worn(out[:, :, 1], rng)
    if painted:
        out[:, :, 2:] = light(out[:, :, 2:], out[:, :, 1], rng)
    else:
        out[:, :, 2:] = 0
    if rng.random() < 0.3:
        _hide(out, rng)
    return out


def recolour(planes: Planes, rng: Rng) -> Planes:
    """Another colourway: one turn of hue, swap of channels and gain for all drawings of a made-up character."""
    out = planes.copy()
    order = rng.permutation(3)
    mixed = planes[:, :, 2:][:, :, order].astype(np.float32)
    hsv = cv2.cvtColor(mixed.astype(np.uint8), cv2.COLOR_RGB2HSV).astype(np.float32)
    hsv[:, :, 0] = (hsv[:, :, 0] + rng.uniform(0, 180)) % 180
    hsv[:, :, 1] = np.clip(hsv[:, :, 1] * rng.uniform(0.6, 1.6), 0, 255)
    out[:, :, 2:] = cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB)
    out[:, :, 2:][planes[:, :, 1] < 128] = 0
    return out


def neck_row(planes: Planes) -> int:
    """The narrowest row between a quarter and three fifths of the figure's height."""
    widths = (planes[:, :, 1] > 127).sum(1).astype(np.float32)
    rows = np.flatnonzero(widths)
    if len(rows) < 20:
        return int(planes.shape[0]) // 2
    top, height = int(rows[0]), int(rows[-1] - rows[0])
    low, high = top + height // 5, top + (3 * height) // 5
    smooth = np.convolve(widths, np.ones(3) / 3, mode="same")
    return low + int(np.argmin(smooth[low:high]))


def transplant(head: Planes, body: Planes) -> Planes:
    """The head of one drawing on the body of another: a third character. Both (H, W, 5), of one view."""
    a, b = neck_row(head), neck_row(body)
    out = np.zeros_like(body)
    out[b:] = body[b:]
    upper = head[:a]
    if a > 8 and b > 8:
        scale = b / a
        width = max(8, round(upper.shape[1] * scale))
        sized = _resized(upper, (width, b))
        shift = round(_middle(body[max(0, b - 6) : b + 6]) - _middle(sized[-8:]))
        for x in range(body.shape[1]):
            if 0 <= x - shift < width:
                out[:b, x] = sized[:, x - shift]
    return out


def reshape_all(rng: Rng) -> npt.NDArray[np.float32]:
    """A redistribution of heights (legs longer, head larger ...) to give all drawings of a made-up character."""
    knots = np.cumsum(rng.uniform(0.7, 1.4, 6))
    knots = np.concatenate([[0], knots / knots[-1]])
    return np.interp(np.linspace(0, 1, 192), knots, np.linspace(0, 1, 7)).astype(np.float32)


def reshaped(planes: Planes, rows: npt.NDArray[np.float32], widen: float) -> Planes:
    """`planes` with its rows taken from the places `rows` (0..1) says, and drawn `widen` times as wide."""
    height, width = planes.shape[:2]
    ys = np.repeat((rows * (height - 1))[:, None], width, 1)
    xs = ((np.arange(width, dtype=np.float32) - width / 2) / widen + width / 2)[None].repeat(height, 0)
    drawn = [cv2.remap(some, xs.astype(np.float32), ys, cv2.INTER_LINEAR) for some in _pair(planes)]
    return np.dstack(drawn).astype(np.uint8, copy=False)


def _pair(planes: Planes) -> tuple[Planes, Planes]:
    """Lines with shape, and colours: OpenCV takes four channels at most."""
    return np.ascontiguousarray(planes[:, :, :2]), np.ascontiguousarray(planes[:, :, 2:])


def _resized(planes: Planes, size: tuple[int, int]) -> Planes:
    """(h, w, 5) to `size` = (width, height)."""
    sized = [cv2.resize(some, size, interpolation=cv2.INTER_AREA) for some in _pair(planes)]
    return np.dstack(sized).astype(np.uint8, copy=False)


def _middle(planes: Planes) -> float:
    columns = np.flatnonzero((planes[:, :, 1] > 127).any(0))
    return float(columns.mean()) if len(columns) else planes.shape[1] / 2


def _warp(planes: Planes, rng: Rng) -> Planes:
    height, width = planes.shape[:2]
    turn, shear = np.radians(rng.normal(0, 3)), rng.normal(0, 0.04)
    sx, sy = np.exp(rng.normal(-0.03, 0.08)), np.exp(rng.normal(-0.03, 0.05))
    matrix = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]) @ np.array([[sx, shear], [0, sy]])
    centre = np.array([width / 2, height / 2])
    move = centre - matrix @ centre + rng.normal(0, 3, 2)
    turned = [cv2.warpAffine(some, np.column_stack([matrix, move]), (width, height)) for some in _pair(planes)]
    return np.dstack(turned).astype(np.uint8, copy=False)


def _bust(planes: Planes, rng: Rng) -> Planes:
    """The upper part alone, as a sketch or a portrait crops it, as large as fits."""
    height, width = planes.shape[:2]
    part = rng.uniform(0.45, 0.9)
    cut = planes[: round(height * part)]
    grown = _resized(cut, (round(width / part), height))
    left = (grown.shape[1] - width) // 2
    return np.ascontiguousarray(grown[:, left : left + width])


def lines(drawn: npt.NDArray[np.uint8], rng: Rng) -> npt.NDArray[np.uint8]:
    """Another hand and another scanner: strokes thicker, softer, fainter, here and there lost. (H, W) uint8."""
    chance = rng.random()
    if chance < 0.2:
        drawn = np.asarray(cv2.dilate(drawn, np.ones((2, 2), np.uint8)), np.uint8)
    elif chance < 0.4:
        drawn = np.asarray(cv2.GaussianBlur(drawn, (0, 0), rng.uniform(0.4, 1.0)), np.uint8)
    strength = drawn.astype(np.float32) / 255.0
    strength = np.power(strength, rng.uniform(0.6, 1.8)) * rng.uniform(0.6, 1.15)
    if rng.random() < 0.35:  # faint and missing strokes
        coarse = rng.uniform(0.0, 1.3, (12, 7)).astype(np.float32)
        strength *= np.clip(cv2.resize(coarse, drawn.shape[::-1], interpolation=cv2.INTER_CUBIC), 0, 1)
    return np.asarray(np.clip(strength * 255, 0, 255), np.uint8)


def _worn(shape: npt.NDArray[np.uint8], rng: Rng) -> npt.NDArray[np.uint8]:
    """A silhouette a little too large or small, or with pockets of paper closed."""
    size = int(rng.integers(2, 6))
    kernel = np.ones((size, size), np.uint8)
    way = int(rng.choice([cv2.MORPH_DILATE, cv2.MORPH_ERODE, cv2.MORPH_CLOSE]))
    return np.asarray(cv2.morphologyEx(shape, way, kernel), np.uint8)


def light(colours: Planes, shape: npt.NDArray[np.uint8], rng: Rng) -> Planes:
    """Another light: gain, gamma, tint, a soft shadow."""
    value = colours.astype(np.float32) / 255.0
    value = np.power(value, rng.uniform(0.8, 1.25)) * rng.uniform(0.88, 1.06, 3).astype(np.float32)
    if rng.random() < 0.3:
        coarse = rng.uniform(0.75, 1.1, (5, 3)).astype(np.float32)
        value *= cv2.resize(coarse, shape.shape[::-1], interpolation=cv2.INTER_CUBIC)[:, :, None]
    if rng.random() < 0.15:
        value = np.asarray(cv2.GaussianBlur(value, (0, 0), rng.uniform(0.8, 2.0)), np.float32)
    return np.asarray(np.clip(value * 255, 0, 255) * (shape[:, :, None] > 127), np.uint8)


def _hide(planes: Planes, rng: Rng) -> None:
    """Something stands before the figure."""
    height, width = planes.shape[:2]
    h, w = int(rng.integers(16, 60)), int(rng.integers(16, 60))
    y, x = int(rng.integers(0, height - h)), int(rng.integers(0, width - w))
    planes[y : y + h, x : x + w] = 0
