"""Following regions: colours arrive where the same shapes went, through turns, gaps in time, and new arrivals."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from shiage.craft.follow import Drawing, Reference, carry, carry_colours, describe, fit
from shiage.craft.follow.company import Company
from shiage.craft.follow.motion import similar_motion
from shiage.craft.follow.read import clip_regions
from shiage.craft.follow.reference import _distinct, palette_of, read_painted
from shiage.craft.follow.settle import settled
from shiage.craft.follow.trace import without_trace_lines
from shiage.craft.ink import read_ink
from shiage.errors import BadInput
from shiage.operations import run
from shiage.values import Clip, Frame, Raster

SIZE = 160
COLOURS = np.array([[255, 255, 255], [240, 200, 170], [40, 90, 160], [190, 60, 60], [90, 150, 70]], np.uint8)


def scene(step: float, extra: bool = False) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """A walking figure in closed black lines on white, and each pixel's index into COLOURS (-1 = line)."""
    index = np.zeros((SIZE, SIZE), np.int64)
    line = np.zeros((SIZE, SIZE), np.uint8)
    x, turn = 50 + 6 * step, 4 * step

    def part(points: NDArray[np.float64], colour: int) -> None:
        outline = np.rint(points).astype(np.int32)
        fill = np.zeros((SIZE, SIZE), np.uint8)
        cv2.fillPoly(fill, [outline], 1)
        index[fill > 0] = colour
        line[fill > 0] = 0
        cv2.polylines(line, [outline], True, 255, 2)

    def oval(cx: float, cy: float, rx: float, ry: float, angle: float) -> NDArray[np.float64]:
        t = np.linspace(0, 2 * np.pi, 40, endpoint=False)
        a = np.radians(angle)
        u, v = rx * np.cos(t), ry * np.sin(t)
        return np.stack([cx + u * np.cos(a) - v * np.sin(a), cy + u * np.sin(a) + v * np.cos(a)], 1)

    part(oval(x, 100, 16, 34, turn), 2)
    part(oval(x, 50, 18, 20, -turn), 1)
    part(oval(x - 6, 47, 4, 5, 0), 4)
    part(oval(x + 8, 47, 4, 5, 0), 4)
    part(oval(x - 14, 105, 6, 22, 3 * turn), 3)
    if extra:
        part(oval(x + 30, 30, 7, 7, 0), 3)
    return line, np.where(line > 0, -1, index)


def drawing(line: NDArray[np.uint8]) -> Drawing:
    _, labels, facts, _ = cv2.connectedComponentsWithStats((line == 0).astype(np.uint8), connectivity=4)
    labels = np.unique(np.where(facts[labels, cv2.CC_STAT_AREA] < 5, 0, labels), return_inverse=True)[1]
    labels[labels == 0] = labels.max() + 1  # the lines: one more region, of no colour
    return Drawing(labels.astype(np.int32), line)


def truth(drawn: Drawing, index: NDArray[np.int64]) -> NDArray[np.int64]:
    count = int(drawn.labels.max())
    votes = np.zeros((count + 1, len(COLOURS) + 1), np.int64)
    np.add.at(votes, (drawn.labels.ravel(), index.ravel() + 1), 1)
    return votes[1:].argmax(1) - 1


def test_a_region_fits_itself_best_after_a_turn_and_a_shift() -> None:
    a, b = scene(0), scene(3)
    one, other = (describe(drawing(line).labels, line) for line, _ in (a, b))
    table = fit(one, other)
    want = [truth(drawing(line), index) for line, index in (a, b)]
    best = table.argmax(1)
    for region, colour in enumerate(want[0]):
        assert want[1][best[region]] == colour


@pytest.mark.parametrize("key", [0, 5])
def test_colours_are_carried_both_ways(key: int) -> None:
    frames = [scene(step) for step in range(6)]
    drawings = [drawing(line) for line, _ in frames]
    wanted = [truth(d, index) for d, (_, index) in zip(drawings, frames, strict=True)]
    carried = carry_colours(drawings, {key: Reference(wanted[key])})
    for found, want in zip(carried, wanted, strict=True):
        painted = want >= 0
        assert (found.colour[painted] == want[painted]).all()
        assert found.sure[painted].min() > 0.3


