"""Each label and each manner of drawing of the drawn world is what its name says."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

import puppet
from puppet import Frame, Placement
from puppet.scenery import scenery

SIZE = 256
INK = puppet.LineStyle(width=2.0, vary=0.0)
FLAT = puppet.PaintStyle(shade="flat")


def figure(seed: int = 5, view: float = 0.0) -> puppet.Drawing:
    who = puppet.Character.from_seed(seed)
    drawing = who.draw(who.pose("stand", view, np.random.default_rng(seed)))
    return drawing.placed(puppet.fitted(drawing, SIZE).matrix())


def ink_of(frame: Frame) -> float:
    return float(frame.cover.sum()) / 255


def box(left: float, top: float, right: float, bottom: float) -> NDArray[np.float64]:
    """A patch with its four corners, in px."""
    return np.array([[(left, top), (right, top)], [(left, bottom), (right, bottom)]], np.float64)


# Manners of drawing


@pytest.mark.parametrize("density", [0.12, 0.3, 0.5])
def test_screentone_is_as_black_as_asked_and_stays_inside(density: float) -> None:
    mask = np.zeros((200, 200), bool)
    mask[20:180, 40:160] = True
    tone = puppet.screentone(mask, 6.0, density)
    assert not tone[~mask].any()
    assert abs(float(tone[mask].mean()) - density) < 0.03
    dots, _ = cv2.connectedComponents((tone > 0.5).astype(np.uint8))
    assert dots > 100


def test_hatching_runs_in_parallel_lines_at_its_angle() -> None:
    mask = np.ones((160, 160), bool)
    mask[:, :30] = False
    lines = puppet.hatch(mask, 8.0, 0.0, 1.5, 3)
    assert not lines[~mask].any()
    inside = lines[:, 40:]
    assert inside.mean(0).std() > 5 * inside.mean(1).std()  # upright lines: columns differ, rows don't
    turned = puppet.hatch(mask, 8.0, np.pi / 2, 1.5, 3)[:, 40:]
    assert turned.mean(1).std() > 5 * turned.mean(0).std()


def test_a_manga_page_tones_dark_areas_and_keeps_the_lines() -> None:
    sample = puppet.sample(12, SIZE, toons=0.0, style=INK)
    page = puppet.manga_of(sample)
    frame = sample.frame
    assert page.shape == (SIZE, SIZE)
    assert page[frame.cover > 250].max() < 20
    grey = cv2.cvtColor(frame.flat, cv2.COLOR_RGB2GRAY)
    drawn = (frame.ids >= 0) & (cv2.dilate(frame.cover, np.ones((5, 5))) == 0) & (frame.shadow == 0)
    light, dark = drawn & (grey > 220), drawn & (grey < 105)
    assert light.sum() > 200
    assert dark.sum() > 200
    assert page[light].mean() > page[dark].mean() + 60


def test_a_rough_sketch_searches_the_true_lines_with_several_strokes() -> None:
    drawing = figure()
    frame = puppet.render(drawing, SIZE, INK, FLAT)
    style = puppet.RoughStyle(guides=0.0, wander=1.0, overshoot=2.0, seed=4)
    sketch = 255 - cv2.cvtColor(puppet.rough(drawing, (SIZE, SIZE), style), cv2.COLOR_RGB2GRAY).astype(int)
    pencilled = sketch > 60
    away = cv2.distanceTransform((~frame.is_line).astype(np.uint8), cv2.DIST_L2, 5)
    assert np.percentile(away[pencilled], 95) < 5
    near = cv2.distanceTransform((~pencilled).astype(np.uint8), cv2.DIST_L2, 5)
    assert (near[frame.is_line] < 4).mean() > 0.9
    wild = dataclasses.replace(style, wander=4.0, passes=4)
    astray = 255 - cv2.cvtColor(puppet.rough(drawing, (SIZE, SIZE), wild), cv2.COLOR_RGB2GRAY).astype(int)
    assert away[astray > 60].mean() > away[pencilled].mean() + 0.5


def test_lines_have_their_width_taper_grain_and_colour() -> None:
    drawing = figure()
    thin, bold = (puppet.render(drawing, SIZE, puppet.LineStyle(width=w, vary=0.0), FLAT) for w in (1.4, 4.0))
    assert ink_of(bold) > 1.7 * ink_of(thin)
    blunt, tapered = (puppet.render(drawing, SIZE, dataclasses.replace(INK, taper=t), FLAT) for t in (0.0, 1.2))
    assert 0.7 * ink_of(blunt) < ink_of(tapered) < ink_of(blunt)
    plain, pencil = (puppet.render(drawing, SIZE, dataclasses.replace(INK, grain=g), FLAT) for g in (0.0, 0.6))
    solid = plain.cover > 250
    assert plain.cover[solid].std() < 3
    assert pencil.cover[solid].std() > 20
    assert np.array_equal(plain.regions.label, pencil.regions.label)
    coloured = puppet.render(drawing, SIZE, dataclasses.replace(INK, colour="dark"), FLAT)
    assert len(np.unique(plain.line_rgb[solid], axis=0)) == 1
    tints = np.unique(coloured.line_rgb[solid], axis=0)
    assert len(tints) >= 4
    assert tints.mean() < coloured.flat[coloured.ids >= 0].mean()  # darker than the areas that they bound


# Labels


def test_depth_is_the_order_in_which_shapes_cover_each_other() -> None:
    back = puppet.Shape("back", box(40, 40, 180, 180), puppet.Part.NONE, "a", 1.0)
    front = puppet.Shape("front", box(100, 100, 230, 230), puppet.Part.NONE, "b", 2.0)
    colours = {"a": (200, 60, 60), "b": (60, 60, 200)}
    for shapes in ([back, front], [front, back]):  # the painter's order, not the list's
        frame = puppet.render(puppet.Drawing(shapes, colours), SIZE, INK, FLAT)
        assert frame.names[frame.ids[140, 140]] == "front"
        assert 0 == frame.depth[10, 10] < frame.depth[60, 60] < frame.depth[140, 140] == frame.depth[200, 200]
    whole = puppet.render(figure(), SIZE, INK, FLAT)
    assert np.array_equal(whole.depth == 0, whole.ids < 0)
    face, eye = (whole.depth[whole.parts == part] for part in (puppet.Part.FACE, puppet.Part.EYE))
    assert np.median(eye) > np.median(face)


def moving_box(x: float, t: float) -> Frame:
    """A box that slides under a post, at time t."""
    post = puppet.Shape("post", box(120, 20, 160, 236), puppet.Part.NONE, "a", 2.0)
    sliding = puppet.Shape("box", box(20 + x * t, 100, 80 + x * t, 160), puppet.Part.NONE, "b", 1.0)
    colours = {"a": (200, 60, 60), "b": (60, 60, 200)}
    return puppet.render(puppet.Drawing([post, sliding], colours), SIZE, INK, FLAT)


def test_flow_goes_both_ways_and_knows_what_is_hidden() -> None:
    a, b = moving_box(80, 0.0), moving_box(80, 1.0)  # from 20..80 to 100..160: its right half goes under the post
    there, back = puppet.flow(a, b), puppet.flow(b, a)
    inside = np.s_[110:150, 30:70]
    assert np.allclose(there.vector[inside], (80, 0), atol=0.5)
    assert there.valid[inside].all()
    assert there.visible[110:150, 26:36].all()  # comes out left of the post
    assert not there.visible[110:150, 48:74].any()  # goes under it
    assert np.allclose(back.vector[110:150, 104:116], (-80, 0), atol=0.5)
    assert back.visible[110:150, 104:116].all()
    assert np.allclose(there.vector[40:90, 125:155], 0, atol=1e-3)


def test_flow_there_and_back_returns_to_the_same_place() -> None:
    for seed in range(4):
        clip = puppet.clip(seed, SIZE)
        a, b = clip.frame(0.0, SIZE, INK, FLAT), clip.frame(0.5, SIZE, INK, FLAT)
        there, back = puppet.flow(a, b), puppet.flow(b, a)
        y, x = np.nonzero(there.visible & (a.ids >= 0) & ~a.is_line)
        at = there.vector[y, x] + np.stack([x, y], 1)
        u, v = np.clip(np.rint(at).astype(int), 0, SIZE - 1).T
        same = (a.uids[a.ids[y, x]] == np.append(b.uids, -1)[b.ids[v, u]]) & ~b.is_line[v, u]
        error = np.hypot(*(at + back.vector[v, u] - np.stack([x, y], 1))[same].T)
        assert same.mean() > 0.9
        assert np.percentile(error, 95) < 2.0


@pytest.mark.parametrize(("timing", "share"), [("linear", 0.25), ("in", None), ("out", None)])
def test_a_clip_gives_the_true_frame_at_any_time(timing: str, share: float | None) -> None:
    who = puppet.Character.from_seed(5)
    pose = who.pose("stand", "front")
    at = puppet.fitted(who.draw(pose), SIZE, 0.3)
    moved = Placement(at.scale, at.x + 60, at.y)
    scenes = [puppet.Scene((puppet.Actor("a", who, pose, place),)) for place in (at, moved)]
    clip = puppet.Clip(*scenes, timing)
    frame = clip.frame(0.25, SIZE, INK, FLAT)
    shift = puppet.flow(scenes[0].frame(SIZE, INK, FLAT), frame)
    moved_by = float(np.median(shift.vector[shift.visible & (shift.vector[..., 0] != 0)][:, 0])) / 60
    eased = puppet.curves.ease(0.25, timing)
    assert abs(moved_by - eased) < 0.01
    assert share is None or abs(eased - share) < 1e-9
    assert {"in": eased < 0.25, "out": eased > 0.25, "linear": True}[timing]
    between = puppet.Scene((puppet.Actor("a", who, pose, at.mix(moved, eased)),))
    assert np.array_equal(frame.colour, between.frame(SIZE, INK, FLAT).colour)


def test_a_squashed_figure_is_lower_wider_and_as_large() -> None:
    who = puppet.Character.from_seed(5)
    pose = who.pose("stand", "front")
    usual, squashed = (who.draw(dataclasses.replace(pose, stretch=s)) for s in (1.0, 0.8))
    a, b = (np.diff(np.reshape(d.bounds(), (2, 2)), axis=0)[0] for d in (usual, squashed))
    assert b[0] > 1.1 * a[0]
    assert abs(b[1] / a[1] - 0.8) < 0.02
    assert abs(np.prod(b) / np.prod(a) - 1) < 0.1


@pytest.mark.parametrize("shade", ["cel", "two", "soft", "painted"])
def test_shadow_and_light_are_layers_over_the_flats(shade: str) -> None:
    drawing = figure()
    flat = puppet.render(drawing, SIZE, INK, FLAT)
    assert not flat.shadow.any()
    assert not flat.light.any()
    lit = puppet.render(drawing, SIZE, INK, puppet.PaintStyle(shade=shade, glow=0.7))
    assert np.array_equal(lit.colour_index, flat.colour_index)
    assert np.array_equal(lit.cover, flat.cover)
    assert not lit.shadow[lit.ids < 0].any()
    assert not lit.light[lit.ids < 0].any()
    plain = (lit.ids >= 0) & (cv2.dilate(lit.cover, np.ones((5, 5))) == 0)
    deep, high = 0.4 * lit.shadow.max(), max(0.4 * lit.light.max(), 20)
    dark, bright = plain & (lit.shadow > deep) & (lit.light < 20), plain & (lit.light > high) & (lit.shadow < 20)
    assert deep > 80
    assert dark.sum() > 50
    assert (lit.colour[dark].mean(1) < flat.flat[dark].mean(1)).mean() > 0.99
    if bright.any():
        assert (lit.colour[bright].mean(1) >= flat.flat[bright].mean(1)).mean() > 0.99
    if shade == "cel":
        edge = (lit.shadow[plain] > 40) & (lit.shadow[plain] < 215)
        assert edge.mean() < 0.02  # hard


def test_the_shadow_lies_away_from_the_light() -> None:
    """Of the pixels in shadow, the mean place moves to the right when the light comes from the left."""
    drawing = figure()
    middle = []
    for x in (-0.8, 0.8):
        finish = puppet.PaintStyle(shade="cel", light=(x, -0.2, 0.55), cast=0)
        middle.append(float(np.nonzero(puppet.render(drawing, SIZE, INK, finish).shadow > 128)[1].mean()))
    assert middle[0] > middle[1] + 5


def test_scenery_stands_behind_and_belongs_to_no_part() -> None:
    for seed in range(4):
        behind = scenery(np.random.default_rng(seed), SIZE)
        who = puppet.Character.from_seed(seed)
        pose = who.pose("stand", "front")
        actor = puppet.Actor("a", who, pose, puppet.fitted(who.draw(pose), SIZE))
        frame = puppet.Scene((actor,), behind).frame(SIZE, INK, FLAT)
        alone = puppet.Scene((actor,)).frame(SIZE, INK, FLAT)
        names = np.array(["bg/" in name for name in frame.names])
        inside = frame.ids >= 0
        background = inside & names[frame.ids]
        assert background.sum() > 0.2 * background.size
        assert (frame.parts[background] == puppet.Part.NONE).all()
        assert frame.depth[background].max() < frame.depth[inside & ~names[frame.ids]].min()
        assert np.array_equal(alone.ids >= 0, inside & ~names[frame.ids])


@pytest.mark.parametrize("views", [("front", "three-quarter"), ("front", "back"), ("three-quarter", "side")])
def test_regions_know_each_other_in_another_view(views: tuple[str, str]) -> None:
    """Regions of one paintable area have one colour and one part in both views, and most of a figure corresponds."""
    shared = []
    for seed in range(4):
        a, b = (puppet.render(figure(seed, float(puppet.VIEWS[view])), SIZE, INK, FLAT).regions for view in views)
        both = set(a.group.tolist()) & set(b.group.tolist()) - {0}
        for group in both:
            seen = [{(int(c), int(p)) for c, p in zip(r.colour, r.part, strict=True)} for r in (a, b)]
            assert seen[0] & seen[1]
            for regions in (a, b):
                assert len(np.unique(regions.part[regions.group == group])) == 1
        drawn = a.group != 0
        shared.append(a.area[drawn & np.isin(a.group, list(both))].sum() / a.area[drawn].sum())
    assert np.mean(shared) > 0.6
