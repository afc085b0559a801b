"""Picture files: every kind that artists save, and everything that is refused, in one sentence."""

from __future__ import annotations

import contextlib
import io
import os
import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms

from profiles import wide_profile
from shiage.errors import BadInput, ShiageError, TooLarge
from shiage.operations import run
from shiage.spec import Work
from shiage.values import Raster
from shiage.values._colour_spaces import wide_to_srgb
from shiage.values.files import (
    LARGEST_FILE,
    decode_mask,
    decode_picture,
    encode_picture,
    read_bytes,
    read_picture,
    write_bytes,
)
from shiage.values.profiles import png_with_profile
from shiage.values.sequences import read_clip


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def gradient(size: tuple[int, int] = (40, 30)) -> Image.Image:
    x, y = np.meshgrid(np.linspace(0, 255, size[0]), np.linspace(0, 255, size[1]))
    return Image.fromarray(np.dstack([x, y, 255 - x, np.full_like(x, 255)]).astype(np.uint8), "RGBA")


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "TGA"])
def test_lossless_kinds_keep_every_pixel(kind: str) -> None:
    image = gradient()
    options = {"lossless": True} if kind == "WEBP" else {}
    assert np.array_equal(decode_picture(saved(image, kind, **options)).pixels, np.asarray(image))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK"])
def test_every_mode_comes_as_rgba(mode: str) -> None:
    image = gradient().convert("RGB").convert(mode) if mode != "RGBA" else gradient()
    raster = decode_picture(saved(image, "TIFF" if mode == "CMYK" else "PNG"))
    assert raster.pixels.shape == (30, 40, 4)
    assert raster.bits == 8
    assert raster.pixels[..., 3].min() == 255


def test_transparency_of_indexed_pictures_is_kept() -> None:
    image = Image.new("P", (4, 4), 0)
    image.putpalette([255, 255, 255, 0, 0, 0])
    image.putpixel((1, 1), 1)
    pixels = decode_picture(saved(image, "PNG", transparency=0)).pixels
    assert pixels[0, 0, 3] == 0
    assert tuple(pixels[1, 1]) == (0, 0, 0, 255)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_16_bits_are_kept(channels: int, suffix: str) -> None:
    values = np.arange(6 * 5 * channels, dtype=np.uint16).reshape(6, 5, channels) * 517
    _, data = cv2.imencode(suffix, values)
    raster = decode_picture(data.tobytes())
    assert raster.bits == 16
    expected = np.repeat(values, 3, 2) if channels == 1 else values[..., 2::-1]
    assert np.array_equal(raster.pixels[..., :3], expected)
    again = decode_picture(encode_picture(raster, suffix))
    assert np.array_equal(again.pixels, raster.pixels)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_16_bits_in_another_profile_come_as_srgb_and_go_back(suffix: str) -> None:
    """Against LittleCMS in 8 bits, and there and back to a few of 65,536 levels."""
    noise = np.random.default_rng(1)
    muted = noise.integers(15000, 45000, (20, 30, 1)) + noise.integers(-2000, 2000, (20, 30, 3))
    wide = np.dstack([muted, noise.integers(0, 65536, (20, 30, 1))]).astype(np.uint16)
    _, plain = cv2.imencode(".png", cv2.cvtColor(wide, cv2.COLOR_RGBA2BGRA))
    read = decode_picture(png_with_profile(plain.tobytes(), wide_profile()))
    assert read.bits == 16
    eight = Image.fromarray(Raster(wide).to_8bit()[..., :3], "RGB")
    expected = decode_picture(saved(eight, "PNG", icc_profile=wide_profile()))
    assert np.abs(read.to_8bit()[..., :3].astype(int) - expected.pixels[..., :3]).max() <= 2
    assert np.array_equal(read.pixels[..., 3], wide[..., 3])

    data = encode_picture(read, suffix, profile=wide_profile())
    with Image.open(io.BytesIO(data)) as made:
        assert made.info["icc_profile"] == wide_profile()
    raw = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert raw.dtype == np.uint16
    assert np.abs(cv2.cvtColor(raw, cv2.COLOR_BGRA2RGBA).astype(int) - wide).max() <= 4


def curves(*tags: bytes) -> bytes:
    """The tests' profile with other curves for red, green and blue."""
    profile = wide_profile()
    own = b"curv\0\0\0\0" + struct.pack(">IHxx", 1, round(2.2 * 256))
    for number, tag in enumerate(tags):
        at = 132 + 12 * (6 + number)
        assert profile[at + 1 : at + 4] == b"TRC"
        profile += bytes(-len(profile) % 4)
        profile = profile[: at + 4] + struct.pack(">II", len(profile), len(tag)) + profile[at + 12 :] + tag
    assert own in profile
    return struct.pack(">I", len(profile)) + profile[4:]


