"""Jobs for a render farm: a template that the standard's own tools take and carry out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

from daemons import environment, lines
from shiage.batch import frames_of
from shiage.batch.farm import MOST_CHUNKS, chunks_of
from shiage.batch.ranges import chosen, numbered, numbers_of, written
from shiage.batch.sources import FrameSource
from shiage.errors import BadInput


def shiage(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "shiage", *map(str, arguments)],
        env=environment(), capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def openjd(*arguments: object) -> subprocess.CompletedProcess[str]:
    pytest.importorskip("openjd.cli", reason="openjd-cli is not installed")
    return subprocess.run(
        [sys.executable, "-m", "openjd", *map(str, arguments)],
        env=environment(), capture_output=True, text=True, check=False, timeout=240,
    )  # fmt: skip


@pytest.fixture
def job(tmp_path: Path) -> Path:
    """A job's folder with a shot of five frames, on twos."""
    shot = tmp_path / "job" / "shot"
    shot.mkdir(parents=True)
    for number in range(1001, 1010, 2):
        pixels = np.random.default_rng(number).integers(0, 256, (12, 16, 4), np.uint8)
        cv2.imwrite(str(shot / f"sh010.{number}.png"), pixels)
    return tmp_path / "job"


@pytest.fixture
def command(tmp_path: Path) -> Path:
    """What is `shiage` on the farm's machines."""
    path = tmp_path / "shiage"
    path.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m shiage "$@"\n')
    path.chmod(0o755)
    return path


def test_ranges_say_what_they_mean() -> None:
    for text, numbers in {
        "1001-1003": [1001, 1002, 1003],
        "1-9x4,12": [1, 5, 9, 12],
        "7": [7],
        "1-2,9": [1, 2, 9],
        "1,5": [1, 5],
    }.items():
        assert numbers_of(text) == numbers
        assert written(numbers) == text
    for numbers in ([1, 2, 4, 6, 8, 9], [3, 10, 17, 18], list(range(0, 100, 3)) + [200], []):
        assert (numbers_of(written(numbers)) if numbers else []) == numbers
    with pytest.raises(BadInput):
        numbers_of("9-1")


def test_frames_by_number_or_else_by_place(job: Path) -> None:
    frames = frames_of(str(job / "shot"))
    assert list(numbered(frames)) == [1001, 1003, 1005, 1007, 1009]
    assert [frame.name for frame in chosen(frames, "1003-1007x4")] == ["sh010.1003.png", "sh010.1007.png"]
    with pytest.raises(BadInput, match="no frame 1002"):
        chosen(frames, "1001-1003")
    unnumbered = [FrameSource(name, job) for name in ("a.png", "b.png", "c1.png")]
    assert list(numbered(unnumbered)) == [1, 2, 3]
    twice = [FrameSource(name, job) for name in ("a.1.png", "b.1.png")]
    assert list(numbered(twice)) == [1, 2]


def test_a_long_shot_stays_within_the_standard() -> None:
    frames = [FrameSource(f"f.{number}.png", Path()) for number in range(5000)]
    chunks = chunks_of(frames, 2)
    assert len(chunks) <= MOST_CHUNKS
    assert [number for chunk in chunks for number in numbers_of(chunk)] == list(range(5000))


def test_a_farm_does_each_frame_once(job: Path, command: Path, tmp_path: Path) -> None:
    out, here, trace = job / "out", tmp_path / "here", tmp_path / "trace"
    template = job / "job.yaml"
    asked = ("invert", job / "shot", "--set", "strength=0.5", "--output", "facts")
    made = shiage("farm", *asked, "-o", out, "--set", f"trace={trace}", "--chunk", 2, "--template", template)
    assert made.returncode == 0, made.stderr
    assert "5 frames in 3 tasks" in made.stdout
    checked = openjd("check", template)
    assert checked.returncode == 0, checked.stdout
    run = openjd("run", template, "--step", "Shot", "--run-dependencies", "-p", f"Shiage={command}")
    assert run.returncode == 0, run.stdout + run.stderr
    assert len(lines(trace)) == 5, "the whole shot's step found all done"
    assert shiage("batch", *asked, "-o", here).returncode == 0
    for path in [*here.glob("*.png"), *here.glob("facts/*.json")]:
        place = out / path.relative_to(here)
        if path.suffix == ".png":
            assert place.read_bytes() == path.read_bytes()
        assert place.exists()
    journals = [path.name for path in out.glob(".shiage-batch*.jsonl") if path.read_text()]
    assert len(journals) == 3, "one a chunk, and nothing for the whole shot"

    (out / "sh010.1005.png").unlink()
    again = openjd("run", template, "--step", "Shot", "--run-dependencies", "-p", f"Shiage={command}")
    assert again.returncode == 0
    assert len(lines(trace)) == 6, "only what was missing"


