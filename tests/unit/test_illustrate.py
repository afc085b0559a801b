"""Exact areas and layers from a network's loose colours."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from drawings import figure
from shiage.craft.hints import NO_HINTS, Hints
from shiage.craft.illustrate import Shade, divide, find_twins, layered, leak, painted, part_kinds
from shiage.craft.light import composite
from shiage.craft.parts import PARTS
from shiage.craft.regions import RegionMap, find_regions

RED, BLUE, GREEN = (200, 40, 40), (40, 60, 200), (40, 160, 60)
OFFERED = np.array([RED, BLUE, GREEN], np.uint8)


def drawn() -> tuple[RegionMap, dict[str, int]]:
    """The test figure's regions, by what they are."""
    found = find_regions(figure())
    places = {"head": (140, 60), "eye": (105, 80), "body": (120, 180), "paper": (8, 8)}
    return found, {name: int(found.labels[y, x]) for name, (x, y) in places.items()}


def pointing(found: RegionMap, by_region: dict[int, int], offers: int = 3) -> NDArray[np.float32]:
    """A network that is sure of each region's colour, at an eighth of the size."""
    labels = found.labels[4::8, 4::8]
    share = np.full((*labels.shape, offers + 1), 0.02, np.float32)
    for y, x in np.ndindex(labels.shape):
        share[y, x, by_region.get(int(labels[y, x]), offers)] = 1
    return share / share.sum(2, keepdims=True)


def hint(colour: tuple[int, int, int], x: float, y: float, region: int, radius: float = 4) -> Hints:
    return Hints(
        np.array([colour], np.uint8),
        np.array([[x, y]], np.float32),
        np.array([region], np.int64),
        np.array([radius], np.float32),
    )


def test_each_region_takes_the_colour_it_points_at_and_nothing_leaks() -> None:
    found, at = drawn()
    share = pointing(found, {at["head"]: 0, at["body"]: 1, at["eye"]: 2})
    splash = np.zeros((*share.shape[:2], 3), np.float32)
    areas = divide(found, share, splash, OFFERED, NO_HINTS)
    paint = painted(areas)
    for name, colour in (("head", RED), ("body", BLUE), ("eye", GREEN)):
        assert (paint[found.labels == at[name]][:, :3] == colour).all()
    assert (paint[found.labels == at["paper"]][:, 3] == 0).all()
    assert leak(paint[..., :3], found.labels) == 0


def test_a_hint_is_the_law_in_its_region_and_paper_with_a_hint_is_painted() -> None:
    found, at = drawn()
    share = pointing(found, {at["head"]: 0, at["body"]: 0, at["eye"]: 0})
    splash = np.zeros((*share.shape[:2], 3), np.float32)
    law = hint(BLUE, 120, 180, at["body"]) + hint(GREEN, 8, 8, at["paper"])
    offered = np.array([BLUE, GREEN, RED], np.uint8)
    share = share[..., [1, 2, 0, 3]]
    areas = divide(found, share, splash, offered, law)
    paint = painted(areas)
    assert (paint[found.labels == at["body"]][:, :3] == BLUE).all()
    assert (paint[found.labels == at["paper"]] == (*GREEN, 255)).all()
    assert (paint[found.labels == at["head"]][:, :3] == RED).all()


def test_two_hints_share_their_region_out_and_each_keeps_its_own_place() -> None:
    found, at = drawn()
    share = np.zeros((30, 30, 3), np.float32)
    share[:, :15, 0], share[:, 15:, 1] = 1, 1
    both = hint(RED, 95, 190, at["body"]) + hint(BLUE, 150, 190, at["body"])
    areas = divide(found, share, np.zeros((30, 30, 3), np.float32), np.array([RED, BLUE], np.uint8), both)
    paint = painted(areas)
    assert paint[190, 95, :3].tolist() == list(RED)
    assert paint[190, 150, :3].tolist() == list(BLUE)
    body = paint[found.labels == at["body"]][:, :3]
    assert {tuple(c) for c in np.unique(body, axis=0).tolist()} == {RED, BLUE}
    assert len(np.unique(areas.labels)) == len(areas)
    # The border is where the network has it, in the middle, and it is clean.
    row = paint[190, 75:165, 0] == RED[0]
    assert row[:40].all()
    assert not row[50:].any()


