"""The in-between networks: their own kernels against the plain definition, published sizes, checkpoints of others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from shiage.errors import MissingWeights
from shiage.nets.inbetween import guesser
from shiage.nets.inbetween._guess import OwnGuesser, PublicGuesser
from shiage.nets.inbetween._model import Guide, InbetweenNet
from shiage.nets.inbetween._warp import adaptive_warp, fill_holes, project, warp
from shiage.nets.public.dain import Dain, PwcNet, hourglass
from shiage.nets.public.film import Film
from shiage.nets.public.rife import Rife
from shiage.nets.weights import shipped


def millions(net: torch.nn.Module) -> float:
    return round(sum(p.numel() for p in net.parameters()) / 1e6, 2)


def test_the_published_networks_have_their_published_sizes() -> None:
    net = Dain()
    kernels = [net.initScaleNets_filter, net.initScaleNets_filter1, net.initScaleNets_filter2]
    assert (millions(PwcNet()), millions(hourglass())) == (9.37, 5.36)
    assert (millions(torch.nn.ModuleList(kernels)), millions(net.ctxNet), millions(net.rectifyNet)) == (
        5.51,
        0.16,
        3.63,
    )
    assert millions(net) == 24.03
    assert millions(Film()) == 34.44
    assert millions(Rife()) == 5.31


def test_of_two_that_land_together_the_nearer_wins_and_holes_are_filled() -> None:
    flow, near = torch.zeros(1, 2, 8, 16), torch.ones(1, 1, 8, 16)
    flow[0, 0, 3:6, 3:6] = 7.0
    near[0, 0, 3:6, 3:6] = 1e6
    back, known = project(flow, near)
    assert back[0, 0, 4, 11] == pytest.approx(-7.0, abs=1e-3)
    # Each pixel gives to the four at and after where it lands, so that the last rows and columns alone are bare.
    assert known[0, 0, 4, 4] == 0
    assert known.sum() == 8 * 16 - 4
    assert back[0, 0, 4, 4] == pytest.approx(0.0, abs=1e-3)


def test_holes_take_the_mean_of_their_four_sides() -> None:
    field = torch.arange(25.0).view(1, 1, 5, 5)
    known = torch.ones(1, 1, 5, 5, dtype=torch.bool)
    known[0, 0, 2, 1:4] = False
    filled = fill_holes(field, known)
    assert filled[0, 0, 2, 2] == pytest.approx((10 + 14 + 7 + 17) / 4)
    nothing = fill_holes(field, torch.zeros_like(known))
    assert not nothing.any()


def test_an_adaptive_warp_with_the_plain_kernel_is_bilinear_sampling() -> None:
    torch.manual_seed(1)
    picture, flow = torch.rand(2, 3, 12, 14), torch.randn(2, 2, 12, 14) * 2
    plain = torch.zeros(2, 16, 12, 14)
    plain[:, [5, 6, 9, 10]] = 1
    torch.testing.assert_close(adaptive_warp(picture, flow, plain), _bilinear(picture, flow), atol=1e-5, rtol=0)
    inner = (slice(None), slice(None), slice(4, 8), slice(4, 8))
    torch.testing.assert_close(warp(picture, flow)[inner], _bilinear(picture, flow)[inner], atol=0.05, rtol=0)


def _bilinear(picture: torch.Tensor, flow: torch.Tensor) -> torch.Tensor:
    made = torch.zeros_like(picture)
    height, width = picture.shape[-2:]
    for b in range(len(picture)):
        for y in range(height):
            for x in range(width):
                fx, fy = x + float(flow[b, 0, y, x]), y + float(flow[b, 1, y, x])
                x0, y0 = int(np.floor(fx)), int(np.floor(fy))
                for dy in (0, 1):
                    for dx in (0, 1):
                        weight = (1 - abs(fx - x0 - dx)) * (1 - abs(fy - y0 - dy))
                        at = min(max(y0 + dy, 0), height - 1), min(max(x0 + dx, 0), width - 1)
                        made[b, :, y, x] += weight * picture[b, :, at[0], at[1]]
    return made


def test_our_network_follows_its_guide_and_keeps_flat_colours() -> None:
    net = OwnGuesser.load()._net
    a, b = torch.full((1, 3, 64, 64), 0.9), torch.full((1, 3, 64, 64), 0.9)
    a[:, :, 20:40, 10:30], b[:, :, 20:40, 26:46] = 0.2, 0.2
    guides = []
    for x, way in ((10, 16.0), (26, -16.0)):
        flow, sure = torch.zeros(1, 2, 64, 64), torch.ones(1, 1, 64, 64)
        flow[:, 0, 20:40, x : x + 20] = way
        guides.append(Guide(flow, sure))
    with torch.inference_mode():
        frame = net(a, b, [0.5], (guides[0], guides[1]))[0]
    assert frame[0, :, 25:35, 24:32].mean() == pytest.approx(0.2, abs=0.12)
    assert frame[0, :, 50:60, 50:60].mean() == pytest.approx(0.9, abs=0.08)


def test_the_motion_is_found_once_for_many_times(monkeypatch: pytest.MonkeyPatch) -> None:
    net, calls = InbetweenNet().eval(), []
    found = net.motion
    monkeypatch.setattr(net, "motion", lambda *given: calls.append(0) or found(*given))
    with torch.inference_mode():
        frames = net(torch.rand(1, 3, 32, 64), torch.rand(1, 3, 32, 64), [0.25, 0.5, 0.75])
    assert len(calls) == 1
    assert [frame.shape for frame in frames] == [(1, 3, 32, 64)] * 3


@pytest.mark.parametrize(
    ("kind", "network", "file"),
    [("dain", Dain, "best.pth"), ("rife", Rife, "flownet.pkl"), ("film", Film, "film_net.safetensors")],
)
def test_a_checkpoint_of_others_is_loaded_and_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, network: type[torch.nn.Module], file: str
) -> None:
    monkeypatch.setenv("SHIAGE_HOME", str(tmp_path))
    with pytest.raises(MissingWeights, match=f"shiage models pull {kind}"):
        guesser(kind)
    torch.manual_seed(0)
    net = network().eval()
    path = tmp_path / "models" / kind / file
    path.parent.mkdir(parents=True)
    tensors = {f"module.{name}": value for name, value in net.state_dict().items() if "num_batches" not in name}
    if path.suffix == ".safetensors":
        save_file({name: value.contiguous() for name, value in tensors.items()}, path)
    else:
        torch.save(tensors, path)
    guess = guesser(kind)
    assert isinstance(guess, PublicGuesser)
    rng = np.random.default_rng(0)
    a, b = (rng.integers(0, 255, (40, 70, 3)).astype(np.float32) for _ in range(2))
    nothing = np.zeros((40, 70, 2), np.float32), np.zeros((40, 70), np.float32)
    found = guess(a, b, (nothing, nothing))(0.25)
    assert found.frame is not None
    assert found.frame.shape == (40, 70, 3)
    assert np.isfinite(found.frame).all()
    assert found.ways.to_a.shape == (40, 70, 2)
    assert found.ways.share[0, 0] == 0.25


def test_weights_of_another_network_are_refused(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(3)}, tmp_path / "x.safetensors")
    for load in (OwnGuesser.load, lambda path: PublicGuesser.load("rife", path)):
        with pytest.raises(MissingWeights, match="another network"):
            load(tmp_path / "x.safetensors")
    assert shipped("inbetween").stat().st_size < 15e6
