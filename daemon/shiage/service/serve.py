"""Running the daemon."""

from __future__ import annotations

import argparse
import logging
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from .. import __version__
from ..client.lockfile import PROTOCOL, LockFile
from ..errors import ShiageError
from ..jobs import Desk, House, Limits
from ..jobs.engines import engine_for_daemon
from ..jobs.house import GIB
from ..memory import MIB, keep_freed
from ..v1 import jobs_pb2, jobs_pb2_grpc
from ..values.limits import MOST_PIXELS, take_at_most
from .address import Address, bind, parse_listen
from .config import Config
from .guard import Guard
from .lock import HouseLock
from .log import log_to
from .metrics import Metrics
from .metrics_door import MetricsDoor
from .notify import notify
from .servicer import THREADS, ShiageServicer
from .token import Token

log = logging.getLogger(__name__)

MESSAGE_LIMIT = 16 << 20
_OPTIONS = [
    ("grpc.max_receive_message_length", MESSAGE_LIMIT),
    ("grpc.max_send_message_length", MESSAGE_LIMIT),
    # A port that another process has is refused, not shared.
    ("grpc.so_reuseport", 0),
    # A caller whose machine went without a word is found out.
    ("grpc.keepalive_time_ms", 60_000),
    ("grpc.keepalive_timeout_ms", 20_000),
]
_SERVICES = (
    jobs_pb2.DESCRIPTOR.services_by_name["Shiage"].full_name,
    health.SERVICE_NAME,
    reflection.SERVICE_NAME,
)


class _Ending:
    """That the daemon should end, and how soon. A second signal means now."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self.now = False

    def ask(self, now: bool) -> None:
        self.now = self.now or now
        self.asked.set()

    def on_signal(self, number: int, frame: object) -> None:
        self.ask(now=self.asked.is_set())

    def wait(self, lock: HouseLock) -> None:
        """Until it is asked, or the house is gone: nobody could find us any more."""
        # With a timeout also because Windows delivers no signal to a thread that waits without one.
        while not self.asked.wait(1.0):
            if not lock.held():
                log.warning("the home was deleted under the daemon: it ends")
                self.ask(now=True)


def serve(config: Config) -> int:
    """Run the daemon until it is asked to end; returns the exit code. One sentence on standard error where it can't."""
    try:
        house = House.at(config.home)
        log_to(house.log, config.log_format)
        take_at_most(config.limits.most_pixels)
        keep_freed(8 * MIB, 32 * MIB)
        with HouseLock(house.root) as lock:
            _run(config, house, lock)
    except ShiageError as error:
        log.info("did not start", extra={"why": str(error)})
        print(error, file=sys.stderr)
        return error.exit_code
    except OSError as error:
        print(f"The daemon can't use its home: {error}.", file=sys.stderr)
        return ShiageError.exit_code
    return 0


def _run(config: Config, house: House, lock: HouseLock) -> None:
    ending = _Ending()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ending.on_signal)
    address = parse_listen(config.listen, house)
    token_file = None if address.socket else config.token_file or house.token
    token = Token(token_file) if token_file else None
    metrics = Metrics()
    engine = engine_for_daemon(
        config.engine, house, config.workers, int(config.worker_gib * GIB), config.limits.most_pixels
    )
    desk = Desk(house, engine, config.limits, metrics)
    try:
        server, well = _server(config, desk, token, metrics, ending)
        target = bind(server, address, config)
        desk.start()
        server.start()
        with _metrics_shown(config, metrics, desk):
            lock.tell(_lock_file(target, token_file, config))
            log.info("serving", extra={"address": target, "pid": os.getpid(), "version": __version__})
            notify("READY=1")
            ending.wait(lock)
            well.enter_graceful_shutdown()
            notify("STOPPING=1")
            _drain(desk, config, ending)
    finally:
        log.info("ending", extra={"now": ending.now})
        desk.stop()
        if not lock.held():
            # A server that stops removes its socket's path, and that may be our successor's by now.
            logging.shutdown()
            os._exit(0)
        server.stop(1.0).wait()
        desk.close()
        _remove_socket(address)


@contextmanager
def _metrics_shown(config: Config, metrics: Metrics, desk: Desk) -> Iterator[None]:
    """The door for Prometheus, where one is asked for; open until the daemon has drained."""
    if not config.metrics:
        yield
        return
    metrics.look_at(desk)
    door = MetricsDoor(config, metrics, lambda: desk.takes_jobs)
    log.info("metrics", extra={"address": door.address})
    try:
        yield
    finally:
        door.close()


def _drain(desk: Desk, config: Config, ending: _Ending) -> None:
    """What runs may end; what waits stays on the disk for the next start."""
    end = time.monotonic() + config.grace
    desk.pause()
    waiting, running = desk.counts()
    log.info("draining", extra={"running": running, "waiting": waiting, "grace": config.grace})
    while desk.counts()[1] and time.monotonic() < end and not ending.now:
        time.sleep(0.02)


