"""Speed of `flats` beside OpenCV's own passes over the same picture, and its peak memory.

python tests/bench/bench_flats.py [--json FILE]

A ratio is the time of the whole operation (ink, regions, painting) over one cv2.connectedComponents and one
cv2.distanceTransform of the same drawing, each the best of several runs, taken in turn in one process.
Memory is the peak of a process of its own that loads nothing but the operation; its input is counted.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import line_art
from peak_memory import peak
from shiage import operations
from shiage.values import Raster

GOAL_RATIO, GOAL_MEMORY = 4.0, 1.5e9


def drawing(side: int) -> np.ndarray:
    """(side, side, 4) uint8: a sheet of 4 x 6 drawn figures with gaps, its lines about side / 500 wide."""
    figure = line_art.page(side / 4 / 256, width=3, gap=6)
    row = np.hstack([figure[:, : side // 4]] * 4)
    return line_art.rgba(np.vstack([row] * 3)[:side, :side])


def best(work: Callable[[], object], runs: int) -> float:
    """Seconds of the quickest of `runs` runs."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def speed(side: int) -> dict[str, float]:
    """Seconds of the operation and of OpenCV's two passes, and their ratio."""
    raster = Raster(drawing(side))
    free = (raster.pixels[..., 0] > 160).astype(np.uint8)

    def flats() -> object:
        return operations.run("flats", {"drawing": [raster]}, {"gap": 12})

    flats()
    rounds = [
        (best(flats, 1), best(lambda: cv2.connectedComponents(free), 3),
         best(lambda: cv2.distanceTransform(free, cv2.DIST_L2, 3), 3))
        for _ in range(6)
    ]  # fmt: skip
    whole, pieces, distance = (min(column) for column in zip(*rounds, strict=True))
    return {"flats": whole, "components": pieces, "distance": distance, "ratio": whole / (pieces + distance)}


def _peak(side: int, answer: multiprocessing.connection.Connection) -> None:
    # Drawn small and enlarged, so that making the drawing costs no more than holding it.
    raster = Raster(np.repeat(np.repeat(drawing(side // 4), 4, axis=0), 4, axis=1))
    operations.run("flats", {"drawing": [raster]}, {"gap": 12})
    answer.send(peak())


def memory(side: int) -> float:
    """Peak bytes of a fresh process that makes flats of one drawing."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_peak, args=(side, there))
    process.start()
    peak = float(here.recv())
    process.join()
    return peak


def main() -> None:
    """Print the table and, if asked, write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    table: dict[str, object] = {}
    print(
        f"{'side':>6} {'flats':>9} {'components':>11} {'distance':>9} {'ratio':>6}   (goal at 4096: {GOAL_RATIO:.0f})"
    )
    for side in (1024, 2048, 4096):
        row = speed(side)
        table[f"speed {side}"] = row
        print(
            f"{side:>6} {row['flats']:>8.3f}s {row['components']:>10.3f}s {row['distance']:>8.3f}s {row['ratio']:>6.2f}"
        )
    for side in (4096, 8192):
        peak = memory(side)
        table[f"memory {side}"] = peak
        print(f"{side:>6} peak memory {peak / 1e6:.0f} MB   (goal at 8192: {GOAL_MEMORY / 1e6:.0f})")
    if chosen.json:
        chosen.json.write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
