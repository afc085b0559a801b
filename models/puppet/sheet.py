"""Contact sheets of the drawn world: `python -m puppet.sheet OUT [--seed N] [--count N] [--size PX]`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .demo import demo_set
from .figure.character import Character
from .flow import flow, warp
from .frame import render
from .ink import LineStyle
from .paint import PaintStyle
from .recipes import clip, manga_of, page, pair, sample, sketch_of
from .scene import fitted

Image = NDArray[np.uint8]
_PART_COLOURS = np.array(
    [
        (255, 255, 255),
        (255, 190, 140),
        (230, 110, 130),
        (60, 130, 220),
        (70, 60, 40),
        (255, 222, 196),
        (190, 110, 70),
        (120, 80, 170),
        (240, 150, 100),
        (255, 160, 120),
        (60, 100, 150),
        (210, 150, 110),
        (190, 30, 40),
        (90, 60, 50),
        (90, 170, 160),
        (110, 180, 80),
    ],
    dtype=np.uint8,
)


def tiled(images: list[Image], columns: int) -> Image:
    """Equal-sized images in rows."""
    blank = np.full_like(images[0], 255)
    images = images + [blank] * (-len(images) % columns)
    return np.vstack([np.hstack(images[i : i + columns]) for i in range(0, len(images), columns)])


def _in_rgb(grey: NDArray[np.uint8]) -> Image:
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), np.uint8)


def coloured_labels(label: NDArray[np.integer[Any]]) -> Image:
    """Labels as lasting random colours, 0 black."""
    table = np.random.default_rng(0).integers(70, 255, (4096, 3)).astype(np.uint8)
    table[0] = 0
    return np.asarray(table[label % 4096])


def turnarounds(seed: int, count: int, size: int) -> Image:
    """Five views a row, coloured."""
    rows = []
    for i in range(count):
        figure = Character.from_seed(seed + i)
        cells = []
        for yaw in (0.0, 40.0, 90.0, 140.0, 180.0):
            drawing = figure.draw(figure.pose("stand", yaw))
            frame = render(
                drawing.placed(fitted(drawing, size).matrix()),
                size,
                LineStyle(width=1.6),
                PaintStyle(amount=0.22, cast=3),
            )
            cells.append(frame.colour[:, size // 5 : -size // 5])
        rows.append(np.hstack(cells))
    return tiled(rows, 2)


def mixture(seed: int, count: int, size: int) -> Image:
    """What `sample` gives."""
    return tiled([sample(seed + i, size).frame.colour for i in range(count)], 6)


def lines(seed: int, count: int, size: int) -> Image:
    """The line art of the same samples."""
    return tiled([sample(seed + i, size).frame.on_paper() for i in range(count)], 6)


def sketches(seed: int, count: int, size: int) -> Image:
    """Rough sketches."""
    return tiled([sketch_of(sample(seed + i, size)) for i in range(count)], 6)


def tones(seed: int, count: int, size: int) -> Image:
    """Manga pages with screentone."""
    return tiled([_in_rgb(manga_of(sample(seed + i, size))) for i in range(count)], 6)


def labels(seed: int, count: int, size: int) -> Image:
    """Line art, flats, regions, parts, depth, shadow and light."""
    rows: list[Image] = []
    for i in range(count):
        f = sample(seed + i, size, toons=0.2).frame
        depth = (f.depth.astype(np.float32) / max(1, int(f.depth.max())) * 255).astype(np.uint8)
        shade = np.dstack((255 - f.shadow, 255 - f.shadow // 2 - f.light // 2, 255 - f.light))
        rows += [
            f.on_paper(),
            f.flat,
            coloured_labels(f.regions.label),
            _PART_COLOURS[f.parts],
            _in_rgb(depth),
            shade,
        ]
    return tiled(rows, 6)


def clips(seed: int, count: int, size: int) -> Image:
    """Four times of a clip, then the last frame brought back to the first by the flow (unseen places grey)."""
    rows: list[Image] = []
    for i in range(count):
        c = clip(seed + i, size)
        rng = np.random.default_rng(seed + i)
        style, finish = LineStyle.sample(rng, size), PaintStyle(shade="flat")
        frames = [c.frame(t, size, style, finish) for t in (0.0, 1 / 3, 2 / 3, 1.0)]
        f = flow(frames[0], frames[-1])
        back = warp(frames[-1].colour, f.vector)
        back[~f.visible] = 128
        rows += [*(g.colour for g in frames), back]
    return tiled(rows, 5)


def pairs(seed: int, count: int, size: int) -> Image:
    """Pairs; areas of one identity have one colour."""
    rows: list[Image] = []
    for i in range(count):
        p = pair(seed + i, size)
        for f in (p.a, p.b):
            rows.append(f.on_paper())
        for f in (p.a, p.b):
            rows.append(coloured_labels(np.where(f.regions.label > 0, f.regions.shape[f.regions.label], 0)))
    return tiled(rows, 8)


def pages(seed: int, count: int, size: int) -> Image:
    """Pages of several figures with their boxes."""
    out = []
    for i in range(count):
        p = page(seed + i, size)
        image = p.frame.colour.copy()
        for x0, y0, x1, y1 in p.boxes.astype(int):
            cv2.rectangle(image, (int(x0), int(y0)), (int(x1), int(y1)), (230, 60, 60), 1)
        out.append(image)
    return tiled(out, 4)


def demo(_seed: int, _count: int, size: int) -> Image:
    """The demo's cast: design, then sketches of three views with their truth."""
    rows: list[Image] = []
    for c in demo_set(size):
        rows += [c.designs["front"]] + [_in_rgb(c.sketches[v]) for v in c.sketches] + list(c.truth.values())
    return tiled(rows, 7)


SHEETS: dict[str, tuple[Callable[[int, int, int], Image], int, int]] = {
    "turnarounds": (turnarounds, 10, 230),
    "mixture": (mixture, 24, 220),
    "lines": (lines, 24, 220),
    "sketches": (sketches, 12, 256),
    "tones": (tones, 6, 256),
    "labels": (labels, 5, 220),
    "clips": (clips, 6, 220),
    "pairs": (pairs, 8, 170),
    "pages": (pages, 8, 300),
    "demo": (demo, 6, 200),
}
"""Name -> (maker, default count, default size of a cell in px)."""


def main() -> None:
    """Write sheets as JPEG into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", choices=sorted(SHEETS), action="append")
    parser.add_argument("--seed", type=int, default=100)
    parser.add_argument("--count", type=int)
    parser.add_argument("--size", type=int)
    parser.add_argument("--quality", type=int, default=82)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    for name in args.only or SHEETS:
        make, count, size = SHEETS[name]
        image = make(args.seed, args.count or count, args.size or size)
        cv2.imwrite(str(args.out / f"{name}.jpg"), image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, args.quality])


if __name__ == "__main__":
    main()
