"""`inbetween-strokes` on rigs whose true in-betweens are known, beside Blender's own operator; Grease Pencil in and out.

python tests/bench/bench_strokes.py [--json FILE] [--quick]

- time of the operation, 400 strokes of 60 points, one drawing between and eleven (goal: under 1 s on two cores)
- strokes that find their partner, joints turning up to 60 degrees, order shuffled, directions flipped, points resampled
  (goal: 97 %)
- mean distance of a point from where the rig has it, in sizes of the drawing: the strokes in the same order, which is
  all that Blender's *Interpolate Sequence* can do (goal: a third of its error); and shuffled with 10 % without a
  partner (goal: 0.02)
- 20,000 points written to and read from Grease Pencil (goal: 100 ms each way)

The Blenders are those that tools/blender_hosts.sh makes; what is not there is left out and named.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rigged_drawings import Redrawn, Rigged, as_drawing, figure, redraw
from rigged_scores import kept_of, matched_right, mean_error
from shiage import operations
from shiage.values import Strokes

TESTS = Path(__file__).resolve().parents[1]
INSIDE = TESTS / "hosts" / "blender" / "inside"
ADDON = TESTS.parent / "blender_addon"
HOSTS = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "shiage-test-hosts"
FRAMES = (1, 9)
SEEDS = range(101, 109)


def blenders() -> dict[str, list[str]]:
    """The commands that run a script in each Blender that is here."""
    found = {
        version: [str(HOSTS / f"bpy-{version}" / "bin" / "python")]
        for version in ("4.2", "4.5", "5.0", "5.2")
        if (HOSTS / f"bpy-{version}" / "bin" / "python").exists()
    }
    if system := shutil.which("blender"):
        found["system"] = [system, "--background", "--factory-startup", "--python-exit-code", "3", "--python"]
    return found


def inside(command: list[str], script: str, *arguments: object) -> str:
    """What a script says that runs inside a Blender."""
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    words = [*command, str(INSIDE / script), "--", *map(str, arguments)]
    return subprocess.run(words, capture_output=True, text=True, check=True, env=clean, timeout=300).stdout


def seconds(count: int) -> tuple[float, float]:
    """The least time of several runs on a large pair of keys: by the clock, and of all cores together."""
    rigged = figure(400, 60, 40, 1)
    first, second = (
        as_drawing(drawn.strokes, drawn.cyclic, frame)
        for drawn, frame in zip(redraw(rigged, 1, missing=0.1), (1, 41), strict=True)
    )
    times = []
    for _ in range(4):
        start, busy = time.perf_counter(), time.process_time()
        operations.run("inbetween-strokes", {"first": [first], "second": [second]}, {"count": count})
        times.append((time.perf_counter() - start, time.process_time() - busy))
    return min(clock for clock, _ in times), min(cores for _, cores in times)


def save_keys(path: Path, first: Redrawn, second: Redrawn) -> None:
    """Both keys as the scripts inside Blender read them."""
    arrays = {}
    for name, drawn in (("first", first), ("second", second)):
        flat = np.concatenate(drawn.strokes)
        arrays[name + "_points"] = np.stack([flat.real, flat.imag], 1)
        arrays[name + "_counts"] = np.array([len(line) for line in drawn.strokes])
        arrays[name + "_cyclic"] = drawn.cyclic
    np.savez(path, **arrays)


def error(rigged: Rigged, made: dict[int, np.ndarray]) -> float:
    """Mean distance of every point from where the rig has it, where strokes and points are the rig's own."""
    errors = [
        abs(points - np.concatenate(rigged.at((frame - FRAMES[0]) / (FRAMES[1] - FRAMES[0])))).mean()
        for frame, points in made.items()
    ]
    return float(np.mean(errors) / rigged.size)


def ours(first: Redrawn, second: Redrawn) -> dict[int, np.ndarray]:
    """Frame -> points of the drawings between, from the operation itself."""
    drawings = [as_drawing(d.strokes, d.cyclic, f) for d, f in zip((first, second), FRAMES, strict=True)]
    made = operations.run("inbetween-strokes", {"first": drawings[:1], "second": drawings[1:]}, {"exposure": 2})
    return {d.frame: d.points[:, 0] + 1j * d.points[:, 2] for d in made["drawings"] if isinstance(d, Strokes)}