def test_two_references_share_the_work() -> None:
    frames = [scene(step, extra=step > 2) for step in range(6)]
    drawings = [drawing(line) for line, _ in frames]
    wanted = [truth(d, index) for d, (_, index) in zip(drawings, frames, strict=True)]
    carried = carry_colours(drawings, {0: Reference(wanted[0]), 5: Reference(wanted[5])})
    right = sum(int((f.colour == w)[w >= 0].sum()) for f, w in zip(carried, wanted, strict=True))
    assert right == sum(int((w >= 0).sum()) for w in wanted)


def eyes(count: int) -> NDArray[np.float64]:
    """Borders of paper (0), a body (1) on it, and eyes in the body: whites (2 ...) with a pupil in each."""
    beside = np.zeros((2 + 2 * count, 2 + 2 * count))
    beside[0, 1] = 300
    for white in range(2, 2 + count):
        beside[1, white], beside[white, white + count] = 20, 8
    return beside + beside.T


def test_an_eye_that_opens_is_coloured_by_the_company_that_colours_keep() -> None:
    colour = np.array([0, 1] + [2] * 5 + [3] * 5)
    company = Company.of([(eyes(5), colour)], 4)
    shares = np.zeros((4, 4))
    shares[0, 0], shares[1, 1], shares[2, 1] = 1.0, 0.95, 0.4  # the white lies where the body was, the pupil is new
    settled = company.settle(eyes(1), shares)
    assert settled.argmax(1).tolist() == [0, 1, 2, 3]
    assert np.allclose(settled.sum(1), 1)
    assert settled.max(1)[:2].min() > settled.max(1)[2:].max(), "what links led to is the surest"


def test_where_neighbours_share_a_colour_in_the_key_a_new_fold_stays_in_its_area() -> None:
    strands = np.array(
        [[0, 9, 5, 5, 9], [9, 0, 9, 5, 0], [5, 9, 0, 9, 0], [5, 5, 9, 0, 0], [9, 0, 0, 0, 0]], np.float64
    )
    company = Company.of([(strands, np.array([0, 0, 0, 0, 1]))], 2)
    shares = np.array([[1, 0], [1, 0], [0, 0], [1, 0], [0, 1]], np.float64)
    assert company.settle(strands, shares).argmax(1).tolist() == [0, 0, 0, 0, 1]


def test_one_colour_in_the_key_colours_all() -> None:
    company = Company.of([(np.zeros((1, 1)), np.array([0]))], 1)
    assert company.settle(np.ones((3, 3)), np.zeros((3, 1))).tolist() == [[1.0]] * 3


def test_a_reference_splits_a_region_that_holds_two_colours() -> None:
    labels = np.ones((20, 20), np.int32)
    picture = np.full((20, 20, 4), 255, np.uint8)
    picture[:, 10:, :3] = (200, 30, 30)
    picture[3, 3, :3] = (0, 0, 0)
    bare = np.zeros((20, 20), np.uint8)
    palette = palette_of([picture], [bare], [labels])
    painted = read_painted(labels, picture, bare, palette)
    assert painted.labels.max() == 2
    assert sorted(tuple(palette[c][:3]) for c in painted.colour) == [(200, 30, 30), (255, 255, 255)]


def test_two_near_paints_stay_two_where_each_fills_a_region() -> None:
    labels = np.ones((20, 30), np.int32)
    labels[:, 10:20] = 2
    labels[:, 20:] = 3
    picture = np.full((20, 30, 4), 255, np.uint8)
    picture[:, 10:, :3] = (253, 249, 243)
    picture[:, 20:, :3] = (244, 244, 244)
    picture[5, 22:27, :3] = (240, 243, 243)  # noise within a region
    bare = np.zeros((20, 30), np.uint8)
    palette = palette_of([picture], [bare], [labels])
    assert len(palette) == 3
    painted = read_painted(labels, picture, bare, palette)
    assert [tuple(palette[c][:3]) for c in painted.colour] == [(255, 255, 255), (253, 249, 243), (244, 244, 244)]


