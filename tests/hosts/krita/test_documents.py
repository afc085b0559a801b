"""What we write into Krita's documents opens in a real Krita, and what Krita writes is read to the pixel."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from documents import Sheet, flat, kra
from shiage.values import Blend, Raster
from shiage.values.documents import with_layers
from shiage.values.files import decode_picture, read_picture

pytestmark = [
    pytest.mark.krita,
    pytest.mark.skipif(
        not (shutil.which("krita") and shutil.which("xvfb-run")),
        reason="needs krita and xvfb-run (apt-get install krita xvfb)",
    ),
]

SIZE = (150, 100)
ABORTED = 128 + 6  # Krita was once seen to give up so while it exported on a busy machine, and not when asked again


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A .kra by hand, with results of ours in it."""
    noise = np.random.default_rng(4).integers(0, 256, (SIZE[1], SIZE[0], 4), np.uint8)
    page = [Sheet("ink", noise), Sheet("paper", flat(SIZE, (255, 255, 255, 255)))]
    flats = flat(SIZE, (0, 0, 0, 0))
    flats[10:60, 20:130] = (200, 60, 30, 255)
    fine = np.random.default_rng(5).integers(0, 65536, (SIZE[1], SIZE[0], 4), np.uint16)
    fine[:, 70:] = 0
    layers = [Raster(flats, "Flats"), Raster(fine, "Light & <more>", Blend.SCREEN, 0.5)]
    path = tmp_path_factory.mktemp("documents") / "page.kra"
    # What shows is drawn anew by Krita.
    path.write_bytes(with_layers(kra(SIZE, page, flat(SIZE, (255, 255, 255, 255))), "Shiage: flats", layers, "page"))
    return path


def exported(source: Path, suffix: str) -> Path:
    """The document as Krita writes it."""
    place = source.with_name(f"krita{suffix}")
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("QT_", "PYTHON", "XDG_"))}
    environment |= {"HOME": str(source.parent), "XDG_RUNTIME_DIR": str(source.parent), "LC_ALL": "C.UTF-8"}
    for attempt in range(3):
        done = subprocess.run(
            ["xvfb-run", "-a", "krita", "--nosplash", "--export", "--export-filename", str(place), str(source)],
            env=environment, check=False, capture_output=True, timeout=200,
        )  # fmt: skip
        if done.returncode != ABORTED or attempt == 2:
            break
    assert done.returncode == 0, done.stderr.decode(errors="replace")
    return place


@pytest.mark.parametrize("suffix", [".kra", ".ora", ".psd"])
def test_krita_opens_what_we_write_and_we_read_what_it_writes(document: Path, suffix: str) -> None:
    made = exported(document, suffix)
    for name in ("ink", "paper", "Flats"):
        ours, theirs = read_picture(document, name).pixels, read_picture(made, name).to_8bit()
        # Krita forgets the colour of what can't be seen.
        seen = ours[..., 3] > 0
        assert np.array_equal(theirs[..., 3], ours[..., 3]), name
        assert np.abs(theirs.astype(int) - ours)[seen].max() <= (1 if suffix == ".psd" else 0), name
    light = read_picture(made, "Shiage: flats/Light & <more>")
    fine = read_picture(document, "Light & <more>")
    if suffix == ".kra":
        assert np.array_equal(light.pixels, fine.pixels)
    elif suffix == ".ora":
        # It has eight bits there. (Into a .psd, Krita 5.1 writes a layer of another depth than the page's as noise.)
        seen = fine.to_8bit()[..., 3] > 0
        assert np.abs(light.to_8bit().astype(int) - fine.to_8bit())[seen].max() <= 1
    # And again: its own tiles, packed, are added to.
    more = with_layers(made.read_bytes(), "Second", [Raster(flat(SIZE, (1, 2, 3, 255)), "On top")], "made")
    assert tuple(decode_picture(more, layer="Second/On top").pixels[0, 0]) == (1, 2, 3, 255)
    assert np.array_equal(decode_picture(more, layer="Flats").pixels, read_picture(made, "Flats").pixels)


def test_what_shows_is_what_krita_draws(document: Path) -> None:
    """Flats multiplied over ink on paper, as we drew them into the saved picture; the light screened at half."""
    ours = read_picture(document).to_8bit().astype(int)
    theirs = read_picture(exported(document, ".png")).to_8bit().astype(int)
    # By hand the page's own picture is paper alone: where the ink is, they differ.
    clear = read_picture(document, "ink").pixels[..., 3] < 1
    assert np.abs(ours - theirs)[clear].max() <= 2
