"""Where the daemon listens, and what that place demands."""

from __future__ import annotations

import hashlib
import ipaddress
import logging
import os
import stat
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import grpc

from ..errors import BadParameters, NotReady, Problem
from ..jobs import House
from .config import Config

log = logging.getLogger(__name__)

# The system's limit for a socket's path is 108 bytes on Linux and 104 on macOS.
LONGEST_SOCKET = 100


@dataclass(frozen=True)
class Address:
    """``socket``: a unix socket's path, or None for TCP at ``host``:``port``."""

    socket: Path | None = None
    host: str = ""
    port: int = 0

    @property
    def loopback(self) -> bool:
        """Whether only this machine reaches it."""
        if self.socket is not None or self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def target(self, port: int) -> str:
        """What clients on this machine connect to, ``port`` being the one that was got."""
        if self.socket is not None:
            return f"unix:{self.socket}"
        wildcard = {"0.0.0.0": "127.0.0.1", "::": "::1"}
        host = wildcard.get(self.host, self.host)
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def parse_listen(listen: str, house: House) -> Address:
    """The address that ``listen`` says; BadParameters where it says none."""
    kind, _, rest = listen.partition(":")
    if not listen and sys.platform == "win32":
        return Address(host="127.0.0.1")
    if not listen:
        return Address(socket=default_socket(house))
    if kind == "unix" and rest:
        path = Path(rest).absolute()
        if len(os.fsencode(path)) > LONGEST_SOCKET:
            raise _wrong(f"a socket's path has at most {LONGEST_SOCKET} bytes, and {path} has more.")
        return Address(socket=path)
    host, _, port = rest.rpartition(":")
    if kind != "tcp" or not host or not port.isdecimal() or int(port) > 65535:
        raise _wrong(f"needs unix:PATH or tcp:HOST:PORT, not '{listen}'.")
    return Address(host=host.strip("[]"), port=int(port))


def default_socket(house: House) -> Path:
    """``daemon.sock`` in the house, or, where that path is too long for a socket, in the user's runtime folder."""
    path = house.root / "daemon.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET:
        return path
    name = hashlib.sha256(os.fsencode(house.root)).hexdigest()[:16]
    given = os.environ.get("XDG_RUNTIME_DIR", "")
    folder = Path(given) / "shiage" if given else Path(tempfile.gettempdir()) / f"shiage-{os.getuid()}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = folder.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise NotReady(
            f"{folder}, the place for the daemon's socket, belongs to others too.",
            hint="Set XDG_RUNTIME_DIR, or --listen.",
        )
    return folder / f"{name}.sock"


def bind(server: grpc.Server, address: Address, config: Config) -> str:
    """Listen at ``address``; returns the target for clients. NotReady where it can't be had."""
    if not address.loopback and not config.tls_cert:
        raise _wrong(f"{address.host} can be reached from other machines: that needs --tls-cert and --tls-key.")
    credentials = server_credentials(config)
    try:
        if address.socket is not None:
            return _bind_socket(server, address.socket, credentials)
        host = f"[{address.host}]" if ":" in address.host else address.host
        place = f"{host}:{address.port}"
        port = server.add_secure_port(place, credentials) if credentials else server.add_insecure_port(place)
    except RuntimeError as error:
        raise NotReady(
            f"The daemon can't listen at {address.target(address.port)}: {error}.",
            hint="Give another address with --listen.",
        ) from error
    return address.target(port)


def _bind_socket(server: grpc.Server, path: Path, credentials: grpc.ServerCredentials | None) -> str:
    if credentials is not None:
        raise BadParameters((Problem("tls_cert", "TLS is for TCP; a unix socket has none."),))
    # We hold the house, so a socket that lies here is a dead daemon's.
    if path.is_socket():
        path.unlink()
    # The socket must never be open to others, not even between its making and a chmod.
    before = os.umask(0o177)
    try:
        server.add_insecure_port(f"unix:{path}")
    finally:
        os.umask(before)
    return f"unix:{path}"


def server_credentials(config: Config) -> grpc.ServerCredentials | None:
    """For TLS, if it is asked for. Files that are renewed while the daemon runs count from the next connection on."""
    if config.tls_cert is None and config.tls_key is None and config.tls_client_ca is None:
        return None
    if config.tls_cert is None or config.tls_key is None:
        raise BadParameters((Problem("tls_cert", "needs a certificate and its key: give --tls-cert and --tls-key."),))
    papers = _Papers(config.tls_cert, config.tls_key, config.tls_client_ca)
    try:
        first = papers.read()
    except OSError as error:
        raise NotReady(f"{error.filename} can't be read: {error.strerror}.") from error
    return grpc.dynamic_ssl_server_credentials(
        first,
        papers.renewed,  # type: ignore[arg-type]  # None means "nothing new", which its stub forgot
        require_client_authentication=config.tls_client_ca is not None,
    )


class _Papers:
    """The files that TLS needs, read again when one of them was renewed."""

    def __init__(self, certificate: Path, key: Path, authority: Path | None) -> None:
        self._certificate, self._key, self._authority = certificate, key, authority
        self._seen: list[int] = []

    def read(self) -> grpc.ServerCertificateConfiguration:
        """What they hold; OSError where one can't be read."""
        self._seen = self._stamps()
        return grpc.ssl_server_certificate_configuration(
            [(self._key.read_bytes(), self._certificate.read_bytes())],
            root_certificates=self._authority.read_bytes() if self._authority else None,
        )

    def renewed(self) -> grpc.ServerCertificateConfiguration | None:
        """The new ones, or None where nothing has changed, or they can't be read at this moment."""
        try:
            return None if self._stamps() == self._seen else self.read()
        except OSError as error:
            log.error("the certificates can't be read: the old ones stay", extra={"why": str(error)})
            return None

    def _stamps(self) -> list[int]:
        files = filter(None, (self._certificate, self._key, self._authority))
        return [stamp for file in files for stamp in (file.stat().st_mtime_ns, file.stat().st_ino)]


def _wrong(sentence: str) -> BadParameters:
    return BadParameters((Problem("listen", sentence),))
