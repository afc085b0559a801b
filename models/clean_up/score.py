"""How well lines are cleaned up: puppets that nothing was trained on, drawn roughly and cut open.

``python -m clean_up.score`` prints, for sketches of three sizes and for line art with cuts: the lines' F1, the leaks of
`flats` before and after, how far the strokes lie from the pixels, and how few points they have.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import cv2
import numpy as np
import numpy.typing as npt

import puppet
from puppet.ink import cut_gaps

NEAR = 2.0  # pixels by which a line may be off
FIRST = 995_000  # the seed of the first puppet that is scored; nothing was trained on it or chosen by it
_AREA = 30  # pixels that an area has at least to be counted
_CORE = 5.0  # pixels of radius that a true region has at least to be counted

Masks = npt.NDArray[np.bool_]
Picture = npt.NDArray[np.uint8]


def f1_of(told: Masks, wanted: Masks, near: float = NEAR) -> float:
    """Line F1 of masks (n, h, w): the share of told line pixels with a wanted one within `near` px, and the reverse."""
    hits = np.zeros(4)
    for one, other in zip(told, wanted, strict=True):
        hits += (_within(one, other, near), one.sum(), _within(other, one, near), other.sum())
    precision, recall = hits[0] / max(hits[1], 1), hits[2] / max(hits[3], 1)
    return float(2 * precision * recall / max(precision + recall, 1e-9))


def chamfer(one: npt.NDArray[np.bool_], other: npt.NDArray[np.bool_]) -> float:
    """The mean distance in pixels of each mask's pixels from the other, both ways."""
    return float(np.mean([_away(other)[one].mean(), _away(one)[other].mean()]))


def leaks(pixels: Picture, true: npt.NDArray[np.int32], gap: float | None) -> int:
    """How many true regions (h, w), 0 = line, have run together with another in the flats of a drawing (h, w, 4)."""
    from shiage.craft.regions import find_regions

    found = find_regions(pixels, gap).labels
    names = [int(np.bincount(found[core]).argmax()) for core in _cores(true)]
    return len(names) - len(set(names))


def torn(pixels: Picture, true: npt.NDArray[np.int32]) -> int:
    """How many areas of a drawing (h, w, 4) there are beyond one for each true region (h, w) that they lie in: what
    lines cut off that no one drew."""
    from shiage.craft.regions import find_regions

    found = find_regions(pixels, 0).labels
    count, most = int(found.max()) + 1, int(true.max()) + 1
    shared = np.bincount(found.ravel().astype(np.int64) * most + true.ravel(), minlength=count * most)
    shared = shared.reshape(count, most)[1:, 1:]
    seen = (np.bincount(found.ravel(), minlength=count)[1:] >= _AREA) & (shared.max(1, initial=0) > 0)
    pieces = np.bincount(shared[seen].argmax(1), minlength=most) if seen.any() else np.zeros(1, np.int64)
    return int(np.maximum(pieces - 1, 0).sum())


def true_regions(line: npt.NDArray[np.float32]) -> npt.NDArray[np.int32]:
    """What `flats` finds between clean lines (h, w) 0..1 as they are, 1..n; 0 on lines."""
    from shiage.craft.regions import find_regions

    grey = (255 - 255 * line + 0.5).astype(np.uint8)
    return np.where(line < 0.3, find_regions(_opaque(np.dstack([grey] * 3)), 0).labels, 0).astype(np.int32)


def _cores(true: npt.NDArray[np.int32]) -> list[Masks]:
    """Where each region that is large enough lies in any case, however its lines are drawn."""
    deep = cv2.distanceTransform((true > 0).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    cores = []
    for k in range(1, int(true.max()) + 1):
        mine = true == k
        most = float(deep[mine].max(initial=0))
        if most >= _CORE:
            cores.append(mine & (deep >= 0.6 * most))
    return cores


def _away(mask: Masks) -> npt.NDArray[np.float32]:
    return np.asarray(cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE), np.float32)


def _within(points: Masks, line: Masks, near: float) -> int:
    return int((_away(line)[points] <= near).sum()) if line.any() else 0


@dataclass(frozen=True, eq=False)
class Trial:
    """`drawing`: (h, w, 4) uint8 as it is given; `line`: (h, w) 0..1 the line that was meant."""

    drawing: Picture
    line: npt.NDArray[np.float32]


