"""Layered documents: what shows, one layer, a group; results in a copy; and files that are not to be trusted."""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections.abc import Callable

import numpy as np
import pytest

from documents import Sheet, bombed, flat, kra, lzf, opened_by_pillow, ora, psd, tiles, zipped
from profiles import wide_profile
from shiage.errors import BadInput, ShiageError, TooLarge
from shiage.values import Blend, Raster
from shiage.values.documents import _lzf, with_layers
from shiage.values.files import decode_picture, encode_picture

SIZE = (150, 100)
WHITE, RED = (255, 255, 255, 255), (200, 60, 30, 255)
KINDS: dict[str, Callable[..., bytes]] = {"ora": ora, "kra": kra, "psd": psd}


def noise(size: tuple[int, int] = SIZE, kind: type = np.uint8) -> np.ndarray:
    return np.random.default_rng(5).integers(0, np.iinfo(kind).max, (size[1], size[0], 4), kind, endpoint=True)


def page(merged: np.ndarray | None = None) -> tuple[tuple[int, int], list[Sheet], np.ndarray]:
    """Lines in a group, a layer that lies aside, a hidden one, and paper."""
    lines = Sheet("lines", noise((40, 30)), x=20, y=10)
    aside = Sheet("aside", flat((60, 60), RED), x=-30, y=80, opacity=0.5)
    group = Sheet("drawing", below=[lines, aside, Sheet("notes", flat((9, 9), RED), visible=False)])
    return SIZE, [group, Sheet("paper", flat(SIZE, WHITE))], flat(SIZE, WHITE) if merged is None else merged


@pytest.mark.parametrize("kind", KINDS)
def test_what_shows_and_what_layers_hold(kind: str) -> None:
    merged = noise()
    merged[..., 3] = 255
    data = KINDS[kind](*page(merged))
    assert np.array_equal(decode_picture(data).pixels, merged)
    lines = decode_picture(data, layer="lines").pixels
    assert lines.shape == (SIZE[1], SIZE[0], 4)
    assert np.array_equal(lines[10:40, 20:60], noise((40, 30)))
    assert not lines[:10].any()
    aside = decode_picture(data, layer="drawing/aside").pixels
    assert tuple(aside[99, 29]) == RED, "its own opacity is left away"
    assert not aside[:80].any()
    assert not aside[:, 30:].any()


@pytest.mark.parametrize("kind", KINDS)
def test_a_group_is_what_shows_of_it(kind: str) -> None:
    group = decode_picture(KINDS[kind](*page()), layer="drawing").pixels
    assert np.abs(group[10:40, 20:60].astype(int) - noise((40, 30)))[noise((40, 30))[..., 3] > 20].max() <= 1
    assert np.abs(group[90, 10].astype(int) - (*RED[:3], 128)).max() <= 1
    assert not group[0:9, 0:9].any(), "the notes are hidden"


@pytest.mark.parametrize("kind", ["kra", "psd", "ora"])
def test_16_bits_are_kept(kind: str) -> None:
    drawn = noise(kind=np.uint16) // 4096 * 4096
    drawn[:, :80] = drawn[0, 0]
    drawn[..., 3] = 65535
    data = KINDS[kind](SIZE, [Sheet("fine", drawn)], drawn)
    for layer in ("", "fine"):
        raster = decode_picture(data, layer=layer)
        assert raster.bits == 16
        assert np.array_equal(raster.pixels, drawn)


def test_tiles_of_all_kinds_of_runs_unpack() -> None:
    drawn = noise((130, 70))
    drawn[20:50] = RED
    assert np.array_equal(decode_picture(kra((130, 70), [Sheet("a", drawn)], drawn), layer="a").pixels, drawn)
    data = b"abcabcabcabcabc" + bytes(300) + b"abc"
    packed = bytes([2]) + b"abc" + bytes([(7 << 5), 12 - 9, 2]) + bytes([0, 0]) + bytes([7 << 5, 255, 0])
    packed += bytes([7 << 5, 299 - 264 - 9, 0]) + bytes([2]) + b"abc"
    unpacked = _lzf.unpack(np.frombuffer(packed, np.uint8), len(data))
    assert unpacked is not None
    assert unpacked.tobytes() == data
    assert lzf(bytes(5)) == bytes([0, 0, 2 << 5, 0])
    for torn in (packed[:-1], packed[:6], bytes([32, 9]), bytes([7 << 5])):
        assert _lzf.unpack(np.frombuffer(torn, np.uint8), len(data)) is None


