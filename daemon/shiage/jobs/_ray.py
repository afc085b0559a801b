"""Ray: joined where a cluster is, or started on this machine for the purpose."""

from __future__ import annotations

import importlib
import logging
import os
import shutil
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import NotReady

# Ray's own memory on a cluster that we start; it spills to the disk beyond.
STORE_BYTES = 256 << 20


class Cluster:
    """An existing cluster (``address``: ``auto`` or ``HOST:PORT``) that this machine belongs to; where that is empty,
    one of this machine with ``workers`` processors, gone when it is left.
    """

    def __init__(self, address: str, workers: int) -> None:
        self.ray = _ray()
        self._came = False
        self._ours: Path | None = None
        if self.ray.is_initialized():
            return
        # What happens to its processes Ray prints to standard output, among what our caller reads there; we say it
        # ourselves. There is no public switch.
        printing: Any = importlib.import_module("ray._private.worker")
        printing._worker_logs_enabled = False
        self._came = True
        try:
            with _own_signals():
                if address:
                    self._join(address)
                else:
                    self._start(workers)
        except BaseException as error:
            self.leave()
            if not isinstance(error, Exception):
                raise
            place = f"at {address} " if address else ""
            raise NotReady(
                f"The Ray cluster {place}can't be used: {error}", hint="Is it up? `ray status` tells."
            ) from error

    @property
    def gpus(self) -> int:
        """How many it has."""
        return int(self.ray.cluster_resources().get("GPU", 0))

    def leave(self) -> None:
        """No more of it; it ends where it is ours."""
        if self._came and self.ray.is_initialized():
            self.ray.shutdown()
        if self._ours is not None:
            shutil.rmtree(self._ours, ignore_errors=True)

    def _join(self, address: str) -> None:
        _knock(address)
        # What the workers' processes over there must know of this one.
        names = ("SHIAGE_EXTRA_OPERATIONS", "SHIAGE_HOME")
        given = {name: os.environ[name] for name in names if name in os.environ}
        self.ray.init(
            address=address,
            namespace="shiage",
            log_to_driver=False,
            logging_level=logging.ERROR,
            runtime_env={"env_vars": {"OMP_WAIT_POLICY": "PASSIVE", **given}},
        )

    def _start(self, workers: int) -> None:
        # A short path: the names of Ray's sockets are long, and the system's limit is about 100 bytes.
        self._ours = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp" if os.name == "posix" else None))
        self.ray.init(
            address="local",
            num_cpus=workers,
            include_dashboard=False,
            log_to_driver=False,
            logging_level=logging.ERROR,
            object_store_memory=STORE_BYTES,
            _node_ip_address="127.0.0.1",
            _temp_dir=str(self._ours),
        )


@contextmanager
def _own_signals() -> Iterator[None]:
    """What ends this process is as it was: Ray puts handlers of its own in the place of ours."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            for number, handler in handlers.items():
                signal.signal(number, handler)


def _knock(address: str) -> None:
    """OSError where nobody is at ``HOST:PORT``: Ray itself would try for minutes."""
    host, _, port = address.rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), timeout=10).close()


def _ray() -> Any:
    """Ray; NotReady where it is not installed."""
    # It would tell its makers that it is used.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        return importlib.import_module("ray")
    except ImportError as error:
        raise NotReady(
            "--engine ray needs Ray, which is not installed.", hint="Install it with `pip install 'shiage[ray]'`."
        ) from error
