"""One connection to a daemon."""

from __future__ import annotations

from pathlib import Path
from typing import Optional, Tuple

import grpc

from ..v1 import jobs_pb2_grpc
from ._chunks import get_blob, put_blob
from ._errors import DaemonError
from .lockfile import PROTOCOL, LockFile

MESSAGE_LIMIT = 16 << 20
_OPTIONS = [
    ("grpc.max_receive_message_length", MESSAGE_LIMIT),
    ("grpc.max_send_message_length", MESSAGE_LIMIT),
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 500),
    # A host's proxy settings are for the web, never for a daemon on the same machine.
    ("grpc.enable_http_proxy", 0),
]
Metadata = Tuple[Tuple[str, str], ...]


class Identity:
    """What a client shows a daemon that wants client certificates: PEM files."""

    def __init__(self, certificate: Optional[Path] = None, key: Optional[Path] = None) -> None:
        self.certificate = certificate
        self.key = key

    @classmethod
    def of(cls, lock: LockFile) -> Identity:
        """What the file that names the daemon says."""
        certificate, key = lock.certificate_path, lock.key_path
        return cls(Path(certificate) if certificate else None, Path(key) if key else None)


class Channel:
    """A gRPC channel with its stub and the metadata (the token) that goes with every call."""

    def __init__(self, lock: LockFile, identity: Optional[Identity] = None) -> None:
        check_protocol(lock.version, lock.protocol)
        self.lock = lock
        self.metadata: Metadata = ()
        if lock.token_path:
            self.metadata = _token(lock)
        self._channel = self._open(identity or Identity.of(lock))
        self.put_blob = put_blob(self._channel)
        self.get_blob = get_blob(self._channel)
        self.stub = jobs_pb2_grpc.ShiageStub(self._channel)  # type: ignore[no-untyped-call]  # generated

    def _open(self, identity: Identity) -> grpc.Channel:
        if not self.lock.tls:
            return grpc.insecure_channel(self.lock.address, options=_OPTIONS)
        credentials = grpc.ssl_channel_credentials(
            root_certificates=_read(self.lock.ca_path, "certificate"),
            private_key=_read(str(identity.key), "key") if identity.key else None,
            certificate_chain=_read(str(identity.certificate), "certificate") if identity.certificate else None,
        )
        return grpc.secure_channel(self.lock.address, credentials, options=_OPTIONS)

    def has_old_token(self) -> bool:
        """Whether the token's file holds another one by now."""
        return bool(self.lock.token_path) and _token(self.lock) != self.metadata

    def close(self) -> None:
        """End it, and every call on it."""
        self._channel.close()


def check_protocol(version: str, protocol: int) -> None:
    """DaemonError (NotReady) where a daemon speaks another protocol than this client."""
    if protocol != PROTOCOL:
        older = "daemon" if protocol < PROTOCOL else "client"
        raise DaemonError(
            "NotReady",
            f"The Shiage daemon {version} speaks protocol {protocol}, this client protocol {PROTOCOL}. "
            f"Update the {older}, then restart the daemon with `shiage stop`.",
        )


def _token(lock: LockFile) -> Metadata:
    return (("authorization", f"Bearer {_read(lock.token_path, 'token').decode().strip()}"),)


def _read(path: str, what: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise DaemonError("Refused", f"The daemon's {what} file {path} can't be read: {error.strerror}.") from error
