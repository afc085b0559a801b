"""The pages that the YOLO recipe trains on: figures of puppet pages and real drawings, their parts outlined.

Each figure is cut out as `shiage.nets.parts` will cut it, whole and close up, painted and in line art. Real drawings
have no hand-made labels: they carry those that the part network reads in them (`--real`), and are marked by their name.
"""

from __future__ import annotations

import argparse
import os
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

import puppet
from grounds import draw_many
from recognize.puppets import outline
from recognize.score import default_bench
from recognize.split import read_index, split
from shiage.craft.figures import Figure, find_figures
from shiage.nets.look import fitted, look_of, over_white
from shiage.nets.parts import PARTS, PartSegmenter
from shiage.nets.parts._instances import SIZE, closer, picture_of
from shiage.values.files import read_picture

_SHEET = 640  # pixels a side of a drawn page
_HELD_OUT = 1_000_000  # seeds from here on are those that are scored in training
Picture = npt.NDArray[np.uint8]


def outlines(parts: npt.NDArray[np.uint8]) -> list[tuple[int, npt.NDArray[np.float64]]]:
    """Class 0..14 and outline (n, 2), x and y 0..1, of each connected piece of each part of a page, (H, W) uint8."""
    height, width = parts.shape
    found = []
    for part in range(1, len(PARTS)):
        pieces, _ = cv2.findContours(np.asarray(parts == part, np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        for piece in pieces:
            if cv2.contourArea(piece) >= 6:
                simple = cv2.approxPolyDP(piece, 0.5, closed=True)[:, 0].astype(np.float64)
                if len(simple) >= 3:
                    found.append((part - 1, simple / (width, height)))
    return found


def draw(seed: int) -> list[tuple[Picture, Picture]]:
    """The figures of one puppet page: pictures (H, W, 3) uint8 RGB and the parts (H, W) in them."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng((seed, 41))
    figures = int(rng.choice([1, 2], p=[0.7, 0.3]))
    made = []
    sheet = (_SHEET, _SHEET if figures == 2 else _SHEET * 3 // 4)
    actors: list[puppet.Actor] = []
    for i in range(figures):
        who = puppet.Character.from_seed(int(rng.integers(1 << 31)))
        yaw = float(rng.choice([0, 40, -40, 90, -90, 180, 140, -140], p=[0.3, 0.1, 0.1, 0.12, 0.12, 0.16, 0.05, 0.05]))
        pose = who.pose(str(rng.choice(["stand", "walk", "gesture"], p=[0.6, 0.15, 0.25])), yaw, rng)
        drawn = who.draw(pose)
        at = puppet.fitted(drawn, (sheet[0], sheet[1] // figures), 0.03)
        actors.append(puppet.Actor("ab"[i], who, pose, puppet.Placement(at.scale, at.x + i * sheet[1] / 2, at.y)))
    scene = puppet.Scene(tuple(actors))
    style = puppet.LineStyle.sample(rng, _SHEET, closed=bool(rng.random() < 0.6))
    frame = scene.frame(sheet, style, puppet.PaintStyle.sample(rng, _SHEET))
    lines = frame.on_paper()
    if rng.random() < 0.3:
        lines = puppet.rough(scene.drawing(), sheet, puppet.RoughStyle.sample(rng, _SHEET))
    for i in range(figures):
        here = np.zeros(sheet, bool)
        here[:, i * sheet[1] // figures : (i + 1) * sheet[1] // figures] = True
        inside = ((frame.ids >= 0) | (frame.cover > 100)) & here
        if inside.sum() < 400:
            continue
        figure = outline(inside)
        for picture in (frame.colour, lines):
            made.append(cut(picture, figure, frame.parts))
            if rng.random() < 0.5:
                made.append(cut(picture, closer(figure), frame.parts))
    return made


def cut(page: Picture, figure: Figure, parts: Picture) -> tuple[Picture, Picture]:
    """A figure of a page, (H, W, 3) uint8, as the network will see it, and the parts there."""
    x0, y0, x1, y1 = figure.box
    labels = np.zeros(SIZE, np.uint8)
    top, bottom, left, right = fitted(figure.shape.shape, SIZE)
    there = np.where(figure.shape > 0, parts[y0:y1, x0:x1], 0).astype(np.uint8)
    labels[top:bottom, left:right] = cv2.resize(there, (right - left, bottom - top), interpolation=cv2.INTER_NEAREST)
    return picture_of(look_of(np.ascontiguousarray(page[y0:y1, x0:x1]), figure.shape, SIZE)), labels


def read(bench: Path) -> list[tuple[Picture, Picture]]:
    """The real characters that may be trained on, with the parts that the part network reads in them."""
    drawings = read_index(bench)
    trained, _ = split(drawings)
    reader = PartSegmenter.load()
    made = []
    for drawing in drawings:
        if drawing.character not in trained or drawing.view == "sheet":
            continue
        page = read_picture(drawing.file).to_8bit()
        for figure in find_figures(page)[:1]:
            x0, y0, x1, y1 = figure.box
            parts = np.zeros(page.shape[:2], np.uint8)
            parts[y0:y1, x0:x1] = reader.parts_of(page, figure)[0]
            for who in (figure, closer(figure)):
                picture, labels = cut(over_white(page), who, parts)
                made.append((picture, labels))
                if drawing.kind == "colour":
                    made.append((as_lines(page, who), labels))
    return made


def as_lines(page: Picture, figure: Figure) -> Picture:
    """A painted figure as line art."""
    x0, y0, x1, y1 = figure.box
    look = look_of(over_white(page[y0:y1, x0:x1]), figure.shape, SIZE)
    return picture_of(look, painted=False)


def write(folder: Path, name: str, made: list[tuple[Picture, Picture]]) -> None:
    """Pictures and their outlines in ultralytics' layout, images/NAME-n.png and labels/NAME-n.txt."""
    for i, (picture, parts) in enumerate(made):
        rows = [f"{part} " + " ".join(f"{v:.5f}" for v in line.ravel()) for part, line in outlines(parts)]
        (folder / "labels" / f"{name}-{i}.txt").write_text("\n".join(rows) + "\n")
        cv2.imwrite(str(folder / "images" / f"{name}-{i}.png"), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
    (folder / "done" / name).touch()


def write_puppets(folder: Path, seed: int) -> None:
    """One puppet page."""
    write(folder, f"puppet-{seed}", draw(seed))


def draw_pages(folder: Path, count: int, seed: int, processes: int) -> None:
    """Draw those of `count` puppet pages that are not there yet."""
    for name in ("images", "labels", "done"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    wanted = [n for n in range(seed, seed + count) if not (folder / "done" / f"puppet-{n}").exists()]
    for _ in draw_many(partial(write_puppets, folder), wanted, processes):
        pass


def draw_all(out: Path, count: int, bench: Path, processes: int) -> None:
    """OUT/train with `count` puppet pages and the real characters, where they are here; OUT/val with other puppets."""
    draw_pages(out / "train", count, 1, processes)
    draw_pages(out / "val", max(2, count // 40), _HELD_OUT, processes)
    if (bench / "characters").is_dir() and not (out / "train" / "done" / "real").exists():
        write(out / "train", "real", read(bench))


def main() -> None:
    """Draw the training's and the scoring's pages ahead of the training."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--pages", type=int, default=2000)
    parser.add_argument("--bench", type=Path, default=default_bench(), help="with the real characters of the split")
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    options = parser.parse_args()
    draw_all(options.out, options.pages, options.bench, options.processes)


if __name__ == "__main__":
    main()
