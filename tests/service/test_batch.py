"""Batches: names kept, nothing done twice, nothing half-written, a failure told while the rest goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest
from PIL import Image

from daemons import environment, lines, until
from profiles import wide_profile
from shiage import operations
from shiage.batch import Asked, _writing, frames_of, run_batch
from shiage.errors import BadInput
from shiage.values.files import write_bytes
from shiage.values.profiles import png_with_profile


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "shiage", "batch", *map(str, arguments), "--workers", "1", "--json"]


def batch(*arguments: object) -> tuple[int, list[dict[str, object]]]:
    done = subprocess.run(
        command(*arguments), env=environment(), capture_output=True, text=True, check=False, timeout=90
    )
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def shot(tmp_path: Path) -> Path:
    """Three 16-bit frames."""
    folder = tmp_path / "shot"
    folder.mkdir()
    for number in range(1001, 1004):
        pixels = np.random.default_rng(number).integers(0, 65536, (12, 16, 4), np.uint16)
        cv2.imwrite(str(folder / f"sh010.{number}.png"), pixels)
    return folder


def test_frames_keep_names_and_depth_and_are_not_done_twice(shot: Path, tmp_path: Path) -> None:
    out, trace = tmp_path / "out", tmp_path / "trace"
    (shot / "sh010.1002.png").write_bytes(b"not a picture")
    code, events = batch("invert", shot, "-o", out, "--set", f"trace={trace}", "--output", "facts")
    assert code == 1
    assert {e["frame"]: e["state"] for e in events} == {
        "sh010.1001.png": "done",
        "sh010.1002.png": "failed",
        "sh010.1003.png": "done",
    }
    assert sorted(p.name for p in out.glob("*.png")) == ["sh010.1001.png", "sh010.1003.png"]
    assert (out / "facts" / "sh010.1003.json").is_file()
    drawn, made = (cv2.imread(str(f / "sh010.1001.png"), cv2.IMREAD_UNCHANGED) for f in (shot, out))
    assert made.dtype == np.uint16
    assert np.array_equal(made[..., :3], 65535 - drawn[..., :3])

    cv2.imwrite(str(shot / "sh010.1002.png"), drawn)
    (out / "sh010.1003.png").write_bytes(b"spoilt since")
    code, events = batch("invert", shot, "-o", out, "--set", f"trace={trace}", "--output", "facts")
    assert code == 0
    assert [e["state"] for e in events if e["frame"] == "sh010.1001.png"] == ["skipped"]
    assert len(lines(trace)) == 4, "two at first; then the mended one and the spoilt one"


def test_a_folder_in_whose_way_a_file_is_is_refused_in_a_sentence(shot: Path) -> None:
    out = shot / "sh010.1001.png" / "out"
    done = subprocess.run(
        command("invert", shot, "-o", out), env=environment(), capture_output=True, text=True, check=False, timeout=90
    )
    assert done.returncode == 3
    assert f"{out}: can't be made: Not a directory." in done.stderr + done.stdout


def test_a_killed_worker_and_a_killed_batch_lose_nothing(shot: Path, tmp_path: Path) -> None:
    out, trace = tmp_path / "out", tmp_path / "trace"
    asked = ("soften", shot, "-o", out, "--set", "steps=30", "--set", "pause=0.02", "--set", f"trace={trace}")
    running = subprocess.Popen(command(*asked), env=environment(), stdout=subprocess.DEVNULL)
    try:
        until(lambda: len(lines(trace)) > 5)
        psutil.Process(running.pid).children()[0].kill()  # the first frame begins again
        until(lambda: (out / "sh010.1001.png").exists() and len(lines(trace)) > 40)
    finally:
        running.kill()
        running.wait()
    code, events = batch(*asked)
    assert code == 0
    states = {str(e["frame"]): e["state"] for e in events}
    assert states["sh010.1001.png"] == "skipped"
    assert states["sh010.1003.png"] == "done"
    assert sorted(p.name for p in out.iterdir()) == [".shiage-batch.jsonl", *sorted(states)]
    code, _ = batch(*asked[:3], tmp_path / "undisturbed", *asked[4:])
    assert code == 0
    for name in states:
        assert (out / name).read_bytes() == (tmp_path / "undisturbed" / name).read_bytes()


def test_frame_ranges(shot: Path) -> None:
    named = [frame.name for frame in frames_of(f"{shot}/sh010.####.png 1001-1003x2")]
    assert named == ["sh010.1001.png", "sh010.1003.png"]
    assert len(frames_of(f"{shot}/*.png")) == 3
    with pytest.raises(BadInput, match="1004"):
        frames_of(f"{shot}/sh010.####.png 1001-1004")
    for wrong in ("1003-1001", "x", "1-3x0", ""):
        with pytest.raises(BadInput):
            frames_of(f"{shot}/sh010.####.png {wrong}")


def test_archives(shot: Path, tmp_path: Path) -> None:
    path = tmp_path / "shot.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(shot / "sh010.1001.png", "a/sh010.1001.png")
        archive.writestr("__MACOSX/._sh010.1001.png", b"")
    (frame,) = frames_of(str(path))
    assert frame.read() == (shot / frame.name).read_bytes()
    with zipfile.ZipFile(path, "a") as archive:
        archive.write(shot / "sh010.1001.png", "b/sh010.1001.png")
    with pytest.raises(BadInput, match="two frames"):
        frames_of(str(path))
    assert os.path.exists(path)


def test_a_batch_that_is_told_to_end_leaves_nothing_behind(shot: Path, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    stale = scratch / "shiage-batch-killed"
    stale.mkdir()
    (stale / "lock").touch()
    trace, out = tmp_path / "trace", tmp_path / "out"
    asked = command("soften", shot, "-o", out, "--set", "steps=5000", "--set", f"trace={trace}")
    running = subprocess.Popen(asked, env={**environment(), "TMPDIR": str(scratch)}, stderr=subprocess.DEVNULL)
    try:
        until(lambda: lines(trace))
        assert not stale.exists(), "what a killed batch left is taken away"
        assert len(list(scratch.glob("shiage-batch-*"))) == 1
        other = subprocess.run(asked, env=environment(), capture_output=True, text=True, check=False, timeout=60)
        assert other.returncode == 6
        assert "Another batch is writing here." in other.stderr
        running.terminate()
        assert running.wait(30) == 128 + 15
    finally:
        running.kill()
        running.wait()
    assert list(scratch.iterdir()) == []
    assert [p.name for p in out.iterdir()] == [".shiage-batch.jsonl"]


def test_names_that_differ_in_the_suffix_and_colour_profiles(tmp_path: Path) -> None:
    folder, out = tmp_path / "shot", tmp_path / "out"
    folder.mkdir()
    wide = wide_profile()
    # Muted, since what sRGB does not have is lost: the pixels of an operation are sRGB.
    noise = np.random.default_rng(1)
    pixels = np.uint8(noise.integers(60, 190, (12, 16, 1)) + noise.integers(-20, 21, (12, 16, 3)))
    Image.fromarray(pixels).save(folder / "a.png", icc_profile=wide)
    Image.fromarray(pixels).save(folder / "a.jpg", quality=95)
    Image.fromarray(pixels).save(folder / "b.tif", icc_profile=wide)
    fine = np.dstack([pixels[..., ::-1].astype(np.uint16) * 257 + 100, np.full((12, 16), 40000, np.uint16)])
    (folder / "c.png").write_bytes(png_with_profile(cv2.imencode(".png", fine)[1].tobytes(), wide))
    code, _ = batch("rest", folder, "-o", out, "--set", "steps=1")
    assert code == 0
    assert sorted(p.name for p in out.iterdir() if p.is_file()) == [
        ".shiage-batch.jsonl",
        "a.jpg.png",
        "a.png",
        "b.tif",
        "c.png",
    ]
    for name in ("a.png", "b.tif"):
        with Image.open(out / name) as made:
            assert made.info["icc_profile"] == wide
            # To sRGB and back: a level or two of rounding.
            assert np.abs(np.asarray(made.convert("RGB"), int) - pixels).max() <= 3
    with Image.open(out / "c.png") as made:
        assert made.info["icc_profile"] == wide
    sixteen = cv2.imread(str(out / "c.png"), cv2.IMREAD_UNCHANGED)
    assert sixteen.dtype == np.uint16
    assert np.abs(sixteen.astype(int) - fine).max() <= 4, "of 65,536"


def test_an_operation_that_takes_a_clip_gets_the_whole_shot(tmp_path: Path) -> None:
    folder, out = tmp_path / "lines", tmp_path / "out"
    folder.mkdir()
    for number in (7, 8, 10):
        page = np.full((48, 64, 3), 255, np.uint8)
        cv2.rectangle(page, (8 + number, 8), (40 + number, 40), (0, 0, 0), 2)
        cv2.imwrite(str(folder / f"cut.{number:04d}.png"), page)
    (folder / "cut.0009.png").write_bytes(b"not a picture")
    key = cv2.imread(str(folder / "cut.0007.png"))
    key[12:38, 19:44] = (40, 30, 200)
    (tmp_path / "key").mkdir()
    cv2.imwrite(str(tmp_path / "key" / "cut.0007.png"), key)
    asked = (
        "propagate-colors",
        folder,
        "-o",
        out,
        "--reference",
        tmp_path / "key" / "cut.0007.png",
        "--output",
        "facts",
    )
    code, events = batch(*asked)
    assert code == 1
    assert {e["frame"]: e["state"] for e in events} == {
        "cut.0007.png": "done",
        "cut.0008.png": "done",
        "cut.0009.png": "failed",
        "cut.0010.png": "done",
    }
    assert sorted(p.name for p in out.glob("*.png")) == ["cut.0007.png", "cut.0008.png", "cut.0010.png"]
    assert tuple(cv2.imread(str(out / "cut.0010.png"))[24, 34]) == (40, 30, 200)
    assert json.loads((out / "facts" / "out.json").read_text())["frames"]
    code, events = batch(*asked)
    assert {e["state"] for e in events} == {"failed", "skipped"}


def test_a_chain_over_a_shot(shot: Path, tmp_path: Path) -> None:
    chain = tmp_path / "twice.yaml"
    chain.write_text("steps: [invert, {name: back, operation: invert}]\noutputs: [back, invert.facts]\n")
    out = tmp_path / "out"
    code, _ = batch(chain, shot, "-o", out)
    assert code == 0
    for path in shot.iterdir():
        assert np.array_equal(*(cv2.imread(str(f / path.name), cv2.IMREAD_UNCHANGED) for f in (shot, out)))
    assert {path.stem for path in (out / "facts").iterdir()} == {path.stem for path in shot.iterdir()}
    _, events = batch(chain, shot, "-o", out)
    assert {e["state"] for e in events} == {"skipped"}
    chain.write_text("steps: [invert, {name: back, operation: inwert}]\n")
    done = subprocess.run(
        command(chain, shot, "-o", tmp_path / "none"), env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "no operation 'inwert'" in done.stderr
    assert not (tmp_path / "none").exists()


@pytest.mark.usefixtures("site")
def test_workers_wait_for_a_slow_drive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shot, trace, most = tmp_path / "shot", tmp_path / "trace", _writing.MOST
    shot.mkdir()
    for number in range(2 * most):
        cv2.imwrite(str(shot / f"{number}.png"), np.full((8, 8, 3), number, np.uint8))
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    at_the_first: list[int] = []

    def slowly(path: Path, data: bytes) -> None:
        if not at_the_first:
            until(lambda: len(lines(trace)) >= most)
            # Those that wait for nobody are through in that time.
            time.sleep(1)
            at_the_first.append(len(lines(trace)))
        write_bytes(path, data)

    monkeypatch.setattr(_writing, "write_bytes", slowly)
    asked = Asked(operations.get("invert").spec, {"trace": str(trace)}, {}, tmp_path / "out")
    events = run_batch(asked, frames_of(str(shot)), workers=1)
    assert at_the_first == [most]
    assert [event.state for event in events] == ["done"] * 2 * most
