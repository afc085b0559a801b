"""The training ground: two keys of puppets or cut-outs, the true frame between them, and all that moved.

``python -m inbetween.ground FOLDER --pairs N`` writes one file a pair: cels with lines, flat colours without, line art,
rough sketches. How far the frame between is on its way is known, so easing is in the number and not in the picture.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

import puppet
from grounds import Arrays, write_many
from match_regions.cutouts import cutouts
from match_regions.ground import moving_clip

PAGE = 320  # pixels a side of a drawn frame
KINDS = ("flat", "cel", "line", "rough")
_OFTEN = (0.42, 0.26, 0.22, 0.10)
_LEAST = 12  # pixels of a region, below which its motion is not told

Rng = np.random.Generator
Drawer = Callable[[float], puppet.Drawing]


@dataclass(frozen=True)
class Look:
    """How all frames of a pair are drawn."""

    kind: str
    style: puppet.LineStyle
    finish: puppet.PaintStyle
    rough: puppet.RoughStyle

    def picture(self, drawing: puppet.Drawing, frame: puppet.Frame) -> npt.NDArray[np.uint8]:
        """(PAGE, PAGE, 3) uint8 RGB of a drawing and its rendered frame."""
        if self.kind == "line":
            return frame.on_paper()
        if self.kind == "rough":
            return puppet.rough(drawing, PAGE, self.rough)
        if self.kind == "cel":
            return frame.colour
        large = drawing.placed(np.array([[2.0, 0, 0.5], [0, 2.0, 0.5]]))
        flat = puppet.render(large, 2 * PAGE, self.style, self.finish).flat
        return np.asarray(cv2.resize(flat, (PAGE, PAGE), interpolation=cv2.INTER_AREA), np.uint8)


def scene(seed: int) -> tuple[Drawer, Look, tuple[float, float, float]]:
    """What is drawn at each moment, how, and three moments: the first key, the frame between, the second key."""
    rng = np.random.default_rng((seed, 97))
    style = puppet.LineStyle.sample(rng, PAGE, closed=True)
    kind = str(rng.choice(KINDS, p=_OFTEN))
    if kind == "cel":
        style = replace(style, binary=False)
    look = Look(kind, style, puppet.PaintStyle.sample(rng, PAGE), puppet.RoughStyle.sample(rng, PAGE))
    drawer: Drawer
    if rng.random() < 0.5:
        drawer = cutouts(int(rng.integers(1 << 31)), PAGE).drawing
    else:
        clip = moving_clip(rng, PAGE)
        clip = puppet.Clip(clip.first, clip.last, "linear", clip.keys)

        def drawer(t: float) -> puppet.Drawing:
            return clip.scene(t).drawing()

    span = float(rng.uniform(0.35, 1.0))
    start = float(rng.uniform(0, 1 - span))
    share = float(rng.choice([0.25, 0.5, 0.75, rng.uniform(0.08, 0.92)]))
    moments = start, start + span * share, start + span
    return drawer, look, moments if rng.random() < 0.5 else moments[::-1]


def pair(seed: int) -> Arrays:
    """All arrays of one pair.

    a, m, b: (PAGE, PAGE, 3) uint8; share: how far m is from a to b; of a and of b: flow (PAGE, PAGE, 2) float16 into
    the other, weight uint8 (0 unknown, 1 hidden there, 2 seen there), near uint8 (255 nearest), region uint8 (0 none)
    and moves (n + 1, 2, 3) float32: each region's affine motion, NaN where it has none.
    """
    cv2.setNumThreads(1)
    drawer, look, (t0, t, t1) = scene(seed)
    drawn = [drawer(moment) for moment in (t0, t, t1)]
    frames = [puppet.render(d, PAGE, look.style, look.finish) for d in drawn]
    a, m, b = (look.picture(d, f) for d, f in zip(drawn, frames, strict=True))
    arrays: Arrays = {"a": a, "m": m, "b": b, "share": np.array((t - t0) / (t1 - t0), np.float32)}
    for name, here, there in (("a", frames[0], frames[2]), ("b", frames[2], frames[0])):
        found = puppet.flow(here, there)
        labels = _grown(here.regions.label)
        arrays |= {
            f"flow_{name}": np.clip(found.vector, -2000, 2000).astype(np.float16),
            f"weight_{name}": (found.valid * np.uint8(1) + found.visible).astype(np.uint8),
            f"near_{name}": (here.depth.astype(np.float32) * (255 / max(1, int(here.depth.max())))).astype(np.uint8),
            f"region_{name}": labels,
            f"moves_{name}": moves_of(labels, found.vector, found.valid),
        }
    return arrays


def _grown(labels: npt.NDArray[np.int32]) -> npt.NDArray[np.uint8]:
    """Labels with the lines shared out to the nearest region; at most 255 of them."""
    labels = np.where(labels > 255, 0, labels)
    if not labels.any():
        return labels.astype(np.uint8)
    nearest = np.zeros(int(labels.max()) + 1 + labels.size, np.int64)
    _, index = cv2.distanceTransformWithLabels(
        (labels == 0).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    nearest[index[labels > 0]] = labels[labels > 0]
    return nearest[index].astype(np.uint8)


def moves_of(
    labels: npt.NDArray[np.uint8], flow: npt.NDArray[np.float32], valid: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float32]:
    """(n + 1, 2, 3): the affine displacement of each region that fits its flow best; NaN where too little is known."""
    count = int(labels.max()) + 1
    moves = np.full((count, 2, 3), np.nan, np.float32)
    ys, xs = np.nonzero(valid)
    region = labels[ys, xs]
    base = np.stack([xs - PAGE / 2, ys - PAGE / 2, np.ones(len(xs))]).astype(np.float64) / (PAGE / 2, PAGE / 2, 1)[0]
    base[2] = 1
    size = np.bincount(region, minlength=count)
    normal = np.empty((count, 3, 3))
    right = np.empty((count, 3, 2))
    for i in range(3):
        for j in range(3):
            normal[:, i, j] = np.bincount(region, base[i] * base[j], minlength=count)
        for k in range(2):
            right[:, i, k] = np.bincount(region, base[i] * flow[ys, xs, k], minlength=count)
    known = size >= _LEAST
    # Held to a plain shift where a region is too slim to tell more.
    normal[:, [0, 1], [0, 1]] += 2e-3 * size[:, None] + 1e-6
    moves[known] = np.linalg.solve(normal[known], right[known]).transpose(0, 2, 1)
    moves[0] = np.nan
    return moves


def draw_pairs(folder: Path, count: int, seed: int, processes: int) -> int:
    """Write `count` pairs into a folder; gives how many are new."""
    return write_many(pair, (puppet.sample_seed(seed, i) for i in range(count)), folder, processes)


def main() -> None:
    """Draw a ground ahead of the training."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pairs", type=int, default=3000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    written = draw_pairs(options.folder, options.pairs, options.seed, options.processes)
    print(f"{written} pairs in {options.folder}")


if __name__ == "__main__":
    main()
