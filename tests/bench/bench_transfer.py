"""Speed of `transfer-palette` at one megapixel, and how long a cancel may have to wait for it.

python tests/bench/bench_transfer.py [--json FILE]

Each of the demo's sketches, brought to one megapixel, is coloured from one design (the best of several runs, in one
process). A cancelled job stops where its operation next looks up, so the longest time between two looks is printed
beside the stage in which it was.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from math import sqrt
from pathlib import Path

import cv2

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from shiage import operations
from shiage.spec import Work
from shiage.values import Raster
from shiage.values.files import read_picture
from tools.demo.cases import Case, bench_cases, bench_folder, drawn_cases

GOAL_SECONDS, GOAL_GAP, RUNS = 2.0, 0.2, 4


class Watched(Work):
    """Notes the longest time without a look at whether the job was cancelled."""

    def __init__(self) -> None:
        super().__init__()
        self.longest, self.stage, self._now, self._last = 0.0, "", "start", time.perf_counter()

    def check(self) -> None:
        """A look."""
        now = time.perf_counter()
        if now - self._last > self.longest:
            self.longest, self.stage = now - self._last, self._now
        self._last = now

    def progress(self, fraction: float, stage: str) -> None:
        """A look, and the next stage's name."""
        self.check()
        self._now = stage


def megapixel(path: Path) -> Raster:
    """A picture file as a raster of about 2**20 pixels."""
    raster = read_picture(path)
    height, width = raster.pixels.shape[:2]
    scale = 1024 / sqrt(width * height)
    size = round(width * scale), round(height * scale)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return Raster(cv2.resize(raster.to_8bit(), size, interpolation=how), name=path.stem)


def measure(case: Case) -> dict[str, object]:
    """Seconds, longest gap and its stage for one sketch and its first design."""
    sketch, design = megapixel(case.sketch), [megapixel(file) for file in next(iter(case.designs.values()))]
    rounds = []
    for _ in range(RUNS):
        work, start = Watched(), time.perf_counter()
        operations.run("transfer-palette", {"sketch": [sketch], "design": design}, {}, work)
        work.check()
        rounds.append((time.perf_counter() - start, work.longest, work.stage))
    return {
        "sketch": sketch.name,
        "seconds": min(r[0] for r in rounds),
        "gap": min(r[1] for r in rounds),
        "stage": min(rounds, key=lambda r: r[1])[2],
    }


def main() -> None:
    """Print the table and, if asked, write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = bench_folder()
        cases = bench_cases(bench) if bench else drawn_cases(Path(folder))
        print(f"{'sketch':<20} seconds (goal {GOAL_SECONDS:.0f})   longest gap (goal {GOAL_GAP} s)")
        table = [measure(case) for case in cases]
    for row in table:
        print(f"{row['sketch']:<20} {row['seconds']:>8.2f}         {row['gap']:>8.3f}  {row['stage']}")
    if chosen.json:
        chosen.json.write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
