"""The training ground: puppets painted, in line art and as rough sketches, with the part at each pixel."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

import puppet
from grounds import draw_many
from recognize.puppets import outline
from shiage.nets.look import fitted, look_at
from shiage.nets.parts import SIZE

PAGE = 352  # pixels a side of a drawn page
Planes = npt.NDArray[np.uint8]


def draw(seed: int) -> list[tuple[Planes, Planes]]:
    """One puppet, painted and as lines: looks (H, W, 5) uint8 and the parts (H, W) uint8 in them."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng((seed, 31))
    who = puppet.Character.from_seed(int(rng.integers(1 << 31)))
    yaw = float(rng.choice([0, 40, -40, 90, -90, 180, 140, -140], p=[0.26, 0.1, 0.1, 0.13, 0.13, 0.18, 0.05, 0.05]))
    pose = who.pose(str(rng.choice(["stand", "walk", "gesture"], p=[0.6, 0.15, 0.25])), yaw, rng)
    drawn = who.draw(pose)
    at = puppet.fitted(drawn, PAGE, 0.03)
    scene = puppet.Scene((puppet.Actor("a", who, pose, at),))
    style = puppet.LineStyle.sample(rng, PAGE, closed=bool(rng.random() < 0.6))
    frame = scene.frame(PAGE, style, puppet.PaintStyle.sample(rng, PAGE))
    inside = (frame.ids >= 0) | (frame.cover > 100)
    if inside.sum() < 400:
        return []
    figure = outline(inside)
    x0, y0, x1, y1 = figure.box
    labels = np.zeros(SIZE, np.uint8)
    top, bottom, left, right = fitted(figure.shape.shape, SIZE)
    cut = np.ascontiguousarray(frame.parts[y0:y1, x0:x1])
    labels[top:bottom, left:right] = cv2.resize(cut, (right - left, bottom - top), interpolation=cv2.INTER_NEAREST)
    lines = frame.on_paper()
    if rng.random() < 0.35:
        lines = puppet.rough(scene.drawing(), (PAGE, PAGE), puppet.RoughStyle.sample(rng, PAGE))
    made = []
    for picture in (frame.colour, lines):
        page = np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])
        made.append((look_at(page, figure, SIZE).planes, labels))
    return made


def draw_puppets(count: int, seed: int, processes: int) -> tuple[Planes, Planes]:
    """`count` puppets: looks (N, H, W, 5) and parts (N, H, W)."""
    rows = [row for rows in draw_many(draw, range(seed, seed + count), processes) for row in rows]
    return np.stack([planes for planes, _ in rows]), np.stack([labels for _, labels in rows])


def main() -> None:
    """Draw a ground of puppets ahead of the training."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--puppets", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    planes, labels = draw_puppets(options.puppets, options.seed, options.processes)
    options.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez(options.out, planes=planes, labels=labels)


if __name__ == "__main__":
    main()
