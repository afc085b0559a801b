"""Speed of `propagate-colors` at one megapixel with some 300 regions, a stage at a time, and with and without the network.

python tests/bench/bench_follow.py [--json FILE] [--frames N] [--actors N]

A row of puppets walks through a short clip whose first frame is the coloured key. Milliseconds are of one frame, by the
clock and of all cores together (the second is steadier on a busy machine): the whole operation, and of it what each
frame costs once (describing it, reading it for the network) and what each pair of frames costs (flow, geometry,
network). Goal: 400 ms a frame on two cores.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "models"))

import puppet
from shiage import operations
from shiage.craft.follow import Drawing, Matcher, Reference, carry_colours, describe, fit
from shiage.craft.follow.affinity import fit_by
from shiage.craft.follow.motion import flowed
from shiage.craft.follow.read import clip_regions
from shiage.craft.ink import read_ink
from shiage.nets.match import RegionMatcher, matcher, see
from shiage.values import Clip, Frame, Raster

SIDE, ACTORS, GOAL, RUNS = 1024, 5, 400, 3


def row_of_puppets(frames: int, actors: int) -> list[puppet.Frame]:
    """Frames of a clip."""
    first, last = [], []
    for i in range(actors):
        rng = np.random.default_rng((i, 71))
        who = puppet.Character.from_seed(int(rng.integers(1 << 31)))
        start = who.pose("gesture", 0.0, rng)
        goal = start.mix(who.pose("gesture", 0.0, rng), 0.4)
        placed = puppet.fitted(who.draw(start), (SIDE, SIDE // 3), 0.02)
        at = puppet.Placement(placed.scale, SIDE * (i + 0.5) / actors, placed.y)
        to = puppet.Placement(placed.scale, at.x + 20, at.y)
        first.append(puppet.Actor(f"a{i}", who, start, at))
        last.append(puppet.Actor(f"a{i}", who, goal, to))
    clip = puppet.Clip(puppet.Scene(tuple(first)), puppet.Scene(tuple(last)))
    return [clip.frame(t, SIDE, puppet.LineStyle(width=2.2)) for t in np.linspace(0, 1, frames)]


def best(work: Callable[[], object]) -> NDArray[np.float64]:
    """The least milliseconds of several runs: by the clock, and of all cores together."""
    work()  # loads and compiles
    times = []
    for _ in range(RUNS):
        start = np.array([time.perf_counter(), time.process_time()])
        work()
        times.append(np.array([time.perf_counter(), time.process_time()]) - start)
    return np.asarray(1000 * np.min(times, axis=0))


def main() -> None:
    """Print the table and, if asked, write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--frames", type=int, default=6)
    parser.add_argument("--actors", type=int, default=ACTORS, help="five are 400 regions, four 320")
    chosen = parser.parse_args()
    drawn = row_of_puppets(chosen.frames, chosen.actors)
    lines = Clip(tuple(Frame(float(i), Raster(frame.line_rgba, f"{i:04d}")) for i, frame in enumerate(drawn)))
    key = np.dstack([drawn[0].painted_flat(), np.full((SIDE, SIDE), 255, np.uint8)])
    drawings = []
    for frame in drawn:
        ink = read_ink(frame.line_rgba)
        drawings.append(Drawing(clip_regions(ink), ink.coverage))
    count = int(np.mean([drawing.labels.max() for drawing in drawings]))
    a, b = (describe(drawing.labels, drawing.lines) for drawing in drawings[:2])
    trained = matcher()
    moved = flowed(a, b)

    def carry(how: Matcher) -> Callable[[], object]:
        reference = {0: Reference(np.zeros(int(drawings[0].labels.max()), np.int64))}
        return lambda: carry_colours(drawings, reference, matcher=how)

    given = {"lines": [lines], "reference": [Raster(key, "0000")]}
    table = {
        "whole operation, a frame": best(lambda: operations.run("propagate-colors", given, {})) / chosen.frames,
        "carrying the colours, a frame": best(carry(trained)) / chosen.frames,
        "the same without the network": best(carry(fit)) / chosen.frames,
        "describe a frame": best(lambda: describe(drawings[0].labels, drawings[0].lines)),
        "look at a frame": best(lambda: see(a)),
        "flow of a pair": best(lambda: flowed(a, b)),
        "geometry of a pair": best(lambda: fit_by(a, b, moved)),
        "a pair, all together": best(lambda: RegionMatcher(trained._net)(a, b)),
    }
    print(f"{count} regions a frame; goal {GOAL} ms a frame on two cores")
    print(f"{'milliseconds':<34} {'clock':>8} {'cores':>8}")
    for name, (clock, cores) in table.items():
        print(f"{name:<34} {clock:>8.0f} {cores:>8.0f}")
    if chosen.json:
        rows = {name: {"clock": clock, "cores": cores} for name, (clock, cores) in table.items()}
        chosen.json.write_text(json.dumps({"regions": count, "milliseconds": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
