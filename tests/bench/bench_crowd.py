"""What the daemon bears: many clients at once, and a long queue.

    python tests/bench/bench_crowd.py [-o FIGURES.json] [--seconds 60]

- *crowd*: 50 clients for a minute, each with its own connection, send drawings of 16 KiB, 1 MiB and 16 MiB, submit them,
  watch them to the end, fetch the results and compare them, with a pause of half a second to one and a half between two.
  Submit is told for the small drawings, as the clients see it, which share the machine's processors with the daemon;
- *queue*: 10,000 jobs wait; what the daemon holds more then.

Prints a table, writes JSON with ``-o``, and ends with 1 where a target is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path

HERE = Path(__file__).resolve().parent
TREE = HERE.parent.parent
sys.path[:0] = [str(TREE / "daemon"), str(HERE.parent), str(HERE)]

from bench_transport import Figure, memory, show  # noqa: E402  # the tree must be on the path first

from crowd import crowd  # noqa: E402
from daemons import drawing, request, running, until  # noqa: E402
from shiage.v1 import jobs_pb2 as pb  # noqa: E402


def main() -> int:
    """Measure everything."""
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("-o", "--out", type=Path)
    flags.add_argument("--seconds", type=float, default=60.0)
    chosen = flags.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = [*many(Path(folder) / "many", chosen.seconds), *long_queue(Path(folder) / "queue")]
    print(f"load {os.getloadavg()[0]:.1f}")
    show(figures)
    if chosen.out:
        told = [{**asdict(figure), "held": figure.held} for figure in figures]
        chosen.out.write_text(json.dumps(told, indent=1) + "\n")
    return 0 if all(figure.held for figure in figures) else 1


def many(home: Path, seconds: float) -> Iterator[Figure]:
    """50 clients at once."""
    with running(home) as daemon:
        met = crowd(home, 50, seconds, (0.5, 1.5))
        held = memory(daemon.process.pid) / 2**20
    for error in met.errors[:5]:
        print(error)
    yield Figure(f"jobs of 50 clients in {seconds:.0f} s", met.jobs)
    yield Figure("  drawings up and down", met.bytes / 2**20, "MiB")
    yield Figure("  errors", len(met.errors), "", 0)
    yield Figure("  Submit of a small drawing, median", met.percentile(0.5) * 1000, "ms")
    yield Figure("  Submit of a small drawing, 99th of 100", met.percentile(0.99) * 1000, "ms", 100)
    yield Figure("  daemon's memory", held, "MiB")


def long_queue(home: Path) -> Iterator[Figure]:
    """10,000 jobs that wait."""
    with running(home, "--workers", "1") as daemon, daemon.client(patience=60) as client:
        client.submit(request(client, "soften", drawing(1), steps=10000, pause=10))
        until(lambda: client.info().running == 1)
        asked = request(client, "invert", drawing(2), batch=True)
        before = memory(daemon.process.pid)

        def submit(number: int) -> None:
            one = pb.SubmitRequest()
            one.CopyFrom(asked)
            one.parameters["strength"].number = number / 10_000
            client.submit(one)

        begin = time.perf_counter()
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(submit, range(10_000)))
        seconds = time.perf_counter() - begin
        assert client.info().queued == 10_000
        yield Figure("10,000 jobs taken in", 10_000 / seconds, "per s")
        yield Figure("  daemon's memory grows by", (memory(daemon.process.pid) - before) / 2**20, "MiB", 200)


if __name__ == "__main__":
    sys.exit(main())
