"""What a video is made of, once its frames lie there."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from films import film, plain_frame, sound_of
from shiage.batch import Event, FrameSource, frames_of
from shiage.batch.reels import Reel
from shiage.operations import get
from shiage.values import Raster
from shiage.values.files import encode_picture
from shiage.values.videos import VideoReader, look_into

SIZE = (40, 30)


def picture(shade: int, kind: type = np.uint8) -> Raster:
    return Raster(np.full((SIZE[1], SIZE[0], 4), shade, kind))


def finished(reel: Reel, frames: list[FrameSource], ports: tuple[str, ...], kind: type = np.uint8) -> None:
    """Lay results into the reel's folder as a batch would, each of another shade, and wind it up."""
    events = []
    for number, frame in enumerate(frames, 1):
        files = tuple(f"{port}/{frame.name}" if port else frame.name for port in ports)
        for place, file in enumerate(files):
            path = reel.folder / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(encode_picture(picture(number * 10 + place, kind)))
        events.append(Event(frame.name, "done", number, len(frames), files))
    with reel.claimed():
        assert not reel.is_whole({}, {})
        reel.finish(events, lambda fraction, stage: None)
        reel.tidy(events)
        assert reel.is_whole({}, {})
        assert not reel.is_whole({"gap": 5}, {})
        for event, frame in zip(events, frames):
            assert reel.result(frame, event) is not None


def shades(path: Path) -> list[int]:
    video = look_into(path)
    reader = VideoReader(video)
    return [int(reader.read(stamp).pixels[3, 3, 0]) for stamp in video.stamps]


def test_pictures_stand_until_the_next_number(tmp_path: Path) -> None:
    for number in (1001, 1002, 1005):
        (tmp_path / f"a.{number}.png").write_bytes(encode_picture(picture(500, np.uint16)))
    frames = frames_of(f"{tmp_path}/*.png")
    reel = Reel(tmp_path / "out" / "a.mkv", get("flats").spec, frames, (), fps=Fraction(24000, 1001))
    finished(reel, frames, ("",), np.uint16)
    video = look_into(tmp_path / "out" / "a.mkv")
    assert video.depth == 16
    assert [round(float(stamp * video.unit) * 24000 / 1001) for stamp in video.stamps] == [0, 1, 4]
    assert video.numbers == (1, 2, 5)
    assert shades(tmp_path / "out" / "a.mkv") == [10, 20, 30]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [".a.mkv.shiage.json", "a.mkv"]


@pytest.mark.parametrize("suffix", [".mkv", ".mov", ".mp4"])
def test_further_outputs_become_videos_of_their_own(tmp_path: Path, suffix: str) -> None:
    for number in (1, 2):
        (tmp_path / f"a.{number}.png").write_bytes(encode_picture(picture(90)))
    frames = frames_of(f"{tmp_path}/*.png")
    reel = Reel(tmp_path / f"b{suffix}", get("transfer-palette").spec, frames, ("flats",))
    assert [path.name for path in reel.files()] == [f"b{suffix}", f"b.flats{suffix}"]
    finished(reel, frames, ("", "flats"))
    first, second = (look_into(path) for path in reel.files())
    assert len(first.stamps) == len(second.stamps) == 2


def test_a_part_of_a_video_begins_at_zero_with_its_sound(tmp_path: Path) -> None:
    source = film(
        tmp_path / "walk.mp4", [plain_frame((n * 20, 90, 90)) for n in range(12)], range(0, 12_000, 1000), sound=True
    )
    frames = frames_of(str(source))[4:8]
    reel = Reel(tmp_path / "part.mkv", get("flats").spec, frames, ())
    finished(reel, frames, ("",))
    video = look_into(tmp_path / "part.mkv")
    assert len(video.stamps) == 4
    assert float(video.stamps[0] * video.unit) < 0.03
    inside = [data for time, data in sound_of(source) if 4 / 24 <= time < 8 / 24]
    assert [data for _, data in sound_of(tmp_path / "part.mkv")] == inside
    silent = Reel(tmp_path / "silent.mkv", get("flats").spec, frames, (), sound=False)
    finished(silent, frames, ("",))
    assert not look_into(tmp_path / "silent.mkv").sound
