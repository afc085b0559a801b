"""Speed of `propagate-colors` at one megapixel with some 300 regions, a stage at a time, and with and without the network.

python tests/bench/bench_follow.py [--json FILE] [--frames N]

A row of puppets walks through a short clip whose first frame is the coloured key. Milliseconds are of one frame: the
whole operation, and of it what each frame costs once (describing it, reading it for the network) and what each pair of
frames costs (flow, geometry, network). Goal: 400 ms a frame on two cores.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "models"))

import puppet
from shiage import operations
from shiage.craft.follow import Drawing, Matcher, Reference, carry_colours, describe, fit
from shiage.craft.follow.affinity import fit_by
from shiage.craft.follow.motion import flowed
from shiage.craft.ink import read_ink
from shiage.craft.regions import regions_of_ink
from shiage.nets.match import RegionMatcher, matcher, see
from shiage.values import Clip, Frame, Raster

SIDE, ACTORS, GOAL, RUNS = 1024, 5, 400, 3


def row_of_puppets(frames: int) -> list[puppet.Frame]:
    """Frames of a clip."""
    first, last = [], []
    for i in range(ACTORS):
        rng = np.random.default_rng((i, 71))
        who = puppet.Character.from_seed(int(rng.integers(1 << 31)))
        start = who.pose("gesture", 0.0, rng)
        goal = start.mix(who.pose("gesture", 0.0, rng), 0.4)
        placed = puppet.fitted(who.draw(start), (SIDE, SIDE // 3), 0.02)
        at = puppet.Placement(placed.scale, SIDE * (i + 0.5) / ACTORS, placed.y)
        to = puppet.Placement(placed.scale, at.x + 20, at.y)
        first.append(puppet.Actor(f"a{i}", who, start, at))
        last.append(puppet.Actor(f"a{i}", who, goal, to))
    clip = puppet.Clip(puppet.Scene(tuple(first)), puppet.Scene(tuple(last)))
    return [clip.frame(t, SIDE, puppet.LineStyle(width=2.2)) for t in np.linspace(0, 1, frames)]


def best(work: Callable[[], object]) -> float:
    """The least milliseconds of several runs."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return 1000 * min(times)


def main() -> None:
    """Print the table and, if asked, write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--frames", type=int, default=6)
    chosen = parser.parse_args()
    drawn = row_of_puppets(chosen.frames)
    lines = Clip(tuple(Frame(float(i), Raster(frame.line_rgba, f"{i:04d}")) for i, frame in enumerate(drawn)))
    key = np.dstack([drawn[0].painted_flat(), np.full((SIDE, SIDE), 255, np.uint8)])
    drawings = []
    for frame in drawn:
        ink = read_ink(frame.line_rgba)
        drawings.append(Drawing(regions_of_ink(ink, None, slivers=True).labels, ink.coverage))
    count = int(np.mean([drawing.labels.max() for drawing in drawings]))
    a, b = (describe(drawing.labels, drawing.lines) for drawing in drawings[:2])
    trained = matcher()
    moved = flowed(a, b)

    def carry(how: Matcher) -> Callable[[], object]:
        reference = {0: Reference(np.zeros(int(drawings[0].labels.max()), np.int64))}
        return lambda: carry_colours(drawings, reference, matcher=how)

    given = {"lines": [lines], "reference": [Raster(key, "0000")]}
    table = {
        "regions": float(count),
        "whole operation, a frame": best(lambda: operations.run("propagate-colors", given, {})) / chosen.frames,
        "carrying the colours, a frame": best(carry(trained)) / chosen.frames,
        "the same without the network": best(carry(fit)) / chosen.frames,
        "describe a frame": best(lambda: describe(drawings[0].labels, drawings[0].lines)),
        "look at a frame": best(lambda: see(a)),
        "flow of a pair": best(lambda: flowed(a, b)),
        "geometry of a pair": best(lambda: fit_by(a, b, moved)),
        "a pair, all together": best(lambda: RegionMatcher(trained._net)(a, b)),
    }
    for name, value in table.items():
        print(f"{name:<34} {value:>8.0f}" + (f" (goal {GOAL} ms)" if name.startswith("whole") else ""))
    if chosen.json:
        chosen.json.write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
