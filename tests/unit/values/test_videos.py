"""Videos: colours by their tags, times as they are, sound untouched, and nothing that isn't a video."""

from __future__ import annotations

import contextlib
import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from films import SIZE, film, plain_frame, sound_of
from shiage.errors import BadInput
from shiage.values import Raster
from shiage.values.videos import Film, VideoReader, look_into, write_video

ORANGE = (200, 60, 30)
# On threes, twos and ones: no two steps are alike.
STAMPS = (0, 3000, 5000, 6000, 9001)


def read(path: Path) -> list[Raster]:
    video = look_into(path)
    reader = VideoReader(video)
    return [reader.read(stamp) for stamp in video.stamps]


@pytest.mark.parametrize("matrix", [1, 6, 9])
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("layout", ["yuv420p", "yuv420p10le"])
def test_colours_are_what_the_tags_say(tmp_path: Path, matrix: int, full: bool, layout: str) -> None:
    path = film(
        tmp_path / "a.mp4", [plain_frame(ORANGE, matrix, full, layout)] * 2, (0, 1000), matrix=matrix, full=full
    )
    (first, _) = read(path)
    assert first.bits == (16 if "10" in layout else 8)
    full_scale = 65535 if first.bits == 16 else 255
    # As near as the numbers in the file can say it.
    steps = 0.8 if first.bits == 16 else 1.01
    assert np.abs(first.pixels[10, 10] / full_scale * 255 - (*ORANGE, 255)).max() <= steps


@pytest.mark.parametrize("layout", ["yuv420p", "yuv420p10le", "yuv444p10le"])
@pytest.mark.parametrize("full", [False, True])
def test_white_is_white_and_black_is_black(tmp_path: Path, layout: str, full: bool) -> None:
    frames = [plain_frame(colour, 1, full, layout) for colour in ((255, 255, 255), (0, 0, 0))]
    white, black = read(film(tmp_path / "a.mp4", frames, (0, 1000), full=full))
    assert white.pixels[9, 9].min() == np.iinfo(white.pixels.dtype).max
    assert black.pixels[9, 9, :3].max() == 0


def test_untagged_colours_are_taken_by_their_lines(tmp_path: Path) -> None:
    for size, matrix in (((64, 64), 6), ((64, 720), 1)):
        path = film(tmp_path / f"{size[1]}.mkv", [plain_frame(ORANGE, matrix, size=size)], (0,), matrix=2)
        assert np.abs(read(path)[0].pixels[5, 5].astype(int) - (*ORANGE, 255)).max() <= 1


@pytest.mark.parametrize(("suffix", "worst"), [(".mkv", 0), (".mov", 3), (".mp4", 12)])
def test_what_is_written_reads_back(tmp_path: Path, suffix: str, worst: int) -> None:
    """Each at its times; .mkv to the bit, the others as near as they say."""
    noise = np.random.default_rng(1)
    pictures = []
    for _ in STAMPS:
        # Even blocks: 4:2:0 has colour for every second pixel.
        blocks = noise.integers(0, 256, (8, 12, 3), np.uint8).repeat(8, 0).repeat(8, 1)
        pictures.append(Raster(np.dstack([blocks, np.full(blocks.shape[:2], 255, np.uint8)])))
    path = tmp_path / f"a{suffix}"
    write_video(path, zip(STAMPS, (3000, 2000, 1000, 3001, 1000), pictures), Film(unit=Fraction(1, 24000)))
    video = look_into(path)
    unit = 1000 if suffix == ".mkv" else 24000
    assert [stamp * video.unit for stamp in video.stamps] == [Fraction(round(s * unit / 24000), unit) for s in STAMPS]
    for made, drawn in zip(read(path), pictures):
        inside = np.s_[2:-2:8, 2:-2:8]
        assert np.abs(made.to_8bit().astype(int) - drawn.pixels)[inside].max() <= worst
        assert made.to_8bit()[..., 3].min() == 255
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    again = tmp_path / f"b{suffix}"
    write_video(again, zip(STAMPS, (3000, 2000, 1000, 3001, 1000), pictures), Film(unit=Fraction(1, 24000)))
    assert again.read_bytes() == path.read_bytes()


