"""What of the Blender add-on needs no Blender: where bpy may stand, and its PNG writer."""

from __future__ import annotations

import ast
import importlib.util
from pathlib import Path

import numpy as np
import pytest

from shiage.values.files import decode_picture

ADDON = Path(__file__).resolve().parents[2] / "blender_addon" / "shiage"


def test_bpy_stands_in_host_and_ui_alone() -> None:
    """What runs in threads can't touch Blender where it does not know it."""
    for path in sorted(ADDON.rglob("*.py")):
        inside = path.relative_to(ADDON).parts[0]
        if inside in ("host", "ui", "vendored"):
            continue
        names = {
            name.split(".")[0]
            for node in ast.walk(ast.parse(path.read_text()))
            for name in (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom) and not node.level
                else []
            )
        }
        assert not names & {"bpy", "mathutils", "gpu"}, path.name


def test_operations_are_known_by_what_they_say_of_themselves() -> None:
    """A new operation needs no change in the add-on."""
    from shiage.operations import registry

    for path in sorted(ADDON.rglob("*.py")):
        texts = {node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)}
        assert not texts & set(registry()), path.name


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("size", [(1, 1), (3, 5), (64, 33)])
def test_a_png_has_the_pixels(kind: type, size: tuple[int, int]) -> None:
    spec = importlib.util.spec_from_file_location("shiage_addon_png", ADDON / "png.py")
    assert spec is not None
    assert spec.loader is not None
    png = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(png)
    rng = np.random.default_rng(4)
    pixels = rng.integers(0, np.iinfo(kind).max, (*size, 4), endpoint=True).astype(kind)
    read = decode_picture(png.encode(pixels))
    assert read.pixels.dtype == kind
    assert np.array_equal(read.pixels, pixels)
    nothing = decode_picture(png.nothing_like(png.encode(pixels))).pixels
    assert nothing.shape == pixels.shape
    assert not nothing.any()
