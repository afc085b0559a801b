"""Pictures too large for the memory: followed small, painted with the keys' own pixels."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import numpy.typing as npt
import pytest

from shiage.craft.between import Pair
from shiage.craft.follow import fit

WIDTH, HEIGHT = 640, 480
PAPER, RED, INK = (244, 240, 230), (200, 60, 50), (20, 20, 30)


def page(x: int) -> npt.NDArray[np.uint8]:
    made = np.empty((HEIGHT, WIDTH, 4), np.uint8)
    made[..., :3], made[..., 3] = PAPER, 255
    made[120:360, x : x + 200, :3] = INK
    made[124:356, x + 4 : x + 196, :3] = RED
    return made


def between(a: npt.NDArray[np.generic], b: npt.NDArray[np.generic], scale: float, t: float = 0.5) -> Pair:
    pair = Pair(a, b, fit, most_bytes=int((400 * scale * scale + 10) * HEIGHT * WIDTH))  # type: ignore[arg-type]
    assert pair.scale == pytest.approx(scale, rel=0.01)
    return pair


@pytest.mark.parametrize("scale", [0.7, 0.4])
def test_borders_and_lines_are_the_keys_own(scale: float) -> None:
    a, b, true = page(100), page(220), page(160)
    made = between(a, b, scale).at(0.5).pixels
    assert made.shape == true.shape
    off = np.abs(made.astype(int) - true).max(2)
    assert off.mean() < 0.7
    # A line of four pixels: as dark as it was, and within two pixels of it the paper and the red are clean.
    row = made[240, :, :3].astype(int)
    dark = np.nonzero(np.abs(row - INK).max(1) < 40)[0]
    assert 6 <= len(dark) <= 10
    assert set(dark) <= {*range(158, 166), *range(354, 362)}
    clean = [*range(157), *range(167, 353), *range(363, WIDTH)]
    assert off[240, clean].max() <= 12


def test_alpha_and_sixteen_bits() -> None:
    a, b = page(100), page(220)
    for key in (a, b):
        key[(key[..., :3] == PAPER).all(2)] = 0
    eight = between(a, b, 0.5).at(0.5).pixels
    deep = between(a.astype(np.uint16) * 257, b.astype(np.uint16) * 257, 0.5).at(0.5).pixels
    assert deep.dtype == np.uint16
    assert np.abs(eight.astype(int) * 257 - deep).max() <= 2 * 257
    assert (eight[10, 10] == 0).all()
    assert eight[240, 260, 3] == 255
    alpha = eight[240, :, 3].astype(int)
    assert ((alpha > 20) & (alpha < 235)).sum() <= 4


_PEAK = """
import sys
import numpy as np
from peak_memory import peak
from shiage.operations import run
from shiage.values import Clip, Frame, Raster
def key(x):
    made = np.full((1440, 2560, 4), 255, np.uint8)
    made[300:900, x:x + 700, :3] = (200, 60, 50)
    return Clip((Frame(0, Raster(made, f"k{x}")),), name=f"k{x}")
asked = {"times": "0.5", "method": "areas", "memory": int(sys.argv[1])}
run("inbetween", {"keys": (key(200), key(900))}, asked)
print(peak() // 2**20)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="kilobytes are counted as Linux counts them")
def test_the_process_stays_within_the_memory_that_was_set() -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    peaks = []
    # The first run compiles, which takes memory of its own, once.
    for memory in (1100, 1100, 4000):
        done = subprocess.run(
            [sys.executable, "-c", _PEAK, str(memory)], env=environment,
            capture_output=True, text=True, check=True, timeout=300,
        )  # fmt: skip
        peaks.append(int(done.stdout))
    # The libraries' own pages count as far as the system happens to have them mapped: more here, less there.
    assert peaks[1] < 1100 + 50 < peaks[2] < 4000