_WRITE = """
import sys
from pathlib import Path
import numpy as np
from shiage.values import Raster
from shiage.values.videos import Film, write_video
noise = np.random.default_rng(1)
drawn = [noise.integers(0, 256, (8, 12, 3), np.uint8).repeat(8, 0).repeat(8, 1) for _ in range(5)]
drawn = [Raster(np.dstack([pixels, np.full(pixels.shape[:2], 255, np.uint8)])) for pixels in drawn]
write_video(Path(sys.argv[1]), [(n, 1, raster) for n, raster in enumerate(drawn)], Film())
"""


@pytest.mark.parametrize("suffix", [".mkv", ".mov", ".mp4"])
def test_the_bytes_depend_on_no_memory_that_nobody_wrote(tmp_path: Path, suffix: str) -> None:
    """glibc fills what it hands out with one value or another; x264 once read it."""
    written = []
    for fill in ("85", "170"):
        path = tmp_path / f"{fill}{suffix}"
        environment = os.environ | {"MALLOC_PERTURB_": fill}
        subprocess.run([sys.executable, "-c", _WRITE, str(path)], check=True, env=environment, timeout=120)
        written.append(path.read_bytes())
    assert written[0] == written[1]


@pytest.mark.parametrize("depth", [10, 12, 16])
def test_mkv_keeps_depth_alpha_and_odd_sizes_to_the_bit(tmp_path: Path, depth: int) -> None:
    levels = np.random.default_rng(2).integers(0, 1 << depth, (33, 47, 4), np.uint32)
    drawn = Raster(((levels * 65535 + (1 << depth) // 2) // ((1 << depth) - 1)).astype(np.uint16))
    write_video(tmp_path / "a.mkv", [(0, 1, drawn)], Film(depth=depth))
    video = look_into(tmp_path / "a.mkv")
    assert (video.size, video.depth, video.alpha) == ((47, 33), depth, True)
    (made,) = read(tmp_path / "a.mkv")
    assert np.abs(made.pixels.astype(int) - drawn.pixels).max() <= 1, "of 65535"


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_an_rgb_source_keeps_its_colours_where_rgb_has_no_place(tmp_path: Path, suffix: str) -> None:
    drawn = Raster(np.full((33, 35, 4), (*ORANGE, 255), np.uint8))
    write_video(tmp_path / "a.mkv", [(0, 1, drawn)], Film())
    source = look_into(tmp_path / "a.mkv")
    assert source.colours.matrix == 0  # RGB
    made = tmp_path / f"b{suffix}"
    write_video(made, [(0, 1, drawn)], Film(chroma=source.chroma, colours=source.colours))
    assert look_into(made).colours.matrix == 1
    full_scale = np.iinfo(read(made)[0].pixels.dtype).max
    assert np.abs(read(made)[0].pixels[10, 10] / full_scale * 255 - (*ORANGE, 255)).max() <= 3


def test_numbers_come_from_the_times(tmp_path: Path) -> None:
    frames = [plain_frame((20 * n, 90, 90)) for n in range(4)]
    assert look_into(film(tmp_path / "a.mp4", frames, (0, 1000, 3000, 4000))).numbers == (1, 2, 4, 5)
    # What lies on no grid is counted.
    assert look_into(film(tmp_path / "b.mp4", frames, (0, 7, 19, 20000))).numbers == (1, 2, 3, 4)


def test_frames_are_had_in_any_order(tmp_path: Path) -> None:
    shades = [(n * 2 % 256, 100, 50) for n in range(240)]
    path = film(tmp_path / "a.mp4", [plain_frame(shade) for shade in shades], range(0, 240_000, 1000))
    video = look_into(path)
    reader = VideoReader(video)
    for place in (200, 3, 239, 0, 150, 151):
        assert abs(int(reader.read(video.stamps[place]).pixels[5, 5, 0]) - shades[place][0]) <= 1


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_turned_videos_come_upright(tmp_path: Path, degrees: int) -> None:
    frame = plain_frame((128, 128, 128))
    plane = frame.planes[0]
    luma = np.full((plane.height, plane.line_size), 40, np.uint8)
    luma[:16, :16] = 220
    plane.update(luma.tobytes())
    (made,) = read(film(tmp_path / "a.mp4", [frame], (0,), rotation=degrees))
    shown = np.rot90(luma[:, : SIZE[0]], degrees // 90)
    assert made.pixels.shape[:2] == shown.shape
    corner = np.unravel_index(made.pixels[4::8, 4::8, 0].argmax(), made.pixels[4::8, 4::8, 0].shape)
    assert corner == np.unravel_index(shown[4::8, 4::8].argmax(), shown[4::8, 4::8].shape)


@pytest.mark.parametrize("suffix", [".mkv", ".mov", ".mp4"])
def test_sound_is_copied_untouched(tmp_path: Path, suffix: str) -> None:
    frames = [plain_frame((n * 20, 90, 90)) for n in range(12)]
    source = film(tmp_path / "a.mp4", frames, range(0, 12_000, 1000), sound=True)
    video, made = look_into(source), tmp_path / f"b{suffix}"
    pictures = zip(video.stamps, [1000] * 12, read(source))
    write_video(made, pictures, Film(video.rate, video.unit, sound=video))
    assert [data for _, data in sound_of(made)] == [data for _, data in sound_of(source)]
    # .mkv has no times before zero: all of it begins a little later.
    written = look_into(made)
    later = float(written.stamps[0] * written.unit)
    assert np.allclose([t - later for t, _ in sound_of(made)], [t for t, _ in sound_of(source)], atol=0.002)


def test_what_fails_while_sound_is_copied_is_not_the_sources_fault(tmp_path: Path) -> None:
    source = film(tmp_path / "a.mp4", [plain_frame(ORANGE)] * 2, (0, 1000), sound=True)
    video = look_into(source)

    def pictures() -> Iterator[tuple[int, int, Raster]]:
        yield 0, 1000, read(source)[0]
        raise av.error.ArgumentError(22, "Invalid argument")

    with pytest.raises(BadInput, match=r"b\.mp4: can't be written: Invalid argument"):
        write_video(tmp_path / "b.mp4", pictures(), Film(video.rate, video.unit, sound=video))
    assert not (tmp_path / "b.mp4").exists()


def test_a_part_takes_its_part_of_the_sound(tmp_path: Path) -> None:
    frames = [plain_frame((n * 20, 90, 90)) for n in range(12)]
    source = film(tmp_path / "a.mp4", frames, range(0, 12_000, 1000), sound=True)
    video, made = look_into(source), tmp_path / "b.mkv"
    pictures = [(n * 1000, 1000, picture) for n, picture in enumerate(read(source)[4:8])]
    begin, end = Fraction(4, 24), Fraction(8, 24)
    write_video(made, pictures, Film(video.rate, video.unit, sound=video, begin=begin, end=end))
    inside = [data for time, data in sound_of(source) if begin <= time < end]
    assert [data for _, data in sound_of(made)] == inside
    assert sound_of(made)[0][0] < 0.025


def refused(path: Path) -> str:
    with pytest.raises(BadInput) as told:
        read(path)
    assert "\n" not in str(told.value)
    return str(told.value)


def test_what_is_no_video_is_refused_in_a_sentence(tmp_path: Path) -> None:
    whole = film(tmp_path / "a.mp4", [plain_frame((n * 9, 90, 90)) for n in range(24)], range(0, 24_000, 1000))
    data = whole.read_bytes()
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"private")
    named = {
        "empty.mp4": b"",
        "text.mp4": b"not a video" * 100,
        "cut.mp4": data[: len(data) // 2],
        "playlist.mkv": f"#EXTM3U\n#EXTINF:1,\nfile://{secret}\n#EXT-X-ENDLIST\n".encode(),
        "list.mp4": f"ffconcat version 1.0\nfile '{whole}'\n".encode(),
        "wave.mov": b"RIFF" + struct.pack("<I", 36) + b"WAVEfmt " + bytes(20),
    }
    for name, content in named.items():
        (tmp_path / name).write_bytes(content)
        assert name in refused(tmp_path / name)
    assert "no such file" in refused(tmp_path / "nowhere.mp4")
    with av.open(str(tmp_path / "sound.mkv"), "w") as out:
        voice = out.add_stream("aac", rate=48000)
        tone = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
        tone.sample_rate = 48000
        out.mux(voice.encode(tone))
        out.mux(voice.encode(None))
    assert "no pictures" in refused(tmp_path / "sound.mkv")
    assert "HDR" in refused(film(tmp_path / "hdr.mkv", [plain_frame(ORANGE)], (0,), transfer=16))


def test_a_cut_off_stream_is_refused(tmp_path: Path) -> None:
    frames = [plain_frame((n * 2 % 255, 90, n * 7 % 255)) for n in range(120)]
    data = film(tmp_path / "a.mkv", frames, range(0, 120_000, 1000)).read_bytes()
    (tmp_path / "b.mkv").write_bytes(data[: len(data) // 2])
    assert "cut off" in refused(tmp_path / "b.mkv")


def test_damage_in_the_middle_costs_the_frames_there(tmp_path: Path) -> None:
    """With FFV1 each frame stands for itself."""
    noise = np.random.default_rng(3)
    path = tmp_path / "a.mkv"
    drawn = [Raster(noise.integers(0, 256, (64, 64, 4), np.uint8)) for _ in range(5)]
    write_video(path, [(n, 1, picture) for n, picture in enumerate(drawn)], Film())
    data = bytearray(path.read_bytes())
    for place in range(len(data) // 2, len(data) // 2 + 400):
        data[place] ^= 0x5A
    path.write_bytes(data)
    video = look_into(path)
    reader = VideoReader(video)
    whole = 0
    for stamp, picture in zip(video.stamps, drawn):
        try:
            made = reader.read(stamp, f"f{stamp}")
        except BadInput:
            continue
        assert np.array_equal(made.pixels, picture.pixels)
        whole += 1
    assert whole == len(drawn) - 1


def test_sizes_that_differ_are_refused_and_nothing_is_left(tmp_path: Path) -> None:
    pictures = [Raster(np.zeros((16, width, 4), np.uint8)) for width in (16, 18)]
    with pytest.raises(BadInput, match="18 x 16"):
        write_video(tmp_path / "a.mkv", [(n, 1, picture) for n, picture in enumerate(pictures)], Film())
    assert list(tmp_path.iterdir()) == []


def test_frames_that_an_avi_stores_in_another_order_than_shown(tmp_path: Path) -> None:
    shades = [20 * n for n in range(12)]
    frames = [plain_frame((s, s, s)) for s in shades]
    source = film(tmp_path / "a.avi", frames, range(12), unit=Fraction(1, 24), reordered=True)
    video = look_into(source)
    assert (video.in_order, len(video.stamps), video.numbers) == (True, 12, tuple(range(1, 13)))
    reader = VideoReader(video)
    for place in (*range(12), 3, 0, 11):
        assert abs(int(reader.read(video.stamps[place]).pixels[9, 9, 0]) - shades[place]) <= 3
    data = bytearray(source.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 60] = bytes(60)
    source.write_bytes(data)
    # Behind what is damaged nobody knows which frame is which.
    read = 0
    for stamp, shade in zip(video.stamps, shades, strict=True):
        with contextlib.suppress(BadInput):
            assert abs(int(reader.read(stamp).pixels[9, 9, 0]) - shade) <= 3
            read += 1
    assert read
