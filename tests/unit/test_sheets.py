"""Contact sheets and drawn chains: whole in themselves, bounded, and safe whatever the frames are called."""

from __future__ import annotations

import base64
import io
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from shiage.batch import Event, FrameSource, graph, sheet
from shiage.batch.chain import load
from shiage.values import Raster
from shiage.values.files import encode_picture

NASTY = '<script>alert(1)</script>"&.png'


def shot(folder: Path, names: list[str]) -> list[FrameSource]:
    data = encode_picture(Raster(np.full((300, 500, 4), 128, np.uint8)))
    for name in names:
        (folder / name.replace("/", "_")).write_bytes(data)
    return [FrameSource(name, folder / name.replace("/", "_")) for name in names]


class Page(HTMLParser):
    """The tags of a page and their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def test_flagged_frames_come_first_and_names_stay_text(tmp_path: Path) -> None:
    names = ["a.png", "b.png", NASTY, "d.png"]
    frames = shot(tmp_path, names)
    events = [
        Event("a.png", "done", 1, 4, ("a.png",)),
        Event("b.png", "done", 2, 4, ("b.png",), warnings=("Nothing closed was found.",)),
        Event(NASTY, "failed", 3, 4, error=f"{NASTY}: is <b>no</b> picture."),
        Event("d.png", "skipped", 4, 4, ("lines/d.png", "d.png")),
    ]
    place = tmp_path / "sheet.html"
    sheet.write_sheet(place, "<Flats>", frames, events, sheet.results_in(tmp_path))
    page = Page(text := place.read_text())
    assert [attributes["class"] for tag, attributes in page.tags if tag == "figure"] == ["failed", "doubt", "", ""]
    known = "html meta title style h1 p main figure div img figcaption b br span"
    assert {tag for tag, _ in page.tags} <= {*known.split()}
    sources = [attributes["src"] or "" for tag, attributes in page.tags if tag == "img"]
    assert all(source.startswith("data:image/") for source in sources)
    assert not re.search(r"https?:|//", re.sub(r'src="[^"]*"', "", text))
    assert "4 frames: 1 failed, 1 with a remark." in text
    with Image.open(io.BytesIO(base64.b64decode(sources[2].partition(",")[2]))) as before:
        assert before.size == (240, 144)
        assert abs(before.convert("RGB").getpixel((9, 9))[0] - 191) <= 2, "half-transparent grey on white"


def test_a_long_shot_makes_a_sheet_of_bounded_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "MOST_ROWS", 10)
    frames = shot(tmp_path, [f"{n:03d}.png" for n in range(30)])
    events = [
        Event(frame.name, "failed" if n in (3, 29) else "done", n, 30, (frame.name,)) for n, frame in enumerate(frames)
    ]
    sheet.write_sheet(tmp_path / "sheet.html", "Flats", frames, events, sheet.results_in(tmp_path))
    text = (tmp_path / "sheet.html").read_text()
    assert text.count("<figure") == 10
    assert text.count('class="failed"') == 2
    assert "20 more are not shown here" in text
    assert len(text) < 10 * 2 * 12_000


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    (tmp_path / "front.png").write_bytes(b"")
    path = tmp_path / "night.yaml"
    path.write_text(
        """
        name: night <"&
        steps:
          - transfer-palette: {design: [front.png]}
          - name: glow
            operation: relight
            inputs: {painting: transfer-palette.picture}
            parameters: {light_x: 0.3}
        outputs: [glow.lit, transfer-palette.flats]
        """
    )
    return path


def test_a_chain_is_drawn(chain: Path) -> None:
    loaded = load(chain)
    files = {name: [path.name for path in paths] for name, paths in loaded.files.items()}
    text = graph.as_text(loaded.chain, files)
    order = [text.index(word) for word in ("each frame", "front.png", "transfer-palette", "glow (relight)", "written")]
    assert order == sorted(order)
    assert "transfer-palette: picture -> painting" in text
    assert "light_x = 0.3" in text
    assert max(map(len, text.splitlines())) < 100

    picture = ET.fromstring(graph.as_svg(loaded.chain, files))
    spoken = [element.text for element in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert "glow (relight)" in spoken
    assert "front.png" in spoken
    boxes = list(picture.iter("{http://www.w3.org/2000/svg}rect"))
    assert len(boxes) == 5
    for box in boxes:
        assert float(box.get("y", 0)) + float(box.get("height", 0)) <= float(picture.get("height", 0))

    dot = graph.as_dot(loaded.chain, files)
    assert '"transfer-palette" -> "glow" [label="picture -> painting' in dot
    if shutil.which("dot"):
        subprocess.run(["dot", "-Tsvg"], input=dot, text=True, check=True, capture_output=True)
