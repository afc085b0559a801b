"""Flat fill: what is one region stays one, what a gap joins is told apart, and every pixel belongs somewhere."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import line_art
from line_art import BODY, EYE_WHITE, HEAD, IRIS, PAPER, PUPIL, STRAND, page
from shiage.craft.regions import RegionMap, find_regions
from shiage.craft.regions._nearest import FAR, nearest_paper
from shiage.craft.regions._runs import find_runs
from shiage.errors import BadInput, Cancelled

POINTS = (PAPER, HEAD, EYE_WHITE, IRIS, BODY, STRAND, PUPIL)


def ids(found: RegionMap, scale: float = 1.0) -> list[int]:
    return [int(found.labels[round(y * scale), round(x * scale)]) for x, y in POINTS]


def check_whole(found: RegionMap) -> None:
    n = len(found)
    assert found.labels.min() == 1
    assert found.labels.max() == n
    assert found.labels.dtype == np.int32
    np.testing.assert_array_equal(np.bincount(found.labels.ravel(), minlength=n + 1)[1:], found.area)
    for i in range(n):
        x, y = found.inner[i]
        assert found.labels[y, x] == i + 1
        ys, xs = np.nonzero(found.labels == i + 1)
        assert found.box[i].tolist() == [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]
    assert (found.neighbours[:, 0] < found.neighbours[:, 1]).all()


def test_closed_lines_give_their_regions_and_no_more() -> None:
    found = find_regions(line_art.rgba(page()))
    check_whole(found)
    assert sorted(ids(found)) == list(range(1, 8))
    assert found.background_ids == (found.labels[0, 0],)
    assert [i + 1 for i in np.flatnonzero(found.solid)] == [ids(found)[-1]], "the pupil alone is filled with ink"


@pytest.mark.parametrize("scale", [1.0, 2.0, 4.0])
@pytest.mark.parametrize("gap", [4.0, 8.0])
def test_gaps_do_not_leak(scale: float, gap: float) -> None:
    found = find_regions(line_art.rgba(page(scale, gap=gap)), gap * scale)
    assert len(set(ids(found, scale))) == len(POINTS)
    assert len(found) == len(POINTS)
    assert len(found.openings) == 4


def test_the_default_gap_follows_the_line_width() -> None:
    thin, thick = (find_regions(page(2, width), None) for width in (2, 6))
    assert thick.gap > 2 * thin.gap
    assert find_regions(page(gap=4), None).gap > 4
    assert len(set(ids(find_regions(page(gap=4), None)))) == len(POINTS)


def test_gap_zero_takes_the_lines_as_they_are() -> None:
    found = find_regions(page(gap=4), 0)
    paper, head, white, _, body, strand, _ = ids(found)
    assert paper == head == white == body == strand
    assert len(found.openings) == 0


def test_lines_that_end_freely_do_not_part_a_region() -> None:
    image = np.full((200, 200), 255, np.uint8)
    cv2.rectangle(image, (20, 20), (180, 180), (0,), 3)
    for x in range(40, 170, 12):
        cv2.line(image, (x, 60), (x + 8, 120), (0,), 3, cv2.LINE_AA)  # hatching, ends far from everything
    assert len(find_regions(image, 12)) == 2


@pytest.mark.parametrize("width", [1, 2, 3, 5, 9, 14])
def test_measured_line_width(width: int) -> None:
    assert find_regions(line_art.rings(width)).line_width == pytest.approx(width, rel=0.1, abs=1.0)


def variants() -> dict[str, np.ndarray]:
    image = page(gap=6)
    sixteen = line_art.rgba(image).astype(np.uint16) * 257
    jpeg = cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, 60])[1], cv2.IMREAD_GRAYSCALE)
    light = np.linspace(1.0, 0.8, image.shape[0])[:, None] * np.linspace(0.85, 1.0, image.shape[1])
    grain = np.random.default_rng(1).normal(0, 2.5, image.shape)
    return {
        "grey": image,
        "16 bit": sixteen,
        "pencil": line_art.dressed(image, (120, 120, 120), (255, 255, 255)),
        "blue pencil": line_art.dressed(image, (120, 170, 250), (255, 255, 255)),
        "warm paper": line_art.dressed(image, (60, 20, 10), (240, 225, 190)),
        "light on dark": line_art.dressed(image, (240, 240, 230), (25, 30, 60)),
        "lines alone": line_art.alone(image),
        "white lines alone": line_art.alone(image, (255, 255, 255)),
        "jpeg": jpeg,
        "scan": np.clip(image * light + grain, 0, 255).astype(np.uint8),
    }


@pytest.mark.parametrize("name", variants())
def test_the_same_drawing_gives_the_same_regions_however_it_is_stored(name: str) -> None:
    pixels, plain = variants()[name], find_regions(page(gap=6), 10)
    found = find_regions(pixels, 10)
    assert len(set(ids(found))) == len(POINTS)
    assert len(found) == len(plain)
    assert np.mean(found.labels != plain.labels) < 0.01
    if name not in ("jpeg", "scan", "16 bit", "grey"):
        assert found.line_width == pytest.approx(plain.line_width, abs=0.3)


def test_no_fringe_is_left_under_an_anti_aliased_line() -> None:
    """Where ink is not full, the region's own side shows: the seam lies where the line is darkest."""
    image = page(2)
    found = find_regions(image, 0)
    seam = found.labels[:, 1:] != found.labels[:, :-1]
    darkest = np.minimum(image[:, 1:], image[:, :-1])[seam]
    assert np.percentile(darkest, 99) < 40


