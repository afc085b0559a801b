"""The drawn world: the same for a seed, its labels consistent, its flow exact."""

from __future__ import annotations

import multiprocessing
from functools import partial

import cv2
import numpy as np
import pytest

import puppet
from puppet import Frame

SIZE = 256
INK = puppet.LineStyle(width=2.0, vary=0.0)
FLAT = puppet.PaintStyle(shade="flat")


def _figure(seed: int, view: float = 0.0, kind: str = "stand") -> Frame:
    figure = puppet.Character.from_seed(seed)
    pose = figure.pose(kind, view, np.random.default_rng(seed))
    drawing = figure.draw(pose)
    return puppet.render(drawing.placed(puppet.fitted(drawing, SIZE).matrix()), SIZE, INK, FLAT)


def _digest(seed: int) -> tuple[int, int, int]:
    f = puppet.sample(seed, 128).frame
    return (
        int(f.colour.sum()),
        int(f.cover.sum()),
        int((f.ids * np.arange(f.ids.size).reshape(f.ids.shape) % 9973).sum()),
    )


def test_same_seed_same_drawing() -> None:
    for seed in (3, 4):
        a, b = puppet.sample(seed, SIZE), puppet.sample(seed, SIZE)
        for name in ("ids", "cover", "colour_index", "parts", "depth", "shadow", "light", "colour"):
            assert np.array_equal(getattr(a.frame, name), getattr(b.frame, name)), name
        assert np.array_equal(puppet.sketch_of(a), puppet.sketch_of(b))
    assert not np.array_equal(puppet.sample(3, SIZE).frame.colour, puppet.sample(4, SIZE).frame.colour)


def test_stream_does_not_depend_on_workers() -> None:
    alone = list(puppet.stream(5, 6, _digest, workers=0))
    assert alone == list(puppet.stream(5, 6, _digest, workers=2))
    assert alone[2:5] == list(puppet.stream(5, 3, _digest, workers=0, start=2))
    assert len(set(alone)) == 6


def test_a_stream_that_is_left_leaves_no_process_behind() -> None:
    before = set(multiprocessing.active_children())
    endless = puppet.stream(5, None, _digest, workers=1, ahead=2)
    assert next(endless) == _digest(puppet.sample_seed(5, 0))
    assert set(multiprocessing.active_children()) - before
    endless.close()
    assert not set(multiprocessing.active_children()) - before


@pytest.mark.parametrize("view", [0.0, 40.0, 90.0, 180.0])
def test_lines_close_every_area(view: float) -> None:
    """Between the lines, no connected area holds two paintable areas (but for stray pixels)."""
    for seed in range(6):
        f = _figure(seed, view)
        _, area = cv2.connectedComponents((~f.is_line).astype(np.uint8), connectivity=4)
        group = np.where(f.regions.label > 0, f.colour_index, 255)
        wrong = 0
        for a in range(1, int(area.max()) + 1):
            colours = np.bincount(group[(area == a) & (f.regions.label > 0)], minlength=256)
            wrong += int(colours.sum() - colours.max()) if colours.sum() else 0
        assert wrong <= 0.002 * f.ids.size, (seed, view, wrong)


def test_regions_have_one_colour_and_part() -> None:
    for seed in range(8):
        f = _figure(seed, 40.0 if seed % 2 else 0.0)
        r = f.regions
        assert r.label.max() == r.count
        assert not r.label[f.is_line].any()
        inside = r.label > 0
        agree = f.colour_index[inside] == r.colour[r.label[inside]]
        assert agree.mean() > 0.998
        assert np.array_equal(np.bincount(r.label.ravel(), minlength=r.count + 1)[1:], r.area[1:])
        assert set(np.unique(r.part)) <= set(range(len(puppet.PART_NAMES)))


def test_identities_hold_across_views() -> None:
    a, b = _figure(11, 0.0), _figure(11, 40.0)
    shared = set(a.regions.shape.tolist()) & set(b.regions.shape.tolist()) - {0}
    assert len(shared) >= 8
    for uid in shared:
        ca = {bytes(a.palette[i]) for i in a.regions.colour[a.regions.shape == uid]}
        cb = {bytes(b.palette[i]) for i in b.regions.colour[b.regions.shape == uid]}
        assert ca == cb


