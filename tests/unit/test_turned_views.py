"""A design seen from other sides: tiny Zero-1-to-3 networks of chance, saved and read in diffusers' own format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

import puppet
from shiage import characters
from shiage.errors import MissingWeights
from shiage.nets.cache import CACHE
from shiage.nets.public.turned_views import ViewTurner, squared, turner
from shiage.nets.recognize import recognizer
from shiage.nets.torchvision_ops import mend
from shiage.nets.zoo import entry
from shiage.values import Raster


def save_tiny(folder: Path, *, takes_picture: bool = True) -> None:
    mend()
    from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
    from transformers import CLIPVisionConfig, CLIPVisionModelWithProjection

    torch.manual_seed(0)
    vae = AutoencoderKL(
        block_out_channels=(8, 8),
        norm_num_groups=4,
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
        latent_channels=4,
    )
    unet = UNet2DConditionModel(
        sample_size=16,
        in_channels=8 if takes_picture else 4,
        out_channels=4,
        block_out_channels=(8, 16),
        layers_per_block=1,
        cross_attention_dim=16,
        attention_head_dim=4,
        norm_num_groups=4,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
    )
    config = CLIPVisionConfig(
        hidden_size=16,
        intermediate_size=32,
        projection_dim=12,
        num_hidden_layers=1,
        num_attention_heads=2,
        image_size=32,
        patch_size=16,
    )
    vae.save_pretrained(folder / "vae")
    unet.save_pretrained(folder / "unet")
    DDIMScheduler(clip_sample=False).save_pretrained(folder / "scheduler")
    CLIPVisionModelWithProjection(config).save_pretrained(folder / "image_encoder")
    (folder / "cc_projection").mkdir()
    layer = torch.nn.Linear(12 + 4, 16)
    tensors = {f"projection.{name}": value for name, value in layer.state_dict().items()}
    save_file(tensors, folder / "cc_projection" / "diffusion_pytorch_model.safetensors")


def picture(side: int) -> np.ndarray:
    page = np.full((side, side, 3), 255, np.uint8)
    page[side // 8 : -side // 8, side // 3 : -side // 3] = (200, 80, 60)
    return page


def test_views_follow_the_seed_the_angle_and_the_picture(tmp_path: Path) -> None:
    save_tiny(tmp_path)
    network = ViewTurner.load(tmp_path)
    assert network.side == 32
    seen = network.views(picture(32), (90, 180), steps=2)
    assert seen.shape == (2, 32, 32, 3)
    assert (seen == network.views(picture(32), (90, 180), steps=2)).all()
    assert (seen != network.views(picture(32), (90, 180), steps=2, seed=1)).any()
    assert (seen[0] != network.views(picture(32), (45, 180), steps=2)[0]).any()
    assert (seen[0] != network.views(255 - picture(32), (90, 180), steps=2)[0]).any()
    assert (seen != network.views(picture(32), (90, 180), steps=2, guidance=1.0)).any()


def test_damaged_parts_and_other_networks_are_refused(tmp_path: Path) -> None:
    save_tiny(tmp_path / "text", takes_picture=False)
    with pytest.raises(MissingWeights, match="takes no picture"):
        ViewTurner.load(tmp_path / "text")
    with pytest.raises(MissingWeights, match="can't be loaded"):
        ViewTurner.load(tmp_path)
    save_tiny(tmp_path / "cut")
    weights = tmp_path / "cut" / "unet" / "diffusion_pytorch_model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-500])
    with pytest.raises(MissingWeights, match="can't be loaded"):
        ViewTurner.load(tmp_path / "cut")
    weights.write_bytes(whole)
    save_file(
        {"weight": torch.zeros(2, 2), "bias": torch.zeros(2)}, next((tmp_path / "cut" / "cc_projection").iterdir())
    )
    with pytest.raises(MissingWeights, match="another network's"):
        ViewTurner.load(tmp_path / "cut")


def test_a_pickled_checkpoint_is_not_read(tmp_path: Path) -> None:
    save_tiny(tmp_path)
    weights = tmp_path / "unet" / "diffusion_pytorch_model.safetensors"
    torch.save({"weight": torch.zeros(1)}, weights.with_name("diffusion_pytorch_model.bin"))
    weights.unlink()
    with pytest.raises(MissingWeights, match="can't be loaded"):
        ViewTurner.load(tmp_path)


def test_a_lone_design_is_enrolled_with_its_other_sides_once_the_network_is_here(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = puppet.Character.from_seed(71)
    pose = who.pose("stand", "front")
    scene = puppet.Scene((puppet.Actor("a", who, pose, puppet.fitted(who.draw(pose), 240, 0.04)),))
    drawn = scene.frame(240).painted_flat()
    design = Raster(np.dstack([drawn, np.full(drawn.shape[:2], 255, np.uint8)]), "design")
    assert turner() is None
    characters.add("Aki", [design])
    alone = len(characters.known_prints(recognizer())["Aki"])
    save_tiny(entry("zero123").path())
    asked: list[tuple[float, ...]] = []
    views = ViewTurner.views

    def few(self: ViewTurner, picture: np.ndarray, azimuths: tuple[float, ...], **how: object) -> np.ndarray:
        asked.append(tuple(azimuths))
        views(self, picture, azimuths, steps=2)
        return np.stack([np.ascontiguousarray(picture[:, ::-1]) for _ in azimuths])  # chance draws no figure

    monkeypatch.setattr(ViewTurner, "views", few)
    try:
        characters.add("Beni", [design])
        assert asked == [characters.TURNS]
        assert len(characters.known_prints(recognizer())["Beni"]) == alone + len(characters.TURNS)
        characters.add("Chie", [Raster(np.concatenate([design.to_8bit()] * 2, 1), "sheet")])
        assert len(asked) == 1
    finally:
        CACHE.clear()


def test_a_figure_is_squared_without_being_bent() -> None:
    page = squared(np.zeros((200, 50, 3), np.uint8), 64)
    inside = (page == 0).all(2)
    assert page.shape == (64, 64, 3)
    assert inside.any(1).sum() == 58
    assert inside.any(0).sum() == 14
