"""What lies where under SHIAGE_HOME, and how much of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..client.home import data_home
from ..values.limits import MOST_PIXELS

GIB = 1 << 30


@dataclass(frozen=True)
class House:
    """The folders and files of one daemon."""

    root: Path

    @classmethod
    def at(cls, home: Path | None = None) -> House:
        """The house under ``home`` (default: SHIAGE_HOME or the platform's data folder), with its folders made."""
        house = cls(data_home(home))
        for folder in (house.root, house.spool, house.log):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return house

    @property
    def spool(self) -> Path:
        """Blobs."""
        return self.root / "spool"

    @property
    def store(self) -> Path:
        """The database of jobs and events."""
        return self.root / "jobs.sqlite"

    @property
    def log(self) -> Path:
        """Logs."""
        return self.root / "log"

    @property
    def token(self) -> Path:
        """The token that callers over TCP show."""
        return self.root / "token"


@dataclass(frozen=True)
class Limits:
    """How much is kept. ``age_days``: how long ended jobs and their results stay."""

    spool_bytes: int = 20 * GIB
    age_days: float = 14.0
    queue: int = 10_000
    # How many jobs of one caller may wait.
    queue_per_caller: int = 10_000
    most_pixels: int = MOST_PIXELS
    # Below this much free space on the spool's disk nothing more is taken in.
    free_bytes: int = GIB // 4

    @property
    def age(self) -> float:
        """Seconds that ended jobs and their results stay."""
        return self.age_days * 86400
