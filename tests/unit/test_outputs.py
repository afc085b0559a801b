"""Results into folders: in the folder itself, never over an input, and a sentence where it can't be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from shiage.cli._outputs import check_out, write_outputs
from shiage.cli._progress import time_left
from shiage.errors import BadInput
from shiage.operations import get
from shiage.spec import Cardinality, Port
from shiage.values import Clip, Facts, Frame, Kind, Raster

PICTURE = Raster(np.zeros((2, 2, 4), np.uint8))
PORTS = (Port("picture", Kind.RASTER, "Picture"), Port("facts", Kind.FACTS, "Facts"))
OUTPUTS = {"picture": (PICTURE,), "facts": (Facts({"a": 1}),)}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_nothing_is_put_beside_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder may be a mounted share, or the only one that may be written to."""
    out = tmp_path / "share"
    out.mkdir()
    before = tmp_path.stat().st_mtime_ns
    written = write_outputs(PORTS, OUTPUTS, out, flatten=False)
    assert [path.name for path in written] == ["picture.png", "facts.json"]
    assert tmp_path.stat().st_mtime_ns == before
    assert names(out) == ["facts.json", "picture.png"]


def test_a_folder_that_can_not_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="can't be written"):
        write_outputs(PORTS, OUTPUTS, tmp_path / "file" / "out", flatten=False)
    assert names(tmp_path) == ["file"]


def test_a_folder_made_for_results_that_did_not_come_goes_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise BadInput("can't be written: No space left on device.")

    monkeypatch.setattr("shiage.cli._outputs.write_bytes", full)
    with pytest.raises(BadInput, match="No space"):
        write_outputs(PORTS, OUTPUTS, tmp_path / "deep" / "out", flatten=False)
    assert names(tmp_path) == []


def test_frames_never_replace_the_frames_they_were_made_from(tmp_path: Path) -> None:
    line = tmp_path / "0001.png"
    line.write_bytes(b"line art")
    clip = Clip((Frame(1.0, Raster(PICTURE.pixels, name="0001")),))
    port = Port("frames", Kind.CLIP, "Frames", cardinality=Cardinality.ONE)
    with pytest.raises(BadInput, match="is an input"):
        write_outputs((port,), {"frames": (clip,)}, tmp_path, flatten=False, inputs=[line])
    assert line.read_bytes() == b"line art"
    with pytest.raises(BadInput, match="is an input"):
        check_out(get("propagate-colors").spec, tmp_path, [tmp_path])


@pytest.mark.parametrize(
    ("fraction", "seconds", "told"),
    [(0.5, 5, ""), (0.0, 50, ""), (1.0, 50, ""), (0.9, 30, ""), (0.5, 40, "40 s left"), (0.1, 60, "9 min left")],
)
def test_how_long_it_still_takes(fraction: float, seconds: float, told: str) -> None:
    assert time_left(fraction, seconds) == told
