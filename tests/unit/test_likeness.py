"""PSNR and SSIM against scikit-image's, the Frechet distance against its formula, and the command line's measures."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from drawings import coloured_figure, figure, save
from shiage.cli.eval import evaluate
from shiage.craft.likeness import colours, psnr, ssim
from shiage.errors import BadInput
from shiage.nets import likeness


def pair() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    real = np.ascontiguousarray(coloured_figure()[..., :3])
    noise = np.random.default_rng(0).normal(0, 12, real.shape)
    return real, np.clip(real + noise, 0, 255).astype(np.uint8)


def test_psnr_and_ssim_are_those_of_scikit_image() -> None:
    real, fake = pair()
    assert psnr(real, fake) == pytest.approx(peak_signal_noise_ratio(real, fake), abs=1e-6)
    theirs = structural_similarity(
        real, fake, channel_axis=2, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=255
    )
    assert ssim(real, fake) == pytest.approx(theirs, abs=2e-3)
    assert psnr(real, real) == float("inf")
    assert ssim(real, real) == pytest.approx(1)


def test_colours_counts_areas_and_not_pixels() -> None:
    real = np.zeros((40, 60, 3), np.uint8)
    real[:, :20], real[:, 20:40], real[:, 40:] = (250, 220, 200), (30, 60, 160), (255, 255, 255)
    real[10:13, 5:8] = (9, 9, 9)  # nine pixels: a line's end, no area
    fake = real.copy()
    assert colours(real, fake) == 1
    fake[:, :20] = (247, 218, 200)  # the eye sees no difference
    fake[:, 20:33] = (200, 30, 30)  # most of an area: its middle colour is wrong
    assert colours(real, fake) == pytest.approx(2 / 3)


def test_frames_are_measured_where_they_move(tmp_path: Path) -> None:
    for folder in ("real", "fake"):
        (tmp_path / folder).mkdir()
    for number in range(3):
        truth = np.full((32, 64, 4), 255, np.uint8)
        truth[8:20, 8 + 12 * number : 20 + 12 * number, :3] = 0
        made = truth.copy()
        made[28:, :, :3] = 0  # wrong where nothing moves
        save(truth, tmp_path / "real" / f"{number:04d}.png")
        save(made, tmp_path / "fake" / f"{number:04d}.png")
    asked = ["frames", str(tmp_path / "real"), str(tmp_path / "fake"), "--json"]
    told = json.loads(CliRunner().invoke(evaluate, asked).output)
    assert told["psnr"] is None, "equal over all that moves"
    assert told["ssim"] > 0.95
    assert len(told["pictures"]) == 3
    still = CliRunner().invoke(evaluate, ["frames", *[str(tmp_path / "still")] * 2])
    assert isinstance(still.exception, BadInput)


def test_the_frechet_distance_of_two_gaussians() -> None:
    rng = np.random.default_rng(1)
    one = rng.normal(0, 1, (20000, 3))
    other = rng.normal(0, 2, (20000, 3)) + (3, 0, 0)
    # |means|^2 + sum of (s1 - s2)^2 for axis-aligned Gaussians.
    assert likeness.frechet(one, other) == pytest.approx(9 + 3 * 1, rel=0.05)
    assert 0 <= likeness.frechet(one, one) < 1e-6


def test_our_own_distance_is_zero_for_equal_pictures_and_grows() -> None:
    real, fake = pair()
    assert likeness.own_distance(real, real) == pytest.approx(0, abs=1e-5)
    lines = np.ascontiguousarray(figure()[..., :3])
    assert 0 < likeness.own_distance(real, fake) < likeness.own_distance(real, lines)


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    real, fake = pair()
    for name, picture in (("real", real), ("fake", fake)):
        (tmp_path / name).mkdir()
        save(picture, tmp_path / name / "a.png")
        save(picture[::-1].copy(), tmp_path / name / "b.png")
    return tmp_path / "real", tmp_path / "fake"


def told(*arguments: str) -> tuple[dict[str, object], str]:
    done = CliRunner().invoke(evaluate, [*arguments, "--json"], catch_exceptions=False)
    assert done.exit_code == 0
    return json.loads(done.stdout), done.stderr


def test_folders_pair_by_name(folders: tuple[Path, Path]) -> None:
    answer, _ = told("psnr", *map(str, folders))
    assert answer["measure"] == "psnr"
    assert answer["value"] == pytest.approx(psnr(*pair()), abs=0.01)
    assert set(answer["pictures"]) == {"a.png", "b.png"}  # type: ignore[call-overload]
    (folders[1] / "b.png").rename(folders[1] / "c.png")
    from shiage.errors import BadInput

    with pytest.raises(BadInput, match="no partner"):
        CliRunner().invoke(evaluate, ["ssim", *map(str, folders)], catch_exceptions=False)


def test_nothing_is_called_fid_or_lpips_without_the_real_weights(folders: tuple[Path, Path], home: Path) -> None:
    answer, note = told("fid", *map(str, folders))
    assert answer["measure"] == likeness.OWN_FRECHET
    assert "not FID" in note
    answer, note = told("lpips", *map(str, folders))
    assert answer["measure"] == likeness.OWN_DISTANCE
    assert "not LPIPS" in note


def test_leaks_of_a_colouring_that_keeps_to_its_lines(tmp_path: Path) -> None:
    from shiage.craft.flat_colours import distinct_colours, paint
    from shiage.craft.regions import find_regions

    found = find_regions(figure())
    clean = paint(found.labels, distinct_colours(len(found), found.neighbours, found.background))
    clean[clean[..., 3] == 0] = 255
    answer, _ = told("leaks", str(save(clean, tmp_path / "paint.png")), str(save(figure(), tmp_path / "line.png")))
    assert answer["value"] == 0
