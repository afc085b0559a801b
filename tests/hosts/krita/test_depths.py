"""Depths, profiles and colour models in a real Krita: what goes to the daemon comes back without a shift."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from . import inside
from .clicks import run_by_click, saved
from .session import Session

pytestmark = [pytest.mark.krita, pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.usefixtures("clean")]


def test_sixteen_bits_stay_exact(krita: Session, tmp_path: Path) -> None:
    krita.run(inside.new_document, width=300, height=200, depth="U16", profile="sRGB-elle-V2-srgbtrc.icc")
    krita.run(paint_ramp, depth=2)
    krita.run(inside.activate, name="ramp")
    krita.run(inside.choose_operation, name="test-same")
    assert run_by_click(krita)[0] == "done"
    kra = saved(krita, tmp_path)
    ramp, same = kra.find("ramp"), kra.find("same")
    assert same.space == kra.layers[-1].space == kra.layers[0].space == "RGBA16"  # the group's, too
    assert (kra.pixels(same) == kra.pixels(ramp)).all()


@pytest.mark.parametrize(
    ("model", "depth", "profile", "space", "tolerance"),
    [
        ("RGBA", "U8", "ClayRGB-elle-V2-g22.icc", "RGBA", 1),
        ("RGBA", "F32", "sRGB-elle-V2-g10.icc", "RGBAF32", 2e-4),
    ],
)
def test_other_profiles_come_back(
    krita: Session, tmp_path: Path, model: str, depth: str, profile: str, space: str, tolerance: float
) -> None:
    krita.run(inside.new_document, width=128, height=96, model=model, depth=depth, profile=profile)
    krita.run(paint_ramp, depth={"U8": 1, "F32": 4}[depth])
    krita.run(inside.activate, name="ramp")
    krita.run(inside.choose_operation, name="test-same")
    assert run_by_click(krita)[0] == "done"
    kra = saved(krita, tmp_path)
    ramp, same = kra.find("ramp"), kra.find("same")
    assert same.space == ramp.space == space
    difference = np.abs(kra.pixels(same).astype(float) - kra.pixels(ramp).astype(float))
    assert difference.max() <= tolerance


def paint_ramp(depth):  # type: ignore[no-untyped-def] # runs inside Krita
    """A layer "ramp" with a ramp of colours that lie within sRGB, ``depth`` bytes a sample, alpha full or none."""
    import struct

    from krita import Krita

    document = Krita.instance().activeDocument()
    node = document.createNode("ramp", "paintlayer")
    document.rootNode().addChildNode(node, None)
    yield 0.2
    width, height = document.width(), document.height()
    rows = []
    for y in range(height):
        for x in range(width):
            parts = [0.3 + 0.4 * x / width, 0.3 + 0.4 * y / height, 0.5, 1.0 if x > 10 else 0.0]
            if parts[3] == 0.0:
                parts = [0.0] * 4
            if depth == 4:
                rows.append(struct.pack("<4f", *parts))
            else:
                top = 255 if depth == 1 else 65535
                rows.append(struct.pack("<4B" if depth == 1 else "<4H", *(round(top * part) for part in parts)))
    node.setPixelData(b"".join(rows), 0, 0, width, height)
    document.refreshProjection()
    yield 0.2


def test_grey_document_keeps_colours(krita: Session, house: Path, tmp_path: Path) -> None:
    Image.open(house).convert("L").save(tmp_path / "grey.png")
    assert krita.run(inside.open_document, path=str(tmp_path / "grey.png"))[2] == "GRAYA"
    krita.run(inside.choose_operation, name="flats")
    assert run_by_click(krita)[0] == "done"
    assert "RGB" in krita.run(inside.docker_state)["message"]
    kra = saved(krita, tmp_path)
    flats = kra.find("flats")
    assert flats.space == "RGBA"
    colour = kra.pixels(flats)[200, 200]
    assert len(set(colour[:3].tolist())) > 1


def test_sixteen_bit_grey_comes_back_without_a_shift(krita: Session, tmp_path: Path) -> None:
    ramp = np.tile(np.linspace(0, 65535, 256).astype(np.uint16), (64, 1))
    Image.fromarray(ramp).save(tmp_path / "grey16.png")
    assert krita.run(inside.open_document, path=str(tmp_path / "grey16.png"))[2:] == ["GRAYA", "U16"]
    krita.run(inside.choose_operation, name="test-same")
    assert run_by_click(krita)[0] == "done"
    kra = saved(krita, tmp_path)
    same = kra.find("same")
    assert same.space == "RGBA16"
    got = kra.pixels(same).astype(int)
    assert (got[..., 3] == 65535).all()
    assert (got[..., 0] == got[..., 1]).all()
    assert (got[..., 0] == got[..., 2]).all()
    assert np.abs(got[..., 0] - ramp).max() <= 65535 / 255 / 4  # Krita's own conversion from its grey profile
