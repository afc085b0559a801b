"""Motions that outlines alone leave open, told by the keys' own pixels."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from shiage.craft.between import Pair
from shiage.craft.between.borders import Borders
from shiage.craft.between.evidence import Evidence
from shiage.craft.between.judge import strangeness
from shiage.craft.between.lines import lines_of
from shiage.craft.between.motions import usual
from shiage.craft.between.moves import grown, rotation, turn_of
from shiage.craft.between.plan import _from_back, _shapes
from shiage.craft.between.read import read_key
from shiage.craft.between.registration import Shape, rigid, shape_of
from shiage.craft.between.strokes import freed
from shiage.craft.follow import fit

SIDE = 320
PAPER, RED, GREEN, GREY, INK = (255, 255, 255), (230, 80, 90), (150, 190, 50), (190, 190, 200), (30, 30, 40)

Page = npt.NDArray[np.uint8]


def page(draw: list[tuple[npt.NDArray[np.float64], tuple[int, int, int]]]) -> Page:
    """Polygons, the last on top, with smooth edges."""
    large = np.full((4 * SIDE, 4 * SIDE, 3), PAPER, np.uint8)
    for corners, paint in draw:
        cv2.fillPoly(large, [np.rint(4 * corners).astype(np.int32)], paint)
    made = np.full((SIDE, SIDE, 4), 255, np.uint8)
    made[..., :3] = cv2.resize(large, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return made


def pill(degrees: float) -> Page:
    """A rounded arm that swings about its red end: each half alone looks alike turned either way, but for its end."""
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    round_end = np.radians(np.linspace(90, 270, 24))
    red = np.concatenate([20 * np.stack([np.cos(round_end), np.sin(round_end)], 1), [[44, -20], [44, 20]]])
    green = np.array([88, 0]) - red
    halves = [(half @ turn.T + 160, paint) for half, paint in ((red, RED), (green, GREEN))]
    return page(halves)


def box(left: float, top: float, right: float, bottom: float) -> npt.NDArray[np.float64]:
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]], float)


def sail(x: float) -> Page:
    """A standing tower, of which a sail that goes past hides another part each time."""
    return page(
        [(box(100, 60, 220, 280), INK), (box(106, 66, 214, 274), GREY), (box(x, 120, x + 70, 230), RED)],
    )


def between(a: Page, b: Page) -> npt.NDArray[np.int64]:
    return Pair(a, b, fit).at(0.5).pixels[..., :3].astype(int)


def test_halves_of_an_arm_swing_round_together() -> None:
    off = np.abs(between(pill(50), pill(-57)) - pill(-3.5)[..., :3])
    assert off.max(2).mean() < 1.0


def test_what_is_partly_hidden_stands() -> None:
    off = np.abs(between(sail(50), sail(130)) - sail(90)[..., :3]).max(2)
    assert off[:118].max() < 8
    assert off[232:].max() < 8
    assert off.mean() < 1.0


def bush(x: float) -> Page:
    """A bush that goes by behind a post; less and less of it is hidden."""
    return page([(box(x, 180, x + 110, 240), GREEN), (box(140, 60, 200, 280), INK)])


def test_what_comes_out_from_behind_something_slides_and_does_not_grow() -> None:
    off = np.abs(between(bush(150), bush(190)) - bush(170)[..., :3]).max(2)
    assert off.mean() < 1.5


def test_a_border_that_another_area_makes_says_nothing_against_a_motion() -> None:
    keys = [read_key(made[..., :3].astype(np.float32)) for made in (bush(150), bush(190))]
    ground, post, leaf = (tuple(int(key.labels[at]) for key in keys) for at in ((10, 10), (100, 170), (210, 230)))
    borders = Borders(keys[0], keys[1], (_shapes(keys[0]), _shapes(keys[1])), (ground[0], ground[1]))
    slides, falls = np.array([[1.0, 0, 40], [0, 1, 0]]), np.array([[1.0, 0, 0], [0, 1, 40]])
    known = borders.beside(leaf[0], leaf[1], {post[0]: (np.eye(2, 3), post[1])})
    unknown = tuple(np.full(len(off), np.inf) for off in known)
    assert borders.left(*leaf, slides, known) < 0.3
    assert borders.left(*leaf, slides, (unknown[0], unknown[1])) > 0.6
    assert borders.left(*leaf, falls, known) > 2
    assert strangeness(slides) == 0 < strangeness(np.array([[5 / 3, 0, 0], [0, 1, 0]]))


def test_what_the_pictures_edge_cuts_slides() -> None:
    across = np.arange(0.0, SIDE + 1)

    def hill(shift: float) -> Page:
        height = 120 * np.exp(-(((across - 150 - shift) / 70) ** 2))
        skyline = np.stack([across, 230 - height], 1)
        return page([(np.concatenate([skyline, [[SIDE, SIDE], [0, SIDE]]]), GREEN)])

    off = np.abs(between(hill(0), hill(16)) - hill(8)[..., :3]).max(2)
    assert off.mean() < 0.2


def test_a_hairline_where_two_shapes_of_one_paint_meet_parts_nothing() -> None:
    whole = page([(box(60, 60, 260, 200), RED)])
    seamed = whole.copy()
    seamed[60:200, 150, :3] = (222, 76, 86)  # what lies under both shines through
    assert len(read_key(whole[..., :3].astype(np.float32))) == len(read_key(seamed[..., :3].astype(np.float32))) == 2
    lined = whole.copy()
    lined[60:200, 150:152, :3] = INK
    assert len(read_key(lined[..., :3].astype(np.float32))) == 3


def test_a_stroke_on_the_ground_goes_as_the_pictures_say() -> None:
    def stand(y: float) -> Page:
        """A box that stands, and behind its foot a tray, open below, that sinks."""
        tray = [box(60, y, 260, y + 6), box(60, y, 66, y + 40), box(254, y, 260, y + 40)]
        return page([*((part, INK) for part in tray), (box(120, 100, 200, 226), INK), (box(126, 106, 194, 220), RED)])

    off = np.abs(between(stand(216), stand(224)) - stand(220)[..., :3]).max(2)
    assert off[230:].mean() < 0.3


def test_what_only_one_key_shows_goes_as_the_pictures_say() -> None:
    def street(x: float, *, window: bool) -> Page:
        """A house goes by behind a standing post; the second drawing's window is open."""
        house = [(box(x, 80, x + 120, 260), GREY), (box(x + 20, 100, x + 60, 150), INK)]
        lit = [(box(x + 24, 104, x + 56, 146), RED)] if window else []
        return page([*house, *lit, (box(230, 40, 250, 280), GREEN)])

    made = between(street(60, window=False), street(100, window=True))
    ys, xs = np.nonzero(np.abs(made - np.array(RED)).max(2) < 12)
    assert abs(xs.mean() - (80 + 40)) < 3
    assert abs(ys.mean() - 125) < 3