def test_a_run_repeated_gives_the_same_map() -> None:
    image = page(2, gap=6)
    first, second = find_regions(image), find_regions(image.copy())
    np.testing.assert_array_equal(first.labels, second.labels)
    np.testing.assert_array_equal(first.neighbours, second.neighbours)


def test_ids_are_in_reading_order() -> None:
    found = find_regions(page())
    ys, xs = [], []
    for i in range(1, len(found) + 1):
        where = np.flatnonzero(found.labels == i)[0]
        ys.append(where // found.labels.shape[1])
        xs.append(where % found.labels.shape[1])
    solid = found.solid
    order = [(y, x) for y, x, s in zip(ys, xs, solid, strict=True) if not s]
    assert order == sorted(order)


def test_paper_cut_off_by_the_figure_is_background_and_a_sleeve_that_leaves_the_picture_is_not() -> None:
    image = np.full((300, 300), 255, np.uint8)
    cv2.polylines(image, [np.array([(110, -5), (100, 150), (60, 310)])], False, (0,), 3)
    cv2.polylines(image, [np.array([(190, -5), (200, 150), (240, 310)])], False, (0,), 3)
    found = find_regions(image)
    left, figure, right = (int(found.labels[150, x]) for x in (10, 150, 290))
    assert set(found.background_ids) == {left, right}
    assert figure not in found.background_ids


@pytest.mark.parametrize(
    "pixels",
    [
        np.full((50, 50, 4), 255, np.uint8),
        np.zeros((50, 50, 4), np.uint8),
        np.full((1, 1), 7, np.uint8),
        np.full((40, 60, 3), 65535, np.uint16),
        np.zeros((0, 5, 4), np.uint8),
        np.zeros((5, 5), np.float32),
        np.zeros((5, 5, 7), np.uint8),
    ],
)
def test_a_drawing_without_lines_is_refused_in_a_sentence(pixels: np.ndarray) -> None:
    with pytest.raises(BadInput, match=r"[Dd]rawing"):
        find_regions(pixels)


def test_a_cancelled_fill_stops_at_each_of_its_checks() -> None:
    image = page(3, gap=6)
    calls = 0

    def count() -> None:
        nonlocal calls
        calls += 1

    find_regions(image, check=count)
    assert calls > 10
    for stop in range(1, calls + 1):
        left = iter(range(stop - 1))

        def cancel(left: object = left) -> None:
            if next(left, None) is None:  # type: ignore[call-overload]
                raise Cancelled

        with pytest.raises(Cancelled):
            find_regions(image, check=cancel)


def test_progress_rises_to_one() -> None:
    seen: list[float] = []
    find_regions(page(), progress=lambda done, _stage: seen.append(done))
    assert seen == sorted(seen)
    assert seen[0] == 0


@settings(max_examples=60)
@given(
    arrays.arrays(
        np.uint8,
        st.tuples(st.integers(1, 40), st.integers(1, 40)),
        elements=st.sampled_from([0, 90, 200, 255]),
    ),
    st.sampled_from([0.0, 2.0, 7.0, None]),
)
def test_any_picture_is_labelled_whole_or_refused(image: np.ndarray, gap: float | None) -> None:
    try:
        found = find_regions(image, gap)
    except BadInput:
        return
    check_whole(found)


@settings(max_examples=20)
@given(st.integers(1, 3000), st.booleans())
def test_strips_one_pixel_high_or_wide(length: int, upright: bool) -> None:
    image = np.full((1, length), 255, np.uint8)
    image[0, length // 2] = 0
    try:
        check_whole(find_regions(image.T if upright else image))
    except BadInput:
        assert length <= 2


@settings(max_examples=30)
@given(st.lists(st.tuples(*[st.integers(0, 90)] * 2, *[st.integers(12, 60)] * 2), max_size=6))
def test_with_gap_zero_regions_are_the_connected_paper(boxes: list[tuple[int, int, int, int]]) -> None:
    image = np.full((160, 160), 255, np.uint8)
    image[0, 0] = 0
    for x, y, w, h in boxes:
        cv2.rectangle(image, (x, y), (x + w, y + h), (0,), 1)
    found = find_regions(image, 0)
    paper = (image == 255).astype(np.uint8)
    count, truth = cv2.connectedComponents(paper, connectivity=4)
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    wide = np.unique(truth[cv2.erode(paper, cross, borderValue=(0,)) > 0])  # the others are slits between lines
    of_piece = {i: np.unique(found.labels[truth == i]).tolist() for i in range(1, count)}
    assert all(len(ids) == 1 for ids in of_piece.values())
    assert len({of_piece[i][0] for i in wide.tolist()}) == len(wide)


@pytest.mark.parametrize("pixels", [np.full((8, 9, 4), 12, np.uint8), np.full((40, 40, 4), 101, np.uint8)])
def test_a_picture_without_paper_is_refused_in_words(pixels: np.ndarray) -> None:  # type: ignore[type-arg]
    with pytest.raises(BadInput, match="there is no paper in it"):
        find_regions(pixels)


def test_every_pixel_of_a_large_black_goes_to_paper_or_knows_none() -> None:
    lines = np.ones((300, 300), np.uint8)
    lines[0, 0] = lines[40:50, 250:260] = 0
    offsets = nearest_paper(find_runs(lines, 1), lines.shape).astype(int)
    y, x = np.mgrid[0:300, 0:300]
    known = offsets[..., 0] < FAR
    assert 0.2 < known.mean() < 0.8
    there = (y + offsets[..., 0])[known], (x + offsets[..., 1])[known]
    assert min(there[0].min(), there[1].min()) >= 0
    assert (lines[there] == 0).all()


def test_a_stroke_drawn_as_its_two_edges_is_no_row_of_specks() -> None:
    image = np.full((200, 200), 255, np.uint8)
    for radius in (60, 63):
        cv2.circle(image, (100, 100), radius, (0,), 1, cv2.LINE_AA)
    for angle in range(0, 360, 9):
        x, y = 100 + 61.5 * np.cos(np.radians(angle)), 100 + 61.5 * np.sin(np.radians(angle))
        image[round(y) - 1 : round(y) + 2, round(x) - 1 : round(x) + 2] = 0
    assert len(find_regions(image)) == 2


@pytest.mark.shared
def test_cut_lines_of_a_real_drawing(shared: Path) -> None:
    """108 cuts in one drawing at three sizes: at most two leak, and true regions are hardly split."""
    sys.path.insert(0, str(shared / "bench" / "flats"))
    try:
        scorer = importlib.import_module("score")
    finally:
        sys.path.pop(0)
    folder = shared / "bench" / "flats"
    leaks, splits = 0, []
    for case, gaps in json.loads((folder / "gaps.json").read_text()).items():
        truth = cv2.imread(str(folder / f"{case.rsplit('_', 1)[0]}_truth.png"), cv2.IMREAD_UNCHANGED).astype(np.int64)
        drawing = cv2.imread(str(folder / f"{case}.png"), cv2.IMREAD_GRAYSCALE)
        found = find_regions(drawing, 12).labels.astype(np.int64)
        leaked, _, split, mixed = scorer.score(truth, found, gaps)
        leaks += leaked
        splits.append(split)
        assert mixed < 0.03
    assert leaks <= 2
    assert np.mean(splits) <= 1.3


@pytest.mark.parametrize("wide", [1, 3, 5])
def test_the_line_about_a_panel_is_no_paper(wide: int) -> None:
    """It was: the figure came out white and its lines as regions."""
    drawing = page()
    framed = drawing.copy()
    for edge in (np.s_[:wide], np.s_[-wide:], np.s_[:, :wide], np.s_[:, -wide:]):
        framed[edge] = 0
    plain, found = find_regions(drawing), find_regions(framed)
    assert len(found) == len(plain)
    inner = np.s_[12:-12, 12:-12]
    pairs = np.unique(np.stack([plain.labels[inner].ravel(), found.labels[inner].ravel()]), axis=1)
    assert pairs.shape[1] == len(plain), "each region is as it was"
    # Black paper is paper all the same.
    assert len(find_regions(255 - drawing)) == len(plain)
