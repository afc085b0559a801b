"""The plugin's actions in Tools > Scripts. Their shortcuts are in ``actions/shiage.action``, which the installer
writes.
"""

from __future__ import annotations

from typing import Any

from krita import Extension

from . import settings
from .panel.docker import show_docker
from .qt import QtCore
from .texts import tr, use_language

MENU = "tools/scripts"


def actions() -> list[tuple[str, str]]:
    """Id and text of every action: the docker, Run, and each operation that was known when the plugin was installed."""
    fixed = [("shiage_show", tr("Shiage: show the docker")), ("shiage_run_again", tr("Shiage: run"))]
    known = settings.installed().get("operations", [])
    return fixed + [(f"shiage_{o['id']}", tr("Shiage: {title}", title=o["title"])) for o in known]


class ShiageExtension(Extension):
    """Made once; ``createActions`` is called for every window."""

    def setup(self) -> None:
        """Krita calls this at its start."""
        use_language(QtCore.QLocale().name())

    def createActions(self, window: Any) -> None:
        """Krita calls this for every window."""
        for name, text in actions():
            action = window.createAction(name, text, MENU)
            action.triggered.connect(lambda _=False, name=name: _triggered(name))


def _triggered(name: str) -> None:
    docker = show_docker()
    if docker is None or name == "shiage_show":
        return
    if name != "shiage_run_again" and not docker.choose(name[len("shiage_") :]):
        return
    docker.run()
