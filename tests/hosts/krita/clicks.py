"""What a hand does with the docker, and what is seen of it."""

from __future__ import annotations

from pathlib import Path

from . import inside
from .kra_file import Kra
from .session import Session

LONG = 240.0  # seconds: the first run of an operation compiles its kernels


def run_by_click(krita: Session, timeout: float = LONG) -> list[str]:
    """Press the docker's Run button with the mouse and wait for the end; gives state and sentence."""
    before = krita.run(inside.count_jobs)
    krita.click(*krita.run(inside.centre, name="shiage_run"))
    return krita.wait_for(inside.ended, timeout=timeout, count=before + 1)


def saved(krita: Session, folder: Path) -> Kra:
    """The front document, saved by Krita and read from outside."""
    path = folder / "saved.kra"
    assert krita.run(inside.save, path=str(path))
    return Kra(path)


def names(layers: list) -> list:
    """Names alone, from the bottom up, a group as [name, its children]."""
    return [[layer[0], names(layer[4])] if layer[4] else layer[0] for layer in layers]


def pad(x, y, shown=False):  # type: ignore[no-untyped-def] # runs inside Krita
    """Where that point of the canvas is on the screen, in the docker's pad, and how many looks came; None before the
    pad shows something, where ``shown`` is asked for.
    """
    from krita import Krita

    docker = next(d for d in Krita.instance().dockers() if d.objectName() == "shiage_docker")
    found = docker._form.pad
    docker._area.ensureWidgetVisible(found)
    if shown and not found.has_picture:
        return None
    place = found.mapToGlobal(found.to_widget(x, y).toPoint())
    return [place.x(), place.y(), found.looks]


def looked(more_than):  # type: ignore[no-untyped-def] # runs inside Krita
    """Whether more looks than that came from the daemon."""
    from krita import Krita

    docker = next(d for d in Krita.instance().dockers() if d.objectName() == "shiage_docker")
    return docker._form.pad.looks > more_than