def clip_of(count: int) -> tuple[Clip, list[NDArray[np.uint8]]]:
    frames, coloured = [], []
    for step in range(count):
        line, index = scene(step)
        grey = 255 - line
        picture = np.dstack([grey, grey, grey, np.full_like(grey, 255)])
        frames.append(Frame(2.0 * step, Raster(picture, f"walk.{step}"), hold=2))
        full = np.dstack([COLOURS[np.maximum(index, 0)], np.full((SIZE, SIZE), 255, np.uint8)])
        full[index < 0, :3] = 0
        coloured.append(full.astype(np.uint8))
    return Clip(tuple(frames)), coloured


def test_the_operation_colours_a_clip_and_keeps_its_timing() -> None:
    clip, coloured = clip_of(4)
    result = run("propagate-colors", {"lines": [clip], "reference": [Raster(coloured[1], "walk.1")]}, {"gap": 0})
    frames = result["frames"][0]
    assert isinstance(frames, Clip)
    assert [(f.time, f.hold, f.key, f.raster.name) for f in frames.frames] == [
        (0.0, 2, False, "walk.0"),
        (2.0, 2, True, "walk.1"),
        (4.0, 2, False, "walk.2"),
        (6.0, 2, False, "walk.3"),
    ]
    for frame, want in zip(frames.frames, coloured, strict=True):
        got = frame.raster.to_8bit()
        assert np.abs(got[..., :3].astype(int) - want[..., :3]).max(-1).mean() < 1.0


def coded(picture: NDArray[np.uint8], quality: int, noise: float = 0) -> NDArray[np.uint8]:
    rgb = picture[..., :3] + np.random.default_rng(7).normal(0, noise, (*picture.shape[:2], 3))
    rgb = np.ascontiguousarray(np.rint(rgb).clip(0, 255), np.uint8)
    rgb = np.asarray(cv2.imdecode(cv2.imencode(".jpg", rgb, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1), np.uint8)
    return np.dstack([rgb, picture[..., 3]])


@pytest.mark.parametrize(("quality", "noise"), [(95, 0), (80, 0), (60, 0), (95, 5)])
def test_a_key_from_a_film_or_a_scan_gives_its_artists_colours(quality: int, noise: float) -> None:
    clip, coloured = clip_of(4)
    given = Raster(coded(coloured[1], quality, noise), "walk.1")
    result = run("propagate-colors", {"lines": [clip], "reference": [given]}, {"gap": 0})
    flats = result["flats"][0]
    assert isinstance(flats, Clip)
    for frame, want in zip(flats.frames, coloured, strict=True):
        got, seen = frame.raster.to_8bit(), want[..., :3].max(2) > 0
        assert len(np.unique(got.reshape(-1, 4), axis=0)) <= len(COLOURS) + 1  # a sliver may be of none
        off = np.abs(got[..., :3].astype(int) - want[..., :3]).max(-1)[seen]
        assert np.mean(off > 8) < 0.02


def test_near_paints_of_a_coded_key_stay_apart_and_small_areas_lend_their_hue_from_large_ones() -> None:
    labels = np.ones((120, 120), np.int32)
    picture = np.full((120, 120, 4), 255, np.uint8)
    for i, colour in enumerate([(250, 240, 225), (255, 255, 248), (200, 60, 50)]):
        rows = slice(4 + 38 * i, 38 + 38 * i)
        labels[rows, 4:80], picture[rows, 4:80, :3] = 2 + i, colour
    for i in range(8):
        rows, columns = slice(6 + 14 * i, 13 + 14 * i), slice(90, 97)
        labels[rows, columns], picture[rows, columns, :3] = 5 + i, (200, 60, 50)
    lines = np.asarray(cv2.morphologyEx(labels.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3))) > 0)
    picture[lines, :3] = 0
    covered = np.where(lines, 255, 0).astype(np.uint8)
    given = coded(picture, 80)
    done = settled([given, picture], [covered] * 2, [labels] * 2)
    assert done[1] is picture  # nothing lies on this one
    made = read_painted(labels, done[0], covered, palette_of([done[0]], [covered], [labels]))
    assert len(np.unique(made.colour[made.colour >= 0])) == 4
    small = np.unique(done[0][np.isin(labels, range(5, 13)) & ~lines], axis=0)
    assert len(small) == 1
    assert np.abs(small[0, :3].astype(int) - (200, 60, 50)).max() <= 6


