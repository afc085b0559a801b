"""How a clip is taken apart to be in-betweened, and when each frame of the result is shown."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest

from shiage.batch import frames_of
from shiage.batch.exposures import exposures_of, nominal_rate, unit_of
from shiage.craft.between.exposure import same_drawing
from shiage.errors import BadInput
from shiage.operations import Seen, Stretch, Stretches, get, run
from shiage.spec import check_parameters
from shiage.values import Facts, Raster
from shiage.values.sequences import read_clip

SPEC = get("inbetween").spec


def drawing(x: int) -> Raster:
    made = np.full((48, 64, 4), 255, np.uint8)
    made[12:36, x : x + 16, :3] = (200, 60, 50)
    return Raster(made)


def planned(*frames: tuple[float, int], alone: bool = False, **asked: object) -> list[Stretch]:
    """Of frames (time, which drawing)."""
    seen = (Seen(n, f"walk.{time:04g}", time, drawing(2 + 6 * which)) for n, (time, which) in enumerate(frames))
    return list(Stretches(24, check_parameters(SPEC, asked), alone=alone).of(seen))


def shown(stretches: list[Stretch]) -> list[tuple[str, float, int | None]]:
    return [(one.name, one.time, one.place) for stretch in stretches for one in stretch.shown]


def test_from_one_drawing_to_the_next() -> None:
    first, second, last = planned((1, 0), (2, 0), (5, 1), (9, 2))
    assert (first.start, first.own, first.then) == (0, (0, 1), 2)
    assert (second.start, second.own, second.then) == (2, (2,), 3)
    assert (last.start, last.own, last.then, last.new) == (3, (3,), None, ())
    assert first.parameters["times"] == "0.5"
    assert first.parameters["give"] == "new"
    assert shown([first, second, last]) == [
        ("walk.0001", 1, 0), ("walk.0002", 2, 1), ("walk.0003", 3, None),
        ("walk.0005", 5, 2), ("walk.0007", 7, None), ("walk.0009", 9, 3),
    ]  # fmt: skip


def test_drawings_that_lie_close_have_names_of_their_own() -> None:
    assert [name for name, _, _ in shown(planned((1, 0), (2, 1), count=2))] == [
        "walk.0001",
        "walk.0001.333",
        "walk.0001.667",
        "walk.0002",
    ]
    close = [name for name, _, _ in shown(planned((1, 0), (2, 1), times="0.0001, 0.0004, 0.5", give="all"))]
    assert close == ["walk.0001", "walk.0001.0001", "walk.0001.0004", "walk.0001.5000", "walk.0002"]


def test_what_is_held_behind_a_new_drawing_goes_lest_it_jumps_back() -> None:
    # Held for four frames, in-betweened on twos: the fourth would show the first drawing again.
    assert [place for _, _, place in shown(planned((1, 0), (2, 0), (3, 0), (4, 0), (5, 1)))] == [0, 1, None, 4]
    twice = planned((1, 0), (2, 0), (3, 1), (4, 1), count=2)
    assert [place for _, _, place in shown(twice)] == [0, None, None, 2, 3]


def test_another_rate_counts_from_the_first_frame_and_gives_all_their_numbers() -> None:
    stretches = planned((1, 0), (2, 1), (3, 2), fps=30.0)
    assert stretches[0].rate == 30
    assert shown(stretches) == [
        ("walk.0001", 1, 0), ("walk.0002", 2, None), ("walk.0003", 3, None), ("walk.0004", 4, 2),
    ]  # fmt: skip
    assert [one.share for stretch in stretches for one in stretch.new] == pytest.approx([0.8, 0.6])
    film = planned((1, 0), (2, 1), (3, 2), fps=47.952)
    assert film[0].rate == Fraction(48000, 1001)
    # Half as many: those that stand on the new grid are given as they are.
    fewer = planned(*((float(n), n) for n in range(1, 6)), fps=12.0)
    assert [(time, place) for _, time, place in shown(fewer)] == [(1, 0), (2, 2), (3, 4)]


def test_another_rate_shows_both_sides_of_a_cut() -> None:
    seen = []
    for n, (time, raster) in enumerate([(0.0, drawing(2)), (1.0, drawing(8)), (2.0, other()), (3.0, other(9))]):
        seen.append(Seen(n, f"{n}", time, raster))
    stretches = list(Stretches(24, check_parameters(SPEC, {"fps": 32.0})).of(seen))
    assert [stretch.cut for stretch in stretches] == [False, True, False, False]
    placed = {one.time: one.place for stretch in stretches for one in stretch.shown}
    # The grid is 0, 0.75, 1.5, 2.25, 3: at 1.5 stands what is shown there, the drawing before the cut.
    assert placed == {0: 0, 1: None, 2: 1, 3: None, 4: 3}


def other(shift: int = 0) -> Raster:
    made = np.full((48, 64, 4), 255, np.uint8)
    made[..., :3] = (30, 60, 80)
    made[4:20, 30 + shift : 50 + shift, :3] = (240, 220, 20)
    made[28:44, 6:30, :3] = (20, 160, 60)
    return Raster(made)


def test_many_drawings_come_in_pieces() -> None:
    (stretch, _) = planned((0, 0), (1, 1), count=100)
    pieces = list(stretch.pieces(40))
    assert [len(piece.new) for piece in pieces] == [40, 40, 20]
    assert [one for piece in pieces for one in piece.shown] == list(stretch.shown)
    assert str(pieces[1].parameters["times"]).startswith(f"{41 / 101:.9g},")


def test_no_piece_asks_for_more_times_than_the_operation_takes() -> None:
    stretch, _ = planned((0, 0), (1, 1), count=240)
    pieces = list(stretch.pieces(10_000))
    assert sum(len(piece.new) for piece in pieces) == 240
    assert all(check_parameters(SPEC, piece.parameters) for piece in pieces)


def test_a_film_without_a_steady_rate() -> None:
    stretches = planned((1, 0), (2.5, 1), (6.5, 2), exposure=1)
    assert [time for _, time, _ in shown(stretches)] == [1, 2, 2.5, 3.5, 4.5, 5.5, 6.5]
    with pytest.raises(BadInput, match="no room"):
        planned((1, 0), (2.5, 1))


def test_given_frames_belong_to_a_film_though_times_are_given() -> None:
    assert [place for _, _, place in shown(planned((1, 0), (2, 1), times="0.5"))] == [None]
    assert [place for _, _, place in shown(planned((1, 0), (2, 1), times="0.5", alone=True))] == [0, None, 1]
    assert [place for _, _, place in shown(planned((1, 0), (2, 1), times="0.5", give="new", alone=True))] == [None]


def test_frames_of_two_sizes_are_refused() -> None:
    seen = [Seen(0, "a", 0, drawing(2)), Seen(1, "b", 1, Raster(np.zeros((9, 8, 4), np.uint8)))]
    with pytest.raises(BadInput, match="b: is 8 x 9, the frame before it 64 x 48"):
        list(Stretches(24, check_parameters(SPEC, {"count": 1})).of(seen))


def test_a_new_frame_stands_at_its_share_of_the_time() -> None:
    stretches = planned((1, 0), (2, 1), (5, 2), times="0.25,0.5", alone=True)
    starts = [Fraction(0), Fraction(1001, 24000), Fraction(4004, 24000)]
    times = [one.time for one in exposures_of(stretches, starts, ".png")]
    a, b, c = starts
    assert times == [a, a + (b - a) / 4, a + (b - a) / 2, b, b + (c - b) / 4, b + (c - b) / 2, c]
    eased = planned((1, 0), (5, 1), count=1, timing="ease-in")
    assert [one.share for one in eased[0].new] == [0.25]
    assert [one.time for one in exposures_of(eased, starts[:2], ".png")] == [a, (a + b) / 2, b]


def test_a_film_s_ticks_and_its_rate() -> None:
    step = Fraction(1001, 24000)
    stretches = planned((1, 0), (2, 1), (3, 2), count=1)
    shown = exposures_of(stretches, [n * step for n in range(3)], ".png")
    unit = unit_of(shown, 3 * step)
    assert all((one.time / unit).denominator == 1 for one in shown)
    assert nominal_rate(shown, 3 * step, 1 / step) == (Fraction(48000, 1001), True)
    # Rounded to milliseconds, with no grid in common.
    rounded = exposures_of(stretches, [Fraction(0), Fraction(42, 1000), Fraction(83, 1000)], ".png")
    rate, _ = nominal_rate(rounded, Fraction(125, 1000), Fraction(24))
    assert round(float(rate)) == 48


def head(x: float = 0, eye: int = 7, shade: int = 0) -> np.ndarray:  # type: ignore[type-arg]
    """A face with lines and one eye, (192, 256, 4)."""
    large = np.full((768, 1024, 3), (240, 236, 225), np.uint8)
    middle = (round(480 + 4 * x), 400)
    cv2.circle(large, middle, 260, (250 - shade, 215 - shade, 190 - shade), -1)
    cv2.circle(large, middle, 260, (40, 30, 30), 10)
    cv2.ellipse(large, (middle[0] + 80, 360), (28, 4 * eye), 0, 0, 360, (30, 40, 60), -1)
    cv2.line(large, (middle[0] - 40, 520), (middle[0] + 60, 510), (40, 30, 30), 10)
    made = np.full((192, 256, 4), 255, np.uint8)
    made[..., :3] = cv2.resize(large, (256, 192), interpolation=cv2.INTER_AREA)
    return made


FACES = {
    "A": head(), "blink": head(eye=1), "half": head(eye=5), "B": head(0.5), "C": head(12), "shaded": head(shade=12),
}  # fmt: skip


@pytest.mark.parametrize("crf", [14, 18, 23])
def test_a_codec_s_noise_ends_no_hold_and_hides_no_blink(tmp_path: Path, crf: int) -> None:
    drawn = ["A"] * 4 + ["blink"] + ["A"] * 3 + ["half"] * 2 + ["B"] * 3 + ["shaded"] * 3 + ["C"] * 3 + ["A"] * 5
    with av.open(str(tmp_path / "a.mp4"), "w") as out:
        stream: Any = out.add_stream("libx264", rate=24, options={"crf": str(crf), "g": "9"})
        stream.width, stream.height, stream.pix_fmt = 256, 192, "yuv420p"
        stream.codec_context.thread_count = 1
        for place, name in enumerate(drawn):
            frame = av.VideoFrame.from_ndarray(FACES[name], format="rgba").reformat(format="yuv420p")
            frame.pts, frame.time_base = place, Fraction(1, 24)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    frames = frames_of(str(tmp_path / "a.mp4"))
    seen = [Seen(n, one.name, n, one.picture()) for n, one in enumerate(frames)]
    stretches = list(Stretches(24, check_parameters(SPEC, {"count": 1})).of(seen))
    assert [len(stretch.own) for stretch in stretches] == [4, 1, 3, 2, 3, 3, 3, 5]
    if crf == 23:
        # No less in `shiage run`, which has the film as one clip.
        between = run("inbetween", {"keys": (read_clip(tmp_path / "a.mp4"),)}, {"count": 1, "method": "areas"})
        (facts,) = between["facts"]
        assert isinstance(facts, Facts)
        assert [one["frames"] for one in facts.data["drawings"]] == [4, 1, 3, 2, 3, 3, 3, 5]  # type: ignore[attr-defined]


def test_in_pictures_a_small_blink_is_a_drawing() -> None:
    # On a large page: fewer pixels than grain may differ in.
    page, blink = np.full((1080, 1920, 4), 255, np.uint8), np.full((1080, 1920, 4), 255, np.uint8)
    page[500:510, 900:912, :3] = 20
    assert not same_drawing(page, blink)
    # A faint one on a small page, which no mean over a few pixels shows.
    face, faint = FACES["A"].copy(), FACES["A"].copy()
    faint[50:90, 50, :3] -= 60
    assert not same_drawing(face, faint)
    grain = np.random.default_rng(1).normal(0, 2, page.shape).round()
    assert same_drawing(page, (page.astype(int) + grain.astype(int)).clip(0, 255).astype(np.uint8))