@pytest.mark.parametrize("kind", KINDS)
def test_results_go_into_a_copy(kind: str) -> None:
    """Above all other layers, which stay; what can be seen through is multiplied, so that lines show."""
    data = KINDS[kind](*page())
    flats = flat(SIZE, (0, 0, 0, 0))
    flats[:50] = RED
    shade = flat(SIZE, (0, 0, 0, 128))
    layers = [Raster(flats, "Flats"), Raster(shade, "Shade & <more>", Blend.SCREEN, 0.5)]
    made = with_layers(data, "Shiage: flats", layers, "x")
    assert with_layers(data, "Shiage: flats", layers, "x") == made
    assert np.array_equal(decode_picture(made, layer="Flats").pixels, flats)
    assert np.array_equal(decode_picture(made, layer="Shiage: flats/Shade & <more>").pixels, shade)
    for name in ("lines", "drawing/aside", "paper"):
        assert np.array_equal(decode_picture(made, layer=name).pixels, decode_picture(data, layer=name).pixels)
    shown = decode_picture(made).pixels
    assert np.abs(shown[5, 5].astype(int) - RED).max() <= 1
    assert np.abs(shown[70, 5].astype(int) - WHITE).max() <= 1
    # Once more: no name is taken twice.
    again = with_layers(made, "Shiage: flats", [Raster(shade, "Second")], "x")
    assert np.array_equal(decode_picture(again, layer="Flats").pixels, flats)
    assert np.array_equal(decode_picture(again, layer="Second").pixels, shade)


def test_members_that_are_not_layers_stay_to_the_byte() -> None:
    for kind, first in (("ora", "image/openraster"), ("kra", "application/x-krita")):
        before = zipfile.ZipFile(io.BytesIO(KINDS[kind](*page())))
        made = with_layers(KINDS[kind](*page()), "New", [Raster(flat(SIZE, RED), "New")], "x")
        after = zipfile.ZipFile(io.BytesIO(made))
        assert after.namelist()[0] == "mimetype"
        assert after.read("mimetype").decode() == first
        written = {"stack.xml", "maindoc.xml", "mergedimage.png"}
        for name in set(before.namelist()) - written:
            assert after.read(name) == before.read(name)
        assert tuple(opened_by_pillow(after.read("mergedimage.png"))[0, 0]) == RED


def test_layers_in_colours_of_their_own_come_as_srgb() -> None:
    drawn = np.random.default_rng(3).integers(60, 190, (SIZE[1], SIZE[0], 4), np.uint8)
    drawn[..., 3] = 255
    wide = encode_picture(Raster(drawn), profile=wide_profile())
    data = ora(SIZE, [Sheet("a", drawn)], drawn)
    members = {
        info.filename: zipfile.ZipFile(io.BytesIO(data)).read(info)
        for info in zipfile.ZipFile(io.BytesIO(data)).infolist()
    }
    members["data/2.png"] = members["mergedimage.png"] = wide
    read = decode_picture(zipped(members), layer="a")
    assert np.abs(read.pixels.astype(int) - drawn).max() <= 2
    assert decode_picture(zipped(members)).profile == wide_profile()


def refused(data: bytes, layer: str = "") -> str:
    with pytest.raises((BadInput, TooLarge)) as told:
        decode_picture(data, "page", layer=layer)
    assert "\n" not in str(told.value)
    return str(told.value)


@pytest.mark.parametrize("kind", KINDS)
def test_layers_that_are_not_there_are_named(kind: str) -> None:
    data = KINDS[kind](*page())
    assert "It has: drawing, drawing/lines, drawing/aside, drawing/notes, paper" in refused(data, "ink")
    twice = KINDS[kind](
        SIZE, [Sheet("a", flat(SIZE, RED)), Sheet("g", below=[Sheet("a", flat(SIZE, RED))])], flat(SIZE, RED)
    )
    assert "2 layers named 'a'" in refused(twice, "a")
    assert decode_picture(twice, layer="g/a").size == SIZE
    assert "no layers" in refused(encode_picture(Raster(flat(SIZE, RED))), "a")


