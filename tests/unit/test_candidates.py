"""A closer look at the regions that may be one: the lines close about them, and the colours around them."""

from __future__ import annotations

import tracemalloc

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from shiage.craft.follow import Described, Drawing, Reference, carry, carry_colours, describe
from shiage.craft.follow.candidates import Candidates, close_looks
from shiage.craft.follow.company import Company

SIDE = 200


def test_what_a_table_holds_for_impossible_is_no_candidate() -> None:
    found = Candidates.of(2, 5, 0.5, np.array([[0.9, 0.001], [0.0, 0.3]]))
    assert list(zip(found.rows.tolist(), found.columns.tolist(), found.fits.tolist(), strict=True)) == [
        (0, 0, 0.9),
        (1, 1, 0.3),
    ]


def test_the_least_like_of_two_candidates_is_taken_back_and_a_lone_one_stays() -> None:
    found = Candidates.of(0, 1, 1.0, np.array([[0.5, 0.5, 0.0], [0.0, 0.0, 0.7]]))
    mine, other = np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]])
    told = found.preferring(mine, other, 6.0).fits
    assert told[0] == pytest.approx(0.5)
    assert told[1] < 0.1
    assert told[2] == pytest.approx(0.7), "it looks otherwise now, but nobody else does better"


def marked(shift: int) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """Two small boxes of one size, one crossed by a line, that moved by ``shift`` px; the rest is region 3."""
    labels, lines = np.full((SIDE, SIDE), 3, np.int32), np.zeros((SIDE, SIDE), np.uint8)
    for number, left in enumerate((60, 76)):
        box = slice(90, 98), slice(left + shift, left + shift + 8)
        labels[box] = number + 1
        cv2.rectangle(lines, (left + shift, 90), (left + shift + 7, 97), 255, 1)
    cv2.line(lines, (63 + shift, 80), (63 + shift, 89), 255, 2)
    return labels, lines


def test_boxes_that_moved_half_their_way_to_each_other_are_told_apart_by_the_lines_about_them() -> None:
    frames = [marked(0), marked(8)]
    looks = [close_looks(lines, describe(labels, lines)) for labels, lines in frames]
    table = np.zeros((3, 3))
    table[:2, :2] = 0.5
    table[2, 2] = 1.0
    told = Candidates.of(0, 1, 1.0, table).preferring(looks[0], looks[1], 6.0)
    fits = dict(zip(zip(told.rows.tolist(), told.columns.tolist(), strict=True), told.fits.tolist(), strict=True))
    assert fits[0, 0] > 2 * fits[0, 1]
    assert fits[1, 1] > 2 * fits[1, 0]


def test_looks_are_of_length_one_and_nothing_on_a_blank_sheet() -> None:
    labels, lines = marked(0)
    frame = describe(labels, lines)
    np.testing.assert_allclose(np.linalg.norm(close_looks(lines, frame)[:2].astype(float), axis=1), 1.0, atol=0.01)
    assert not close_looks(np.zeros_like(lines), frame).any()


def dotted() -> Drawing:
    """A left and a right half (1, 2), in each a dot (3, 4), without lines."""
    labels = np.ones((SIDE, SIDE), np.int32)
    labels[:, SIDE // 2 :] = 2
    labels[96:104, 46:54] = 3
    labels[96:104, 146:154] = 4
    return Drawing(labels, np.zeros((SIDE, SIDE), np.uint8))


def undecided(a: Described, b: Described) -> NDArray[np.float64]:
    """A matcher that is."""
    return undecided_table()


def undecided_table() -> NDArray[np.float64]:
    """Sure of the halves; of the dots, a little surer of the wrong ones."""
    table = np.eye(4)
    table[2:, 2:] = [[0.4, 0.5], [0.5, 0.4]]
    return table


@pytest.mark.parametrize(("rounds", "told"), [(0, [0, 1, 3, 2]), (2, [0, 1, 2, 3])])
def test_a_region_that_might_be_either_is_the_one_among_the_same_colours(
    rounds: int, told: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of itself: the company that colours keep, and that neighbours match, is left out here."""
    monkeypatch.setattr(carry, "_NEIGHBOURS", 0.0)
    monkeypatch.setattr(Company, "settle", lambda self, touching, shares: shares)
    monkeypatch.setattr(carry, "_ROUNDS", rounds)
    key = Reference(np.array([0, 1, 2, 3]))
    for frame in carry_colours([dotted()] * 4, {0: key}, matcher=undecided)[1:]:
        assert frame.colour.tolist() == told


def test_what_only_the_second_pass_believes_is_in_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carry, "_NEIGHBOURS", 0.0)  # they would tell at once
    told = carry_colours([dotted()] * 4, {0: Reference(np.array([0, 1, 2, 3]))}, matcher=undecided)
    for frame in told[1:]:
        assert frame.sure[:2].min() > 0.9
        assert frame.sure[2:].max() < 0.9 * frame.sure[:2].min()


def test_a_clip_of_its_key_alone_keeps_the_keys_colours() -> None:
    told = carry_colours([dotted()], {0: Reference(np.array([3, 1, 0, 2]))}, matcher=undecided)
    assert told[0].colour.tolist() == [3, 1, 0, 2]


def test_of_two_that_look_the_same_the_one_with_the_same_neighbour_is_meant_and_a_lone_one_stays() -> None:
    """Two walls (0, 1) that are known, and a window in each (2, 3) that might be either."""
    touching = np.zeros((4, 4))
    touching[0, 2] = touching[2, 0] = touching[1, 3] = touching[3, 1] = 10.0
    told = Candidates.of(0, 1, 1.0, undecided_table()).beside(touching, touching, 2.0)
    fits = dict(zip(zip(told.rows.tolist(), told.columns.tolist(), strict=True), told.fits.tolist(), strict=True))
    assert fits[0, 0] == pytest.approx(1.0)
    assert fits[2, 2] == pytest.approx(0.4)
    assert fits[2, 3] < 0.1
    assert fits[3, 3] > 4 * fits[3, 2]
    assert not len(Candidates.of(0, 1, 1.0, np.zeros((4, 4))).beside(touching, touching, 2.0).fits)


def scattered(count: int, links: int, seed: int) -> NDArray[np.float64]:
    """(count, count) symmetrical, a few numbers in each row, the rest 0."""
    rng = np.random.default_rng(seed)
    table = np.zeros((count, count))
    table[rng.integers(0, count, links), rng.integers(0, count, links)] = rng.uniform(0.02, 1.0, links)
    return table + table.T


def test_what_lies_beside_thousands_of_regions_is_heard_without_a_table_of_all_pairs() -> None:
    """The same as by whole tables, in a fraction of the memory."""
    count = 2000
    mine, other, fits = (scattered(count, 3 * count, seed) for seed in range(3))
    found = Candidates.of(0, 1, 1.0, fits)
    tracemalloc.start()
    told = found.beside(mine, other, 2.0).fits
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < mine.nbytes / 2
    a, b = (np.sqrt(table / np.maximum(table.sum(1, keepdims=True), 1e-9)) for table in (mine, other))
    matched = np.minimum((a @ fits @ b.T)[found.rows, found.columns], 1.0)
    best = [np.array([matched[index == i].max() for i in index]) for index in (found.rows, found.columns)]
    np.testing.assert_allclose(told, found.fits * np.exp(2.0 * (matched - (best[0] + best[1]) / 2)), rtol=1e-9)
