"""The hot folder: a real process, real signals; each picture once, none lost."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest

from daemons import environment, lines, until
from documents import Sheet, flat, kra
from shiage.batch import _writing
from shiage.values.files import read_picture


def draw(path: Path, seed: int) -> Path:
    cv2.imwrite(str(path), np.random.default_rng(seed).integers(0, 256, (8, 8, 4), np.uint8))
    return path


class Folder:
    """A watched folder, its results, and what was said of them."""

    def __init__(self, root: Path) -> None:
        self.hot, self.out, self.said = root / "hot", root / "out", root / "said.jsonl"
        self.trace = root / "trace"
        self.hot.mkdir()

    @contextmanager
    def watched(self, *flags: object) -> Iterator[subprocess.Popen[bytes]]:
        asked = [
            sys.executable,
            "-m",
            "shiage",
            "watch",
            "invert",
            self.hot,
            "-o",
            self.out,
            "--json",
            "--workers",
            "1",
        ]
        asked += ["--set", f"trace={self.trace}", *(flags or ("--settle", "0.1"))]
        with self.said.open("ab") as said:
            process = subprocess.Popen([str(part) for part in asked], env=environment(), stdout=said)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def told(self) -> dict[str, dict[str, object]]:
        return {entry["file"]: entry for entry in map(json.loads, lines(self.said))}

    def results(self) -> list[str]:
        return sorted(path.name for path in self.out.glob("*.png"))


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


@pytest.mark.parametrize("flags", [("--settle", "0.1"), ("--settle", "0.1", "--poll", "0.1")], ids=["told", "polled"])
def test_files_are_taken_once_and_bad_ones_put_aside(folder: Folder, flags: tuple[str, ...]) -> None:
    draw(folder.hot / "before.png", 1)
    with folder.watched(*flags) as process:
        until(lambda: "before.png" in folder.told())
        draw(folder.hot / "new.png", 2)
        draw(folder.hot / "copy.png", 1)
        (folder.hot / "bad.png").write_bytes(b"not a picture")
        (folder.hot / "notes.txt").write_text("not for us")
        until(lambda: {"new.png", "copy.png", "bad.png"} <= set(folder.told()))
        draw(folder.hot / "new.png", 3)  # a new version
        until(lambda: len(lines(folder.trace)) == 3)
        until(lambda: sum('"new.png"' in line for line in lines(folder.out / ".shiage-watch.jsonl")) == 2)
        process.terminate()
        assert process.wait(30) == 0
    told = folder.told()
    assert told["copy.png"]["state"] == "duplicate"
    assert told["copy.png"]["same_as"] == "before.png"
    assert told["bad.png"]["state"] == "rejected"
    assert folder.results() == ["before.png", "new.png"]
    assert sorted(p.name for p in (folder.hot / "_rejected").iterdir()) == ["bad.png", "bad.png.txt"]
    assert "not a picture" in (folder.hot / "_rejected" / "bad.png.txt").read_text()
    assert not (folder.hot / "bad.png").exists()
    assert (folder.hot / "notes.txt").exists()
    drawn, made = cv2.imread(str(folder.hot / "new.png")), cv2.imread(str(folder.out / "new.png"))
    assert np.array_equal(made, 255 - drawn)


def test_a_file_is_taken_when_its_writer_is_done(folder: Folder) -> None:
    data = draw(folder.hot / "whole.png", 4).read_bytes()
    (folder.hot / "whole.png").unlink()
    with folder.watched("--settle", "1.5"), (folder.hot / "slow.png").open("wb") as file:
        for start in range(0, len(data), len(data) // 3):
            file.write(data[start : start + len(data) // 3])
            file.flush()
            (folder.hot / "renamed.part").write_bytes(data + b"\0")
        # Renamed into place: there is nothing to wait for.
        (folder.hot / "renamed.part").rename(folder.hot / "renamed.png")
        until(lambda: "renamed.png" in folder.told())
        file.close()
        until(lambda: "slow.png" in folder.told())
    assert {entry["state"] for entry in folder.told().values()} == {"done"}
    assert not (folder.hot / "_rejected").exists()


def test_a_burst_that_is_killed_and_started_again_is_done_once(folder: Folder) -> None:
    for number in range(1000):
        draw(folder.hot / f"f.{number:04d}.png", number)
    with folder.watched("--settle", "0") as process:
        until(lambda: len(lines(folder.trace)) > 150, 120)
        process.kill()
        process.wait()
    assert len(folder.results()) < 1000
    with folder.watched("--settle", "0", "--once") as process:
        assert process.wait(240) == 0
    assert len(folder.results()) == 1000
    assert all(entry["state"] in ("done", "skipped") for entry in folder.told().values())
    assert len({json.loads(line)["file"] for line in lines(folder.out / ".shiage-watch.jsonl")}) == 1000
    # What was computed when the process died, and not yet written, is computed again; what was written is not.
    assert len(lines(folder.trace)) <= 1000 + _writing.MOST
    with folder.watched("--settle", "0", "--once") as process:
        assert process.wait(60) == 0
    assert len(lines(folder.trace)) <= 1000 + _writing.MOST


def test_a_folder_does_not_feed_itself(folder: Folder) -> None:
    folder.out = folder.hot
    with folder.watched() as process:
        assert process.wait(30) == 3


def test_it_ends_without_a_word_of_what_watches(folder: Folder) -> None:
    (folder.hot / "bad.png").write_bytes(b"not a picture")
    words = ["watch", "invert", folder.hot, "-o", folder.out, "--json", "--workers", "1", "--once", "--settle", "0"]
    done = subprocess.run(
        [sys.executable, "-m", "shiage", *map(str, words)],
        env=environment(), capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    assert [json.loads(line)["state"] for line in done.stdout.splitlines()] == ["rejected"]
    assert done.stderr == ""


def test_a_document_that_appears_gets_its_layers(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    page = [Sheet("ink", flat((16, 9), (200, 60, 30, 255)))]
    (folder.hot / "page.kra").write_bytes(kra((16, 9), page, flat((16, 9), (255, 255, 255, 255))))
    (folder.hot / "page.kra~").write_bytes(b"the one before")
    with folder.watched("--once", "--settle", "0", "--layer", "ink") as process:
        assert process.wait(120) == 0
    assert {name: entry["state"] for name, entry in folder.told().items()} == {"page.kra": "done"}
    made = read_picture(folder.out / "page.kra", "Shiage: Invert/Result")
    assert tuple(made.pixels[0, 0]) == (55, 195, 225, 255)