def beside_the_peer(command: list[str] | None, seeds: range) -> tuple[float, float | None]:
    """Our mean error on pairs in the same order, and Blender's own."""
    errors, peers = [], []
    for seed in seeds:
        rigged = figure(80, 40, 60, seed)
        first, second = redraw(rigged, seed, shuffle=False, flip=False, resample=False)
        errors.append(error(rigged, ours(first, second)))
        if command is None:
            continue
        with tempfile.TemporaryDirectory() as folder:
            keys, out = Path(folder) / "keys.npz", Path(folder) / "peer.npz"
            save_keys(keys, first, second)
            inside(command, "peer.py", ADDON, keys, out)
            made = np.load(out)
            peers.append(error(rigged, {int(name): made[name] for name in made.files if name.isdigit()}))
    return float(np.mean(errors)), float(np.mean(peers)) if peers else None


def round_trips(found: dict[str, list[str]]) -> dict[str, dict[str, list[float]]]:
    """Milliseconds by the clock and of the processor, written and read, for each Blender."""
    made = {}
    for command in found.values():
        with tempfile.TemporaryDirectory() as folder:
            said = inside(command, "round_trip.py", ADDON, folder)
        facts = json.loads(next(line for line in said.splitlines() if line.startswith("FACTS ")).removeprefix("FACTS "))
        made[facts["version"]] = {"write": facts["write_ms"], "read": facts["read_ms"]}
    return made


def main() -> None:
    """Measure and print; ``--json`` writes the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--quick", action="store_true", help="two rigs instead of eight")
    options = parser.parse_args()
    seeds = SEEDS[:2] if options.quick else SEEDS
    found = blenders()
    figures: dict[str, object] = {}
    for count in (1, 11):
        clock, cores = figures[f"drawings_{count}_s"] = seconds(count)
        print(f"400 strokes x 60 points, drawings: {count}: {clock:.2f} s by the clock, {cores:.2f} s of the processor")
    for turn in (20, 60):
        rigs = [(figure(400, 60, turn, seed, soft=soft), seed) for seed in seeds for soft in (0.0, 0.5)]
        right = [matched_right(*redraw(rig, seed))[0] for rig, seed in rigs]
        figures[f"matched_{turn}"] = [float(np.mean(right)), min(right)]
        print(f"turns up to {turn} degrees: {np.mean(right):.4f} of the strokes matched right, least {min(right):.4f}")
    shuffled = []
    for seed in seeds:
        rigged = figure(200, 60, 60, seed)
        shuffled.append(mean_error(rigged, *redraw(rigged, seed, missing=0.1), kept_of(rigged, seed, 0.1)))
    figures["error_shuffled"] = [float(np.mean(shuffled)), max(shuffled)]
    print(f"shuffled, 10 % without partner: mean error {np.mean(shuffled):.4f}, largest {max(shuffled):.4f} sizes")
    peer = next((found[version] for version in ("5.2", "5.0", "4.5") if version in found), None)
    own, theirs = beside_the_peer(peer, seeds)
    figures |= {"error_same_order": own, "error_peer": theirs}
    compared = (
        "no Blender to compare with" if theirs is None else f"Blender's own {theirs:.4f}, ratio {own / theirs:.3f}"
    )
    print(f"same order: mean error {own:.4f}; {compared}")
    figures["round_trip_ms"] = trips = round_trips(found)
    for version, ways in trips.items():
        said = ", ".join(f"{way} {clock:.1f} ms ({busy:.1f} of the processor)" for way, (clock, busy) in ways.items())
        print(f"Blender {version}, 20,000 points: {said}")
    if missing := {"4.2", "4.5", "5.0", "5.2", "system"} - set(found):
        print(f"not here: {', '.join(sorted(missing))} (tools/blender_hosts.sh)")
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