def test_a_chunk_of_one_task(job: Path, command: Path) -> None:
    """As a farm's machine does it: one task and no other."""
    template = job / "job.json"
    made = shiage("farm", "soften", job / "shot", "-o", job / "out", "--set", "steps=1", "--template", template)
    assert made.returncode == 0, made.stderr
    (chunk,) = json.loads(template.read_text())["steps"][0]["parameterSpace"]["taskParameterDefinitions"][0]["range"]
    assert chunk == "1001-1009x2"
    bad = job / "shot" / "sh010.1003.png"
    bad.write_bytes(b"not a picture")
    run = openjd("run", template, "--step", "Frames", "-tp", f"Frames={chunk}", "-p", f"Shiage={command}")
    assert run.returncode != 0, "a task with a failed frame has failed"
    assert len(list((job / "out").glob("*.png"))) == 4, "its other frames are done"
    missing = openjd("run", template, "--step", "Frames", "-tp", f"Frames={chunk}", "-p", "Shiage=no-such-command")
    assert missing.returncode != 0


def test_chains_and_whole_clips(job: Path, command: Path) -> None:
    chain = job / "look.yaml"
    chain.write_text("steps:\n- invert:\n    strength: 0.5\n- soften:\n    steps: 2\n    pause: 0.0\n")
    template = job / "job.yaml"
    made = shiage("farm", chain, job / "shot", "-o", job / "out", "--template", template, "--chunk", 3)
    assert made.returncode == 0, made.stderr
    written_job = yaml.safe_load(template.read_text())
    assert [one["name"] for one in written_job["jobEnvironments"]] == ["Shiage invert", "Shiage soften"]
    assert openjd("check", template).returncode == 0
    run = openjd("run", template, "--step", "Shot", "--run-dependencies", "-p", f"Shiage={command}")
    assert run.returncode == 0, run.stdout + run.stderr
    assert len(list((job / "out").glob("*.png"))) == 5
    made = shiage("farm", "propagate-colors", job / "shot", "-o", job / "clip", "--template", "-")
    assert made.returncode == 0, made.stderr
    assert [step["name"] for step in yaml.safe_load(made.stdout)["steps"]] == ["Shot"], "a clip has no chunks"


def test_the_template_names_what_a_farm_may_translate(job: Path, tmp_path: Path) -> None:
    asked = ("invert", f"{job}/shot/sh010.####.png 1001-1009x2", "-o", tmp_path / "elsewhere")
    made = shiage("farm", *asked, "--template", "-")
    assert made.returncode == 0, made.stderr
    parameters = {one["name"]: one for one in yaml.safe_load(made.stdout)["parameterDefinitions"]}
    assert parameters["Source"]["type"] == "STRING"
    assert parameters["Source"]["default"] == f"{job}/shot/sh010.####.png 1001-1009x2"
    made = shiage("farm", "invert", job / "shot", "-o", job / "out", "--template", job / "job.yaml")
    assert made.returncode == 0
    parameters = {one["name"]: one for one in yaml.safe_load((job / "job.yaml").read_text())["parameterDefinitions"]}
    assert (parameters["Source"]["type"], parameters["Source"]["default"]) == ("PATH", "shot")
    assert (parameters["Out"]["type"], parameters["Out"]["dataFlow"]) == ("PATH", "OUT")
    assert sorted(os.listdir(job)) == ["job.yaml", "shot"], "nothing is done yet"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("no-such",), 4, "no operation"),
        (("invert", "--set", "strength=7"), 2, "from 0 to 1"),
        (("invert", "--set", "trace={{Param.Out}}"), 2, "can't have {{"),
        (("invert", "--output", "nothing"), 2, "no such output"),
        (("fail",), 0, ""),
        (("invert", "--format", "smoke-signals"), 2, "openjd"),
    ],
)
def test_nothing_wrong_is_sent(job: Path, arguments: tuple[str, ...], code: int, words: str) -> None:
    operation, *rest = arguments
    made = shiage("farm", operation, job / "shot", "-o", job / "out", *rest)
    assert made.returncode == code, made.stderr
    assert words in made.stderr
    assert (job / "out").exists() == (code == 0)