def test_what_shiage_cannot_draw_is_said() -> None:
    odd = [Sheet("g", below=[Sheet("a", flat(SIZE, RED), mode="dissolve")])]
    for make in KINDS.values():
        assert "dissolve'" in refused(make(SIZE, odd, flat(SIZE, RED)), "g")
    data = kra(*page())
    members = members_of(data)
    members["maindoc.xml"] = members["maindoc.xml"].replace(b'nodetype="paintlayer"', b'nodetype="shapelayer"')
    assert "vector layer" in refused(zipped(members), "lines")
    del members["mergedimage.png"]
    assert "no picture of all its layers" in refused(zipped(members))
    assert "CMYK" in refused(psd(SIZE, [], flat(SIZE, RED), mode=4))


def members_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("kind", ["ora", "kra"])
def test_hostile_archives_are_refused_in_a_sentence(kind: str) -> None:
    data = KINDS[kind](*page())
    main = {"ora": "stack.xml", "kra": "maindoc.xml"}[kind]
    whole = members_of(data)
    assert "climbs out" in refused(zipped({**whole, "../../evil.png": b"x"}))
    assert "climbs out" in refused(zipped({**whole, "/etc/passwd": b"x"}))
    assert "climbs out" in refused(zipped({**whole, "C:\\evil.png": b"x"}))
    assert "thousands of times" in refused(bombed(whole))
    assert "has no list of layers" in refused(zipped({k: v for k, v in whole.items() if k != main}))
    laughs = b'<!DOCTYPE a [<!ENTITY l "ha"><!ENTITY m "&l;&l;&l;&l;">]>'
    assert "entities" in refused(zipped({**whole, main: laughs + whole[main]}))
    assert "list of layers can't be read" in refused(zipped({**whole, main: b"<image"}))
    assert "no drawing" in refused(zipped({"mimetype": b"application/zip"}))
    assert "no drawing" in refused(zipped({"a.zip": data}))
    linked = zipfile.ZipInfo("link.png")
    linked.external_attr = 0o120777 << 16
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr(linked, "/etc/passwd")
    assert "a link" in refused(out.getvalue())
    with zipfile.ZipFile(out := io.BytesIO(data), "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("mergedimage.png", b"another")
    assert "twice" in refused(out.getvalue())
    for at in range(10, len(data), len(data) // 7):
        refused(data[:at])


def test_groups_without_end_and_pages_without_size() -> None:
    deep = "<stack>" * 200 + "</stack>" * 200
    members = members_of(ora(*page()))
    members["stack.xml"] = f'<image w="9" h="9"><stack>{deep}</stack></image>'.encode()
    assert "without end" in refused(zipped(members), "a")
    for width in ("0", "nan", "-5", "x", "99999999"):
        members["stack.xml"] = f'<image w="{width}" h="9"><stack/></image>'.encode()
        refused(zipped(members))


def test_damaged_tiles_are_refused() -> None:
    drawn = noise()
    good = tiles(drawn)
    members = members_of(kra(SIZE, [Sheet("a", drawn)], drawn))
    (member,) = [name for name in members if name.startswith("Shot/layers/") and not name.endswith("pixel")]
    spoilt = {
        "head": good.replace(b"VERSION 2", b"VERSION 9"),
        "count": good.replace(b"DATA 6", b"DATA 9999999"),
        "length": good.replace(b"LZF,16385", b"LZF,99999999"),
        "tile": good.replace(b"TILEWIDTH 64", b"TILEWIDTH 32"),
        "torn": good[:-5],
        "flag": good.replace(b"LZF,16385\n\0", b"LZF,16385\n\7"),
    }
    for data in spoilt.values():
        assert data != good
        assert "damaged" in refused(zipped({**members, member: data}), "a")
    far = good.replace(b"\n0,0,LZF", b"\n-99999999,99999999,LZF", 1)
    assert decode_picture(zipped({**members, member: far}), layer="a").size == SIZE


def test_mutations_never_break_out() -> None:
    """Whatever stands in a file, one sentence says what is wrong with it."""
    random = np.random.default_rng(11)
    for kind, make in KINDS.items():
        data = make(*page())
        for _ in range(25):
            spoilt = bytearray(data)
            for place in random.integers(0, len(spoilt), random.integers(1, 30)):
                spoilt[place] = random.integers(0, 256)
            for layer in ("", "lines", "drawing"):
                with contextlib.suppress(ShiageError):
                    decode_picture(bytes(spoilt), kind, layer=layer)
