"""Speed and memory of `clean-up`: a sketch of 1 megapixel, the longest wait of a cancel, and a page of 8192 pixels.

    python tests/bench/bench_lines.py [--large]

Processor seconds count beside the clock, since they say the same on a busy machine.
"""

from __future__ import annotations

import argparse
import os
import time

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import numpy as np

from clean_up.score import FIRST, sketch
from peak_memory import peak
from shiage.operations import run
from shiage.spec import Work
from shiage.values import Raster


class Watched(Work):
    """Notes the longest time between two checks, seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.longest, self._last = 0.0, time.perf_counter()

    def check(self) -> None:
        now = time.perf_counter()
        self.longest, self._last = max(self.longest, now - self._last), now


def megapixel(repeats: int) -> None:
    """The least of some runs on sketches of 1000 x 1000."""
    for seed in range(FIRST, FIRST + 3):
        page = Raster(sketch(seed, 1000).drawing)
        run("clean-up", {"sketch": [page]}, {})  # kernels and weights are loaded
        clock, processor, longest = [], [], []
        for _ in range(repeats):
            work = Watched()
            start, spent = time.perf_counter(), time.process_time()
            made = run("clean-up", {"sketch": [page]}, {}, work)
            clock.append(time.perf_counter() - start)
            processor.append(time.process_time() - spent)
            longest.append(work.longest)
        points = len(made["strokes"][0].points)  # type: ignore[union-attr]
        print(
            f"1 megapixel: {min(clock):.2f} s by the clock, {min(processor):.2f} s of processor time, longest wait of a "
            f"cancel {min(longest) * 1e3:.0f} ms, {points} points"
        )


def large() -> None:
    """A page of 8192 x 8192 pixels whose strokes are 16 pixels wide."""
    small = sketch(FIRST, 1024).drawing
    pixels = np.ascontiguousarray(np.repeat(np.repeat(small, 8, 0), 8, 1))
    before = peak()
    work, start = Watched(), time.perf_counter()
    run("clean-up", {"sketch": [Raster(pixels)]}, {}, work)
    most = peak()
    print(
        f"8192 x 8192: {time.perf_counter() - start:.1f} s, peak {(most - before) / 2**20:.0f} MiB over the start (picture "
        f"{pixels.nbytes / 2**20:.0f} MiB), longest wait of a cancel {work.longest * 1e3:.0f} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--large", action="store_true")
    given = parser.parse_args()
    megapixel(given.repeats)
    if given.large:
        large()


if __name__ == "__main__":
    main()
