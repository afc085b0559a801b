"""Score part segmentation on the palette benchmark's hand-labelled sketches.

``python -m segment_parts.score [--bench ../shared/bench] [--weights FILE] [--puppets 40]``. A pixel counts where the
hand labels name a region that isn't ignored; line pixels are nobody's. Eye whites are eyes, holes of paper are none.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt

from recognize.score import default_bench
from shiage.craft.figures import find_figures
from shiage.nets.parts import PARTS, PartSegmenter
from shiage.values.files import read_picture

_ALSO = {"Eye_white": "Eye", "Background": "none"}


def truth_of(bench: Path, name: str) -> tuple[Path, npt.NDArray[np.int64]]:
    """The sketch of a truth file and the part at each pixel, -1 where none is asked for."""
    folder = bench / "palette"
    described = json.loads((folder / "truth" / f"{name}.json").read_text())
    import cv2

    ids = np.asarray(cv2.imread(str(folder / "truth" / f"{name}.png"), cv2.IMREAD_UNCHANGED), np.int64)
    table = np.full(max(int(ids.max()), *(r["id"] for r in described["regions"])) + 1, -1)
    table[1] = 0
    for region in described["regions"]:
        part = _ALSO.get(region["part"], region["part"])
        table[region["id"]] = -1 if region["ignore"] else PARTS.index(part)
    return folder / described["file"], table[ids]


def confusion(bench: Path, segmenter: PartSegmenter) -> dict[str, npt.NDArray[np.int64]]:
    """Per sketch, (16, 16) pixels by true and given part."""
    result = {}
    for path in sorted((bench / "palette" / "truth").glob("*.json")):
        sketch, wanted = truth_of(bench, path.stem)
        given = _given(read_picture(sketch).to_8bit(), segmenter)
        asked = wanted >= 0
        codes = wanted[asked] * len(PARTS) + given[asked]
        result[path.stem] = np.bincount(codes, minlength=len(PARTS) ** 2).reshape(len(PARTS), len(PARTS))
    return result


def puppet_confusion(count: int, segmenter: PartSegmenter, seed: int = 3_000_000) -> npt.NDArray[np.int64]:
    """(16, 16) pixels by true and given part, over `count` puppets that nothing was trained on, painted and as lines.

    Pixels of lines count for nobody, those inside the figure's outline for their part, none included.
    """
    import puppet

    table = np.zeros((len(PARTS), len(PARTS)), np.int64)
    for number in range(count):
        rng = np.random.default_rng((seed + number, 51))
        who = puppet.Character.from_seed(int(rng.integers(1 << 31)))
        yaw = float(rng.choice([0, 40, -40, 90, -90, 180]))
        pose = who.pose(str(rng.choice(["stand", "walk", "gesture"])), yaw, rng)
        scene = puppet.Scene((puppet.Actor("a", who, pose, puppet.fitted(who.draw(pose), 640, 0.04)),))
        frame = scene.frame(640, puppet.LineStyle.sample(rng, 640), puppet.PaintStyle.sample(rng, 640))
        asked = (frame.ids >= 0) & ~frame.is_line
        for picture in (frame.colour, frame.on_paper()):
            page = np.dstack([picture, np.full(picture.shape[:2], 255, np.uint8)])
            given = _given(page, segmenter)
            codes = frame.parts[asked].astype(np.int64) * len(PARTS) + given[asked]
            table += np.bincount(codes, minlength=len(PARTS) ** 2).reshape(table.shape)
    return table


def _given(page: npt.NDArray[np.uint8], segmenter: PartSegmenter) -> npt.NDArray[np.int64]:
    """The part at each pixel of a page."""
    given = np.zeros(page.shape[:2], np.int64)
    for figure in find_figures(page):
        x0, y0, x1, y1 = figure.box
        parts, _ = segmenter.parts_of(page, figure)
        given[y0:y1, x0:x1] = np.where(parts > 0, parts, given[y0:y1, x0:x1])
    return given


def measures(table: npt.NDArray[np.int64]) -> dict[str, float]:
    """pixel: share of the figure's labelled pixels that are right. miou: mean over the parts that are there."""
    right = np.diag(table)
    there = table.sum(1) > 0
    there[0] = False
    union = table.sum(1) + table.sum(0) - right
    iou = right / np.maximum(union, 1)
    result = {"pixel": float(right[1:].sum() / table[1:].sum()), "miou": float(iou[there].mean())}
    return result | {f"iou {PARTS[i]}": float(iou[i]) for i in np.flatnonzero(there)}


def main() -> None:
    """Print the scores as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bench", type=Path, default=default_bench())
    parser.add_argument("--weights", type=Path, help="another file than the one that ships")
    parser.add_argument("--puppets", type=int, default=0, help="also score on so many puppets")
    options = parser.parse_args()
    segmenter = PartSegmenter.load(options.weights)
    report: dict[str, object] = {}
    if (options.bench / "palette").is_dir():
        tables = confusion(options.bench, segmenter)
        report["pixel by sketch"] = {name: measures(table)["pixel"] for name, table in tables.items()}
        report["all"] = measures(np.sum(list(tables.values()), axis=0))
    if options.puppets:
        report["puppets"] = measures(puppet_confusion(options.puppets, segmenter))
    print(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
