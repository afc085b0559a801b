"""What the daemon costs: ratios, each of two things measured side by side in one run.

    python tests/bench/bench_transport.py [-o FIGURES.json]

- *overhead*: an operation of 100 ms through the daemon against the same call in this process, from its submission to
  its end, and with its picture sent and its result fetched;
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
from shiage.client import Client, read_lock, start  # noqa: E402
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
                while read_lock(home) is not None:
                    time.sleep(0.02)
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
    """An operation of 100 ms: here; there with its picture in the spool; there, sent and fetched too.

    It waits instead of computing: its length is then the same on a busy machine, and what is added shows.
    """
    parameters: dict[str, object] = {"steps": 10}
    for side in (256, 512, 1024):
        here, inside, through = [], [], []
        for seed in range(25):
            drawing, other = picture(side, seed), picture(side, 100 + seed)
            asked = ask(client, "rest", drawing, parameters)
            here.append(timed(partial(operations.run, "rest", {"drawing": (drawing,)}, parameters)))
            inside.append(timed(lambda r=asked: client.wait(client.submit(r).id)))
            through.append(timed(partial(run, client, "rest", other, parameters)))
        name = f"{side * side * 4 >> 10} KiB"
        yield Figure(f"100 ms operation on {name}, here", min(here) * 1000, "ms")
        for what, times, target in (
            ("added", inside, 10),
            ("added with the transfer", through, None),
        ):
            yield Figure(f"  {what} (best)", (min(times) / min(here) - 1) * 100, "%", target)
            yield Figure(f"  {what} (median)", (statistics.median(times) / statistics.median(here) - 1) * 100, "%")


def ask(client: Client, operation: str, drawing: Raster, parameters: dict[str, object]) -> jobs_pb2.SubmitRequest:
    """A request with its picture sent."""
    value = encode_value(drawing, client.put_bytes)
    return jobs_pb2.SubmitRequest(
        operation=operation,
        inputs={"drawing": values_pb2.Values(values=[value])},
        parameters=parameters_to_proto(parameters),
    )


def run(client: Client, operation: str, drawing: Raster, parameters: dict[str, object]) -> dict[str, object]:
    """An operation through the daemon, with its picture up and its results down."""
    job = client.wait(client.submit(ask(client, operation, drawing, parameters)).id)
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
        parameters: dict[str, object] = {"steps": 10000, "pause": 0.005, "trace": str(trace)}
        job = client.submit(ask(client, "soften", picture(64, 1000 + seed), parameters)).id
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
    job = client.submit(ask(client, "soften", picture(512, 5000), {"steps": 2000, "pause": 0.005})).id
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
