"""The network that matches regions: what it sees, that it turns with the drawing, and that it finds regions again."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from test_follow import drawing, scene, truth

from match_regions.cutouts import cutouts
from puppet import LineStyle, PaintStyle
from shiage.craft.follow import describe
from shiage.craft.follow.motion import flowed
from shiage.errors import MissingWeights
from shiage.nets.match import RegionMatcher, compare, matcher, see
from shiage.nets.match._see import ACROSS, GRID, turned_round


def test_every_region_is_seen_whole() -> None:
    line, _ = scene(0)
    drawn = drawing(line)
    seen = see(describe(drawn.labels, line))
    of_each = np.bincount(seen.cell[:, 0], seen.share, minlength=len(seen))
    np.testing.assert_allclose(of_each, 1.0, atol=1e-5)
    assert seen.cell[:, 1].min() >= 0
    assert seen.cell[:, 1].max() < GRID**2
    assert all(np.isfinite(part).all() for part in (seen.numbers, seen.between, seen.share))


def test_what_is_told_across_turns_round_with_the_frames() -> None:
    a, b = (describe(drawing(line).labels, line) for line, _ in (scene(0), scene(2)))
    told, back = compare(a, b, flowed(a, b)), compare(b, a, flowed(b, a))
    np.testing.assert_allclose(turned_round(told), back, atol=1e-4)


def test_shares_of_a_region_are_at_most_one_and_find_it_again() -> None:
    frames = [scene(0), scene(3)]
    drawn = [drawing(line) for line, _ in frames]
    a, b = (describe(d.labels, line) for d, (line, _) in zip(drawn, frames, strict=True))
    there, back = matcher().shares(a, b)
    assert there.shape == back.T.shape == (len(a), len(b))
    for shares in (there, back):
        assert shares.min() >= 0
        assert shares.sum(1).max() <= 1 + 1e-5
    colours = [truth(d, index) for d, (_, index) in zip(drawn, frames, strict=True)]
    assert (colours[1][there.argmax(1)] == colours[0]).all()
    table = matcher()(a, b)
    assert table.min() >= 0
    assert table.max() <= 1 + 1e-9


def test_the_order_of_the_regions_does_not_matter() -> None:
    line, _ = scene(0)
    other, _ = scene(2)
    labels = drawing(line).labels
    order = np.random.default_rng(0).permutation(int(labels.max()))
    a, b = describe(labels, line), describe(drawing(other).labels, other)
    mixed = describe((order + 1)[labels - 1].astype(np.int32), line)
    np.testing.assert_allclose(matcher()(mixed, b)[order], matcher()(a, b), atol=1e-4)


def test_weights_that_are_not_there_are_named(tmp_path: Path) -> None:
    with pytest.raises(MissingWeights, match="not here"):
        RegionMatcher.load(tmp_path / "none.safetensors")


def test_the_first_layer_turned_round_says_what_turned_pairs_say() -> None:
    """The network hears each pair from both sides without the pairs being written down twice."""
    import torch

    from shiage.nets.match._model import MatchNet, _of_pairs

    torch.manual_seed(0)
    layers = MatchNet().bias_across
    told = np.random.default_rng(0).normal(size=(5, 7, ACROSS)).astype(np.float32)
    with torch.inference_mode():
        back = _of_pairs(layers, torch.from_numpy(told)[None], back=True).transpose(2, 3)
        wanted = layers(torch.from_numpy(turned_round(told))[None]).permute(0, 3, 1, 2)
    np.testing.assert_allclose(back.numpy(), wanted.numpy(), atol=1e-5)


def test_lively_cutouts_move_and_are_the_same_again() -> None:
    """The harder half of the training ground: every moment can be drawn, and draws the same the next time."""
    first, again = (cutouts(3, 160, lively=True) for _ in range(2))
    plain = cutouts(3, 160)
    assert sum(len(thing.pieces) for thing in first.things) > len(first.things)
    pens = LineStyle(), PaintStyle()
    frames = [first.frame(t, *pens).painted_flat() for t in (0.0, 0.5, 1.0)]
    np.testing.assert_array_equal(frames[1], again.frame(0.5, *pens).painted_flat())
    assert any((one != other).any() for one, other in pairwise(frames))
    assert len(plain.things) != len(first.things) or plain.colours != first.colours
