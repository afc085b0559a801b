"""What the installer wrote down, and what the user chose."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path
from typing import Any, Dict, List, Optional

from krita import Krita

_GROUP = "shiage"
_INSTALLED = Path(__file__).parent / "install.json"


def installed() -> Dict[str, Any]:
    """What the installer knew: ``command`` (how to run ``shiage``), ``version``, ``operations`` (id and title each)."""
    try:
        data = json.loads(_INSTALLED.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def version() -> str:
    """The plugin's own; empty where the installer did not say."""
    return str(installed().get("version") or "")


def read(name: str, default: str = "") -> str:
    """A setting of the user's."""
    return str(Krita.instance().readSetting(_GROUP, name, default))


def write(name: str, value: str) -> None:
    """Keep a setting of the user's."""
    Krita.instance().writeSetting(_GROUP, name, value)


def command() -> List[str]:
    """How to run ``shiage``: the user's own path, else the installer's, else whatever is on PATH."""
    own = read("command")
    if own:
        return [own] if Path(own).exists() else shlex.split(own)
    return list(installed().get("command") or ["shiage"])


def home() -> Optional[Path]:
    """Where the daemon that belongs to this plugin keeps its state. A sandboxed Krita would look elsewhere by
    itself.
    """
    told = installed().get("home")
    return Path(str(told)) if told and not os.environ.get("SHIAGE_HOME") else None


def may_start() -> bool:
    """Whether the plugin starts a daemon where none runs."""
    return read("start", "true") == "true"