@pytest.mark.parametrize("soft", [1, 12, 30])
@pytest.mark.parametrize(
    "paints",
    [((250, 225, 205), (240, 212, 190)), ((255, 255, 255), (248, 244, 236)), ((250, 225, 205), (200, 160, 140))],
)
def test_paints_that_meet_without_a_line_are_no_mixture(paints: tuple[tuple[int, ...], ...], soft: int) -> None:
    """A shade beside its light in one region, however little they differ and however soft the border is."""
    share = np.clip((np.arange(120) - 60) / soft + 0.5, 0, 1)[None, :, None]
    flat = np.asarray(paints[0]) * (1 - share) + np.asarray(paints[1]) * share
    picture = np.dstack([np.rint(np.repeat(flat, 120, 0)), np.full((120, 120), 255)]).astype(np.uint8)
    lines = np.zeros((120, 120), np.uint8)
    cv2.rectangle(lines, (10, 10), (109, 109), 255, 2)
    picture[lines > 0, :3] = 0
    labels = cv2.connectedComponents((lines == 0).astype(np.uint8), connectivity=4)[1].astype(np.int32) + 1
    made = settled([coded(picture, 80)], [lines], [labels])[0][20:100, 20:100, :3].astype(int)
    for side, paint in ((made[:, :20], paints[0]), (made[:, -20:], paints[1])):
        assert np.abs(side - paint).max() <= 2


def test_a_reference_without_a_frame_is_named() -> None:
    clip, coloured = clip_of(2)
    with pytest.raises(BadInput, match=r"walk\.0") as caught:
        run("propagate-colors", {"lines": [clip], "reference": [Raster(coloured[0], "run.9")]}, {})
    assert "run.9" in str(caught.value)


def test_a_blank_frame_stays_blank() -> None:
    clip, coloured = clip_of(2)
    blank = Frame(9.0, Raster(np.full((SIZE, SIZE, 4), 255, np.uint8), "walk.9"))
    longer = Clip((*clip.frames, blank))
    result = run("propagate-colors", {"lines": [longer], "reference": [Raster(coloured[0], "walk.0")]}, {"gap": 0})
    flats = result["flats"][0]
    assert isinstance(flats, Clip)
    assert np.ptp(flats.frames[2].raster.to_8bit()[..., :3].reshape(-1, 3), axis=0).max() == 0


@pytest.mark.parametrize("layer", [False, True])
def test_colour_trace_lines_are_taken_out_and_outlines_stay(layer: bool) -> None:
    picture = np.full((60, 60, 4), 255, np.uint8)
    picture[..., 3] = 0 if layer else 255
    cv2.circle(picture, (30, 30), 20, (20, 20, 24, 255), 2)
    cv2.line(picture, (30, 13), (30, 47), (200, 40, 40, 255), 1)
    ink = read_ink(picture)
    drawn, left = without_trace_lines(picture, ink)
    assert ink.coverage[30, 30] > 128 and left.coverage[30, 30] == 0
    assert left.coverage[30, 10] == ink.coverage[30, 10] > 128
    if layer:
        assert drawn[30, 30, 3] == 0


def test_brown_outlines_are_no_trace_lines() -> None:
    picture = np.full((60, 60, 4), 255, np.uint8)
    cv2.circle(picture, (30, 30), 20, (150, 30, 20, 255), 2)
    ink = read_ink(picture)
    assert without_trace_lines(picture, ink)[1] is ink


