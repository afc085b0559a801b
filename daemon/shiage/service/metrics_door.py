"""The door for Prometheus and for probes: plain HTTP on loopback, HTTPS elsewhere.

``/metrics`` is what Prometheus reads; ``/live`` answers 200 while the process works, ``/ready`` while it takes jobs
(503 once it drains).
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app

from ..errors import BadParameters, NotReady, Problem
from .address import Address
from .config import Config
from .metrics import Metrics

_Answer = Callable[..., Any]


class MetricsDoor:
    """Answers in a thread of its own until it is closed. NotReady where the address can't be had."""

    def __init__(self, config: Config, metrics: Metrics, ready: Callable[[], bool]) -> None:
        address = parse_metrics(config.metrics)
        if not address.loopback and not config.tls_cert:
            raise _wrong(f"{address.host} can be reached from other machines: that needs --tls-cert and --tls-key.")
        try:
            self._server = make_server(
                address.host, address.port, _application(metrics, ready), server_class=_Server, handler_class=_Quiet
            )
        except OSError as error:
            place = address.target(address.port)
            raise NotReady(
                f"The metrics can't be shown at {place}: {error.strerror}.", hint="Give another address with --metrics."
            ) from error
        if not address.loopback:
            self._server.socket = _tls(config).wrap_socket(self._server.socket, server_side=True)
        self.address = address.target(self._server.server_port)
        threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True).start()

    def close(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._server.server_close()


def parse_metrics(text: str) -> Address:
    """``HOST:PORT`` or ``PORT`` (on loopback)."""
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or int(port) > 65535:
        raise _wrong(f"needs HOST:PORT or PORT, not '{text}'.")
    return Address(host=host.strip("[]") or "127.0.0.1", port=int(port))


def _application(metrics: Metrics, ready: Callable[[], bool]) -> _Answer:
    tell_metrics = make_wsgi_app(metrics.registry)

    def application(environment: dict[str, Any], start: _Answer) -> Iterable[bytes]:
        path = environment["PATH_INFO"]
        if path == "/metrics":
            answer: Iterable[bytes] = tell_metrics(environment, start)
            return answer
        if path == "/live":
            return _plain(start, "200 OK", "live")
        if path == "/ready":
            return _plain(start, "200 OK", "ready") if ready() else _plain(start, "503 Service Unavailable", "draining")
        return _plain(start, "404 Not Found", "there are /metrics, /live and /ready")

    return application


def _plain(start: _Answer, status: str, text: str) -> list[bytes]:
    start(status, [("Content-Type", "text/plain; charset=utf-8")])
    return [f"{text}\n".encode()]


def _tls(config: Config) -> ssl.SSLContext:
    assert config.tls_cert is not None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(config.tls_cert, config.tls_key)
    if config.tls_client_ca:
        context.load_verify_locations(config.tls_client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    # Whoever connects and says nothing is not waited for.
    timeout = 10

    def log_message(self, format: str, *args: Any) -> None:
        """A scrape every few seconds is no news."""


def _wrong(sentence: str) -> BadParameters:
    return BadParameters((Problem("metrics", sentence),))
