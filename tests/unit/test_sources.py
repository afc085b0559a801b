"""What frames a source has; archives that are not to be trusted have none."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from documents import Sheet, bombed, flat, kra, zipped
from films import film, plain_frame
from shiage.batch import FrameSource, frames_of, left_out
from shiage.batch.sources import Shot
from shiage.errors import ShiageError
from shiage.values import Raster
from shiage.values.files import encode_picture
from shiage.values.sequences import read_clip

SIZE = (8, 6)
PNG = encode_picture(Raster(flat(SIZE, (200, 60, 30, 255))))


def linked(name: str, target: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo(name)
        info.external_attr = 0o120777 << 16
        archive.writestr(info, target)
    return out.getvalue()


def twice() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.png", PNG)
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.png", b"another")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (lambda: zipped({"../a.png": PNG}), "climbs out"),
        (lambda: zipped({"shot/../../a.png": PNG}), "climbs out"),
        (lambda: zipped({"/a.png": PNG}), "climbs out"),
        (lambda: zipped({"..\\a.png": PNG}), "climbs out"),
        (lambda: zipped({"C:/a.png": PNG}), "climbs out"),
        (lambda: linked("a.png", "/etc/passwd"), "a link"),
        (lambda: bombed({"a.png": PNG}), "thousands of times"),
        (twice, "twice"),
        (lambda: zipped({"a/x.png": PNG, "b/x.png": PNG}), "two frames named"),
        (lambda: zipped({"a/x.png": PNG, "b/X.PNG": PNG}), "two frames named"),
        (lambda: zipped({"inner.zip": zipped({"a.png": PNG})}), "no pictures"),
        (lambda: zipped({"inner.kra": b"PK\x03\x04"}), "no pictures"),
        (lambda: zipped({}), "no pictures"),
        (lambda: b"", "not a zip"),
        (lambda: zipped({"a.png": PNG})[:-30], "not a zip"),
    ],
)
def test_archives_that_are_refused(tmp_path: Path, data: object, sentence: str) -> None:
    (tmp_path / "shot.zip").write_bytes(data())  # type: ignore[operator]
    with pytest.raises(ShiageError, match=sentence) as told:
        frames_of(str(tmp_path / "shot.zip"))
    assert "\n" not in str(told.value)
    assert [path.name for path in tmp_path.iterdir()] == ["shot.zip"]


def test_members_are_checked_one_by_one(tmp_path: Path) -> None:
    """One that is damaged is that frame's affair."""
    data = bytearray(zipped({"a.png": PNG, "b.png": bytes(range(256)) * 40}, zipfile.ZIP_STORED))
    data[data.index(PNG) + 60] ^= 0xFF
    (tmp_path / "shot.zip").write_bytes(bytes(data))
    first, second = frames_of(str(tmp_path / "shot.zip"))
    with pytest.raises(ShiageError, match="unpacked"):
        first.read()
    assert len(second.read()) == 256 * 40
    with pytest.raises(ShiageError, match="picture"):
        second.picture()


def test_a_long_archive_is_opened_once(tmp_path: Path) -> None:
    (tmp_path / "shot.zip").write_bytes(zipped({f"s/a.{n:04d}.png": PNG for n in range(3000)}))
    frames = frames_of(str(tmp_path / "shot.zip"))
    assert {frame.read() for frame in frames} == {PNG}
    assert {frame.folder for frame in frames} == {"s"}


def test_a_video_has_frames_by_number_and_time(tmp_path: Path) -> None:
    shades = [(n * 60, 90, 90) for n in range(4)]
    path = film(tmp_path / "walk.mp4", [plain_frame(shade) for shade in shades], (0, 1000, 3000, 4500))
    frames = frames_of(str(path))
    # The half step makes it 48 a second.
    assert [frame.name for frame in frames] == [f"walk.{n:04d}.png" for n in (1, 3, 7, 10)]
    path = film(tmp_path / "twos.mkv", [plain_frame(shade) for shade in shades], (0, 2000, 4000, 8000))
    frames = frames_of(str(path))
    assert [frame.name for frame in frames] == [f"twos.000{n}.png" for n in (1, 3, 5, 9)]
    clip = read_clip(path)
    assert [frame.raster.name for frame in clip.frames] == [Shot.frame_name(frame) for frame in frames]
    assert [frame.time for frame in clip.frames] == pytest.approx(Shot("", tuple(frames)).times(), abs=0.02)
    for place in (2, 0, 3):
        assert abs(int(frames[place].picture().pixels[5, 5, 0]) - shades[place][0]) <= 1


def test_documents_are_frames_where_there_are_no_pictures(tmp_path: Path) -> None:
    page = kra(SIZE, [Sheet("ink", flat(SIZE, (1, 2, 3, 255)))], flat(SIZE, (9, 9, 9, 255)))
    for name in ("a.kra", "b.kra"):
        (tmp_path / name).write_bytes(page)
    (tmp_path / "b.kra~").write_bytes(b"a backup")
    frames = frames_of(str(tmp_path), "ink")
    assert [frame.name for frame in frames] == ["a.kra", "b.kra"]
    assert tuple(frames[0].picture().pixels[0, 0]) == (1, 2, 3, 255)
    (tmp_path / "a.png").write_bytes(PNG)
    assert [frame.name for frame in frames_of(str(tmp_path))] == ["a.png"]
    assert [frame.name for frame in frames_of(f"{tmp_path}/*.kra")] == ["a.kra", "b.kra"]
    with pytest.raises(ShiageError, match="has no layers"):
        frames_of(str(tmp_path / "a.png"), "ink")
    assert isinstance(frames[0], FrameSource)


def test_pictures_that_are_passed_over_are_told(tmp_path: Path) -> None:
    for name in ("a.png", "b.GIF", "c.exr", ".d.gif", "notes.txt"):
        (tmp_path / name).write_bytes(PNG)
    with zipfile.ZipFile(tmp_path / "shot.zip", "w") as archive:
        for name in ("a.png", "more/b.gif"):
            archive.writestr(name, PNG)
    assert [frame.name for frame in frames_of(str(tmp_path))] == ["a.png"]
    assert left_out(str(tmp_path)) == ["b.GIF", "c.exr"]
    assert left_out(str(tmp_path / "shot.zip")) == ["more/b.gif"]
    assert left_out(str(tmp_path / "a.png")) == []
