"""``shiage doctor``: what is here, what is missing, and what to do about it."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from .. import __version__
from ..client import PROTOCOL, data_home
from ..errors import ShiageError
from .remote import daemon_if_any

_PACKAGES = ("grpcio", "protobuf", "numpy", "opencv-python", "pillow", "torch", "ultralytics", "diffusers", "watchdog")
_ROOM = 2 << 30


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. ``advice`` is empty where it is well."""

    name: str
    found: str
    advice: str = ""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON, to send with a report.")
def doctor(as_json: bool) -> None:
    """Check this installation and say what to mend. Exit code 1 where something needs mending."""
    findings = [finding for look in _LOOKS for finding in look()]
    if as_json:
        click.echo(json.dumps({"findings": [asdict(finding) for finding in findings]}, ensure_ascii=False, indent=1))
    else:
        for finding in findings:
            mark = click.style("mend", fg="red") if finding.advice else click.style("well", fg="green")
            click.echo(f"{mark}  {finding.name}: {finding.found} {finding.advice}".rstrip())
    sys.exit(any(finding.advice for finding in findings))


def _system() -> list[Finding]:
    version = platform.python_version()
    advice = "" if sys.version_info >= (3, 11) else "Shiage needs Python 3.11 or later."
    return [
        Finding("shiage", f"{__version__}, protocol {PROTOCOL}"),
        Finding("python", f"{version} on {platform.platform()}, {os.cpu_count()} cores", advice),
    ]


def _packages() -> list[Finding]:
    findings = []
    for name in _PACKAGES:
        try:
            findings.append(Finding(name, importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            findings.append(Finding(name, "missing.", f"Install it: pip install {name}"))
    return findings


def _home() -> list[Finding]:
    home = data_home()
    place = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    room = "" if free >= _ROOM else "Free some space: jobs and pictures are kept there."
    rights = "" if os.access(place, os.W_OK) else f"This user may not write there; set SHIAGE_HOME or mend {place}."
    return [Finding("home", str(home), rights), Finding("disk", f"{free >> 20:,} MiB free", room)]


def _daemon() -> list[Finding]:
    try:
        with daemon_if_any() as client:
            if client is None:
                return [Finding("daemon", "none runs; commands work without, hosts start one")]
            info = client.info()
            state = f"{client.lock.address}, pid {info.pid}, {info.running} running, {info.queued} queued"
            return [Finding("daemon", state), Finding("accelerator", info.accelerator)]
    except ShiageError as error:
        return [Finding("daemon", "one runs but can't be used.", str(error))]


def _networks() -> list[Finding]:
    from ..nets.zoo import OWN, intact, zoo

    findings = []
    own = [item for item in zoo().values() if item.kind == OWN]
    for item in own:
        try:
            intact(item)
        except ShiageError as error:
            findings.append(Finding(f"network {item.name}", "can't be used.", str(error)))
    return findings or [Finding("networks", f"{len(own)} of Shiage's own, intact")]


def _logs() -> list[Finding]:
    log = Path(data_home()) / "log" / "daemon.log"
    return [Finding("log", str(log) if log.exists() else "none yet")]


def _krita() -> list[Finding]:
    from ..hosts import krita

    return [
        Finding(check.name, f"{check.found}." if check.advice else check.found, check.advice)
        for check in krita.doctor()
    ]


_LOOKS: tuple[Callable[[], list[Finding]], ...] = (_system, _packages, _networks, _home, _daemon, _logs, _krita)
