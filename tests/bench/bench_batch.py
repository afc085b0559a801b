"""What a batch gains and costs, each beside a plain loop over the same frames in one process.

    python tests/bench/bench_batch.py [-o FIGURES.json] [--frames 300] [--rounds 2] [--without-ray]

Frames of 1 megapixel through `flats`, on two workers. In each round: the loop (read, run, write), the batch on the local
engine, the batch on two Ray workers of this machine. The best of the rounds counts, since whatever else the machine does
only makes it slower.

- *gain*: the loop's time over the batch's;
- *overhead*: the processors' time that the batch takes, start and end of its workers among it, beyond what the loop takes
  for the same frames. It can be told also on a machine that does other things;
- *Ray*: the batch's time there over the local one's, the cluster being up.

Prints a table, writes JSON with ``-o``, and ends with 1 where a target is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
TREE = HERE.parent.parent
sys.path[:0] = [str(TREE / "daemon"), str(HERE.parent), str(HERE)]

import cv2  # noqa: E402  # the tree must be on the path first
import numpy as np  # noqa: E402
from bench_transport import Figure, show  # noqa: E402

import line_art  # noqa: E402
from shiage.batch import Asked, frames_of, run_batch  # noqa: E402
from shiage.operations import get  # noqa: E402

WORKERS = 2
# One process: what somebody writes who has an afternoon. It tells its seconds without the start of Python.
LOOP = """
import resource, sys, time
from pathlib import Path
from shiage import operations
from shiage.values.files import encode_picture, read_picture, write_bytes
operations.run("flats", {"drawing": [read_picture(sorted(Path(sys.argv[1]).iterdir())[0])]}, {})
used = resource.getrusage(resource.RUSAGE_SELF)
begin, before = time.perf_counter(), used.ru_utime + used.ru_stime
for path in sorted(Path(sys.argv[1]).iterdir()):
    made = operations.run("flats", {"drawing": [read_picture(path)]}, {})
    write_bytes(Path(sys.argv[2]) / path.name, encode_picture(made["flats"][0], ".png"))
used = resource.getrusage(resource.RUSAGE_SELF)
print(time.perf_counter() - begin, used.ru_utime + used.ru_stime - before)
"""


def main() -> int:
    """Measure everything."""
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("-o", "--out", type=Path)
    flags.add_argument("--frames", type=int, default=300)
    flags.add_argument("--rounds", type=int, default=2)
    flags.add_argument("--without-ray", action="store_true")
    chosen = flags.parse_args()
    os.environ["PYTHONPATH"] = os.pathsep.join([str(TREE / "daemon"), str(TREE / "models")])
    with tempfile.TemporaryDirectory() as folder:
        shot = Path(folder) / "shot"
        draw(shot, chosen.frames)
        with_ray = not chosen.without_ray and start_ray(Path(folder))
        loops, batches, overheads, rays = [], [], [], []
        for number in range(chosen.rounds):
            place = Path(folder) / f"round{number}"
            seconds, work = loop(shot, place / "loop")
            loops.append(seconds)
            seconds, used = batch(shot, place / "local", "local")
            batches.append(seconds)
            overheads.append(used / work - 1)
            if with_ray:
                rays.append(batch(shot, place / "ray", "ray")[0])
                same(place / "local", place / "ray")
            same(place / "loop", place / "local")
            load = os.getloadavg()[0]
            print(f"round {number + 1}: loop {loops[-1]:.1f} s, batch {batches[-1]:.1f} s, overhead {overheads[-1]:.1%}"
                  f"{f', ray {rays[-1]:.1f} s' if rays else ''} (load {load:.1f})", flush=True)  # fmt: skip
    figures = [
        Figure(f"{chosen.frames} frames in one process", min(loops), "s"),
        Figure(f"{chosen.frames} frames in a batch", min(batches), "s"),
        Figure("gain of two workers (best)", max(a / b for a, b in zip(loops, batches, strict=True)), "x", 1.7, True),
        Figure("overhead beyond the loop's work (best)", min(overheads) * 100, "%", 10),
    ]
    if rays:
        ray = min(a / b for a, b in zip(rays, batches, strict=True))
        figures.append(Figure("two Ray workers, of local (best)", ray * 100, "%", 115))
    show(figures)
    if chosen.out:
        told = [{**asdict(figure), "held": figure.held} for figure in figures]
        chosen.out.write_text(json.dumps(told, indent=1) + "\n")
    return 0 if all(figure.held for figure in figures) else 1


def draw(folder: Path, frames: int) -> None:
    """A sheet of drawn figures that moves by a few pixels a frame, 1024 x 1024."""
    folder.mkdir()
    figure = line_art.page(1.0, width=3, gap=6)
    sheet = np.tile(figure, (3, 4))[:1024, :1024]
    for number in range(frames):
        moved = np.roll(sheet, (number * 3, number * 5), (0, 1))
        cv2.imwrite(str(folder / f"sh010.{1001 + number}.png"), line_art.rgba(moved))


def loop(shot: Path, out: Path) -> tuple[float, float]:
    """Seconds of the loop, and of the processors in it."""
    out.mkdir(parents=True)
    done = subprocess.run([sys.executable, "-c", LOOP, str(shot), str(out)], check=True, capture_output=True, text=True)
    seconds, used = map(float, done.stdout.split())
    return seconds, used


def batch(shot: Path, out: Path, engine: str) -> tuple[float, float]:
    """Seconds of a batch, the start of its workers among them, and of the processors in it (on the local engine)."""
    spec = get("flats").spec
    begin, before = time.perf_counter(), processors()
    events = run_batch(Asked(spec, {}, {}, out), frames_of(str(shot)), workers=WORKERS, engine=engine)
    seconds, used = time.perf_counter() - begin, processors() - before
    assert all(event.state == "done" for event in events)
    return seconds, used


def processors() -> float:
    """Seconds that this process and its children that have ended took."""
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def same(one: Path, other: Path) -> None:
    """Every picture of ``one`` is in ``other``, to the byte."""
    for path in one.glob("*.png"):
        assert (other / path.name).read_bytes() == path.read_bytes(), path.name


def start_ray(folder: Path) -> bool:
    """A cluster of two processors for all rounds; whether Ray is here."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError:
        print("Ray is not installed: without it.")
        return False
    begin = time.perf_counter()
    ray.init(address="local", num_cpus=WORKERS, include_dashboard=False, log_to_driver=False, logging_level="ERROR",
             object_store_memory=256 << 20, _node_ip_address="127.0.0.1", _temp_dir=str(folder / "ray"))  # fmt: skip
    print(f"a Ray cluster of this machine is up after {time.perf_counter() - begin:.1f} s")
    return True


if __name__ == "__main__":
    sys.exit(main())
