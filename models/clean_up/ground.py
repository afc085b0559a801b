"""The training ground: patches of drawings as pencil on paper and as the lines that were meant.

``python -m clean_up.ground OUT --sheets N`` draws puppets, each once roughly and once cleanly, and cuts patches out of
them. What paper, scanner and camera do to a sketch is left to `clean_up.augment`.
"""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

import puppet
from clean_up.stakes import small_shapes
from grounds import draw_many, whole
from puppet.ink import cut_gaps, hatch

PATCH = 256  # pixels a side
PENCIL, GUIDES, LINE, MIDDLE = range(4)  # the planes of a patch
MIDDLE_WIDTH = 1.7  # pixels of the ridge along a line's middle
_SIZES = 420.0, 1300.0  # pixels a side of a sheet, the least and the most
_ASTRAY = 0.12, 2.6  # pencil widths by which a pass misses the line, the least and the most ...
_FARTHEST = 6.0  # ... but no more than these pixels
_SEEN = 0.7  # of the sheets are pages as the reader shows them:
_PAGES = 480.0, 2600.0  # pixels a side, the least and the most; shown smaller, ...
_SHOWN = 2.4, 5.2  # ... so that their pencil is no wider than this (the reader: 5.5)
_FINER = 1.0, 1.6  # times as large as that, on the finer ground
_LARGE = 1300.0  # pixels a side of a page there, at least
_PARTED = 1.2, 3.0  # by how many 512ths of its side a pass misses the line there
_EACH, _AT_SMALL = 8, 4  # patches of a sheet, and how many of them lie about small shapes ...
_AT_SMALL_FINER = 6  # ... on the finer ground
_SHARD = 100  # sheets of a file

Patches = npt.NDArray[np.uint8]
Rng = np.random.Generator


def draw(seed: int, finer: bool = False) -> Patches:
    """Patches of one sheet, (n, PATCH, PATCH, 4) uint8: pencil, construction lines, clean line, its middle. finer: of
    a large page whose passes lie far apart, seen larger than the reader shows it."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng((seed, 51))
    if finer or rng.random() < _SEEN:
        made = _as_read(rng, finer)
    else:
        size = int(np.exp(rng.uniform(*np.log(_SIZES))))
        drawing = puppet.a_drawing(rng, int(rng.integers(1 << 31)), size)
        pencil = float(np.exp(rng.uniform(np.log(1.1), np.log(4.2))))
        if rng.random() < 0.3:
            made = _inked(drawing, size, pencil, rng)
        else:
            made = _sketched(drawing, size, _searching(size, pencil, rng), rng)
    sheet = np.stack([np.clip(plane * 255 + 0.5, 0, 255).astype(np.uint8) for plane in made], axis=-1)
    return _cut(sheet, rng, _AT_SMALL_FINER if finer else _AT_SMALL)


def _as_read(rng: Rng, finer: bool) -> list[npt.NDArray[np.float32]]:
    """A page of some size, drawn by a hand as bold and as far astray as that size asks for, and seen at the size at
    which the reader looks at it, a little larger or smaller."""
    size = int(np.exp(rng.uniform(*np.log((_LARGE if finer else _PAGES[0], _PAGES[1])))))
    hand = replace(puppet.RoughStyle.sample(rng, size), guides=1.0, centred=True)
    if finer:
        hand = replace(hand, wander=float(rng.uniform(*_PARTED) * size / 512))
    drawing = puppet.a_drawing(rng, int(rng.integers(1 << 31)), size)
    by = min(1.0, float(rng.uniform(*_SHOWN)) / hand.width) * (float(rng.uniform(*_FINER)) if finer else 1.0)
    made = _sketched(drawing, size, hand, rng, 1 / by)
    side = max(PATCH, round(by * size))
    if side == size:
        return made
    how = cv2.INTER_AREA if side < size else cv2.INTER_LINEAR
    return [np.asarray(cv2.resize(one, (side, side), interpolation=how), np.float32) for one in made]


def _searching(size: int, width: float, rng: Rng) -> puppet.RoughStyle:
    """A hand that makes one to four passes with a pencil of some width, however large the page is."""
    u = rng.uniform
    return puppet.RoughStyle(
        passes=int(rng.choice([1, 2, 3, 4], p=[0.12, 0.33, 0.35, 0.2])),
        wander=float(min(_FARTHEST, width * np.exp(u(*np.log(_ASTRAY))) + u(0, 0.4))),
        overshoot=float(u(1, 9) * size / 512),
        broken=int(rng.integers(2, 7)),
        width=width,
        dark=float(u(0.35, 0.95)),
        guides=1.0,
        centred=True,
        seed=int(rng.integers(1 << 31)),
    )


def _sketched(
    drawing: puppet.Drawing, size: int, style: puppet.RoughStyle, rng: Rng, larger: float = 1.0
) -> list[npt.NDArray[np.float32]]:
    """Searched for with a pencil, with construction lines, shading, blacks scribbled in. larger: times the size at
    which it will be seen."""
    u, width = rng.uniform, style.width
    lead = puppet.pencilled(drawing, (size, size), style)
    pen = puppet.LineStyle(
        width=1.1 * width + 0.2, vary=0.15, contour=1.15, detail=0.85, taper=0.8, seed=int(rng.integers(1 << 31))
    )
    clean = puppet.line_cover(drawing, (size, size), pen)
    pencil, line = lead.strokes, clean.cover
    if rng.random() < 0.3:
        shaded = _areas(clean, rng, int(rng.integers(1, 5)), 0.0)
        strokes = hatch(shaded, width * float(u(2.2, 5)), float(u(0, np.pi)), width * 0.8, int(rng.integers(1 << 16)))
        pencil = 1 - (1 - pencil) * (1 - strokes * np.float32(u(0.2, 0.6)))
    if rng.random() < 0.3:
        black = _blacks(clean, rng).astype(np.float32)
        scribble = np.clip(cv2.GaussianBlur(black, (0, 0), 0.8) * np.float32(u(0.75, 1)), 0, 1)
        pencil, line = np.maximum(pencil, scribble), np.maximum(line, cv2.GaussianBlur(black, (0, 0), 0.5))
    return [pencil, lead.guides, line, _middle(drawing, size, larger)]


def _inked(drawing: puppet.Drawing, size: int, width: float, rng: Rng) -> list[npt.NDArray[np.float32]]:
    """Clean already, but for breaks: such lines stay as they are, and become whole."""
    pen = replace(puppet.LineStyle.sample(rng, size), width=width, gaps=0, taper=float(rng.uniform(0, 1)))
    clean = puppet.line_cover(drawing, (size, size), pen)
    broken = clean.cover.copy()
    if rng.random() < 0.7:
        cuts = replace(pen, gaps=int(rng.integers(6, 30)), gap_px=(1.5 + 0.5 * width, 3 + 2.5 * width))
        cut_gaps(broken, clean.line, clean.param, clean.strokes, cuts, 1.0)
    return [broken, np.zeros_like(broken), clean.cover, _middle(drawing, size)]


def _middle(drawing: puppet.Drawing, size: int, larger: float = 1.0) -> npt.NDArray[np.float32]:
    thin = puppet.LineStyle(width=MIDDLE_WIDTH * larger, vary=0.0, contour=1.0, detail=1.0, taper=0.0)
    return puppet.line_cover(drawing, (size, size), thin).cover


def _areas(clean: puppet.LineCover, rng: Rng, count: int, least: float) -> npt.NDArray[np.bool_]:
    """Where some of the figure's shapes are on top; those that cover more than `least` of the sheet."""
    area = np.bincount(clean.ids[clean.ids >= 0], minlength=len(clean.shapes))
    fit = np.flatnonzero(area > max(least * clean.ids.size, 30))
    return np.isin(clean.ids, rng.choice(fit, min(count, len(fit)), replace=False) if len(fit) else fit)


