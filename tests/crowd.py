"""Many clients at one daemon at once, each with its own connection: what a studio does to it on a Friday evening."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from shiage.client import Client
from shiage.v1 import jobs_pb2 as pb
from shiage.values import Raster
from shiage.wire import encode_value

# The sides of the drawings, and how often each comes: 16 KiB, 1 MiB and 16 MiB as pixels.
SIDES = (64, 512, 2048)
SHARES = (0.85, 0.13, 0.02)
SMALL = 64


@dataclass
class Crowd:
    """What the clients met. ``submits``: seconds that Submit took for small drawings; ``errors``: as sentences."""

    jobs: int = 0
    bytes: int = 0
    submits: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """Seconds within which this share of the small drawings' Submits were answered."""
        ordered = sorted(self.submits)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


def crowd(
    home: Path, clients: int, seconds: float, pause: tuple[float, float], shares: Sequence[float] = SHARES
) -> Crowd:
    """``clients`` send drawings of mixed sizes, submit, watch to the end, fetch the result and compare it, and again."""
    met = Crowd()
    lock = threading.Lock()
    end = time.monotonic() + seconds

    def one(number: int) -> None:
        chance = random.Random(number)
        try:
            with Client.connect(home, deadline=30) as client:
                while time.monotonic() < end:
                    time.sleep(chance.uniform(*pause))
                    side = chance.choices(SIDES, shares)[0]
                    took, size = _job(client, side, chance.randrange(1 << 30))
                    with lock:
                        met.jobs += 1
                        met.bytes += size
                        if side == SMALL:
                            met.submits.append(took)
        except Exception as error:
            with lock:
                met.errors.append(f"{type(error).__name__}: {error}")

    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(one, range(clients)))
    return met


def _job(client: Client, side: int, seed: int) -> tuple[float, int]:
    pixels = np.full((side, side, 4), seed % 251, np.uint8)
    pixels[0, :2].view(np.uint32)[:, 0] = seed  # no two alike
    request = pb.SubmitRequest(operation="invert", client=f"artist {seed % 50}")
    request.inputs["drawing"].values.append(encode_value(Raster(pixels), client.put_bytes))
    begin = time.perf_counter()
    job = client.submit(request)
    took = time.perf_counter() - begin
    result = client.get_bytes(client.wait(job.id).outputs["result"].values[0].raster.pixels)
    expected = pixels.copy()
    expected[..., :3] = 255 - expected[..., :3]
    if bytes(result) != expected.tobytes():
        raise AssertionError("the result is another's")
    return took, 2 * pixels.nbytes
