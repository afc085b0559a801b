"""The training ground: four drawings of the same actors at a time, with whose region is whose.

``python -m match_regions.ground FOLDER --families N`` writes one file a family: puppets, cut-outs or vector scenes.
Most families are moments of one motion, the others poses and views of one figure. Regions are found in the finished
line art, as they are in a drawing by hand: gaps, colour-trace lines and folds merge and split them.
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
from grounds import Arrays, write_many
from match_regions.cutouts import cutouts
from match_regions.scenes import vector_scene
from match_regions.vector import Pen, VectorFrame
from shiage.craft.follow import Described, describe
from shiage.craft.follow.motion import flowed
from shiage.craft.follow.read import clip_regions
from shiage.craft.ink import read_ink
from shiage.errors import BadInput
from shiage.nets.match._see import compare, see

PAGE = 384  # pixels a side of a drawn frame
MOST = 150  # regions of a frame
_MOMENTS = ((0, 1), (1, 3), (0, 3), (2, 1))
PAIRS = {"clip": _MOMENTS, "cutouts": _MOMENTS, "vector": _MOMENTS, "sheet": ((0, 1), (0, 2), (1, 3), (3, 2))}
SHARES = {"clip": 0.2, "cutouts": 0.3, "vector": 0.4, "sheet": 0.1}
_LIVELY = 0.75  # of the cut-outs
_PURE = 0.6  # of a region's pixels belong to one shape, or it teaches nothing

Rng = np.random.Generator
Frame = puppet.Frame | VectorFrame


def frames_of(seed: int, kind: str = "") -> tuple[str, list[Frame]]:
    """Four drawings of the same actors; of a kind by lot, or of one of `SHARES`."""
    rng = np.random.default_rng((seed, 61))
    kind = kind or str(rng.choice(list(SHARES), p=list(SHARES.values())))
    if kind == "vector":
        return kind, _vector(rng)
    style = _style(rng)
    finish = puppet.PaintStyle.sample(rng, PAGE, trace=0.15)
    if kind == "clip":
        return kind, _moments(rng, style, finish)
    if kind == "cutouts":
        lively = bool(rng.random() < _LIVELY)
        things, times = cutouts(int(rng.integers(1 << 31)), PAGE, lively=lively), _times(rng)
        return kind, [things.frame(t, replace(style, seed=style.seed + i), finish) for i, t in enumerate(times)]
    who = puppet.who(int(rng.integers(1 << 31)), 0.45)
    yaw = float(rng.choice([0, 40, -40, 90, 180]))
    frames: list[Frame] = []
    for i in range(4):
        view = yaw if rng.random() < 0.5 else float(rng.choice([0, 40, -40, 90, -90, 180]))
        pose = who.pose("stand" if i == 0 else str(rng.choice(["stand", "walk", "gesture"])), view, rng)
        body = who.draw(pose)
        at = puppet.fitted(body, PAGE, float(rng.uniform(0.02, 0.15)))
        at = replace(at, roll=float(rng.normal(0, 4)), x=at.x + float(rng.normal(0, 0.02 * PAGE)))
        scene = puppet.Scene((puppet.Actor("a", who, pose, at),))
        frames.append(scene.frame(PAGE, style if rng.random() < 0.7 else _style(rng), finish))
    return kind, frames


def _vector(rng: Rng) -> list[Frame]:
    pen = Pen.sample(rng, PAGE)
    if rng.random() < 0.45:
        pen = replace(pen, gaps=int(rng.integers(2, 8)))
    scene = vector_scene(int(rng.integers(1 << 31)), PAGE)
    return [scene.frame(t, replace(pen, seed=pen.seed + i)) for i, t in enumerate(_times(rng))]


def _moments(rng: Rng, style: puppet.LineStyle, finish: puppet.PaintStyle) -> list[Frame]:
    clip = moving_clip(rng, PAGE)
    # Gaps in the lines are other ones in every frame.
    return [clip.frame(t, PAGE, replace(style, seed=style.seed + i), finish) for i, t in enumerate(_times(rng))]


def moving_clip(rng: Rng, page: int) -> puppet.Clip:
    """Puppets by lot that move; in half of the clips the camera moves too."""
    clip = puppet.clip(int(rng.integers(1 << 31)), page, toons=0.5)
    if rng.random() < 0.5:
        turn, zoom = float(rng.normal(0, 6)), float(np.exp(rng.normal(0, 0.12)))
        shift = rng.normal(0, 0.05 * page, 2)
        last = tuple(
            replace(
                actor,
                at=replace(
                    actor.at,
                    scale=actor.at.scale * zoom,
                    roll=actor.at.roll + turn,
                    x=page / 2 + (actor.at.x - page / 2) * zoom + shift[0],
                    y=page * 0.6 + (actor.at.y - page * 0.6) * zoom + shift[1],
                ),
            )
            for actor in clip.last.actors
        )
        clip = puppet.Clip(clip.first, puppet.Scene(last, clip.last.scenery), clip.timing)
    return clip


def _times(rng: Rng) -> list[float]:
    times = np.sort(rng.uniform(0, 1, 4))
    times[0], times[3] = 0.0, 1.0
    return [float(t) for t in (times[::-1] if rng.random() < 0.5 else times)]


def _style(rng: Rng) -> puppet.LineStyle:
    style = puppet.LineStyle.sample(rng, PAGE, closed=True)
    if rng.random() < 0.45:
        style = replace(style, gaps=int(rng.integers(2, 8)), gap_px=(2.0, 7.0))
    return replace(style, binary=bool(rng.random() < 0.3) or style.binary)


def read(frame: Frame) -> tuple[Described, npt.NDArray[np.int64], npt.NDArray[np.int64]] | None:
    """A frame's regions as the daemon finds them; for each whose area it is, and its colour; -1 where it is mixed.

    None where there is nothing to match.
    """
    try:
        ink = read_ink(frame.line_rgba)
    except BadInput:
        return None
    labels = clip_regions(ink)
    if not 1 < labels.max() <= MOST:
        return None
    drawn = describe(labels, ink.coverage)
    seen = frame.regions.label > 0
    group = frame.regions.group[frame.regions.label]
    names, index = np.unique(group[seen], return_inverse=True)
    votes = np.bincount(labels[seen] * len(names) + index, minlength=(len(drawn) + 1) * len(names))
    votes = votes.reshape(len(drawn) + 1, len(names))[1:]
    pure = votes.max(1) >= _PURE * np.maximum(votes.sum(1), 1)
    pure &= votes.sum(1) > 0
    rgb = np.zeros(len(names), np.int64)
    packed = frame.palette.astype(np.int64) @ (65536, 256, 1)
    rgb[index] = packed[frame.regions.colour[frame.regions.label[seen]]]
    best = votes.argmax(1)
    rgb[names == 0] = 1 << 24
    return drawn, np.where(pure, names[best], -1), np.where(pure, rgb[best], -1)


def family(seed: int, kind: str = "") -> Arrays | None:
    """All arrays of one family; None where its drawings are too many or too few regions."""
    cv2.setNumThreads(1)
    kind, frames = frames_of(seed, kind)
    found = [read(frame) for frame in frames]
    if any(one is None for one in found):
        return None
    arrays: Arrays = {}
    drawn = [one for one in found if one is not None]
    for i, (described, group, colour) in enumerate(drawn):
        seen = see(described)
        arrays |= {
            f"{i}.{name}": getattr(seen, name).astype(np.float16 if name in ("share", "between") else None)
            if name in ("share", "between")
            else getattr(seen, name)
            for name in ("lines", "cell", "share", "shape", "around", "numbers", "between")
        }
        arrays[f"{i}.group"], arrays[f"{i}.colour"] = group, colour
    for number, (i, j) in enumerate(PAIRS[kind]):
        a, b = drawn[i][0], drawn[j][0]
        arrays[f"pair{number}"] = compare(a, b, flowed(a, b)).astype(np.float16)
        arrays[f"of{number}"] = np.array([i, j])
    return arrays


def draw_families(folder: Path, count: int, seed: int, processes: int, kind: str = "") -> int:
    """Write `count` families into a folder; gives how many of them there was something to match in."""
    return write_many(partial(family, kind=kind), range(seed, seed + count), folder, processes)


def main() -> None:
    """Draw a ground ahead of the training."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--families", type=int, default=1500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--kind", choices=list(SHARES), default="", help="this one only")
    options = parser.parse_args()
    written = draw_families(options.folder, options.families, options.seed, options.processes, options.kind)
    print(f"{written} families in {options.folder}")


if __name__ == "__main__":
    main()