def _blacks(clean: puppet.LineCover, rng: Rng) -> npt.NDArray[np.bool_]:
    """Pupils, and now and then another small shape, filled."""
    black = np.isin(clean.ids, [i for i, s in enumerate(clean.shapes) if s.name.endswith(".pupil")])
    area = np.bincount(clean.ids[clean.ids >= 0], minlength=len(clean.shapes))
    small = np.flatnonzero((area > 30) & (area < 0.01 * clean.ids.size))
    if len(small) and rng.random() < 0.6:
        black |= np.isin(clean.ids, rng.choice(small, min(3, len(small)), replace=False))
    return black


def _cut(sheet: Patches, rng: Rng, at_small: int) -> Patches:
    """Patches about small shapes and about places on the lines, and one from anywhere."""
    side = len(sheet) - PATCH
    centres = _small_shapes(sheet[..., MIDDLE])
    if len(centres):
        centres = centres[rng.integers(len(centres), size=at_small)]
    ys, xs = np.nonzero(sheet[..., LINE] > 128)
    if len(ys):
        on = rng.integers(len(ys), size=_EACH - 1 - len(centres))
        centres = np.concatenate([centres, np.stack([ys[on], xs[on]], 1)])
    near = centres - PATCH // 2 + rng.integers(-60, 61, centres.shape)
    places = np.concatenate([rng.integers(0, side + 1, (1, 2)), np.clip(near, 0, side).astype(np.int64)])
    return np.stack([sheet[y : y + PATCH, x : x + PATCH] for y, x in places])


def _small_shapes(middle: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """(n, 2) middles y, x of what lines close up to in small."""
    _, _, stats, centres = cv2.connectedComponentsWithStats((middle < 90).astype(np.uint8), connectivity=4)
    return np.asarray(centres[small_shapes(stats, middle.shape)][:, ::-1], np.float64)


def draw_sheets(first: int, count: int, processes: int, finer: bool = False) -> Patches:
    """The patches of `count` sheets, (n, PATCH, PATCH, 4)."""
    return np.concatenate(list(draw_many(partial(draw, finer=finer), range(first, first + count), processes)))


def main() -> None:
    """Write the patches in files of 100 sheets; what is there already is kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--sheets", type=int, default=2000)
    parser.add_argument("--first", type=int, default=700_000, help="the first sheet's seed")
    parser.add_argument("--finer", action="store_true", help="large pages whose passes lie far apart, seen larger")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for first in range(options.first, options.first + options.sheets, _SHARD):
        target = options.out / f"{first}.npy"
        if not target.exists():
            count = min(_SHARD, options.first + options.sheets - first)
            made = draw_sheets(first, count, options.processes, options.finer)
            with whole(target) as file:
                np.save(file, made)


if __name__ == "__main__":
    main()
