"""The daemon's log: one JSON object a line, so that it can be read by eye, by grep and by tools."""

from __future__ import annotations

import json
import logging
import logging.handlers
import sys
from datetime import UTC, datetime
from pathlib import Path

_PLAIN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "taskName"}


class JsonLines(logging.Formatter):
    """Time, level, who, what, and whatever was given as ``extra``."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "where": record.name,
            "what": record.getMessage(),
        }
        line |= {key: value for key, value in vars(record).items() if key not in _PLAIN}
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def log_to(folder: Path, console_format: str = "text") -> None:
    """Everything of this process into ``daemon.log``, 5 files of 2 MiB.

    To standard error go warnings as sentences (``text``), or the same JSON lines, for a supervisor that collects them.
    """
    file = logging.handlers.RotatingFileHandler(
        folder / "daemon.log", maxBytes=2 << 20, backupCount=4, encoding="utf-8"
    )
    file.setFormatter(JsonLines())
    console = logging.StreamHandler(sys.stderr)
    if console_format == "json":
        console.setFormatter(JsonLines())
    else:
        console.setLevel(logging.WARNING)
        console.setFormatter(logging.Formatter("%(levelname)s: %(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[file, console], force=True)
