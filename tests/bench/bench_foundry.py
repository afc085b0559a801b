"""Speed of the drawn world and of its networks.

python tests/bench/bench_foundry.py [--json FILE] [--only puppet|segment-parts|recognize|enrol] [--threads 2]

Samples with all their labels through two worker processes, at 512 px; `segment-parts` on a page of 640 px; `recognize`
for each figure of a page, with 40 characters known; enrolment from five designs. Each is the best of several runs, in
a process whose networks are loaded and compiled. Wants an idle machine: what other programs take of its cores counts.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
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


def best(run: Callable[[], object]) -> tuple[float, float]:
    """Seconds, and seconds of processor time, of the fastest of RUNS, after one that does not count."""
    run()
    times = []
    for _ in range(RUNS):
        start, used = time.perf_counter(), time.process_time()
        run()
        times.append((time.perf_counter() - start, time.process_time() - used))
    return min(wall for wall, _ in times), min(processor for _, processor in times)


def labelled(seed: int) -> tuple[dict[str, np.ndarray], float]:
    """A sample and the processor time it took, in seconds."""
    start = time.process_time()
    return puppet.labelled(seed, 512), time.process_time() - start


def puppets() -> dict[str, float]:
    """Samples a second with two workers."""
    rounds = 3
    stream = puppet.stream(1, rounds * SAMPLES + 12, labelled, workers=2)
    for _ in range(12):  # until both processes have started and compiled
        next(stream)
    fastest, drawn_in = 0.0, []
    for _ in range(rounds):
        start = time.perf_counter()
        drawn_in.append(float(np.mean([next(stream)[1] for _ in range(SAMPLES)])))
        fastest = max(fastest, SAMPLES / (time.perf_counter() - start))
    return {
        "samples a second, two workers (goal 20)": fastest,
        "ms of processor time a sample, transport apart": 1000 * min(drawn_in),
    }


def segment() -> dict[str, float]:
    """One figure at 640 px, as lines and painted."""
    from shiage.operations import run

    found: dict[str, float] = {}
    for painted in (False, True):
        page = drawn(2024, "front", 640, painted=painted)
        wall, processor = best(lambda page=page: run("segment-parts", {"drawing": [page]}, {}))
        kind = "painted" if painted else "line art"
        found |= {f"ms at 640 px, {kind} (goal 400)": 1000 * wall, f"ms of processor time, {kind}": 1000 * processor}
    return found


def recognition() -> dict[str, float]:
    """A page with three figures, KNOWN characters."""
    from shiage import characters
    from shiage.operations import run

    for seed in range(KNOWN):
        characters.add(f"puppet {seed}", [drawn(seed, view, 360, painted=True) for view in ("front", "side")])
    row = [drawn(seed, "front", 640, painted=False).to_8bit() for seed in (3, 7, 900)]
    page = Raster(np.concatenate(row, 1), "page")
    wall, processor = best(lambda: run("recognize", {"page": [page]}, {}))
    return {
        f"ms a figure, {KNOWN} known (goal 150)": 1000 * wall / len(row),
        "ms of processor time a figure": 1000 * processor / len(row),
    }


def enrolment() -> dict[str, float]:
    """Five designs of 1024 px."""
    from shiage import characters

    designs = [drawn(5, view, 1024, painted=True) for view in puppet.VIEWS][:5]
    wall, processor = best(lambda: characters.add("Five", designs))
    return {"s, five designs (goal 60)": wall, "s of processor time": processor}


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
