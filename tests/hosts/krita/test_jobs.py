"""Jobs of a real Krita that outlive what they were begun in: a daemon, a document, its size."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

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
    krita.run(inside.set_parameter, name="note", value=str(time.monotonic()))  # never answered from an earlier run
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


def test_a_document_closed_while_layers_are_added_keeps_its_result(krita: Session, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (3000, 3000, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "large.png")
    krita.run(inside.open_document, path=str(tmp_path / "large.png"))
    krita.run(inside.choose_operation, name="test-light")
    before = krita.run(inside.count_jobs)
    krita.run(close_on_landing)
    krita.click(*krita.run(inside.centre, name="shiage_run"))
    state, sentence = krita.wait_for(inside.ended, timeout=120, count=before + 1)
    assert (state, "large.png" in sentence) == ("kept", True), sentence


def close_on_landing():  # type: ignore[no-untyped-def] # runs inside Krita
    """Close the front document as soon as the newest job adds its layers."""
    import sys

    from krita import Krita
    from PyQt5.QtCore import QTimer

    studio = sys.modules["shiage.studio"].studio()
    document = Krita.instance().activeDocument()
    timer = QTimer(studio)

    def look():  # type: ignore[no-untyped-def]
        if studio.jobs and studio.jobs[0].state == "landing":
            timer.stop()
            document.setModified(False)
            document.close()

    timer.timeout.connect(look)
    timer.start(1)


@pytest.mark.parametrize(("model", "depth"), [("CMYKA", "U8"), ("GRAYA", "U16"), ("RGBA", "F32")])
def test_a_document_closed_while_it_is_looked_at(krita: Session, model: str, depth: str) -> None:
    # Conversion waits in an event loop of Krita's own, in which the document closes and the look is given up.
    krita.run(inside.choose_operation, name="relight")
    krita.run(inside.new_document, width=2500, height=2500, model=model, depth=depth)
    time.sleep(0.3)
    krita.run(inside.close_active)
    assert krita.run(dialogs) == []
    assert krita.alive


def dialogs():  # type: ignore[no-untyped-def] # runs inside Krita
    """Titles of what asks the artist something now; it is closed."""
    from PyQt5.QtWidgets import QApplication, QDialog

    yield 0.5
    seen = [w for w in QApplication.topLevelWidgets() if isinstance(w, QDialog) and w.isVisible()]
    titles = [w.windowTitle() for w in seen]
    for w in seen:
        w.reject()
    return titles


def test_a_cancel_is_not_lost_with_its_daemon(krita: Session, house: Path, place: Path) -> None:
    krita.run(inside.open_document, path=str(house))
    before = start_slow_job(krita, 8.0)
    krita.run(may_start, yes=False)
    os.kill(json.loads((place / "home" / "daemon.lock").read_text())["pid"], signal.SIGKILL)
    krita.click(*krita.run(inside.centre, name="shiage_cancel"))
    try:
        state, sentence = krita.wait_for(inside.ended, timeout=60, count=before + 1)
    finally:
        krita.run(may_start, yes=True)
    assert (state, "daemon" in sentence) == ("cancelled", True)
    krita.wait_for(inside.ready, timeout=60)
    # The new daemon goes on with it until it is told; its layers are not wanted, whichever comes first.
    time.sleep(12)
    assert names(krita.run(inside.tree)) == ["Background"]
    assert krita.run(inside.newest)[0] == "cancelled"


def test_what_is_stopped_can_be_added_again(krita: Session, house: Path) -> None:
    krita.run(inside.open_document, path=str(house))
    before = start_slow_job(krita, 1.0)
    assert krita.wait_for(inside.ended, timeout=60, count=before + 1)[0] == "done"
    krita.run(inside.trigger, action="edit_undo")
    krita.run(choose_newest)
    state, sentence = krita.run(again_and_stop)
    assert (state, "kept" in sentence) == ("kept", True)
    time.sleep(4)  # nothing comes later: neither layers nor a word about the cancel
    assert krita.run(inside.newest)[0] == "kept"
    assert names(krita.run(inside.tree)) == ["Background"]
    add_again(krita)
    assert names(krita.run(inside.tree)) == ["Background", ["Test light", ["shadow", "light"]]]


def again_and_stop():  # type: ignore[no-untyped-def] # runs inside Krita
    """Ask for the newest result again and stop at once."""
    import sys

    job = sys.modules["shiage.studio"].studio().jobs[0]
    job.add_again()
    job.cancel()
    return [job.state, job.sentence]


def may_start(yes):  # type: ignore[no-untyped-def] # runs inside Krita
    """Whether the plugin may start a daemon."""
    import sys

    studio = sys.modules["shiage.studio"].studio()
    studio._may_start = yes
    studio.link.retry()


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
