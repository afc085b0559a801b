"""The sheet in a photo or scan: what lies around it (a desk, a scanner's lid, black bars) is no part of the drawing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar, cast

import cv2
import numpy as np
import numpy.typing as npt

from .kernel import kernel
from .page_rim import walls_of
from .strips import Check, never_stop, over_strips

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
Pixels = TypeVar("Pixels", bound=npt.NDArray[np.uint8] | npt.NDArray[np.uint16])

_SIDE = 384  # pixels of the copy that the sheet is looked for in, along the longer side
_DARKER = 45.0  # levels of 255 that the surround is darker than the sheet at least
_SOME = 0.05  # of the picture's edge that the surround takes at least
_LIGHT = 110.0  # the least level of a sheet
_SMALLEST = 96  # pixels of a side: what is smaller is no photo
_LEAST, _MOST = 0.3, 0.985  # of the picture that a sheet covers
_SIDES, _STRAIGHT = 7, 0.01  # sides of a sheet that the picture cuts at most; what they stray, of its diagonal
_WHOLE = 0.9  # of its outline that is light: a sheet with lines on it, not a star
_SHARP = 0.8  # of the sheet's edge where it is light inside and dark outside
_CORNER = 0.5  # the cosine of what a sheet's corner differs from a square one, seen from the side, at most
_PLAIN = 9.0  # levels that a surround without such a corner differs within itself at most
_UNEVEN = 90.0  # levels that a sheet's bare rim differs from its usual tone, as light falls on it
_STAIN = 30.0  # and from what is beside it
_STRAYS, _FITS = 12.0, 4  # levels that it strays from a smooth fall of light, which is fitted so often
_DRAWN, _STROKE = 0.01, 50.0  # of a surround that has strokes or borders, at most; levels that make one
_PAPER = 0.85  # of the rim of a sheet that is bare paper at least
_CLEAR = 0.01  # of a photo that may be see-through
_SMOOTH = 4.0  # pixels of the copy that the paper's tone is averaged over
_FADED, _WALL = 3, 0.6  # pixels of the copy that the sheet fades over, and the width of a line that closes areas there
_INSET = 2  # pixels of the copy that are left out at the sheet's edge, where it is half surround


@dataclass(frozen=True, eq=False, slots=True)
class Page:
    """The sheet in a picture, on a copy of at most 384 pixels a side.

    inside: (h, w) bool, the sheet.
    paper: (h, w, 3) float32 0..255, the tone of its rim where that is bare, carried on smoothly.
    """

    inside: Mask
    paper: Floats


def find_page(pixels: Pixels) -> Page | None:
    """The light sheet that lies on something darker, of (H, W, 3 or 4) uint8 or uint16; None where there is none.

    A sheet is a light piece with straight sides, which at nearly all of its edge is much lighter than what lies beyond.
    Where none of its corners is seen, what lies beside it has to be plain, as a scanner's lid and black bars are: else
    it may be the ground in a painted picture. Where something is drawn beside it, it is a light area of a dark drawing.
    A picture with transparent places is no photo.
    """
    if pixels.ndim != 3 or pixels.shape[2] not in (3, 4) or min(pixels.shape[:2]) < _SMALLEST:
        return None
    small = _copy(pixels) if _dark_somewhere(pixels) else None
    if small is None:
        return None
    grey = np.asarray(small.mean(2), np.float32)
    # Lines are thin, so a closing leaves sheet and surround.
    reach = max(3, max(grey.shape) // 40) | 1
    closed = np.asarray(cv2.morphologyEx(grey.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8)))
    _, light = cv2.threshold(closed, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    if light.all() or not light.any():
        return None
    bright, dark = float(closed[light > 0].mean()), float(closed[light == 0].mean())
    if bright < max(_LIGHT, dark + _DARKER):
        return None
    found = _sheet(np.asarray(grey > (bright + dark) / 2, np.uint8), reach)
    if found is None or not _stands_out(grey, found) or not _may_surround(grey, found) or _is_drawn_on(small, found):
        return None
    inside = _eroded(found, _INSET)
    rim = inside & ~_eroded(inside, max(4, max(grey.shape) // 48))
    bare = rim & _like_paper(small, rim)
    return Page(inside, _carried(small, bare)) if bare.sum() > _PAPER * rim.sum() else None


def _like_paper(small: Floats, rim: Mask) -> Mask:
    """What may be bare paper, unevenly lit: of the rim's usual hue, and no darker than what is beside it."""
    grey = small.mean(2)
    tones = small[rim]
    code = (tones // 16) @ np.array([289, 17, 1], np.float32)
    values, counts = np.unique(code, return_counts=True)
    usual = np.median(tones[code == values[np.argmax(counts)]], axis=0)
    side = max(grey.shape) // 12 | 1
    lightest = cv2.dilate(np.where(rim, grey, 0).astype(np.float32), np.ones((side, side), np.uint8))
    hue = np.abs(small - grey[..., None] - (usual - usual.mean())).max(2)
    bare = rim & (grey > lightest - _STAIN) & (np.abs(grey - usual.mean()) < _UNEVEN) & (hue < _STAIN)
    # Light falls off smoothly: what strays from that is pale paint.
    y, x = np.mgrid[-1 : 1 : 1j * rim.shape[0], -1 : 1 : 1j * rim.shape[1]].astype(np.float32)
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=2)
    for _ in range(_FITS):
        if np.count_nonzero(bare) < terms.shape[2]:
            break
        fall = np.linalg.lstsq(terms[bare], small[bare], rcond=None)[0]
        off = np.abs(small - terms @ fall).max(2)
        bare = rim & (off < max(_STRAYS, 2 * float(np.median(off[bare]))))
    return np.asarray(bare, np.bool_)


