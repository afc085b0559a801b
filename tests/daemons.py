"""Real daemon processes of a test's own, and requests for the operations of ``site_operations``."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np

from shiage.client import Client, read_lock
from shiage.v1 import jobs_pb2 as pb
from shiage.v1 import values_pb2
from shiage.values import Raster
from shiage.wire import encode_value, parameters_to_proto

TREE = Path(__file__).resolve().parent.parent


def environment() -> dict[str, str]:
    """Where Python finds the tree and the site's operations."""
    path = os.pathsep.join([str(TREE / "daemon"), str(TREE / "tests")])
    return {**os.environ, "PYTHONPATH": path, "SHIAGE_EXTRA_OPERATIONS": "site_operations"}


class Daemon:
    """``python -m shiage.service`` under a home, with the site's operations."""

    def __init__(self, home: Path, *flags: str) -> None:
        self.home = home
        self._command = [sys.executable, "-m", "shiage.service", "--home", str(home), *flags]
        self._log = home.parent / f"{home.name}.start.log"

    def start(self) -> Daemon:
        """Start it and wait until it serves."""
        with self._log.open("wb") as words:
            self.process = subprocess.Popen(self._command, env=environment(), stdout=words, stderr=words)
        for _ in range(3000):
            lock = read_lock(self.home)
            if lock is not None and lock.pid == self.process.pid:
                return self
            assert self.process.poll() is None, self._log.read_text()
            time.sleep(0.02)
        raise AssertionError("the daemon did not start: " + self._log.read_text())

    def try_start(self) -> subprocess.CompletedProcess[str]:
        """Run it where it can't start: its exit code and words."""
        return subprocess.run(
            self._command,
            env=environment(),
            cwd=self.home.parent,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def client(self, **options: object) -> Client:
        """A new client of it."""
        return Client.connect(self.home, **options)  # type: ignore[arg-type]

    def kill(self) -> None:
        """``kill -9``."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM; gives the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


@contextmanager
def running(home: Path, *flags: str) -> Iterator[Daemon]:
    """A daemon that is gone afterwards, however the test ends."""
    daemon = Daemon(home, *flags)
    try:
        yield daemon.start()
    finally:
        daemon.kill()


def drawing(seed: int = 0, side: int = 64) -> Raster:
    """Noise: no two are alike."""
    return Raster(np.random.default_rng(seed).integers(0, 256, (side, side, 4), np.uint8), f"drawing {seed}")


def request(
    client: Client, operation: str, raster: Raster | None = None, *, batch: bool = False, **parameters: object
) -> pb.SubmitRequest:
    """A request with its drawing sent."""
    made = pb.SubmitRequest(
        operation=operation,
        parameters=parameters_to_proto(parameters),
        priority=pb.PRIORITY_BATCH if batch else pb.PRIORITY_INTERACTIVE,
    )
    if raster is not None:
        made.inputs["drawing"].values.append(encode_value(raster, client.put_bytes))
    return made


def result_bytes(client: Client, job: pb.Job) -> bytes:
    """The pixels of a job's result."""
    return bytes(client.get_bytes(job.outputs["result"].values[0].raster.pixels))


def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait for something that must come about."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.01)


def lines(path: Path) -> list[str]:
    """What operations noted in a trace."""
    return path.read_text().splitlines() if path.exists() else []


def left_over(home: Path) -> list[str]:
    """What is half-written in the spool."""
    return sorted(path.name for path in (home / "spool" / "tmp").iterdir())


def blob_names(home: Path) -> set[str]:
    """The addresses of the blobs in the spool."""
    # Names alone: a blob that is looked at may have lost its ".new" by then.
    return {path.name.removesuffix(".new") for path in (home / "spool").iterdir() if path.name != "tmp"}


def opened_blob(home: Path, sha: str) -> BinaryIO:
    """A blob's file, to be spoilt."""
    try:
        return (home / "spool" / f"{sha}.new").open("r+b")
    except FileNotFoundError:  # it is on disk for good
        return (home / "spool" / sha).open("r+b")


def values_of(raster: values_pb2.Raster) -> values_pb2.Values:
    """A port's values: one raster."""
    return values_pb2.Values(values=[values_pb2.Value(raster=raster)])
