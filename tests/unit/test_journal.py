"""What a batch noted of its files, and which of them it may take away: never what it did not write."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import closing
from pathlib import Path

import pytest

from shiage.batch import FrameSource
from shiage.batch.bundles import Zip
from shiage.batch.journal import NAME, Journal, Note
from shiage.batch.origins import Origin
from shiage.cli._progress import json_line
from shiage.errors import BadInput
from shiage.operations import get
from shiage.values.files import write_bytes

FRAMES = ("a.0001.png", "a.0005.png")


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def wrote(folder: Path, *names: str, of: str = "inbetween", frames: tuple[str, ...] = FRAMES) -> None:
    """As a batch that wrote these files."""
    files = {name: name.encode() for name in names}
    with closing(Journal(folder)) as journal:
        journal.add(Note(f"{of} {names}", of, frames), files)
    for name, data in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)


def stale(folder: Path, *own: str, frames: tuple[str, ...] = FRAMES) -> list[str]:
    return list(Journal(folder, peek=True).stale("inbetween", set(frames), set(own)))


def test_only_what_the_same_operation_made_of_these_frames_is_stale(tmp_path: Path) -> None:
    wrote(tmp_path, "a.0002.png", "a.0003.png", "a.0004.png")
    wrote(tmp_path, "a.0006.png", frames=("a.0005.png", "a.0009.png"))
    wrote(tmp_path, "b.png", of="flats")
    (tmp_path / "a.0004.png").write_bytes(b"by hand")
    assert stale(tmp_path, "a.0002.png") == ["a.0003.png"]
    assert stale(tmp_path, frames=("a.0001.png",)) == []


def test_a_journal_that_names_files_elsewhere_deletes_none(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (tmp_path / "other.png").write_bytes(b"x")
    (out / "sub").mkdir()
    (out / "sub" / "own.png").write_bytes(b"x")
    named = ["../other.png", str(tmp_path / "other.png"), "sub/../../other.png", "", ".", "nul\0.png"]
    lines = [
        json.dumps({"request": f"{n}", "of": "inbetween", "frames": list(FRAMES), "files": {name: sha(b"x")}})
        for n, name in enumerate([*named, "sub/own.png"])
    ]
    (out / f"{NAME}.jsonl").write_text("\n".join(lines) + "\n")
    assert stale(out) == ["sub/own.png"]


@pytest.mark.parametrize(
    "line",
    [
        "[]",
        "null",
        "[" * 100_000,
        '{"request": "r", "files": {"a.0002.png": []}, "of": "inbetween", "frames": ["a.0001.png"]}',
        '{"request": "r", "files": {"gone.png": ""}, "of": "inbetween", "frames": ["a.0001.png"]}',
        '{"request": "r", "files": {"a.0002.png": "x"}, "of": [], "frames": [[]]}',
        '{"request": "r", "files": {"a.0002.png": "x"',
    ],
)
def test_lines_that_no_batch_wrote_are_passed_over(tmp_path: Path, line: str) -> None:
    wrote(tmp_path, "a.0002.png")
    with (tmp_path / f"{NAME}.jsonl").open("a") as file:
        file.write(line)
    assert stale(tmp_path) == ["a.0002.png"]
    assert not Journal(tmp_path, peek=True).is_done("r")


def test_what_links_lead_to_stays(tmp_path: Path) -> None:
    out, shelf = tmp_path / "out", tmp_path / "shelf"
    out.mkdir()
    shelf.mkdir()
    wrote(out, "a.0002.png", "passes/a.0002.png", "a.0003.png", "a.0004.png")
    (out / "a.0002.png").rename(shelf / "a.0002.png")
    (out / "a.0002.png").symlink_to(shelf / "a.0002.png")
    (out / "passes").rename(shelf / "passes")
    (out / "passes").symlink_to(shelf / "passes", target_is_directory=True)
    (out / "a.0003.png").unlink()
    (out / "a.0003.png").symlink_to(out / "a.0003.png")
    assert stale(out) == ["a.0004.png"]
    (tmp_path / "link").symlink_to(out, target_is_directory=True)
    assert stale(tmp_path / "link") == ["a.0004.png"], "the destination itself may be one"


def test_another_name_of_an_own_file_is_no_other_file(tmp_path: Path) -> None:
    wrote(tmp_path, "Done.json", "Gone.json")
    # As on a system to which both are one name.
    (tmp_path / "done.json").hardlink_to(tmp_path / "Done.json")
    assert stale(tmp_path, "done.json") == ["Gone.json"]
    assert stale(tmp_path, str(tmp_path / "Gone.json")) == ["Done.json"]


def test_what_another_operation_wrote_as_well_stays(tmp_path: Path) -> None:
    wrote(tmp_path, "a.0002.png", "a.0003.png")
    wrote(tmp_path, "a.0003.png", of="flats", frames=())
    assert stale(tmp_path) == ["a.0002.png"]


def test_a_journal_that_is_a_link_is_not_written_through(tmp_path: Path) -> None:
    notes, out = tmp_path / "notes.txt", tmp_path / "out"
    notes.write_text("mine")
    out.mkdir()
    (out / f"{NAME}.jsonl").symlink_to(notes)
    (tmp_path / ".done.zip.shiage.json").symlink_to(notes)
    with pytest.raises(BadInput, match="is a link"):
        Journal(out)
    bundle = Zip(tmp_path / "done.zip", get("flats").spec, [FrameSource("a.png", tmp_path / "a.png")], ())
    with pytest.raises(BadInput, match="is a link"), bundle.claimed():
        pass
    assert notes.read_text() == "mine"


def test_what_no_batch_wrote_is_set_aside(tmp_path: Path) -> None:
    wrote(tmp_path, "a.0002.png", "a.0003.png")
    (tmp_path / "a.0003.png").write_bytes(b"retouched")
    (tmp_path / "passes").mkdir()
    (tmp_path / "passes" / "mine.png").write_bytes(b"by hand")
    with closing(Journal(tmp_path)) as journal:
        assert not journal.set_aside("a.0002.png")
        assert not journal.set_aside("a.0009.png")
        assert journal.set_aside("a.0003.png") == "_before/a.0003.png"
        assert journal.set_aside("passes/mine.png") == "_before/passes/mine.png"
        (tmp_path / "a.0003.png").write_bytes(b"retouched again")
        assert journal.set_aside("a.0003.png") == "_before/a.0003-2.png"
    assert (tmp_path / "_before" / "a.0003.png").read_bytes() == b"retouched"
    assert (tmp_path / "_before" / "a.0003-2.png").read_bytes() == b"retouched again"
    assert not (tmp_path / "a.0003.png").exists()


def test_what_a_killed_batch_left_half_written_goes_and_nothing_else(tmp_path: Path) -> None:
    long = "x" * 240 + ".png"
    wrote(tmp_path, "a.0002.png", "passes/ä" + "ü" * 110 + ".png", long)
    left = [".a.0002.png.0123abcd.part", "passes/.ä" + "ü" * 99 + ".0123abcd.part", f".{'x' * 200}.0123abcd.part"]
    others = [
        ".a.0009.png.0123abcd.part",
        ".a.0002.png.part",
        "a.0002.png.0123abcd.part",
        "passes/.a.0002.png.0123abcd.part",
    ]
    for name in (*left, *others):
        (tmp_path / name).write_bytes(b"half")
    Journal(tmp_path, "1-5").close()
    assert all((tmp_path / name).exists() for name in left), "another part may be writing it"
    Journal(tmp_path).close()
    assert [name for name in (*left, *others) if (tmp_path / name).exists()] == others
    # A name that leaves a temporary one little room.
    write_bytes(tmp_path / long, b"whole")
    assert (tmp_path / long).read_bytes() == b"whole"


def test_what_can_not_be_set_aside_is_told_in_words(tmp_path: Path) -> None:
    wrote(tmp_path, "a.0002.png")
    (tmp_path / "a.0002.png").unlink()
    (tmp_path / "a.0002.png").symlink_to(tmp_path / "nowhere")
    (tmp_path / "_before").symlink_to(tmp_path / "nothing")
    with closing(Journal(tmp_path)) as journal, pytest.raises(BadInput, match="can't be written: File exists"):
        journal.set_aside("a.0002.png")
    (tmp_path / "_before").unlink()
    with closing(Journal(tmp_path)) as journal:
        assert journal.set_aside("a.0002.png") == "_before/a.0002.png"


def test_a_name_that_is_no_text_is_told_and_the_json_stays_json(tmp_path: Path) -> None:
    name = os.fsdecode(b"bad\xff.0001.png")
    if os.name == "posix":
        with pytest.raises(BadInput, match="is not UTF-8"):
            FrameSource(name, tmp_path / name).read()
    line = json_line({"frame": name})
    assert json.loads(line.encode()) == {"frame": name}


def test_a_journal_of_a_former_version_does_not_break(tmp_path: Path) -> None:
    """Without what drawings a stretch was made of, nor where they came from: results are whoever's asks."""
    line = {"request": "r", "files": {"a.0002.png": sha(b"x")}, "of": "inbetween", "frames": list(FRAMES)}
    (tmp_path / f"{NAME}.jsonl").write_text(json.dumps(line) + "\n" + json.dumps(line | {"from": 7}) + "\n")
    (tmp_path / "a.0002.png").write_bytes(b"x")
    with closing(Journal(tmp_path)) as journal:
        origin = Origin.of(tmp_path / "shot", tmp_path, frozenset({"drawing"}))
        assert journal.is_done("r")
        assert not journal.others([origin], {"a.0002.png"}, set(FRAMES), lambda name: frozenset())
        assert not journal.other("a.0002.png", origin)
        assert list(journal.stale("inbetween", set(FRAMES), set(), origin)) == ["a.0002.png"]
