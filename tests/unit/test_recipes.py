"""Every recipe runs the whole way on a few puppets, goes on where it stopped, and gives weights that load."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors.torch import load_file

from shiage.nets.clean_up import LineReader
from shiage.nets.colorize import Colourist
from shiage.nets.inbetween._guess import OwnGuesser
from shiage.nets.match import RegionMatcher
from shiage.nets.match_designs import DesignMatcher
from shiage.nets.parts import PartSegmenter
from shiage.nets.recognize import Recognizer

MODELS = Path(__file__).resolve().parents[2] / "models"


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


def test_the_mean_of_two_trainings_lies_between_them(tmp_path: Path) -> None:
    import torch

    from clean_up.mean import mean_of
    from shiage.nets.clean_up._model import LineNet
    from shiage.nets.weights import keep_tensors

    paths = [tmp_path / "one.safetensors", tmp_path / "other.safetensors"]
    for seed, path in enumerate(paths):
        torch.manual_seed(seed)
        keep_tensors(LineNet().state_dict(), path)
    one, other = (load_file(path) for path in paths)
    made = mean_of(*paths, share=0.25, surer=0.3).state_dict()
    weight = "stem.0.weight"
    assert torch.allclose(made[weight], 0.75 * one[weight].float() + 0.25 * other[weight].float(), atol=1e-6)
    bias = 0.75 * one["head.bias"].float() + 0.25 * other["head.bias"].float()
    assert torch.allclose(made["head.bias"], bias + torch.tensor([0.0, 0.3]), atol=1e-6)


def test_weights_that_half_precision_cannot_hold_ship_as_they_are(tmp_path: Path) -> None:
    import torch

    from shiage.nets.weights import keep_tensors

    net = torch.nn.BatchNorm1d(2)
    assert net.running_var is not None
    net.running_var[0] = 168_463.0
    keep_tensors(net.state_dict(), tmp_path / "net.safetensors")
    stored = load_file(tmp_path / "net.safetensors")
    assert stored["running_var"].tolist() == [168_463.0, 1.0]
    assert stored["weight"].dtype == torch.float16


@pytest.mark.parametrize("path", sorted(MODELS.glob("*/*.safetensors")), ids=lambda path: path.stem)
def test_the_weights_that_ship_are_numbers(path: Path) -> None:
    import torch

    stored = load_file(path)
    assert stored
    assert all(bool(torch.isfinite(value.float()).all()) for value in stored.values())


@pytest.mark.slow
def test_the_yolo_recipe_trains_and_its_weights_load(tmp_path: Path) -> None:
    train("segment_parts.train_yolo", tmp_path)
    assert PartSegmenter.load(instances=tmp_path / "segment_parts_yolo.safetensors") is not None
    assert len((tmp_path / "run" / "results.csv").read_text().splitlines()) == 2
