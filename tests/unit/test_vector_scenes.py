"""Vector scenes as training ground, and the loss of the colours that spread over what the network links."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import torch

from match_regions.ground import frames_of, read
from match_regions.scenes import vector_scene
from match_regions.through import spread_loss
from match_regions.vector import Layer, Pen, painted

PAGE = 96
SQUARE = np.array([[10.0, 10.0], [50.0, 10.0], [50.0, 50.0], [10.0, 50.0]])
COLOURS = np.array([[200, 30, 30], [30, 30, 200]], np.uint8)
PEN = Pen(2.0, outlined=False, binary=True)


def beside(colour: int) -> list[Layer]:
    """Two squares side by side, the second of a colour by choice."""
    return [Layer("a", SQUARE, 0, 0.0, "a"), Layer("b", SQUARE + (40, 0), colour, 1.0, "b")]


def test_a_line_stands_between_different_colours_and_round_all_shapes_only_where_they_have_outlines() -> None:
    assert painted(beside(1), COLOURS, PAGE, PEN).regions.count == 3
    assert painted(beside(0), COLOURS, PAGE, PEN).regions.count == 2, "one colour runs together"
    assert painted(beside(0), COLOURS, PAGE, replace(PEN, outlined=True)).regions.count == 3


def test_regions_know_their_area_and_colour_and_what_is_clipped_stays_within() -> None:
    layers = [Layer("a", SQUARE, 0, 0.0, "a"), Layer("spot", SQUARE + (20, 20), 1, 1.0, "spot", clip="a")]
    frame = painted(layers, COLOURS, PAGE, PEN)
    colour = frame.palette[frame.regions.colour[frame.regions.label]]
    assert colour[20, 20].tolist() == [200, 30, 30]
    assert colour[45, 45].tolist() == [30, 30, 200]
    assert colour[60, 60].tolist() == [255, 255, 255]
    assert len(set(frame.regions.group[1:].tolist())) == 3


def test_a_stroke_is_a_line_and_cuts_what_it_crosses() -> None:
    line = Layer("s", np.array([[5.0, 30.0], [55.0, 30.0]]), 0, 2.0, "s", stroke=True)
    frame = painted([Layer("a", SQUARE, 0, 0.0, "a"), line], COLOURS, PAGE, PEN)
    assert frame.regions.count == 3
    assert frame.cover[30, 30] == 255


def test_gaps_are_cut_after_the_truth_is_known() -> None:
    whole = painted(beside(1), COLOURS, PAGE, PEN)
    cut = painted(beside(1), COLOURS, PAGE, replace(PEN, gaps=5))
    assert (cut.regions.label == whole.regions.label).all()
    assert 0 < (whole.cover > cut.cover).sum() < whole.cover.astype(bool).sum() // 2


def test_scenes_are_the_same_again_and_areas_keep_their_names() -> None:
    scene = vector_scene(22, 192)
    pen = Pen(1.8, outlined=True, binary=True)
    first, again, later = scene.frame(0.0, pen), vector_scene(22, 192).frame(0.0, pen), scene.frame(0.3, pen)
    assert (first.cover == again.cover).all()
    shared = set(first.regions.group[1:].tolist()) & set(later.regions.group[1:].tolist())
    assert len(shared) > first.regions.count / 3


def test_a_vector_family_can_be_learned_from() -> None:
    kind, frames = frames_of(7, "vector")
    found = [read(frame) for frame in frames]
    assert kind == "vector"
    for one in found:
        assert one is not None
        described, group, colour = one
        assert len(described) == len(group) == len(colour)
        assert (colour >= 0).any()


def family(right: float) -> tuple[torch.Tensor, torch.Tensor, SimpleNamespace]:
    """Four drawings of two regions each, linked rightly by `right` and crosswise by the rest."""
    share = torch.tensor([[right, 1 - right, 1e-6], [1 - right, right, 1e-6]])
    log = share.log()[None].expand(4, 2, 3).clone().requires_grad_()
    colour = torch.tensor([[5, 9]]).expand(4, 2)
    pairs = SimpleNamespace(a=torch.tensor([0, 1, 0, 2]), b=torch.tensor([1, 3, 3, 1]), colour=colour)
    return log, log.detach().clone(), pairs


def test_links_that_carry_the_right_colours_cost_less_and_learn_where_to_lead() -> None:
    losses = []
    for right in (0.9, 0.5, 0.1):
        log, back, batch = family(right)
        loss = spread_loss(log, back, batch)  # type: ignore[arg-type]
        losses.append(float(loss.detach()))
    assert losses[0] < losses[1] < losses[2]
    log, back, batch = family(0.4)
    spread_loss(log, back, batch).backward()  # type: ignore[arg-type]
    assert log.grad is not None
    assert torch.isfinite(log.grad).all()
    assert log.grad[:, 0, 0].sum() < 0, "the right links grow stronger"
    assert log.grad[:, 0, 1].sum() > 0


def test_regions_whose_colour_the_key_has_not_are_not_asked() -> None:
    log, back, batch = family(0.9)
    batch.colour = torch.tensor([[1, 2], [3, 4], [3, 4], [5, 6]])
    assert float(spread_loss(log, back, batch).detach()) == 0.0  # type: ignore[arg-type]