def test_what_is_in_doubt_is_marked_when_asked_for() -> None:
    clip, coloured = clip_of(3)
    given = {"lines": [clip], "reference": [Raster(coloured[0], "walk.0")]}
    plain = run("propagate-colors", given, {"gap": 0})
    asked = run("propagate-colors", given, {"gap": 0, "marks": True, "doubt": 1.0})
    assert plain["uncertain"] == ()
    listed = {row["name"] for row in asked["facts"][0].data["frames"] if row["in_doubt"]}
    assert listed == {mask.name for mask in asked["uncertain"]} != set()
    for mask in asked["uncertain"]:
        assert mask.pixels.any()


def test_the_operation_paints_over_trace_lines_when_asked_to() -> None:
    clip, colougreen = clip_of(2)
    traced = []
    for frame in clip.frames:
        picture = frame.raster.to_8bit().copy()
        cv2.line(picture, (44, 100), (70, 100), (20, 200, 60, 255), 1)
        traced.append(Frame(frame.time, Raster(picture, frame.raster.name), frame.hold))
    given = {"lines": [Clip(tuple(traced))], "reference": [Raster(colougreen[0], "walk.0")]}
    green = []
    for over in (False, True):
        finished = run("propagate-colors", given, {"gap": 0, "trace_lines": over})["frames"][0]
        assert isinstance(finished, Clip)
        pixels = finished.frames[1].raster.to_8bit().astype(int)
        green.append(int((np.abs(pixels[..., :3] - (20, 200, 60)).max(-1) < 30).sum()))
    assert green[0] > 8
    assert green[1] == 0


@pytest.mark.parametrize(("cut", "apart"), [(9, True), (40, False)])
def test_gaps_of_a_few_line_widths_close(cut: int, apart: bool) -> None:
    picture = np.full((120, 120, 4), 255, np.uint8)
    cv2.rectangle(picture, (20, 20), (100, 100), (0, 0, 0, 255), 2)
    picture[60 - cut // 2 : 60 + cut // 2, 15:25] = 255
    labels = clip_regions(read_ink(picture))
    assert (labels[60, 60] != labels[5, 5]) == apart


def test_a_similar_motion_is_found_again() -> None:
    """Points that turn, grow and shift together: each is sent where it went, also the one whose match is not trusted."""
    rng = np.random.default_rng(0)
    points = rng.random((30, 2))
    turn = 1.1 * np.array([[np.cos(0.3), np.sin(0.3)], [-np.sin(0.3), np.cos(0.3)]])
    wanted = points @ turn + (0.1, -0.05)
    targets, trust = wanted.copy(), np.ones(30)
    targets[4], trust[4] = (0.9, 0.9), 0.0
    away = ((points[:, None] - points[None]) ** 2).sum(2)
    moved = similar_motion(points, targets, trust, np.exp(-away / 0.5**2), 0.05)
    np.testing.assert_allclose(moved, wanted, atol=5e-3)


def test_runs_of_values_are_counted_like_any_others() -> None:
    values = np.repeat(np.random.default_rng(0).integers(0, 9, 200), 3).astype(np.uint32)
    found, which, counts = _distinct(values)
    want = np.unique(values, return_inverse=True, return_counts=True)
    for mine, other in zip((found, which, counts), want, strict=True):
        np.testing.assert_array_equal(mine, other)
    assert all(len(part) == 0 for part in _distinct(values[:0]))


def test_how_sure_an_answer_is_lies_nearer_to_even_odds_than_what_it_says_of_itself() -> None:
    """The answers that say 0.85 of themselves are right in four of five; what is given or is nothing stays so."""
    shares = np.array([[0.85, 0.15], [0.5, 0.3], [1.0, 0.0], [0.0, 0.0]])
    before = np.array([[1.0, 0.0], [0.5, 0.3], [1.0, 0.0], [0.0, 0.0]])
    sure = carry._decide(shares, before).sure
    assert 0.75 < sure[0] < 0.83
    assert 0.25 < sure[1] < 0.4
    assert sure[2:].tolist() == [1.0, 0.0]