def sketch(seed: int, size: int, *, centred: bool = True) -> Trial:
    """A puppet page in pencil. centred: whether the line that was meant is the middle of the searching strokes."""
    rng = np.random.default_rng((seed, 61))
    drawing = puppet.a_drawing(rng, int(rng.integers(1 << 31)), size)
    style = replace(puppet.RoughStyle.sample(rng, size), centred=centred)
    pen = puppet.LineStyle(width=1.1 * style.width + 0.2, contour=1.15, detail=0.85, taper=0.8)
    return Trial(_opaque(puppet.rough(drawing, size, style)), puppet.line_cover(drawing, (size, size), pen).cover)


def cut_open(seed: int, size: int) -> Trial:
    """Clean line art with breaks of five to ten thousandths of its size."""
    rng = np.random.default_rng((seed, 62))
    drawing = puppet.a_drawing(rng, int(rng.integers(1 << 31)), size)
    width = float(rng.uniform(1.8, 4))
    # A cut also takes the line's width beyond its two ends.
    lengths = (max(1.0, 0.005 * size - 2 * width), max(1.5, 0.01 * size - 2 * width))
    pen = puppet.LineStyle(width=width, gaps=14, gap_px=lengths, seed=seed)
    clean = puppet.line_cover(drawing, (size, size), pen)
    broken = clean.cover.copy()
    cut_gaps(broken, clean.line, clean.param, clean.strokes, pen, 1.0)
    grey = (255 - 255 * broken + 0.5).astype(np.uint8)
    return Trial(_opaque(np.dstack([grey] * 3)), clean.cover)


def _opaque(rgb: Picture) -> Picture:
    return np.dstack([rgb, np.full(rgb.shape[:2], 255, np.uint8)])


def measures(trials: list[Trial], strength: float = 0.5) -> dict[str, float]:
    """What `clean-up` makes of them, together."""
    from shiage.operations import run
    from shiage.values import Raster

    told, wanted, apart, points, traced = [], [], [], 0, 0.0
    before, after, cut_off = np.zeros(2), np.zeros(2), 0
    for trial in trials:
        made: dict[str, Any] = run("clean-up", {"sketch": [Raster(trial.drawing)]}, {"strength": strength})
        layer = made["line"][0].pixels
        told.append(layer[..., 3] > 127)
        wanted.append(trial.line > 0.5)
        again = drawn_again(made["strokes"][0])
        apart.append(chamfer(again > 127, told[-1]))
        points += len(made["strokes"][0].points)
        traced += _boundary(told[-1])
        true = true_regions(trial.line)
        before += [leaks(trial.drawing, true, gap) for gap in (0, None)]
        after += [leaks(layer, true, gap) for gap in (0, None)]
        cut_off += torn(layer, true)
    return {
        "f1": f1_of(np.stack(told), np.stack(wanted)),
        "chamfer": float(np.mean(apart)),
        "fewer_points": traced / max(points, 1),
        "leaks_before": int(before[0]),
        "leaks_after": int(after[0]),
        "leaks_before_gaps_closed": int(before[1]),
        "leaks_after_gaps_closed": int(after[1]),
        "torn": cut_off,
    }


def drawn_again(strokes: Any) -> Picture:
    """(h, w) coverage of strokes drawn as a host draws them."""
    from shiage.craft.fills.picture import draw_picture

    return np.asarray(draw_picture(strokes, strokes.view)[..., 3], np.uint8)


def _boundary(mask: Masks) -> int:
    """The points of a pixel trace: each on the outlines of the ink."""
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)
    return sum(len(outline) for outline in outlines)


def main() -> None:
    """Print the table of the card."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--puppets", type=int, default=24)
    parser.add_argument("--strength", type=float, default=0.5)
    parser.add_argument("--only", choices=[*KINDS], help="one of the kinds of pages")
    options = parser.parse_args()
    seeds = range(FIRST, FIRST + options.puppets)
    for name, draw in KINDS.items():
        if options.only in (None, name):
            told = measures([draw(seed) for seed in seeds], options.strength)
            print(name, {key: round(value, 3) for key, value in told.items()}, flush=True)


KINDS: dict[str, Callable[[int], Trial]] = {
    "sketches-512": lambda seed: sketch(seed, 512),
    "sketches-1024": lambda seed: sketch(seed, 1024),
    "sketches-2048": lambda seed: sketch(seed, 2048),
    "off-their-line-512": lambda seed: sketch(seed, 512, centred=False),
    "cuts-1024": lambda seed: cut_open(seed, 1024),
}


if __name__ == "__main__":
    main()