def test_a_rigid_fit_turns_on_from_where_it_starts() -> None:
    corners = np.array([[-40, -60], [-10, -60], [-10, 30], [50, 30], [50, 60], [-40, 60]], float)

    def shape(degrees: float) -> Shape:
        """A letter L, turned."""
        turned = corners @ rotation(np.radians(degrees)).T + 150
        mask = np.zeros((300, 300), np.uint8)
        cv2.fillPoly(mask, [np.rint(turned).astype(np.int32)], 1)
        ys, xs = np.nonzero(mask)
        box = slice(int(ys.min()), int(ys.max()) + 1), slice(int(xs.min()), int(xs.max()) + 1)
        labels, across = mask.astype(np.int32) + 1, 2 - mask.astype(np.int32)
        return shape_of(labels, across, np.ones(mask.shape, np.float32), 2, box, np.ones(3, bool))

    a = shape(0)
    for start in (0, 60, 90, 150):
        b, turn = shape(start + 12), rotation(np.radians(start))
        found = rigid(a, b, np.column_stack([turn, b.centre - turn @ a.centre]))
        assert abs((np.degrees(turn_of(found)) - start - 12 + 180) % 360 - 180) < 1
        assert abs(grown(found) - 1) < 1e-9


def test_a_stroke_is_not_led_off_the_page() -> None:
    key = read_key(page([(box(40, 100, 200, 101.5), INK)])[..., :3].astype(np.float32))
    there = read_key(page([(box(40, 104, 200, 105.5), INK)])[..., :3].astype(np.float32))
    ground = np.zeros(key.labels.shape, np.int32)
    lines = lines_of(key, ground, ground)
    assert lines.loose.any()
    led, off = np.zeros((len(lines.band), 2), np.float32), np.full(key.labels.shape, 5, np.float32)
    for way, goes in (((300, 0), False), ((0, 4), True)):
        flow = np.broadcast_to(np.array(way, np.float32), (*key.labels.shape, 2))
        free = freed(lines, led, lambda _, x, y: np.zeros((len(x), 2), np.float32), flow, off, key.pixels, there.pixels)
        assert bool(np.isfinite(free).any()) == goes


