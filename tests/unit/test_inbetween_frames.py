"""The operation ``inbetween``: names, keys, holds, cuts, charts, passes, and what it refuses."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from click.testing import CliRunner

from shiage.cli.run import run as command_line
from shiage.craft.between import Pair
from shiage.craft.between.ground import paper_of
from shiage.errors import BadInput, BadParameters, MissingWeights, ShiageError
from shiage.operations import run
from shiage.spec import Work
from shiage.values import Clip, Facts, Frame, Raster
from shiage.values.files import decode_picture, encode_picture

SIDE = 96
RED, PAPER = (200, 60, 50), (240, 240, 240)


def page(
    x: int, y: int = 40, colour: tuple[int, int, int] = RED, paper: tuple[int, int, int] = PAPER
) -> npt.NDArray[np.uint8]:
    made = np.empty((SIDE, SIDE, 4), np.uint8)
    made[..., :3], made[..., 3] = paper, 255
    made[y : y + 24, x : x + 30, :3] = colour
    return made


def clip(*frames: tuple[float, npt.NDArray[np.uint8]], name: str = "walk", fps: float = 24) -> Clip:
    return Clip(tuple(Frame(t, Raster(p, f"{name}.{t:04g}")) for t, p in frames), fps, name)


def between(
    *keys: Clip, passes: tuple[Clip, ...] = (), **asked: object
) -> tuple[Clip, tuple[Clip, ...], dict[str, object], list[str]]:
    told: list[str] = []
    inputs = {"keys": keys} | ({"passes": passes} if passes else {})
    got = run("inbetween", inputs, {"method": "areas"} | asked, Work(on_warning=told.append))
    frames, facts = got["frames"][0], got["facts"][0]
    assert isinstance(frames, Clip)
    assert isinstance(facts, Facts)
    return frames, got["passes"], dict(facts.data), told  # type: ignore[return-value]


def alone(pixels: npt.NDArray[np.uint8], name: str) -> Clip:
    return Clip((Frame(0, Raster(pixels, name)),), name=name)


def left(pixels: npt.NDArray[np.generic]) -> float:
    return float(np.nonzero((np.abs(pixels[..., :3].astype(int) - RED).max(2) < 30).any(0))[0].min())


def test_times_between_two_pictures_are_named_by_them() -> None:
    frames, _, facts, _ = between(alone(page(10), "a"), alone(page(50), "b"), times="0.25, 0.5, 0.75")
    assert [frame.raster.name for frame in frames.frames] == ["0.250", "0.500", "0.750"]
    assert not any(frame.key for frame in frames.frames)
    assert [left(frame.raster.pixels) for frame in frames.frames] == pytest.approx([20, 30, 40], abs=1)
    assert facts["styles"] == ["cel"]


def test_keys_come_back_untouched_and_marked_and_new_drawings_are_numbered_on() -> None:
    keys = clip((1, page(10)), (5, page(34)), (9, page(50)))
    frames, _, facts, _ = between(keys)  # on twos
    assert [(f.raster.name, f.time, f.hold, f.key) for f in frames.frames] == [
        ("walk.0001", 1, 2, True), ("walk.0003", 3, 2, False), ("walk.0005", 5, 2, True),
        ("walk.0007", 7, 2, False), ("walk.0009", 9, 1, True),
    ]  # fmt: skip
    for given, back in zip(keys.frames, [f for f in frames.frames if f.key], strict=True):
        assert back.raster.pixels is given.raster.pixels
    told = facts["frames"]
    assert isinstance(told, list)
    assert [one["share"] for one in told if not one["key"]] == [0.5, 0.5]
    ones, *_ = between(keys, exposure=1)
    assert len(ones.frames) == 9


def test_what_is_held_counts_as_one_drawing() -> None:
    held = clip((1, page(10)), (2, page(10)), (3, page(30)), (4, page(30)))
    frames, _, facts, _ = between(held, exposure=1)
    # A new drawing takes the place of the held frame on which it stands; what is held after the last key stays.
    assert [(f.time, f.key) for f in frames.frames] == [(1, True), (2, False), (3, True), (4, True)]
    assert [one["frames"] for one in facts["drawings"]] == [2, 2]  # type: ignore[attr-defined]


def test_a_cut_is_told_and_never_bridged() -> None:
    other = page(5, 60, (20, 120, 30), (60, 50, 70))
    other[:30, 40:80, :3] = (240, 210, 30)
    shots = clip((1, page(10)), (5, page(40)), (9, other))
    frames, _, facts, told = between(shots)
    assert [f.time for f in frames.frames] == [1, 3, 5, 9]
    assert facts["cuts"] == ["walk.0009"]
    assert "walk.0009" in told[0]
    assert len(between(shots, cuts=False)[0].frames) == 5


def test_two_pictures_of_two_shots_are_refused_in_words() -> None:
    other = page(5, 60, (20, 120, 30), (60, 50, 70))
    other[:30, 40:80, :3] = (240, 210, 30)
    with pytest.raises(BadInput, match="two shots"):
        between(alone(page(10), "a"), alone(other, "b"), times="0.5")
    assert len(between(alone(page(10), "a"), alone(other, "b"), times="0.5", cuts=False)[0].frames) == 1


def test_a_chart_and_another_rate() -> None:
    keys = clip((0, page(10)), (1, page(50)), fps=12)
    charted, *_ = between(alone(page(10), "a"), alone(page(50), "b"), spacing="10% 50% 60%", give="new")
    assert [left(f.raster.pixels) for f in charted.frames] == pytest.approx([14, 30, 34], abs=1)
    frames, *_ = between(keys, fps=48.0)
    assert frames.fps == 48
    assert [(f.time, f.key) for f in frames.frames] == [(0, True), (1, False), (2, False), (3, False), (4, True)]


def test_other_passes_move_along_in_their_own_bits() -> None:
    deep = [np.full((SIDE, SIDE, 4), 65535, np.uint16) for _ in range(2)]
    for one, x in zip(deep, (10, 50), strict=True):
        one[..., :3] = 1000
        one[40:64, x : x + 30, :3] = 60000
    keys = clip((1, page(10)), (3, page(50)))
    depth = Clip(tuple(Frame(t, Raster(p, f"z.{t}")) for t, p in zip((1, 3), deep, strict=True)), name="z")
    frames, passes, *_ = between(keys, passes=(depth,), exposure=1)
    assert [f.time for f in passes[0].frames] == [f.time for f in frames.frames] == [1, 2, 3]
    middle = passes[0].frames[1].raster.pixels
    assert middle.dtype == np.uint16
    assert middle[50, 45, 0] > 59000
    assert middle[50, 12, 0] < 2000
    assert passes[0].frames[0].raster.pixels is deep[0]


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({"times": "0.5", "count": 3}, BadParameters, "given together"),
        ({"times": "0.5, 0.2"}, BadInput, "must rise"),
        ({"times": "half"}, BadInput, "not a spacing"),
        ({"exposure": 24}, BadInput, "no room"),
        ({"count": 0}, BadParameters, "count"),
    ],
)
def test_what_can_not_be_is_refused_in_a_sentence(
    asked: dict[str, object], error: type[ShiageError], words: str
) -> None:
    with pytest.raises(error, match=words):
        between(clip((1, page(10)), (5, page(40))), **asked)


def test_memory_is_what_the_process_may_take_and_too_little_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = clip((1, page(10)), (3, page(40)))
    with pytest.raises(BadParameters, match="from 850 to"):
        between(keys, memory=500)
    rooms = []

    def pair(*given: object, **asked: object) -> object:
        rooms.append(asked["most_bytes"])
        return Pair(*given, **asked)  # type: ignore[arg-type]

    monkeypatch.setattr("shiage.craft.between.Pair", pair)
    # What workers hold at first, and after some work: nothing that they reckon with changes.
    for held in (300, 500, 551, 900, 5000):
        monkeypatch.setattr("shiage.operations.inbetween.held", lambda held=held: held << 20)
        between(keys, memory=None if held == 5000 else 1300, exposure=1)
    assert [room >> 20 for room in rooms] == [650, 650, 450, 250, 200]
    monkeypatch.setattr("shiage.operations.inbetween.held", lambda: 2000 << 20)
    with pytest.raises(BadParameters, match=r"here the program takes 2250 by itself\. Give 2450"):
        between(keys, memory=1300, exposure=1)


def test_memory_that_the_pictures_alone_would_fill_is_refused() -> None:
    keys = [np.full((5000, 5000, 4), 255, np.uint8) for _ in range(2)]
    for key, left in zip(keys, (1000, 1200), strict=True):
        key[2000:2400, left : left + 400, :3] = RED
    with pytest.raises(BadParameters, match=r"850 MB are too little for pictures of 5000 x 5000\. Give \d+\."):
        between(clip((1, keys[0]), (3, keys[1])), memory=850, exposure=1)


def test_keys_that_are_none_are_refused() -> None:
    with pytest.raises(BadInput, match="one drawing only"):
        between(clip((1, page(10)), (2, page(10))))
    with pytest.raises(BadInput, match="one size"):
        between(alone(page(10), "a"), alone(np.zeros((8, 8, 4), np.uint8), "b"), times="0.5")
    with pytest.raises(BadInput, match="has 1 frames"):
        between(clip((1, page(10)), (3, page(40))), passes=(alone(page(1), "z"),), exposure=1)
    with pytest.raises(MissingWeights, match="shiage models pull rife"):
        between(clip((1, page(10)), (3, page(40))), method="rife", exposure=1)


def test_from_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHIAGE_HOME", str(tmp_path / "home"))
    for name, x in (("a", 10), ("b0", 50)):
        (tmp_path / f"{name}.png").write_bytes(encode_picture(Raster(page(x)), ".png"))
    before = [hashlib.sha256((tmp_path / f"{name}.png").read_bytes()).hexdigest() for name in ("a", "b0")]
    command = ["inbetween", str(tmp_path / "a.png"), str(tmp_path / "b0.png"), "--times", "0.25,0.5,0.75"]
    done = CliRunner().invoke(command_line, [*command, "-o", str(tmp_path / "out"), "--daemon", "never"])
    assert done.exit_code == 0, done.output
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["0.250.png", "0.500.png", "0.750.png", "facts.json"]
    made = decode_picture((tmp_path / "out" / "0.500.png").read_bytes(), "made").pixels
    assert left(made) == pytest.approx(30, abs=1)
    one = [*command[:-1], "0.5", "-o", str(tmp_path / "one.png"), "--daemon", "never"]
    assert CliRunner().invoke(command_line, one).exit_code == 0
    assert np.array_equal(decode_picture((tmp_path / "one.png").read_bytes(), "one").pixels, made)
    three = CliRunner().invoke(command_line, [*command, "-o", str(tmp_path / "three.png"), "--daemon", "never"])
    assert isinstance(three.exception, BadInput)
    assert "There are 3 pictures, and this names one. Name a folder" in str(three.exception)
    assert not (tmp_path / "three.png").exists()
    assert before == [hashlib.sha256((tmp_path / f"{name}.png").read_bytes()).hexdigest() for name in ("a", "b0")]


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
def test_a_key_on_paper_and_a_transparent_one_come_to_one_ground(kind: type) -> None:
    clear = page(50)
    clear[~(clear[..., :3] == RED).all(2)] = 0
    keys = [page(10).astype(kind) * (257 if kind is np.uint16 else 1), clear]
    frames, _, _, told = between(alone(keys[0], "a"), alone(keys[1], "b"), times="0.25,0.75")
    assert "b is transparent and a is not" in told[0]
    for frame, x in zip(frames.frames, (20, 40), strict=True):
        made = frame.raster.to_8bit()
        assert (made[..., 3] == 255).all()
        # No stripe at the edge of either: there is paper, and red, and a mixture of both for a pixel at most.
        row = made[52, :, :3].astype(int)
        paper, red = (np.abs(row - np.array(c)).max(1) <= 3 for c in (PAPER, RED))
        assert (~(paper | red)).sum() <= 2
        assert left(made) == pytest.approx(x, abs=1)
        assert np.abs(made[20, :, :3].astype(int) - PAPER).max() <= 1


def test_paper_without_a_colour_of_its_own_is_white() -> None:
    rng = np.random.default_rng(1)
    wild = np.dstack([rng.integers(0, 255, (32, 32, 3)), np.full((32, 32), 255)]).astype(np.uint8)
    assert list(paper_of(wild)) == [255, 255, 255]
    assert list(paper_of(page(10))) == list(PAPER)


@pytest.mark.parametrize("method", ["auto", "network"])
def test_a_painting_is_left_to_the_network(method: str) -> None:
    rng = np.random.default_rng(5)
    grain = rng.integers(0, 255, (SIDE // 4 + 1, SIDE // 4 + 1, 3)).astype(np.float64)
    y, x = np.mgrid[0:SIDE, 0:SIDE] / 4

    def shifted(by: float) -> npt.NDArray[np.uint8]:
        i, j = y.astype(int), ((x + by / 4) % (SIDE // 4)).astype(int)
        u = (((x + by / 4) % (SIDE // 4)) - j)[..., None]
        picture = grain[i, j] * (1 - u) + grain[i, j + 1] * u
        return np.dstack([picture, np.full((SIDE, SIDE), 255)]).astype(np.uint8)

    frames, _, facts, _ = between(
        alone(shifted(0), "a"), alone(shifted(6), "b"), times="0.5", method=method, cuts=False
    )
    assert facts["styles"] == ["paint"]
    inner = (slice(16, -16), slice(16, -16), slice(0, 3))
    true, made = shifted(3)[inner].astype(int), frames.frames[0].raster.pixels[inner].astype(int)
    plain = (shifted(0)[inner].astype(int) + shifted(6)[inner]) // 2
    assert np.abs(made - true).mean() < 0.8 * np.abs(plain - true).mean()