def sheet_alone(pixels: Pixels, check: Check = never_stop, *, walled: bool = False) -> Pixels:
    """The picture with what lies around its sheet painted as paper; the very array where there is nothing of the kind.

    walled: where the drawing runs off the sheet, a line along the sheet's edge closes its areas.
    """
    page = find_page(pixels)
    check()
    return pixels if page is None else on_paper(pixels, page, check, walled=walled)


def on_paper(pixels: Pixels, page: Page, check: Check = never_stop, *, walled: bool = False) -> Pixels:
    """The picture with all that is not its sheet painted in the sheet's own tone, of the same shape and type."""
    height, width = pixels.shape[:2]
    unit = np.float32(257.0 if pixels.dtype == np.uint16 else 1.0)
    out = cast(Pixels, pixels.copy())
    check()
    # Fading within the sheet alone: the least share of a dark desk would be a line.
    faded = cv2.GaussianBlur(_eroded(page.inside, 1).astype(np.float32), (0, 0), 0.7)
    soft = np.where(page.inside, faded, np.float32(0))
    rows, cols = page.inside.shape

    def paint(top: int, bottom: int) -> None:
        _paint_paper(out, soft, page.paper, unit, top, bottom)

    over_strips(paint, height, width, check)
    if walled:
        lines, tone = walls_of(pixels, _eroded(page.inside, _FADED), page.paper)
        thick = max(2, round(_WALL * max(height, width) / max(rows, cols)))
        for line in lines:
            points = np.rint(16 * line).astype(np.int32)
            cv2.polylines(out, [points], False, (*tone, 255 * float(unit)), thick, cv2.LINE_AA, 4)
    return out


@kernel
def _paint_paper(out: Any, soft: Floats, paper: Floats, unit: np.float32, top: int, bottom: int) -> None:
    """Rows top..bottom of (H, W, 3 or 4): as much of the sheet's tone as `soft`, (h, w), leaves of each pixel."""
    height, width = out.shape[:2]
    rows, cols = soft.shape
    for y in range(top, bottom):
        down = min(max((y + 0.5) * rows / height - 0.5, 0.0), rows - 1.0)
        above = int(down)
        below = min(above + 1, rows - 1)
        v = np.float32(down - above)
        for x in range(width):
            across = min(max((x + 0.5) * cols / width - 0.5, 0.0), cols - 1.0)
            left = int(across)
            right = min(left + 1, cols - 1)
            u = np.float32(across - left)
            a, b, c, d = (1 - v) * (1 - u), (1 - v) * u, v * (1 - u), v * u
            share = a * soft[above, left] + b * soft[above, right] + c * soft[below, left] + d * soft[below, right]
            if share >= np.float32(0.999):
                continue
            for k in range(3):
                tone = a * paper[above, left, k] + b * paper[above, right, k]
                tone = unit * (tone + c * paper[below, left, k] + d * paper[below, right, k])
                out[y, x, k] = out.dtype.type(tone + share * (np.float32(out[y, x, k]) - tone) + np.float32(0.5))


def _dark_somewhere(pixels: Pixels) -> bool:
    """Whether the picture's edge is not white paper all along, which is soon told of most drawings."""
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])[:, :3]
    lightest = 65535.0 if pixels.dtype == np.uint16 else 255.0
    return bool((edge.mean(1) < lightest * (1 - _DARKER / 255)).mean() > _SOME)


def _copy(pixels: Pixels) -> Floats | None:
    """(h, w, 3) float32 0..255, the picture made small; None where it is see-through."""
    scale = min(1.0, _SIDE / max(pixels.shape[:2]))
    size = max(1, round(pixels.shape[1] * scale)), max(1, round(pixels.shape[0] * scale))
    small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.float32)
    small /= 257.0 if pixels.dtype == np.uint16 else 1.0
    if small.shape[2] == 4 and (small[..., 3] < 250).mean() > _CLEAR:
        return None
    return np.ascontiguousarray(small[..., :3])


