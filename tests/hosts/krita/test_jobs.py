"""Jobs of a real Krita that outlive what they were begun in: a daemon, a document, its size."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest

from . import inside
from .clicks import names
from .conftest import PICTURES
from .session import Session

pytestmark = [pytest.mark.krita, pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.usefixtures("clean")]


def start_slow_job(krita: Session, seconds: float) -> int:
    """Begin a job of that length with a click; gives the number of jobs before."""
    krita.run(inside.choose_operation, name="test-light")
    krita.run(inside.set_parameter, name="seconds", value=seconds)
    before = krita.run(inside.count_jobs)
    krita.run(inside.set_parameter, name="note", value=str(before))  # never answered from an earlier run
    krita.click(*krita.run(inside.centre, name="shiage_run"))
    end = time.monotonic() + 60
    while krita.run(inside.newest)[2] <= 0.02 or krita.run(inside.count_jobs) == before:
        assert time.monotonic() < end, krita.run(inside.docker_state)
        time.sleep(0.1)
    return before


def test_progress_preview_and_cancel(krita: Session, house: Path) -> None:
    krita.run(inside.open_document, path=str(house))
    before = start_slow_job(krita, 30.0)
    state, sentence, progress = krita.run(inside.newest)
    assert (state, sentence) == ("waiting", "shining")
    assert 0 < progress < 1
    assert krita.run(inside.docker_state)["previews"][0]
    krita.screenshot(PICTURES / "running.png")
    krita.click(*krita.run(inside.centre, name="shiage_cancel"))
    assert krita.wait_for(inside.ended, timeout=20, count=before + 1)[0] == "cancelled"
    assert names(krita.run(inside.tree)) == ["Background"]


def test_killed_daemon_comes_back_and_finishes(krita: Session, house: Path, place: Path) -> None:
    krita.run(inside.open_document, path=str(house))
    before = start_slow_job(krita, 6.0)
    lock = place / "home" / "daemon.lock"
    first = json.loads(lock.read_text())["pid"]
    os.kill(first, signal.SIGKILL)
    state, sentence = krita.wait_for(inside.ended, timeout=90, count=before + 1)
    words = "\n".join(path.read_text()[-2000:] for path in (place / "home" / "log").glob("*.log"))
    assert (state, sentence) == ("done", "Done."), f"{krita.run(inside.docker_state)}\n{words}"
    assert json.loads(lock.read_text())["pid"] != first
    assert names(krita.run(inside.tree)) == ["Background", ["Test light — Background", ["shadow", "light"]]]
    krita.wait_for(inside.ready, timeout=30)


def test_closed_document_keeps_its_result(krita: Session, house: Path) -> None:
    krita.run(inside.open_document, path=str(house))
    before = start_slow_job(krita, 3.0)
    krita.run(inside.close_active)
    state, sentence = krita.wait_for(inside.ended, timeout=60, count=before + 1)
    assert state == "kept"
    assert "house.png" in sentence
    krita.run(inside.open_document, path=str(house))
    add_again(krita)
    assert names(krita.run(inside.tree)) == ["Background", ["Test light", ["shadow", "light"]]]


def add_again(krita: Session) -> None:
    """Choose the newest job in the list and press the button with the mouse."""
    krita.run(choose_newest)
    krita.click(*krita.run(inside.centre, name="shiage_add_again"))
    end = time.monotonic() + 60
    while krita.run(inside.newest)[0] != "done":
        assert time.monotonic() < end, krita.run(inside.docker_state)
        time.sleep(0.1)


def choose_newest():  # type: ignore[no-untyped-def] # runs inside Krita
    """Select the first row of the history."""
    from krita import Krita
    from PyQt5.QtWidgets import QListWidget

    docker = next(d for d in Krita.instance().dockers() if d.objectName() == "shiage_docker")
    docker.findChild(QListWidget, "shiage_history").setCurrentRow(0)


def test_resized_document_keeps_its_result(krita: Session, house: Path) -> None:
    krita.run(inside.open_document, path=str(house))
    before = start_slow_job(krita, 3.0)
    krita.run(crop)
    state, _ = krita.wait_for(inside.ended, timeout=60, count=before + 1)
    assert state == "kept"
    assert names(krita.run(inside.tree)) == ["Background"]
    add_again(krita)  # of another size now: a document of its own
    assert names(krita.run(inside.tree))[-1] == ["Test light", ["shadow", "light"]]
    assert krita.run(size) == [600, 400]


def crop():  # type: ignore[no-untyped-def] # runs inside Krita
    """Make the document smaller."""
    from krita import Krita

    Krita.instance().activeDocument().crop(0, 0, 500, 300)
    yield 0.5


def size():  # type: ignore[no-untyped-def] # runs inside Krita
    """Of the front document."""
    from krita import Krita

    document = Krita.instance().activeDocument()
    return [document.width(), document.height()]
