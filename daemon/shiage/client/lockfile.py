"""The lock file: how a host finds the daemon that runs.

``SHIAGE_HOME/daemon.lock`` is JSON and is written only once the daemon serves, so that whoever can read it can connect.
The daemon holds a lock of the operating system on it while it lives; that lock, not the file, says that the house is
taken, so a file left by a dead daemon blocks nobody.

``SHIAGE_HOME/remote.json``, written by hand, names a daemon on another machine: ``address`` ("studio.lan:7411"),
``token_path``, ``ca_path``, and where that daemon asks for one, the ``certificate_path`` and ``key_path`` of this
client. Where it is, no daemon of this machine is looked for, and none is started.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Optional

from ._errors import DaemonError

# Rises when an old client can't talk to a new daemon any more.
PROTOCOL = 1
LOCK_NAME = "daemon.lock"
REMOTE_NAME = "remote.json"


@dataclass(frozen=True)
class LockFile:
    """What a daemon says of itself. ``address`` is a gRPC target; the paths may be empty."""

    pid: int
    address: str
    protocol: int
    version: str
    started: float
    token_path: str = ""
    ca_path: str = ""
    certificate_path: str = ""
    key_path: str = ""

    def to_json(self) -> str:
        """As the file's text."""
        return json.dumps({name: value for name, value in asdict(self).items() if value != ""}, indent=1) + "\n"

    @property
    def tls(self) -> bool:
        """Whether the daemon wants TLS."""
        return bool(self.ca_path)


# Of the fields that a client goes by; a file that has others was not written by a daemon.
_KINDS = (("pid", int), ("address", str), ("protocol", int), ("version", str), ("token_path", str), ("ca_path", str))


def find_daemon(home: Path) -> Optional[LockFile]:
    """The daemon that programs with this home use: the one that ``remote.json`` names, else the one that runs here.

    DaemonError (NotReady) where ``remote.json`` can't be used.
    """
    return read_remote(home) or read_lock(home)


def read_remote(home: Path) -> Optional[LockFile]:
    """What ``remote.json`` under ``home`` says; None where there is none."""
    path = home / REMOTE_NAME
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        known = ("address", "token_path", "ca_path", "certificate_path", "key_path")
        fields = {name: str(value) for name, value in data.items() if name in known}
        lock = LockFile(pid=0, protocol=PROTOCOL, version="", started=0.0, **fields)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, AttributeError) as error:
        raise DaemonError(
            "NotReady",
            f"{path} can't be used ({error}). It wants JSON with address, token_path and ca_path; without the file, "
            "the daemon of this machine is used.",
        ) from error
    return lock


def read_lock(home: Path) -> Optional[LockFile]:
    """The lock file under ``home``; None where there is none, or a daemon is just starting or has ended."""
    try:
        data = json.loads((home / LOCK_NAME).read_text(encoding="utf-8"))
        fields = {name: data[name] for name in LockFile.__dataclass_fields__ if name in data}
        lock = LockFile(**fields)
    except (OSError, ValueError, TypeError):
        return None
    right = all(isinstance(getattr(lock, name), kind) for name, kind in _KINDS)
    return lock if right and lock.address else None