def test_warping_by_the_flow_gives_the_other_frame() -> None:
    """Each pixel that is seen in both frames has the colour of the place it came from."""
    for seed in range(6):
        c = puppet.clip(seed, SIZE)
        a, b = c.frame(0.0, SIZE, INK, FLAT), c.frame(0.6, SIZE, INK, FLAT)
        for x, y in ((a, b), (b, a)):
            f = puppet.flow(x, y)
            assert f.visible.mean() > 0.3
            brought = puppet.warp(y.painted_flat(), f.vector)
            near_line = cv2.dilate(x.is_line.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
            check = f.visible & ~near_line
            wrong = (np.abs(brought.astype(int) - x.painted_flat()).max(axis=-1) > 48) & check
            assert wrong.sum() < 0.02 * max(check.sum(), 1), (seed, wrong.sum() / check.sum())


def test_no_motion_no_flow() -> None:
    a = _figure(2)
    f = puppet.flow(a, a)
    assert np.abs(f.vector).max() < 1e-3
    assert f.valid.all()
    assert f.visible.mean() > 0.995


def test_clip_ends_are_the_keys() -> None:
    for seed in range(4):
        c = puppet.clip(seed, SIZE)
        for t, key in ((0.0, c.first), (1.0, c.last)):
            assert np.array_equal(c.frame(t, SIZE, INK).colour, key.frame(SIZE, INK).colour)


def test_every_part_occurs_and_figures_differ() -> None:
    seen: set[int] = set()
    small = []
    for seed in range(40):
        f = puppet.sample(seed, 96, toons=0.0, style=INK, finish=FLAT).frame
        seen |= set(np.unique(f.parts[f.ids >= 0]).tolist())
        small.append(cv2.resize(f.colour, (16, 16), interpolation=cv2.INTER_AREA).astype(float).ravel())
    bare = puppet.Character.from_seed(1, outfit=puppet.Outfit(shoes="bare", bottom="shorts", socks=0.0))
    drawing = bare.draw(bare.pose())
    feet = puppet.render(drawing.placed(puppet.fitted(drawing, SIZE).matrix()), SIZE, INK, FLAT)
    seen |= set(np.unique(feet.parts).tolist())
    assert seen >= set(range(1, len(puppet.PART_NAMES)))
    d = np.linalg.norm(np.array(small)[:, None] - np.array(small)[None], axis=-1)[np.triu_indices(40, 1)]
    assert np.median(d) > 500
    assert d.min() > 50


def test_trace_lines_close_regions_but_are_painted_over() -> None:
    figure = puppet.Character.from_seed(5)
    drawing = figure.draw(figure.pose())
    drawing = drawing.placed(puppet.fitted(drawing, SIZE).matrix())
    plain = puppet.render(drawing, SIZE, INK, puppet.PaintStyle())
    traced = puppet.render(drawing, SIZE, INK, puppet.PaintStyle(trace=True))
    assert traced.trace.sum() > 50
    assert traced.regions.count > plain.regions.count
    tinted = np.abs(traced.colour.astype(int) - plain.colour).max(axis=-1)
    assert tinted.max() < 60  # the fringe of an ink line beside a trace line takes its tint, nothing more
    assert (tinted > 8).mean() < 0.002


def test_gaps_open_lines_but_keep_the_true_regions() -> None:
    import dataclasses

    figure = puppet.Character.from_seed(8)
    drawing = figure.draw(figure.pose())
    drawing = drawing.placed(puppet.fitted(drawing, SIZE).matrix())
    shut = puppet.render(drawing, SIZE, INK, FLAT)
    open_ = puppet.render(drawing, SIZE, dataclasses.replace(INK, gaps=6), FLAT)
    assert np.array_equal(shut.regions.label, open_.regions.label)
    assert 5 < int((shut.cover.astype(int) - open_.cover > 128).sum()) < 0.2 * int((shut.cover > 128).sum())


def test_page_boxes_hold_their_figures() -> None:
    p = puppet.page(3, 320, figures=3)
    assert p.boxes.shape == (3, 4)
    drawn = p.frame.ids >= 0
    covered = np.zeros_like(drawn)
    for x0, y0, x1, y1 in p.boxes.astype(int):
        assert drawn[y0:y1, x0:x1].mean() > 0.15
        covered[max(y0 - 1, 0) : y1 + 2, max(x0 - 1, 0) : x1 + 2] = True
    assert not (drawn & ~covered).any()


def test_unlike_sizes_and_empty_drawings_are_refused() -> None:
    with pytest.raises(ValueError, match="sizes"):
        puppet.flow(_figure(1), puppet.sample(1, 128).frame)
    with pytest.raises(ValueError, match="no shapes"):
        puppet.render(puppet.Drawing([], {}))


def test_labelled_arrays_are_those_of_the_sample() -> None:
    arrays = list(puppet.stream(1, 2, partial(puppet.labelled, size=96), workers=0))
    for i, a in enumerate(arrays):
        f = puppet.sample(puppet.sample_seed(1, i), 96).frame
        assert np.array_equal(a["line"], f.cover)
        assert np.array_equal(a["palette"][a["colour_index"]], f.flat)
        assert np.array_equal(a["regions"], f.regions.label)
        assert len(a["region_group"]) == f.regions.count + 1


def test_demo_sketches_are_closed_and_true() -> None:
    (aoi,) = puppet.demo_set(256, ("Aoi",))
    assert set(aoi.designs) == set(aoi.sketches) == set(aoi.truth) == {"front", "side", "back"}
    for view, sketch in aoi.sketches.items():
        _, area = cv2.connectedComponents((sketch > 128).astype(np.uint8), connectivity=4)
        frame = aoi.frames[view]
        for a in range(1, int(area.max()) + 1):
            inside = (area == a) & (frame.regions.label > 0)
            assert len(np.unique(frame.colour_index[inside])) <= 1, (view, a)


def test_a_rough_box_has_all_its_sides() -> None:
    """A side that is straight, and so has no points but its corners, is drawn, too."""
    corners = np.array([[[60.0, 60.0], [190.0, 60.0]], [[60.0, 190.0], [190.0, 190.0]]])
    box = puppet.Drawing([puppet.Shape("box", corners, puppet.Part.NONE, "cloth", 0.0)], {"cloth": (200, 80, 80)})
    for seed in range(6):
        style = puppet.RoughStyle(passes=1, wander=0.3, overshoot=0.0, broken=5, guides=0.0, seed=seed)
        pencil = puppet.pencilled(box, (SIZE, SIZE), style).strokes
        near = [pencil[55:66, 70:180], pencil[185:196, 70:180], pencil[70:180, 55:66].T, pencil[70:180, 185:196].T]
        assert all((side.max(0) > 0.05).mean() > 0.7 for side in near)


def test_of_two_patches_on_one_shape_the_upper_hides_the_lowers_outline() -> None:
    """The shape that they lie on keeps its own."""

    def square(low: float, high: float, name: str, order: float, **more: str) -> puppet.Shape:
        corners = np.array([[(low, low), (high, low)], [(low, high), (high, high)]], dtype=np.float64)
        return puppet.Shape(name, corners, puppet.Part.EYE, "cloth", order, **more)

    iris = square(10, 70, "iris", 0.0, group="i")
    pupil = square(20, 45, "pupil", 1.0, group="i", clip="i")
    glow = square(35, 80, "glow", 2.0, clip="i")
    drawing = puppet.Drawing([iris, pupil, glow], {"cloth": (200, 80, 80)})
    cover = puppet.line_cover(drawing, (90, 90), puppet.LineStyle(width=2, vary=0.0)).cover
    assert cover[44:46, 38:43].max() < 0.1  # the pupil's corner under the glow
    assert cover[30, 44:46].max() > 0.8  # its side above that
    assert cover[60, 69:71].max() > 0.8  # the iris's side
