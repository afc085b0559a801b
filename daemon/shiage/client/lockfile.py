"""The lock file: how a host finds the daemon that runs.

``SHIAGE_HOME/daemon.lock`` is JSON and is written only once the daemon serves, so that whoever can read it can connect.
The daemon holds a lock of the operating system on it while it lives; that lock, not the file, says that the house is
taken, so a file left by a dead daemon blocks nobody.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Optional

# Rises when an old client can't talk to a new daemon any more.
PROTOCOL = 1
LOCK_NAME = "daemon.lock"


@dataclass(frozen=True)
class LockFile:
    """What a daemon says of itself. ``address`` is a gRPC target; ``token_path`` and ``ca_path`` may be empty."""

    pid: int
    address: str
    protocol: int
    version: str
    started: float
    token_path: str = ""
    ca_path: str = ""

    def to_json(self) -> str:
        """As the file's text."""
        return json.dumps(asdict(self), indent=1) + "\n"

    @property
    def tls(self) -> bool:
        """Whether the daemon wants TLS."""
        return bool(self.ca_path)


def read_lock(home: Path) -> Optional[LockFile]:
    """The lock file under ``home``; None where there is none, or a daemon is just starting or has ended."""
    try:
        data = json.loads((home / LOCK_NAME).read_text(encoding="utf-8"))
        fields = {name: data[name] for name in LockFile.__dataclass_fields__ if name in data}
        lock = LockFile(**fields)
    except (OSError, ValueError, TypeError):
        return None
    return lock if isinstance(lock.address, str) and lock.address else None