def test_a_region_that_clearly_holds_two_colours_is_cut_and_a_doubtful_one_is_not() -> None:
    found, at = drawn()
    sure = pointing(found, {at["head"]: 0, at["body"]: 1})
    half = sure.copy()
    half[20:, :15], half[20:, 15:] = (0.95, 0.02, 0.02, 0.01), (0.02, 0.95, 0.02, 0.01)
    splash = np.zeros((*sure.shape[:2], 3), np.float32)
    cut = painted(divide(found, half, splash, OFFERED, NO_HINTS))
    assert len(np.unique(cut[found.labels == at["body"]], axis=0)) == 2
    doubtful = sure.copy()
    doubtful[20:, :15], doubtful[20:, 15:] = (0.4, 0.35, 0.2, 0.05), (0.35, 0.4, 0.2, 0.05)
    whole = painted(divide(found, doubtful, splash, OFFERED, NO_HINTS))
    assert len(np.unique(whole[found.labels == at["body"]], axis=0)) == 1


def legs() -> tuple[RegionMap, NDArray[np.float32]]:
    """A skirt, two mirrored legs below it and a cane as high beside them; and what part of a figure each may be."""
    page = np.full((240, 240, 3), 255, np.uint8)
    cv2.rectangle(page, (60, 30), (160, 110), (0, 0, 0), 3)
    for turn in (-1, 1):
        leg = np.array([[110 + turn * x, y] for x, y in ((8, 110), (40, 110), (30, 215), (14, 215))], np.int32)
        cv2.polylines(page, [leg], True, (0, 0, 0), 3)
    cv2.rectangle(page, (190, 108), (218, 216), (0, 0, 0), 3)
    parts = np.zeros((24, 24, len(PARTS)), np.float32)
    parts[..., 0] = 1
    for rows, columns, part in (
        ((3, 11), (6, 16), "Lower_clothes"),
        ((11, 22), (6, 16), "Stock"),
        ((11, 22), (18, 23), "Hair"),
    ):
        parts[slice(*rows), slice(*columns)] = 0
        parts[slice(*rows), slice(*columns), PARTS.index(part)] = 1
    return find_regions(page), parts


def test_the_left_leg_and_the_right_are_twins_and_have_one_colour() -> None:
    found, parts = legs()
    left, right, cane, skirt = (int(found.labels[y, x]) for x, y in ((90, 150), (130, 150), (205, 150), (110, 70)))
    assert [sorted(pair + 1) for pair in find_twins(found, parts)] == [sorted((left, right))]
    assert not len(find_twins(found, None))
    share = pointing(found, {left: 0, right: 1, cane: 1, skirt: 2})
    share[found.labels[4::8, 4::8] == right] = (0.3, 0.5, 0.2, 0)  # less sure of it than of the left one
    splash = np.zeros((*share.shape[:2], 3), np.float32)

    def colours(hints: Hints, twins: NDArray[np.int64]) -> list[tuple[int, ...]]:
        paint = painted(divide(found, share.copy(), splash, OFFERED, hints, twins=twins))
        return [tuple(paint[y, x, :3].tolist()) for x, y in ((90, 150), (130, 150), (205, 150))]

    twins = find_twins(found, parts)
    assert colours(NO_HINTS, twins[:0]) == [RED, BLUE, BLUE]
    assert colours(NO_HINTS, twins) == [RED, RED, BLUE]
    odd = hint(RED, 90, 150, left) + hint(BLUE, 130, 150, right)  # the artist wants two, and says so
    assert colours(odd, twins)[:2] == [RED, BLUE]


def test_where_no_colour_is_meant_the_networks_own_is_taken() -> None:
    found, at = drawn()
    share = pointing(found, {}, offers=0)
    splash = np.full((*share.shape[:2], 3), 0.5, np.float32)
    areas = divide(found, share, splash, np.zeros((0, 3), np.uint8), NO_HINTS)
    assert not areas.offered.any()
    assert (painted(areas)[found.labels == at["head"]][:, :3] == 128).all()


def flat_shade(found: RegionMap, shadow: float = 1.0, light: float = 0.0) -> Shade:
    size = found.labels[::4, ::4].shape
    return Shade(
        np.full((*size, 3), shadow, np.float32),
        np.full((*size, 3), light, np.float32),
        np.ascontiguousarray(found.labels[2::4, 2::4]),
    )


