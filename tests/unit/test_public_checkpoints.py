"""Public checkpoints load through the libraries that keep them: tiny networks of chance, saved in the same formats."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from shiage.errors import MissingWeights
from shiage.nets.public.pipelines import load_pipeline
from shiage.nets.public.upscalers import load_upscaler, upscale
from shiage.nets.public.yolo import build_yolo, load_yolo
from shiage.nets.torchvision_ops import mend

NAMES = {0: "hair", 1: "face"}


@pytest.fixture
def offline(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YOLO_CONFIG_DIR", str(home / "yolo"))


def test_a_yolo_checkpoint_comes_back_and_predicts(offline: None, tmp_path: Path) -> None:
    torch.manual_seed(0)
    net = build_yolo("yolov8n-seg.yaml", NAMES)
    net.save(tmp_path / "net.pt")
    again = load_yolo(tmp_path / "net.pt")
    assert again.task == "segment"
    assert again.names == NAMES
    picture = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        assert torch.allclose(
            net.model(picture)[0][0], again.model(picture)[0][0], rtol=0.01
        )  # stored in half precision
    found = again.predict(np.zeros((64, 64, 3), np.uint8), imgsz=64, verbose=False)
    assert found[0].names == NAMES


def test_a_yolo_checkpoint_that_names_another_class_is_refused(
    offline: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return (os.mkdir, ("ran",))

    monkeypatch.chdir(tmp_path)
    torch.save({"model": Bomb()}, tmp_path / "bad.pt")
    with pytest.raises(MissingWeights, match="run code"):
        load_yolo(tmp_path / "bad.pt")
    assert not (tmp_path / "ran").exists()


def test_an_upscaler_is_told_from_its_tensors(tmp_path: Path) -> None:
    mend()
    from spandrel.architectures.Compact import Compact

    torch.manual_seed(0)
    net = Compact(num_feat=8, num_conv=2, upscale=2)
    torch.save({"params_ema": net.state_dict()}, tmp_path / "net.pth")
    model = load_upscaler(tmp_path / "net.pth")
    assert upscale(model, np.full((12, 10, 3), 200, np.uint8)).shape == (24, 20, 3)
    (tmp_path / "cut.pth").write_bytes((tmp_path / "net.pth").read_bytes()[:-200])
    with pytest.raises(MissingWeights):
        load_upscaler(tmp_path / "cut.pth")
    torch.save({"who": torch.zeros(3)}, tmp_path / "other.pth")
    with pytest.raises(MissingWeights, match="known kind"):
        load_upscaler(tmp_path / "other.pth")


def test_a_pipeline_comes_back_and_paints(tmp_path: Path) -> None:
    mend()
    from diffusers import DDPMPipeline, DDPMScheduler, UNet2DModel

    torch.manual_seed(0)
    unet = UNet2DModel(
        sample_size=16,
        block_out_channels=(8, 8),
        norm_num_groups=4,
        layers_per_block=1,
        down_block_types=("DownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "UpBlock2D"),
    )
    DDPMPipeline(unet, DDPMScheduler()).save_pretrained(tmp_path / "pipe")
    pipeline = load_pipeline(tmp_path / "pipe")
    pipeline.set_progress_bar_config(disable=True)
    picture = pipeline(num_inference_steps=1, output_type="np", generator=torch.Generator().manual_seed(0)).images
    assert picture.shape == (1, 16, 16, 3)
    weights = tmp_path / "pipe" / "unet" / "diffusion_pytorch_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(MissingWeights, match="can't be loaded"):
        load_pipeline(tmp_path / "pipe")
    with pytest.raises(MissingWeights, match="no pipeline"):
        load_pipeline(tmp_path)
