"""What the daemon costs: ratios, each of two things measured side by side in one run.

    python tests/bench/bench_transport.py [-o FIGURES.json]

- *overhead*: an operation of 100 ms through the daemon, its picture up and its result down, against the same call in
  this process;
- *layer*: 64 MiB up and down through the daemon, against a bare grpcio stream of the same chunks;
- *cancel*: from the call of Cancel to the operation's last sign of life;
- *calls*: GetInfo answered to 50 clients at once, while a job runs and pictures go up;
- *memory*: what the daemon's process holds after all that.

Prints a table, writes JSON with ``-o``, and ends with 1 where a target is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

HERE = Path(__file__).resolve().parent
TREE = HERE.parent.parent
sys.path[:0] = [str(TREE / "daemon"), str(HERE.parent)]

import grpc  # noqa: E402  # the tree must be on the path first
import numpy as np  # noqa: E402

import site_operations  # noqa: E402, F401  # registers its operations
from shiage import operations  # noqa: E402
from shiage.client import Client, start  # noqa: E402
from shiage.v1 import jobs_pb2, values_pb2  # noqa: E402
from shiage.values import Raster  # noqa: E402
from shiage.wire import decode_value, encode_value, parameters_to_proto  # noqa: E402

CHUNK = 1 << 20
LAYER = 64 << 20


@dataclass(frozen=True)
class Figure:
    """A measured ratio or amount. ``target``: what it must not pass; ``least``: it must reach the target instead."""

    name: str
    value: float
    unit: str = ""
    target: float | None = None
    least: bool = False

    @property
    def held(self) -> bool:
        """Whether the target is kept."""
        return self.target is None or (self.value >= self.target if self.least else self.value <= self.target)


def main() -> int:
    """Measure everything."""
    flags = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    flags.add_argument("-o", "--out", type=Path)
    out = flags.parse_args().out
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        os.environ["SHIAGE_EXTRA_OPERATIONS"] = "site_operations"
        os.environ["PYTHONPATH"] = os.pathsep.join([str(TREE / "daemon"), str(HERE.parent)])
        with start([sys.executable, "-m", "shiage.service"], home) as client:
            try:
                figures = [
                    *overhead(client),
                    *layer(client, folder),
                    *cancel(client, Path(folder)),
                    *calls(client, home),
                ]
                figures.append(Figure("daemon's memory", memory(client.info().pid) / 2**20, "MiB"))
            finally:
                client.shutdown(now=True)
    show(figures)
    if out:
        out.write_text(json.dumps([{**asdict(figure), "held": figure.held} for figure in figures], indent=1) + "\n")
    return 0 if all(figure.held for figure in figures) else 1


def picture(side: int, seed: int) -> Raster:
    """Noise: what compresses worst and repeats never."""
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 4), np.uint8)
    return Raster(pixels, "noise")


def timed(act: Callable[[], object]) -> float:
    """Seconds that ``act`` takes."""
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin


def overhead(client: Client) -> Iterator[Figure]:
    """An operation that computes for 100 ms, here and there; there with its picture sent and its result fetched."""
    for side in (256, 512, 1024):
        parameters = {"pause": 0.0, "steps": steps_of_100_ms(side)}
        plain, through, ratios = [], [], []
        for seed in range(15):
            drawing = picture(side, seed)
            plain.append(timed(partial(operations.run, "soften", {"drawing": (drawing,)}, parameters)))
            through.append(timed(partial(run, client, "soften", drawing, parameters)))
            ratios.append(through[-1] / plain[-1])
        name = f"100 ms operation on {side * side * 4 >> 10} KiB"
        yield Figure(f"{name}, here", min(plain) * 1000, "ms")
        yield Figure(f"{name}, added (best)", (min(through) / min(plain) - 1) * 100, "%", 10 if side < 1024 else None)
        yield Figure(f"{name}, added (median)", (statistics.median(ratios) - 1) * 100, "%")


def steps_of_100_ms(side: int) -> int:
    """How many steps of ``soften`` take 100 ms on this machine as it is now."""
    drawing = picture(side, 99)
    short = min(
        timed(lambda: operations.run("soften", {"drawing": (drawing,)}, {"pause": 0.0, "steps": 10})) for _ in range(5)
    )
    return max(10, round(1.05 / short))


def run(client: Client, operation: str, drawing: Raster, parameters: dict[str, object]) -> dict[str, object]:
    """An operation through the daemon, with its picture up and its results down."""
    value = encode_value(drawing, client.put_bytes)
    request = jobs_pb2.SubmitRequest(
        operation=operation,
        inputs={"drawing": values_pb2.Values(values=[value])},
        parameters=parameters_to_proto(parameters),
    )
    job = client.wait(client.submit(request).id)
    return {
        name: [decode_value(value, client.get_bytes, name) for value in values.values]
        for name, values in job.outputs.items()
    }


def layer(client: Client, folder: str) -> Iterator[Figure]:
    """64 MiB up and down."""
    bare = subprocess.Popen([sys.executable, str(HERE / "bare_stream.py"), f"{folder}/bare.sock"])
    try:
        with grpc.insecure_channel(f"unix:{folder}/bare.sock") as channel:
            grpc.channel_ready_future(channel).result(20)
            put, get = channel.stream_unary("/bare/put"), channel.unary_stream("/bare/get")
            plain, through, ups, downs = [], [], [], []
            for seed in range(8):
                data = np.random.default_rng(seed).bytes(LAYER)
                plain.append(timed(lambda d=data: put(chunks(d))) + timed(lambda: drain(get(b""))))
                up = timed(lambda d=data: client.put_bytes(d))
                blob = client.put_bytes(data)
                down = timed(lambda b=blob: client.get_bytes(b))
                ups.append(up)
                downs.append(down)
                through.append(up + down)
    finally:
        bare.kill()
        bare.wait()
    both = 2 * LAYER / 2**20
    yield Figure("64 MiB layer up and down, bare", both / min(plain), "MiB/s")
    yield Figure("64 MiB layer up and down, daemon", both / min(through), "MiB/s")
    yield Figure("  of these up", LAYER / 2**20 / min(ups), "MiB/s")
    yield Figure("  of these down", LAYER / 2**20 / min(downs), "MiB/s")
    yield Figure("daemon of bare (best)", min(plain) / min(through) * 100, "%", 60, least=True)
    ratios = [a / b for a, b in zip(plain, through, strict=True)]
    yield Figure("daemon of bare (median)", statistics.median(ratios) * 100, "%")


def chunks(data: bytes) -> Iterator[bytes]:
    """``data`` in chunks."""
    for begin in range(0, len(data), CHUNK):
        yield data[begin : begin + CHUNK]


def drain(stream: Iterator[bytes]) -> bytes:
    """All of a stream, as whoever wants it has it."""
    return b"".join(stream)


def cancel(client: Client, folder: Path) -> Iterator[Figure]:
    """How long a cancelled operation goes on: it notes the time of every step, 5 ms apart."""
    waits = []
    for seed in range(20):
        trace = folder / f"steps-{seed}"
        value = encode_value(picture(64, 1000 + seed), client.put_bytes)
        request = jobs_pb2.SubmitRequest(
            operation="soften",
            inputs={"drawing": values_pb2.Values(values=[value])},
            parameters=parameters_to_proto({"steps": 10000, "pause": 0.005, "trace": str(trace)}),
        )
        job = client.submit(request).id
        for event in client.watch(job):
            if event.WhichOneof("what") == "progress":
                break
        called = time.time()
        client.cancel(job)
        time.sleep(0.1)
        waits.append(max(trace.stat().st_mtime - called, 0.0) * 1000)
    yield Figure("cancel to last step (median)", statistics.median(waits), "ms")
    yield Figure("cancel to last step (longest of 20)", max(waits), "ms", 200)


def calls(client: Client, home: Path) -> Iterator[Figure]:
    """Short calls of 50 clients while the house is busy."""
    value = encode_value(picture(512, 5000), client.put_bytes)
    request = jobs_pb2.SubmitRequest(
        operation="soften",
        inputs={"drawing": values_pb2.Values(values=[value])},
        parameters=parameters_to_proto({"steps": 2000, "pause": 0.005}),
    )
    job = client.submit(request).id
    busy = threading.Event()
    noise = threading.Thread(target=lambda: [client.put_bytes(os.urandom(4 << 20)) for _ in range(20)] and busy.set())
    clients = [Client.connect(home) for _ in range(50)]
    noise.start()

    def one(caller: Client) -> list[float]:
        times = []
        for _ in range(20):
            times.append(timed(caller.info))
            time.sleep(0.02)
        return times

    with ThreadPoolExecutor(50) as pool:
        times = sorted(t * 1000 for times in pool.map(one, clients) for t in times)
    noise.join()
    client.cancel(job)
    for caller in clients:
        caller.close()
    yield Figure("GetInfo, 50 clients, median", times[len(times) // 2], "ms")
    yield Figure("GetInfo, 50 clients, 99th of 100", times[len(times) * 99 // 100], "ms")


def memory(pid: int) -> int:
    """Bytes that a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def show(figures: list[Figure]) -> None:
    """The table."""
    for figure in figures:
        bound = "" if figure.target is None else f"{'at least' if figure.least else 'at most'} {figure.target:g}"
        mark = "" if figure.held else "  MISSED"
        print(f"{figure.name:45} {figure.value:9.1f} {figure.unit:6} {bound}{mark}")


if __name__ == "__main__":
    sys.exit(main())