def _sheet(light: npt.NDArray[np.uint8], reach: int) -> Mask | None:
    """The largest light piece, with what is drawn on it; None where that is no sheet."""
    joined = cv2.morphologyEx(light, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=4)
    if count < 2:
        return None
    largest = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    outlines, _ = cv2.findContours((labels == largest).astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(outlines, key=len)
    hull = cv2.convexHull(outline)
    whole = np.zeros(light.shape, np.uint8)
    cv2.fillConvexPoly(whole, hull, 1)
    filled = np.zeros(light.shape, np.uint8)
    cv2.drawContours(filled, [outline], -1, 1, -1)
    area = int(whole.sum())
    sides = len(cv2.approxPolyDP(hull, _STRAIGHT * float(np.hypot(*light.shape)), True))
    if not _LEAST < area / whole.size < _MOST or not 4 <= sides <= _SIDES:
        return None
    outside = whole == 0
    if filled.sum() < _WHOLE * area or light[outside].mean() > 0.1:
        return None
    return np.asarray(whole > 0, np.bool_)


def _stands_out(grey: Floats, sheet: Mask) -> bool:
    """Whether the sheet ends at an edge and not in a shadow."""
    step = 3
    kernel = np.ones((2 * step + 1, 2 * step + 1), np.uint8)
    within = np.where(_eroded(sheet, 1), grey, 0).astype(np.float32)
    around = np.where(_grown(sheet, 1), 255, grey).astype(np.float32)
    lightest, darkest = cv2.dilate(within, kernel), cv2.erode(around, kernel)
    edge = sheet & ~_eroded(sheet, 1)
    return bool(edge.any() and (lightest - darkest > _DARKER)[edge].mean() > _SHARP)


def _may_surround(grey: Floats, sheet: Mask) -> bool:
    """Whether what is not sheet may lie around it: a corner of the sheet is seen, or else it is plain."""
    outlines, _ = cv2.findContours(sheet.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    height, width = sheet.shape
    corners = cv2.approxPolyDP(outlines[0], 0.02 * float(np.hypot(height, width)), True).reshape(-1, 2).astype(float)
    for i, (x, y) in enumerate(corners):
        a, b = corners[i - 1] - (x, y), corners[(i + 1) % len(corners)] - (x, y)
        cosine = abs(float(a @ b)) / max(float(np.linalg.norm(a) * np.linalg.norm(b)), 1e-6)
        if 3 <= x < width - 3 and 3 <= y < height - 3 and cosine < _CORNER:
            return True
    far = ~sheet & ~_grown(sheet, 3)
    return bool(far.any() and np.ptp(np.percentile(grey[far], (5, 95))) < _PLAIN)


def _is_drawn_on(small: Floats, sheet: Mask) -> bool:
    """Whether there are strokes or areas beside the sheet, too: then both are one drawing on a dark ground."""
    beside = ~_grown(sheet, 4)
    steps = np.max([cv2.morphologyEx(small[..., c], cv2.MORPH_GRADIENT, np.ones((3, 3))) for c in range(3)], axis=0)
    return bool(beside.any() and (steps > _STROKE)[beside].mean() > _DRAWN)


def _carried(small: Floats, bare: Mask) -> Floats:
    """The bare paper's tone, (h, w, 3), carried on to where there is none: as at the nearest place that has it."""
    known = bare.astype(np.float32)
    weight = np.maximum(cv2.GaussianBlur(known, (0, 0), _SMOOTH), 1e-6)
    calm = cv2.GaussianBlur(small * known[..., None], (0, 0), _SMOOTH) / weight[..., None]
    _, nearest = cv2.distanceTransformWithLabels(
        (~bare).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    tones = np.zeros((int(nearest.max()) + 1, 3), np.float32)
    tones[nearest[bare]] = calm[bare]
    return np.asarray(cv2.GaussianBlur(tones[nearest], (0, 0), _SMOOTH), np.float32)


def _eroded(mask: Mask, by: int) -> Mask:
    """The mask without ``by`` pixels of its edge; the picture's own edge is none."""
    ball = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * by + 1, 2 * by + 1))
    worn = cv2.erode(mask.astype(np.uint8), ball, borderType=cv2.BORDER_CONSTANT, borderValue=1)
    return np.asarray(worn > 0, np.bool_)


def _grown(mask: Mask, by: int) -> Mask:
    ball = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * by + 1, 2 * by + 1))
    return np.asarray(cv2.dilate(mask.astype(np.uint8), ball) > 0, np.bool_)
