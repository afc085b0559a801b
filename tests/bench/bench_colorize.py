"""Speed of `colorize` at one megapixel, and how long a cancel may have to wait for it.

python tests/bench/bench_colorize.py [--json FILE]

Puppets at 1024 x 1024 pixels, by dabs and by themselves: the best of several runs in one process, by the clock and in
processor time, and the longest time between two looks at whether the job was cancelled.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "models"))
sys.path.insert(0, str(Path(__file__).resolve().parent))

from bench_transfer import Watched

import puppet
from shiage import operations
from shiage.values import Raster

GOAL_SECONDS, GOAL_GAP, RUNS, SIDE = 3.0, 0.2, 3, 1024


def measure(seed: int) -> dict[str, object]:
    """Seconds, processor seconds and the longest gap for one puppet, without hints and with those that it chose."""
    frame = puppet.sample(seed, SIDE, toons=0.0).frame
    line = Raster(np.dstack([frame.on_paper(), np.full((SIDE, SIDE), 255, np.uint8)]), f"puppet {seed}")
    row: dict[str, object] = {"drawing": line.name}
    hints: list[Raster] = []
    for how in ("by itself", "by dabs"):
        rounds = []
        for _ in range(RUNS):
            work, start, spent = Watched(), time.perf_counter(), time.process_time()
            done = operations.run("colorize", {"drawing": [line], "hints": hints}, {}, work)
            work.check()
            rounds.append((time.perf_counter() - start, time.process_time() - spent, work.longest))
        row[how] = [round(min(r[i] for r in rounds), 3) for i in range(3)]
        hints = [done["hints"][0]]  # type: ignore[list-item]
    return row


def main() -> None:
    """Print a row a drawing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows = [measure(seed) for seed in (900_011, 900_058)]
    for row in rows:
        for how in ("by itself", "by dabs"):
            seconds, spent, gap = row[how]  # type: ignore[misc]
            print(f"{row['drawing']} {how}: {seconds} s, {spent} s of a processor; longest wait of a cancel {gap} s")
    print(f"wanted: {GOAL_SECONDS} s on two cores; {GOAL_GAP} s")
    if options.json:
        options.json.write_text(json.dumps({"colorize": rows}))


if __name__ == "__main__":
    main()
