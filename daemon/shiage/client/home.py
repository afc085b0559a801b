"""Where Shiage keeps its state."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Optional


class NoHome(PermissionError):
    """The system knows no home folder of this user, and none was named."""


def data_home(given: Optional[os.PathLike[str]] = None) -> Path:
    """``given``, else the environment's SHIAGE_HOME, else ``shiage`` in the platform's data folder (not created).
    Raises :class:`NoHome`.
    """
    if given is not None:
        return Path(given).expanduser().absolute()
    if os.environ.get("SHIAGE_HOME"):
        return Path(os.environ["SHIAGE_HOME"]).expanduser().absolute()
    try:
        return _platform_data() / "shiage"
    except RuntimeError as error:
        raise NoHome("This user has no home folder: name a folder for Shiage's state in SHIAGE_HOME") from error


def _platform_data() -> Path:
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    # The XDG standard wants a relative path in the variable to be ignored.
    given = Path(os.environ.get("XDG_DATA_HOME", ""))
    return given if given.is_absolute() else Path.home() / ".local" / "share"