def test_a_line_goes_to_the_layer_behind_where_that_plainly_leads_it() -> None:
    key = read_key(
        page(
            [
                (box(40, 80, 160, 240), INK),
                (box(160, 120, 240, 200), INK),
                (box(44, 84, 158, 236), RED),
                (box(162, 124, 236, 196), GREEN),
            ]
        )[..., :3].astype(np.float32)
    )
    red, green = (int(np.abs(key.paint[1:] - paint).max(1).argmin()) + 1 for paint in (RED, GREEN))
    layer = np.select([key.labels == red, key.labels == green], [1, 2], 0).astype(np.int32)
    other = np.select([key.other == red, key.other == green], [1, 2], 0).astype(np.int32)
    assert lines_of(key, layer, other).owner[160, 160] == 2  # the one in front
    for by_front, by_behind, owner in ((40.0, 10.0, 1), (40.0, 39.0, 2), (10.0, 40.0, 2)):
        lines = lines_of(key, layer, other, lambda of, x, y, one=by_front, two=by_behind: np.where(of == 2, one, two))
        assert lines.owner[160, 160] == owner
        assert lines.owner[160, 238] == 2  # beyond it is the ground, which leads no line


def test_a_motion_that_is_given_up_early_is_never_the_better_one() -> None:
    a, b = (read_key(sail(x)[..., :3].astype(np.float32)) for x in (110, 150))
    evidence = Evidence(a, b)
    rng = np.random.default_rng(5)
    given_up = 0
    for _ in range(300):
        one, other = (int(rng.integers(1, len(key) + 1)) for key in (a, b))
        move = np.column_stack([rotation(rng.normal(0, 0.1)), rng.normal(0, 8, 2)])
        whole = evidence.against(one, other, move)
        for enough in (0.5 * whole, whole - 1e-9, whole, whole + 1e-9, 2 * whole):
            found = evidence.against(one, other, move, enough=enough)
            assert found == whole or (found == np.inf and whole >= enough)
            given_up += found == np.inf
    assert given_up > 100


def test_layers_come_in_an_order_that_breaks_nothing_that_is_known() -> None:
    # A pattern is far before its body, and the body a little before a stone: how far says nothing of who is behind.
    net = np.zeros((4, 4))
    for behind, front, much in ((0, 1, 1e6), (0, 2, 1e6), (0, 3, 1e6), (1, 2, 40.0), (2, 3, 5000.0)):
        net[behind, front], net[front, behind] = much, -much
    assert _from_back(net, np.array([9.0, 5.0, 4.0, 1.0])).tolist() == [0, 1, 2, 3]
    rng = np.random.default_rng(3)
    for _ in range(20):
        true = rng.permutation(12)
        place = np.argsort(true)
        known = np.triu(rng.random((12, 12)) < 0.4, 1) * rng.uniform(1, 1000, (12, 12))
        net = (known - known.T)[np.ix_(place, place)]
        order = np.argsort(_from_back(net, rng.random(12)))
        behind, front = np.nonzero(net > 0)
        assert (order[behind] < order[front]).all()
    # Where that can't be, every layer still has one place.
    assert sorted(_from_back(np.array([[0, 1, -1], [-1, 0, 1], [1, -1, 0]], float), np.ones(3))) == [0, 1, 2]


def test_the_usual_flow_is_that_of_all_columns() -> None:
    ys, xs = np.mgrid[0:2000, 0:1500]
    places = np.stack([ys.ravel(), xs.ravel()], 1).astype(np.int32)
    flow = np.full((2000, 1500, 2), 5, np.float32)
    flow[:, :4] = 0
    assert usual(flow, places).tolist() == [5, 5]