def _server(
    config: Config, desk: Desk, token: Token | None, metrics: Metrics, ending: _Ending
) -> tuple[grpc.Server, health.HealthServicer]:
    server = grpc.server(
        ThreadPoolExecutor(THREADS, thread_name_prefix="call"), interceptors=[Guard(token, metrics)], options=_OPTIONS
    )
    jobs_pb2_grpc.add_ShiageServicer_to_server(  # type: ignore[no-untyped-call]  # generated
        ShiageServicer(desk, metrics, ending.ask, config.stall), server
    )
    well = health.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(well, server)
    for service in ("", *_SERVICES):
        well.set(service, health_pb2.HealthCheckResponse.SERVING)
    reflection.enable_server_reflection(_SERVICES, server)
    return server, well


def _lock_file(target: str, token_file: Path | None, config: Config) -> LockFile:
    ca = config.tls_ca or config.tls_cert
    return LockFile(
        pid=os.getpid(),
        address=target,
        protocol=PROTOCOL,
        version=__version__,
        started=time.time(),
        token_path=str(token_file.absolute()) if token_file else "",
        ca_path=str(ca.absolute()) if ca else "",
    )


def _remove_socket(address: Address) -> None:
    if address.socket is not None:
        address.socket.unlink(missing_ok=True)


def main(arguments: Sequence[str]) -> int:
    """``shiage serve`` and ``python -m shiage.service``."""
    return serve(config_from(parser().parse_args(arguments)))


def parser() -> argparse.ArgumentParser:
    """The daemon's flags."""
    flags = argparse.ArgumentParser(prog="shiage serve", description="Run the daemon.")
    flags.add_argument("--home", type=Path, help="where all state lives (default: SHIAGE_HOME or the data folder)")
    flags.add_argument("--listen", default="", help="unix:PATH or tcp:HOST:PORT (default: a unix socket in the home)")
    flags.add_argument("--token-file", type=Path, help="for TCP: the file with the token (default: token in the home)")
    flags.add_argument("--tls-cert", type=Path, help="for TCP: the daemon's certificate (PEM)")
    flags.add_argument("--tls-key", type=Path, help="the certificate's key (PEM)")
    flags.add_argument("--tls-ca", type=Path, help="what clients check the certificate with (default: itself)")
    flags.add_argument("--tls-client-ca", type=Path, help="clients must show a certificate of this authority")
    flags.add_argument("--engine", default="local", metavar="local|ray[=ADDRESS]", help="where jobs run (local)")
    flags.add_argument("--workers", type=_count, default=2, help="worker processes (default: 2)")
    flags.add_argument("--worker-gib", type=_amount, default=4.0, help="a worker that holds more is replaced (4)")
    flags.add_argument("--most-megapixels", type=_amount, default=MOST_PIXELS / 1e6, help="of one picture (268)")
    flags.add_argument("--queue", type=_count, default=10_000, help="how many jobs may wait (10000)")
    flags.add_argument("--queue-per-client", type=_count, help="how many jobs of one client may wait (as many)")
    flags.add_argument("--spool-gib", type=_amount, default=20.0, help="how much the spool may hold (20)")
    flags.add_argument("--age-days", type=_amount, default=14.0, help="how long results are kept (14)")
    flags.add_argument("--grace", type=_seconds, default=10.0, help="seconds that running jobs get at the end (10)")
    flags.add_argument("--stall", type=_amount, default=60.0, help="seconds that a transfer may stand still (60)")
    flags.add_argument(
        "--metrics", default="", metavar="[HOST:]PORT", help="show metrics to Prometheus here (default: not at all)"
    )
    flags.add_argument(
        "--log-format", choices=("text", "json"), default="text", help="of standard error; the log file is JSON"
    )
    return flags


def config_from(given: argparse.Namespace) -> Config:
    """What the flags say."""
    return Config(
        home=given.home,
        listen=given.listen,
        token_file=given.token_file,
        tls_cert=given.tls_cert,
        tls_key=given.tls_key,
        tls_ca=given.tls_ca,
        tls_client_ca=given.tls_client_ca,
        workers=given.workers,
        worker_gib=given.worker_gib,
        limits=Limits(
            spool_bytes=int(given.spool_gib * GIB),
            age_days=given.age_days,
            queue=given.queue,
            queue_per_caller=given.queue_per_client or given.queue,
            most_pixels=int(given.most_megapixels * 1e6),
        ),
        grace=given.grace,
        metrics=given.metrics,
        log_format=given.log_format,
        stall=given.stall,
        engine=given.engine,
    )


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of 1 or more")
    return int(text)


def _seconds(text: str) -> float:
    value = _number(text)
    if not 0 <= value < math.inf:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of seconds, 0 or more")
    return value


def _amount(text: str) -> float:
    value = _number(text)
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"'{text}' is no number above 0")
    return value


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan
