"""How a daemon is run."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from ..jobs import Limits


@dataclass(frozen=True)
class Config:
    """What ``shiage serve`` was asked for.

    ``home``: default :func:`shiage.client.data_home`. ``listen``: empty (a unix socket, or TCP loopback where the host
    has none), ``unix:PATH`` or ``tcp:HOST:PORT`` (port 0 = any free one). ``tls_client_ca``: clients must show a
    certificate of this authority. ``tls_ca``: what clients check the daemon's certificate with (default: itself).
    ``grace``: seconds that running jobs get when the daemon ends. ``metrics``: empty (none), or ``HOST:PORT`` for
    Prometheus. ``log_format``: what goes to standard error, ``text`` (warnings) or ``json`` (all that the log has).
    ``stall``: seconds after which a transfer that moves nothing is ended.
    ``engine``: ``local``, ``ray`` or ``ray=ADDRESS``.
    """

    home: Path | None = None
    listen: str = ""
    token_file: Path | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    tls_ca: Path | None = None
    tls_client_ca: Path | None = None
    workers: int = 2
    worker_gib: float = 4.0
    limits: Limits = field(default_factory=Limits)
    grace: float = 10.0
    metrics: str = ""
    log_format: str = "text"
    stall: float = 60.0
    engine: str = "local"