def test_the_layers_blend_is_the_shaded_picture_and_flat_paint_stays_flat() -> None:
    found, at = drawn()
    share = pointing(found, {at["head"]: 0, at["body"]: 1, at["eye"]: 2})
    flats = painted(divide(found, share, np.zeros((*share.shape[:2], 3), np.float32), OFFERED, NO_HINTS))
    none = layered(flats, found.labels, flat_shade(found))
    assert (none.shadow[..., :3] == 255).all()
    assert (none.light[..., :3] == 0).all()
    dark = layered(flats, found.labels, flat_shade(found, 0.5), flatness=0.0)
    done = composite(flats, dark)
    inside = flats[..., 3] > 0
    assert np.abs(done[inside][:, :3].astype(int) - np.rint(flats[inside][:, :3] * 0.5)).max() <= 1
    # Exactly the blend of the trade: multiply, then screen, rounded once.
    base = flats[..., :3] / 255 * (dark.shadow[..., :3] / 255)
    blend = np.rint((1 - (1 - base) * (1 - dark.light[..., :3] / 255)) * 255)
    assert np.abs(done[..., :3] - blend).max() <= 1
    assert layered(flats, found.labels, flat_shade(found, 0.5), amount=0.0).shadow[..., :3].min() == 255


def test_shade_stays_on_its_own_side_of_a_line() -> None:
    found, at = drawn()
    flats = np.full((*found.labels.shape, 4), 200, np.uint8)
    flats[..., 3] = 255
    shade = flat_shade(found)
    shade.shadow[shade.labels == at["head"]] = 0.3
    done = layered(flats, found.labels, shade)
    assert done.shadow[found.labels == at["head"]][:, :3].max() < 120
    beside = cv2.dilate((found.labels == at["head"]).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert done.shadow[beside & (found.labels != at["head"])][:, :3].min() == 255


def test_a_smear_over_a_line_is_measured_and_clean_paint_is_not() -> None:
    found, at = drawn()
    paint = np.full((*found.labels.shape, 3), 255, np.uint8)
    for name, colour in (("head", RED), ("body", BLUE), ("eye", GREEN)):
        paint[found.labels == at[name]] = colour
    assert leak(paint, found.labels) == 0
    grown = cv2.dilate((found.labels == at["body"]).astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    paint[grown] = BLUE
    assert 0.1 < leak(paint, found.labels) < 0.9


def parts(**boxes: tuple[slice, slice]) -> NDArray[np.float32]:
    """Likelihoods, a quarter of the figure's size, sure of each named part in its box."""
    from shiage.craft.parts import PARTS

    likelihood = np.zeros((60, 60, len(PARTS)), np.float32)
    likelihood[..., 0] = 1
    for name, box in boxes.items():
        likelihood[box] = 0
        likelihood[(*box, PARTS.index(name))] = 1
    return likelihood


def test_hair_that_runs_into_the_face_is_parted_and_one_kind_is_left_whole() -> None:
    found, at = drawn()
    whole = slice(0, 60)
    both = part_kinds(found, parts(Face=(slice(18, 36), whole), Hair=(slice(0, 18), whole)))
    assert len(both) == len(found) + 1
    assert both.labels[40, 120] != both.labels[110, 130]
    head = found.labels == at["head"]
    assert set(np.unique(both.labels[head])) == {at["head"], len(both)}
    x, y = both.inner[len(both) - 1]
    assert both.labels[y, x] == len(both)
    assert both.area.sum() == found.area.sum()
    assert (both.labels[~head] == found.labels[~head]).all()
    x0, y0, x1, y1 = both.box[len(both) - 1]
    ys, xs = np.nonzero(both.labels == len(both))
    assert (x0, y0, x1, y1) == (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)
    skin = part_kinds(found, parts(Face=(slice(18, 36), whole), Neck=(slice(0, 18), whole)))
    assert len(skin) == len(found)


def test_regions_hear_each_other_through_a_wide_opening() -> None:
    # Two halves of a box whose dividing line is missing for a third of its length.
    page = np.full((120, 200), 255, np.uint8)
    cv2.rectangle(page, (10, 10), (190, 110), (0,), 3)
    cv2.line(page, (100, 10), (100, 40), (0,), 3)
    cv2.line(page, (100, 80), (100, 110), (0,), 3)
    found = find_regions(page, gap=60)
    left, right = int(found.labels[60, 50]), int(found.labels[60, 150])
    assert left != right
    share = np.zeros((15, 25, 3), np.float32)
    share[:, :13, 0], share[:, 13:, :2] = 1, (0.45, 0.55)
    areas = divide(found, share, np.zeros((15, 25, 3), np.float32), OFFERED[:2], NO_HINTS)
    paint = painted(areas)
    assert paint[60, 50].tolist() == paint[60, 150].tolist()