SRGB_CURVE = b"para" + struct.pack(
    ">IHH5i", 0, 3, 0, *(round(65536 * v) for v in (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045))
)
TABLE = b"curv" + struct.pack(">II256H", 0, 256, *(round(65535 * (n / 255) ** 1.8) for n in range(256)))
LINEAR = b"curv" + struct.pack(">II", 0, 0)


@pytest.mark.parametrize("curve", [SRGB_CURVE, TABLE, LINEAR])
def test_curves_of_all_forms_are_as_littlecms_has_them(curve: bytes) -> None:
    profile = curves(curve, curve, curve)
    grey = np.linspace(3000, 62000, 60).astype(np.uint16).repeat(3).reshape(6, 10, 3)
    ours = wide_to_srgb(np.dstack([grey, np.full((6, 10), 65535, np.uint16)]), profile)
    theirs = decode_picture(saved(Image.fromarray((grey // 257).astype(np.uint8), "RGB"), "PNG", icc_profile=profile))
    assert np.abs(Raster(ours).to_8bit()[..., :3].astype(int) - theirs.pixels[..., :3]).max() <= 4


def test_16_bits_with_a_profile_that_cannot_be_computed_are_refused() -> None:
    pixels = np.full((4, 4, 4), 30000, np.uint16)
    tables = wide_profile().replace(b"rXYZ", b"A2B0")
    falling = b"curv" + struct.pack(">II3H", 0, 3, 60000, 3000, 10)
    for profile, sentence in (
        (tables, "tables"),
        (curves(falling, falling, falling), "its curves"),
        (wide_profile()[:200], "damaged"),
        (curves(b"curv" + struct.pack(">II", 0, 1 << 30)), "damaged"),
        (curves(b"para" + struct.pack(">IHH", 0, 9, 0)), "damaged"),
    ):
        with pytest.raises(BadInput, match=sentence):
            wide_to_srgb(pixels, profile)


def test_a_wide_gamut_profile_is_converted() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    image = Image.new("RGB", (3, 3), (255, 0, 0))
    data = saved(image, "PNG", icc_profile=ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    assert tuple(decode_picture(data).pixels[0, 0]) == (255, 0, 0, 255)
    misfit = saved(image, "PNG", icc_profile=lab.tobytes())
    assert decode_picture(misfit).pixels.shape == (3, 3, 4)


@pytest.mark.parametrize("orientation", range(2, 9))
def test_pictures_come_upright_in_8_and_16_bit(orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    eight = decode_picture(saved(gradient(), "PNG", exif=exif)).pixels
    grey = Image.fromarray(np.arange(12, dtype=np.uint16).reshape(3, 4) * 5000)
    upright = decode_picture(saved(grey, "PNG", exif=exif)).pixels
    plain = decode_picture(saved(grey, "PNG")).pixels
    small = decode_picture(saved(Image.fromarray(plain[..., 0].astype(np.uint8)), "PNG", exif=exif)).pixels
    assert eight.shape[:2] == ((30, 40) if orientation < 5 else (40, 30))
    assert np.array_equal(upright[..., 0].astype(np.uint8), small[..., 0])


def bomb(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(60_000, 60_000), (60_000, 1), (20_000, 20_000)])
def test_bombs_are_refused_by_their_header(size: tuple[int, int]) -> None:
    with pytest.raises(TooLarge, match="pixels"):
        decode_picture(bomb(*size), where="huge.png")


def test_no_pixels_nothing_and_text_are_refused() -> None:
    for data, word in ((bomb(0, 10), "thing"), (b"", "empty"), (b"hello there, I am not a picture", "not a picture")):
        with pytest.raises(BadInput, match=word) as caught:
            decode_picture(data, where="thing.png")
        assert "thing.png" in str(caught.value)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WEBP", "BMP"])
def test_truncated_files_are_refused(kind: str) -> None:
    rng = np.random.default_rng(1)
    image = Image.fromarray(rng.integers(0, 255, (60, 60, 3), np.uint8))
    data = saved(image, kind)
    for part in (0.2, 0.6, 0.9):
        with pytest.raises(BadInput):
            decode_picture(data[: int(len(data) * part)])


def test_a_truncated_16_bit_picture_is_refused() -> None:
    rng = np.random.default_rng(1)
    _, data = cv2.imencode(".png", rng.integers(0, 65535, (60, 60, 3), np.uint16))
    with pytest.raises(BadInput):
        decode_picture(data.tobytes()[: len(data) // 2])


def test_floating_point_is_named() -> None:
    image = Image.fromarray(np.full((4, 4), np.nan, np.float32))
    with pytest.raises(BadInput, match="32-bit"):
        decode_picture(saved(image, "TIFF"))


def raster_or_sentence(data: bytes) -> None:
    """Anything but one of our own errors fails the test."""
    with contextlib.suppress(ShiageError):
        assert decode_picture(data).pixels.ndim == 3


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_bytes_never_crash(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["PNG", "JPEG", "TIFF", "WEBP", "BMP", "TGA"]))
    whole = bytearray(saved(gradient((16, 12)).convert("RGB"), kind))
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    raster_or_sentence(bytes(whole))


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=300))
def test_garbage_never_crashes(data: bytes) -> None:
    raster_or_sentence(data)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_a_file_of_several_pictures_says_so(kind: str) -> None:
    pages = []
    for radius in (8, 10, 12):
        page = np.full((40, 60, 3), 255, np.uint8)
        pages.append(Image.fromarray(cv2.circle(page, (30, 20), radius, (0, 0, 0), 2)))
    lossless = {"lossless": True} if kind == "WEBP" else {}
    read = decode_picture(saved(pages[0], kind, save_all=True, append_images=pages[1:], **lossless), name="cycle")
    assert read.pages == 3
    assert np.array_equal(read.pixels[..., :3], np.asarray(pages[0]))
    told: list[str] = []
    run("flats", {"drawing": [read]}, {}, Work(on_warning=told.append))
    assert len(told) == 1 and "'cycle' holds 3 pictures" in told[0]
    assert decode_picture(saved(pages[0], kind)).pages == 1


def test_a_tiffs_smaller_copy_of_itself_is_no_page() -> None:
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 60, 3)).astype(np.uint8))
    thumb = picture.resize((15, 10))
    thumb.encoderinfo = {"tiffinfo": {254: 1}}
    read = decode_picture(saved(picture, "TIFF", save_all=True, append_images=[thumb]))
    assert (read.pages, read.size) == (1, (60, 40))


def test_masks_come_from_alpha_or_from_luminance() -> None:
    pixels = np.full((2, 2, 4), 255, np.uint8)
    pixels[0, 0, 3] = 7
    assert decode_mask(saved(Image.fromarray(pixels), "PNG")).pixels[0, 0] == 7
    assert decode_mask(saved(Image.new("L", (2, 2), 9), "PNG")).pixels[0, 0] == 9


def test_flatten_lays_on_white() -> None:
    raster = Raster(np.array([[[0, 0, 0, 0], [0, 0, 0, 128], [9, 8, 7, 255]]], np.uint8))
    flat = decode_picture(encode_picture(raster, ".png", flatten=True)).pixels
    assert flat.tolist() == [[[255, 255, 255, 255], [127, 127, 127, 255], [9, 8, 7, 255]]]


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    write_bytes(tmp_path / "new" / "a.png", b"one")
    write_bytes(tmp_path / "new" / "a.png", b"two")
    assert [p.name for p in (tmp_path / "new").iterdir()] == ["a.png"]
    assert (tmp_path / "new" / "a.png").read_bytes() == b"two"
    with pytest.raises(BadInput, match="can't be written"):
        write_bytes(tmp_path / "new" / "a.png" / "b.png", b"x")


def test_missing_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="No such file") as caught:
        read_picture(tmp_path / "none.png")
    assert "none.png" in str(caught.value)


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="it is a device"):
        read_bytes(Path("/dev/zero"))
    with pytest.raises(BadInput, match="it is a folder"):
        read_bytes(tmp_path)
    with (tmp_path / "huge.png").open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    with pytest.raises(TooLarge, match="larger than"):
        read_bytes(tmp_path / "huge.png")


def test_a_pipe_is_read_until_it_ends(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    data = saved(gradient(), "PNG")
    with ThreadPoolExecutor(1) as writer:
        writer.submit(pipe.write_bytes, data)
        assert read_bytes(pipe) == data


def test_a_folder_of_numbered_pictures_is_a_clip(tmp_path: Path) -> None:
    for number in (10, 2, 7):
        gradient().save(tmp_path / f"walk.{number}.png")
    clip = read_clip(tmp_path)
    assert [frame.time for frame in clip.frames] == [2, 7, 10]
    assert [frame.raster.name for frame in clip.frames] == ["walk.2", "walk.7", "walk.10"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="no pictures"):
        read_clip(tmp_path / "empty")
