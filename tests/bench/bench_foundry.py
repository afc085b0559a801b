"""Speed of the drawn world and of its networks.

python tests/bench/bench_foundry.py [--json FILE] [--only puppet|segment-parts|recognize|enrol] [--threads 2]

Samples with all their labels through two worker processes, at 512 px; `segment-parts` on a page of 640 px; `recognize`
for each figure of a page, with 40 characters known; enrolment from five designs. Each is the best of several runs, in
a process whose networks are loaded and compiled. Wants an idle machine: other programs on its cores count too, so the
share of the processors that the run got is printed beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "models"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "daemon"))

import numpy as np

import puppet
from shiage.values import Raster

SAMPLES, RUNS, KNOWN = 80, 5, 40


def drawn(seed: int, view: str, size: int, *, painted: bool) -> Raster:
    """A puppet on a square page."""
    who = puppet.Character.from_seed(seed)
    pose = who.pose("stand", view)
    scene = puppet.Scene((puppet.Actor("a", who, pose, puppet.fitted(who.draw(pose), size, 0.04)),))
    frame = scene.frame(size)
    picture = frame.painted_flat() if painted else frame.on_paper()
    return Raster(np.dstack([picture, np.full((size, size), 255, np.uint8)]), f"{seed}-{view}")


def best(run: Callable[[], object]) -> float:
    """Seconds of the fastest of RUNS, after one that does not count."""
    run()
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def puppets() -> dict[str, float]:
    """Samples a second with two workers, and the two cores' share that they got."""
    make = partial(puppet.labelled, size=512)
    stream = puppet.stream(1, 3 * SAMPLES, make, workers=2)
    for _ in range(12):  # until both processes have started and compiled
        next(stream)
    fastest, share = 0.0, 0.0
    for _ in range((3 * SAMPLES - 12) // SAMPLES):
        idle, start = _idle(), time.perf_counter()
        for _ in range(SAMPLES):
            next(stream)
        spent = time.perf_counter() - start
        fastest = max(fastest, SAMPLES / spent)
        share = 1 - (_idle() - idle) / (spent * (os.cpu_count() or 1))
    return {"samples a second (goal 20)": fastest, "load of all processors": share}


def _idle() -> float:
    """Seconds that all processors together were idle since the machine started; 0 where the system doesn't say."""
    try:
        fields = Path("/proc/stat").read_text().splitlines()[0].split()
    except OSError:
        return 0.0
    return float(fields[4]) / os.sysconf("SC_CLK_TCK")


def segment() -> dict[str, float]:
    """One figure at 640 px, as lines and painted."""
    from shiage.operations import run

    found = {}
    for painted in (False, True):
        page = drawn(2024, "front", 640, painted=painted)
        name = f"ms at 640 px, {'painted' if painted else 'line art'} (goal 400)"
        found[name] = 1000 * best(lambda page=page: run("segment-parts", {"drawing": [page]}, {}))
    return found


def recognition() -> dict[str, float]:
    """A page with three figures, KNOWN characters."""
    from shiage import characters
    from shiage.operations import run

    for seed in range(KNOWN):
        characters.add(f"puppet {seed}", [drawn(seed, view, 360, painted=True) for view in ("front", "side")])
    row = [drawn(seed, "front", 640, painted=False).to_8bit() for seed in (3, 7, 900)]
    page = Raster(np.concatenate(row, 1), "page")
    spent = best(lambda: run("recognize", {"page": [page]}, {}))
    return {f"ms a figure, {KNOWN} known (goal 150)": 1000 * spent / len(row)}


def enrolment() -> dict[str, float]:
    """Five designs of 1024 px."""
    from shiage import characters

    designs = [drawn(5, view, 1024, painted=True) for view in puppet.VIEWS][:5]
    return {"s, five designs (goal 60)": best(lambda: characters.add("Five", designs))}


TRIALS = {"puppet": puppets, "segment-parts": segment, "recognize": recognition, "enrol": enrolment}


def main() -> None:
    """Print the table and, if asked, write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--only", choices=TRIALS, action="append")
    parser.add_argument("--threads", type=int, default=2)
    chosen = parser.parse_args()
    os.environ["PYTHONPATH"] = os.pathsep.join(sys.path[:2])  # for the worker processes
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    import torch

    torch.set_num_threads(chosen.threads)
    table = {}
    with tempfile.TemporaryDirectory() as home:
        os.environ["SHIAGE_HOME"] = home
        for name in chosen.only or TRIALS:
            table[name] = TRIALS[name]()
            for what, value in table[name].items():
                print(f"{name:14} {value:9.2f}  {what}", flush=True)
    if chosen.json:
        chosen.json.write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
