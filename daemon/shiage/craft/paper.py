"""What colour the paper is, how even it is, and how strongly the ink stands out from it: all from a sparse sample."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from ..errors import BadInput

PixelArray = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
FloatArray = npt.NDArray[np.float32]

_SAMPLE_SIDE = 384  # pixels of the sparse sample along the longer side, at most
_CELLS = 24  # cells of the shading field along the longer side
_FAINT = 0.09  # ink weaker than this share of the strongest is not told from stains
_FRAME = 0.05  # of the shorter side: within this the line about a panel ends
_DRIFT = 6.0  # levels of 255 by which the paper's tone differs where a page is unevenly lit
_GRAINY = 1.0  # levels: the usual difference of bare paper from its tone, of a scan or a photo
_MIN_CONTRAST = 10.0  # levels of 255 that a drawing's ink differs from its paper at least

NO_LINES = "Choose the layer that holds the line art."


@dataclass(frozen=True, slots=True)
class Paper:
    """How to measure ink against the paper.

    colour: (C,) float32, the paper in the picture's own units; unused where `lines_in_alpha`.
    rgb: the same as (red, green, blue) 0..255.
    field: (rows, cols, C) float32 where the paper is unevenly lit, else (0, 0, C).
    gain: coverage 0..255 per unit of difference (times alpha, where there is one).
    floor: the least coverage that is ink and not paper grain, 1..255.
    restless: whether the paper is grainy or unevenly lit, so that what lies below the floor is not a line's soft edge.
    lines_in_alpha: the drawing is a layer of lines alone; its alpha is the coverage and its colour is ignored.
    """

    colour: FloatArray
    rgb: tuple[int, int, int]
    field: FloatArray
    gain: float
    floor: int
    lines_in_alpha: bool
    restless: bool = False


def find_paper(pixels: PixelArray, *, by_place: bool = False) -> Paper:
    """Find the paper of a drawing, (H, W) or (H, W, 1..4) uint8 or uint16. Raises BadInput.

    by_place: the paper's colour is told for each place from what is around it, whatever lies there: right for the photo
    of a sheet with a shadow on it, where `field` otherwise stays empty, and wrong for wide fills.
    """
    if pixels.dtype not in (np.uint8, np.uint16) or pixels.ndim not in (2, 3) or pixels.shape[2:] > (4,):
        raise BadInput(f"A drawing is 8 or 16 bit grey, RGB or RGBA pixels, not {pixels.dtype} {pixels.shape}.")
    if pixels.size == 0:
        raise BadInput("The drawing has no pixels.")
    sample = _sample(pixels[:, :, None] if pixels.ndim == 2 else pixels)
    scale = 257.0 if pixels.dtype == np.uint16 else 1.0
    has_alpha = sample.shape[2] in (2, 4)
    colours = sample[:, :, : sample.shape[2] - has_alpha].astype(np.float32) / scale
    alpha = (
        sample[:, :, -1].astype(np.float32) / (scale * 255.0) if has_alpha else np.ones(sample.shape[:2], np.float32)
    )

    see_through = bool(np.mean(alpha < 0.5) > 0.02)
    painted = alpha > 0.5
    if see_through and not painted.any() and alpha.max() < 0.02:
        raise BadInput("The drawing is fully transparent.", hint=NO_LINES)
    no_field = np.zeros((0, 0, colours.shape[2]), np.float32)
    if see_through and not _is_cut_out(colours, alpha):
        strongest = float(np.percentile(alpha[alpha > 0.02], 95))
        floor = int(255 * _FAINT)
        return Paper(
            np.zeros(colours.shape[2], np.float32),
            (255, 255, 255),
            no_field,
            1.0 / (strongest * 255.0 * scale),
            floor,
            True,
        )

    paper = _commonest(colours, alpha)
    field = no_field if see_through else _local(colours, paper) if by_place else _shading(colours, paper)
    expected = paper if field.size == 0 else cv2.resize(field, colours.shape[1::-1]).reshape(colours.shape)
    difference = np.abs(colours - expected).max(2) * alpha
    grain = 1.4826 * float(np.median(difference[difference < 40])) if (difference < 40).any() else 0.0
    floor_level = max(_MIN_CONTRAST, 5.0 * grain)
    ink = difference[difference > floor_level]
    if ink.size < 1 or (ink.size < 3 and difference.size > 4096):
        # The sample is sparse: a tiny drawing on a big page may fall between its points, so look at all of it.
        ink = _all_differences(pixels, paper, scale, has_alpha)
        ink = ink[ink > floor_level]
        if ink.size == 0:
            raise BadInput("The drawing has no lines: it is of one tone all over.", hint=NO_LINES)
    strongest = float(np.percentile(ink, 95))
    floor = int(np.clip(255.0 * max(_FAINT, floor_level / strongest), 1, 254))
    rgb = [round(float(v)) for v in (paper if paper.size == 3 else np.repeat(paper, 3))]
    gain = 255.0 / strongest / scale / (255.0 * scale if has_alpha else 1.0)
    restless = grain >= _GRAINY or field.size > 0
    told = paper * np.float32(scale), (rgb[0], rgb[1], rgb[2]), field * np.float32(scale)
    return Paper(*told, gain, floor, lines_in_alpha=False, restless=restless)


def _sample(image: PixelArray) -> PixelArray:
    step = max(1, -(-max(image.shape[:2]) // _SAMPLE_SIDE))
    rows = np.arange(0, image.shape[0], max(1, min(step, image.shape[0] // 64)))
    cols = np.arange(0, image.shape[1], max(1, min(step, image.shape[1] // 64)))
    return image[rows[:, None], cols]


def _commonest(colours: FloatArray, weight: FloatArray) -> FloatArray:
    """The commonest colour; the picture's border counts as much as its whole, as paper is what a drawing lies on.

    The border are its edge and a ring further in, half each: the edge alone may be the line about a panel.
    """
    bins = (colours.astype(np.int32) + 8) // 16
    code = np.zeros(bins.shape[:2], np.int32)
    for channel in range(bins.shape[2]):
        code = code * 17 + bins[:, :, channel]
    share = weight / max(float(weight.sum()), 1e-6)
    for inset in (0, round(_FRAME * min(weight.shape))):
        within = np.s_[inset : weight.shape[0] - inset, inset : weight.shape[1] - inset]
        ring = np.zeros_like(weight)
        ring[within] = weight[within]
        ring[within][1:-1, 1:-1] = 0
        share += 0.5 * ring / max(float(ring.sum()), 1e-6)
    near = (code == np.argmax(np.bincount(code.ravel(), share.ravel()))) & (weight > 0)
    centre = np.median(colours[near], axis=0)
    close = (np.abs(colours - centre).max(2) <= 12) & (weight > 0)
    return np.asarray(np.median(colours[close], axis=0), np.float32)


def _is_cut_out(colours: FloatArray, alpha: FloatArray) -> bool:
    """Whether a see-through picture is a figure with its own paper inside, and not lines alone.

    A figure's paper is lighter than its ink and lies in patches; a layer of lines is its ink's colour all over.
    """
    opaque = alpha > 0.9
    if not opaque.any():
        return False
    paper = np.median(colours[opaque], axis=0)
    if paper.mean() < np.median(
        colours[opaque].mean(1)[np.abs(colours[opaque] - paper).max(1) > 60]
        if (np.abs(colours[opaque] - paper).max(1) > 60).any()
        else np.array([255.0])
    ):
        return False
    inked = np.mean(np.abs(colours[opaque] - paper).max(1) > 60)
    patch = cv2.erode((opaque & (np.abs(colours - paper).max(2) < 30)).astype(np.uint8), np.ones((7, 7), np.uint8))
    return bool(inked > 0.005 and patch.sum() > 0.1 * opaque.sum())


def _local(colours: FloatArray, paper: FloatArray) -> FloatArray:
    """The paper's colour over the picture, (rows, cols, C): the lighter part of each cell (on dark paper the darker).

    A cell that differs from most around it is black all over, and takes after these.
    """
    blocks = _cells(colours)
    ranked = np.percentile(blocks, 75 if paper.mean() > 127 else 25, axis=2)
    field = np.ascontiguousarray(np.clip(ranked, 0, 255).astype(np.uint8))
    calm = cv2.medianBlur(field, 5).reshape(field.shape)
    return np.asarray(cv2.GaussianBlur(calm, (0, 0), 0.7).reshape(field.shape), np.float32)


def _cells(colours: FloatArray) -> FloatArray:
    """(rows, cols, pixels of a cell, C): the picture in square cells, _CELLS along its longer side."""
    height, width, channels = colours.shape
    cell = max(8, -(-max(height, width) // _CELLS))
    rows, cols = -(-height // cell), -(-width // cell)
    whole = np.pad(
        colours,
        ((0, rows * cell - height), (0, cols * cell - width), (0, 0)),
        mode="reflect" if min(height, width) > cell else "edge",
    )
    return whole.reshape(rows, cell, cols, cell, channels).transpose(0, 2, 1, 3, 4).reshape(rows, cols, -1, channels)


def _shading(colours: FloatArray, paper: FloatArray) -> FloatArray:
    """The paper's colour over the picture where light falls off across a scan; (0, 0, C) where it is even."""
    blocks = _cells(colours)
    low, middle, high = (int(blocks.shape[2] * share) for share in (0.3, 0.5, 0.75))
    ranked = np.partition(blocks, (low, middle, high), axis=2)
    field = ranked[:, :, middle]
    # A cell whose middle half is one tone shows paper; one with ink or drawing all over it does not.
    spread = (ranked[:, :, high] - ranked[:, :, low]).max(2)
    known = ((spread < 14) & (np.abs(field - paper).max(2) < 70)).astype(np.float32)
    even = np.zeros((0, 0, colours.shape[2]), np.float32)
    if known.sum() < 0.5 * known.size:
        return even
    drift = np.abs(field - paper).max(2)
    if np.percentile(drift[known > 0], 95) < _DRIFT:
        return even
    rim = known > 0
    rim[1:-1, 1:-1] = False
    if not rim.any() or np.percentile(drift[rim], 95) < _DRIFT:
        return even  # pale paint in the middle: light that falls off does so at the page's rim, too
    steps = np.abs(np.diff(field, axis=0)).max(2)[(known[1:] * known[:-1]) > 0]
    if steps.size and np.percentile(steps, 90) > 14:
        return even  # fills with edges, not a fall of light
    weight = cv2.GaussianBlur(known, (0, 0), 1.5)[:, :, None]
    smooth = cv2.GaussianBlur(field * known[:, :, None], (0, 0), 1.5).reshape(field.shape)
    return np.asarray(np.where(weight > 1e-3, smooth / np.maximum(weight, 1e-3), paper), np.float32)


def _all_differences(pixels: PixelArray, paper: FloatArray, scale: float, has_alpha: bool) -> FloatArray:
    image = pixels[:, :, None] if pixels.ndim == 2 else pixels
    largest = np.zeros(image.shape[:2], np.float32)
    for c in range(image.shape[2] - has_alpha):
        np.maximum(largest, np.abs(image[:, :, c].astype(np.float32) / np.float32(scale) - paper[c]), out=largest)
    if has_alpha:
        largest *= image[:, :, -1].astype(np.float32) / np.float32(255.0 * scale)
    return largest
