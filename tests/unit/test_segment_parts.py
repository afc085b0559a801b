"""Parts of figures: of drawn puppets, and of the benchmark's hand-labelled sketches where they are here."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

import puppet
from shiage.craft.figures import Figure, find_figures
from shiage.craft.paint_regions import find_paint_regions
from shiage.craft.region_votes import carry, votes
from shiage.errors import BadInput
from shiage.nets.parts import PAIRS, PARTS, Segment
from shiage.nets.parts._instances import ARCHITECTURE, Instance, InstanceFinder, closer
from shiage.nets.parts._pieces import pieces
from shiage.nets.parts._segmenter import _with_instances
from shiage.operations import run
from shiage.values import Mask, Raster


def puppet_picture(seed: int, *, painted: bool, size: int = 480) -> tuple[Raster, np.ndarray]:
    who = puppet.Character.from_seed(seed)
    pose = who.pose("stand", "front")
    scene = puppet.Scene((puppet.Actor("a", who, pose, puppet.fitted(who.draw(pose), size, 0.04)),))
    frame = scene.frame(size)
    picture = frame.painted_flat() if painted else frame.on_paper()
    return Raster(np.dstack([picture, np.full((size, size), 255, np.uint8)]), "puppet"), frame.parts


def test_the_parts_are_the_fifteen_of_the_drawn_world() -> None:
    assert tuple(name.lower() for name in PARTS) == tuple(name.lower() for name in puppet.PART_NAMES)


@pytest.mark.parametrize("painted", [True, False])
def test_masks_and_facts_agree_and_cover_the_figure(painted: bool) -> None:
    drawing, truth = puppet_picture(2024, painted=painted)
    outputs = run("segment-parts", {"drawing": [drawing]}, {"certainty": 0})
    (facts,) = outputs["parts"]
    masks = {m.name: m.pixels for m in outputs["masks"] if isinstance(m, Mask)}
    described = facts.data["parts"]  # type: ignore[union-attr]
    assert sorted(masks) == sorted(piece["mask"] for piece in described)
    given = np.zeros(truth.shape, np.uint8)
    for piece in described:
        mask = masks[piece["mask"]]
        assert int((mask > 0).sum()) == piece["area"]
        x0, y0, x1, y1 = piece["box"]
        assert cv2.boundingRect(mask) == (x0, y0, x1 - x0, y1 - y0)
        assert (given[mask > 0] == 0).all()  # no pixel is in two parts
        given[mask > 0] = PARTS.index(piece["class"])
    figure = truth > 0
    assert (given[figure] == truth[figure]).mean() > 0.7
    assert (given[~figure] == 0).mean() > 0.97
    for part in ("Hair", "Face", "Upper_clothes"):
        number = PARTS.index(part)
        both, either = (given == number) & (truth == number), (given == number) | (truth == number)
        assert both.sum() > 0.5 * either.sum(), part


def test_certainty_leaves_pieces_out_and_a_blank_page_is_refused() -> None:
    drawing, _ = puppet_picture(2024, painted=True)
    (facts,) = run("segment-parts", {"drawing": [drawing]}, {"certainty": 0})["parts"]
    scores = [piece["score"] for piece in facts.data["parts"]]  # type: ignore[union-attr]
    least = float(np.median(scores))
    sure = run("segment-parts", {"drawing": [drawing]}, {"certainty": least})["masks"]
    assert abs(len(sure) - sum(score >= least for score in scores)) <= 1  # facts are rounded
    assert len(sure) < len(scores)
    with pytest.raises(BadInput, match="no figure"):
        run("segment-parts", {"drawing": [Raster(np.full((64, 64, 4), 255, np.uint8))]}, {})


def test_votes_and_carry_read_likelihoods_at_another_size() -> None:
    labels = np.repeat(np.array([[1, 1, 2, 2]], np.int32), 4, 0).repeat(2, 0).repeat(2, 1)
    likelihood = np.zeros((2, 4, 2), np.float32)
    likelihood[:, :2, 0] = 1
    likelihood[:, 2:, 1] = 1
    likelihood[0, 0] = (0, 1)
    found = votes(labels, likelihood, 3)
    assert np.allclose(found[1], (0.75, 0.25))
    assert np.allclose(found[2], (0, 1))
    assert np.allclose(found[3], 0)
    decided = carry(labels, likelihood, np.array([-1, 0, 1, -1], np.int32))
    assert (decided == (labels == 2)).all()
    loose = carry(labels, likelihood, np.full(4, -1, np.int32))
    assert loose[0, 0] == 1
    assert loose[-1, 0] == 0


def test_paint_regions_meet_on_the_lines_between_paints() -> None:
    page = np.full((60, 90, 3), 255, np.uint8)
    page[10:50, 10:45] = (200, 80, 80)
    page[10:50, 45:80] = (80, 80, 200)
    cv2.rectangle(page, (10, 10), (79, 49), (20, 20, 20), 2)
    cv2.line(page, (45, 10), (45, 49), (20, 20, 20), 2)
    labels = find_paint_regions(page)
    assert (labels > 0).all()
    assert len({int(labels[30, 25]), int(labels[30, 65]), int(labels[2, 2])}) == 3
    assert (labels[30, 15:40] == labels[30, 25]).all()
    assert find_paint_regions(np.full((5, 5, 3), 9, np.uint8)).tolist() == np.ones((5, 5), int).tolist()


@pytest.mark.shared
@pytest.mark.slow
def test_hand_labelled_sketches(shared: Path) -> None:
    from segment_parts.score import confusion, measures
    from shiage.nets.parts import segmenter

    tables = confusion(shared / "bench", segmenter())
    found = measures(np.sum(list(tables.values()), axis=0))
    assert found["pixel"] >= 0.85
    assert found["miou"] >= 0.6


def seen(part: int, box: tuple[int, int, int, int], score: float = 0.9) -> Instance:
    x0, y0, x1, y1 = box
    return Instance(part, score, (y0, y1, x0, x1), np.full((y1 - y0, x1 - x0), 255, np.uint8))


def cut(parts: np.ndarray, labels: np.ndarray, instances: list[Instance]) -> list[Segment]:
    height, width = parts.shape
    figure = Figure((100, 50, 100 + width, 50 + height), np.full(parts.shape, 255, np.uint8))
    likelihood = np.full((height, width, len(PARTS)), 0.5, np.float32)
    return pieces(figure, parts.astype(np.uint8), likelihood, labels.astype(np.int32), instances, PAIRS)


def test_two_hands_that_touch_are_two_and_keep_their_regions() -> None:
    hand = PARTS.index("Hand")
    parts, labels = np.zeros((60, 80), int), np.zeros((60, 80), int)
    parts[20:40, 10:70] = hand
    labels[20:40, 10:45], labels[20:40, 45:70] = 1, 2  # the line between them is not where the instances meet
    left, right = seen(hand, (10, 20, 38, 40)), seen(hand, (42, 20, 70, 40))
    assert [s.box for s in cut(parts, labels, [])] == [(110, 70, 170, 90)]
    divided_ = cut(parts, labels, [left, right])
    assert sorted(s.box for s in divided_) == [(110, 70, 145, 90), (145, 70, 170, 90)]
    assert sum(int(s.mask.sum()) for s in divided_) == (parts == hand).sum()
    # The same hand seen twice, an unsure one, or another part's do not divide it.
    for idle in (
        [left, seen(hand, (11, 21, 40, 40), 0.8)],
        [left, seen(hand, (42, 20, 70, 40), 0.2)],
        [left, seen(PARTS.index("Arm"), (42, 20, 70, 40))],
    ):
        assert len(cut(parts, labels, idle)) == 1


def test_hair_that_a_ribbon_cuts_is_one_and_clothes_apart_are_two() -> None:
    hair = PARTS.index("Hair")
    parts = np.zeros((60, 80), int)
    parts[5:20, 10:70] = parts[24:40, 10:70] = hair
    parts[50:58, 10:70] = hair
    labels = (parts > 0).astype(int)
    assert len(cut(parts, labels, [])) == 3
    first, second = cut(parts, labels, [seen(hair, (8, 4, 72, 42))])
    assert first.box == (110, 55, 170, 90)
    assert int(first.mask.sum()) == 31 * 60
    assert second.box == (110, 100, 170, 108)


def test_an_instance_lies_where_it_was_seen_at_any_size() -> None:
    one = Instance(3, 0.5, (10, 30, 20, 60), np.full((5, 8), 255, np.uint8))
    for scale in (1, 2, 0.5):
        grid = np.zeros((round(100 * scale), round(80 * scale)), np.uint8)
        place, mask = one.on(grid.shape, (100, 80))
        grid[place] = mask
        assert cv2.boundingRect(grid) == tuple(round(v * scale) for v in (20, 10, 40, 20))
    edge = Instance(3, 0.5, (90, 100, 70, 80), np.full((3, 3), 255, np.uint8))
    place, mask = edge.on((33, 27), (100, 80))
    assert np.zeros((33, 27), np.uint8)[place].shape == mask.shape


def test_instances_speak_for_small_parts_alone() -> None:
    ear, hand, face = (PARTS.index(name) for name in ("Ear", "Hand", "Face"))
    likelihood = np.zeros((40, 40, len(PARTS)), np.float32)
    likelihood[..., face] = 1
    mixed = _with_instances(likelihood, [seen(ear, (10, 10, 30, 30), 0.5), seen(hand, (40, 40, 80, 80))], (80, 80))
    assert mixed[8, 8, ear] == pytest.approx(0.75)
    assert mixed[8, 8, face] == pytest.approx(0.25)
    assert (mixed[20:, 20:, face] == 1).all()
    assert np.allclose(mixed.sum(2), 1)
    assert (_with_instances(likelihood, [], (80, 80)) == likelihood).all()


def test_a_closer_look_is_taken_of_tall_figures_only() -> None:
    shape = np.zeros((200, 80), np.uint8)
    shape[:60, 20:50] = 255
    shape[60:] = 255
    near = closer(Figure((10, 5, 90, 205), shape))
    assert near.box == (10, 5, 90, 95)
    bust = Figure((0, 0, 80, 90), shape[:90])
    assert closer(bust) is bust


def test_instances_are_found_by_an_untrained_network_too(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Boxes and masks of chance lie on the figure, with classes and scores in range."""
    import torch

    from shiage.nets.public.yolo import build_yolo

    monkeypatch.setenv("YOLO_CONFIG_DIR", str(home / "yolo"))
    monkeypatch.setattr("shiage.nets.parts._instances._LEAST", 1e-6)
    torch.manual_seed(0)
    finder = InstanceFinder(build_yolo(ARCHITECTURE, dict(enumerate(PARTS[1:]))))
    drawing, _ = puppet_picture(2024, painted=True)
    (figure,) = find_figures(drawing.to_8bit())
    height, width = figure.shape.shape
    found = finder.find(drawing.to_8bit(), figure)
    assert found
    for one in found:
        assert 1 <= one.part < len(PARTS)
        assert 0 <= one.score <= 1
        y0, y1, x0, x1 = one.window
        assert 0 <= y0 < y1 <= height + 1
        assert 0 <= x0 < x1 <= width + 1
