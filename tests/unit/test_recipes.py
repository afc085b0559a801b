"""Every recipe runs the whole way on a few puppets, goes on where it stopped, and gives weights that load."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

from shiage.nets.clean_up import LineReader
from shiage.nets.colorize import Colourist
from shiage.nets.inbetween._guess import OwnGuesser
from shiage.nets.match import RegionMatcher
from shiage.nets.match_designs import DesignMatcher
from shiage.nets.parts import PartSegmenter
from shiage.nets.recognize import Recognizer


def train(module: str, out: Path) -> None:
    command = [sys.executable, "-m", module, "--tiny", "--out", str(out)]
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(sys.path), YOLO_CONFIG_DIR=str(out / "settings"))
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


@pytest.mark.parametrize(
    ("module", "loads"),
    [
        ("recognize", Recognizer.load),
        ("segment_parts", PartSegmenter.load),
        ("match_regions", RegionMatcher.load),
        ("match_designs", DesignMatcher.load),
        ("inbetween", OwnGuesser.load),
        ("colorize", Colourist.load),
        ("clean_up", LineReader.load),
    ],
)
def test_a_recipe_trains_goes_on_and_its_weights_load(tmp_path: Path, module: str, loads: object) -> None:
    train(f"{module}.train", tmp_path)
    weights = tmp_path / f"{module}.safetensors"
    first = weights.read_bytes()
    assert loads(weights) is not None  # type: ignore[operator]
    with (tmp_path / "curve.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert rows
    assert float(rows[-1]["loss"]) < 10
    train(f"{module}.train", tmp_path)  # its time is up: it loads its state, saves and ends
    assert weights.read_bytes() == first


@pytest.mark.slow
def test_the_yolo_recipe_trains_and_its_weights_load(tmp_path: Path) -> None:
    train("segment_parts.train_yolo", tmp_path)
    assert PartSegmenter.load(instances=tmp_path / "segment_parts_yolo.safetensors") is not None
    assert len((tmp_path / "run" / "results.csv").read_text().splitlines()) == 2
