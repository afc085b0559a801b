"""Two shots whose frames have the same names, and one destination: neither replaces the other's results unasked."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from shiage.batch import Asked, FrameSource, Runner
from shiage.cli import main
from shiage.errors import BadInput
from shiage.operations import get


def shot(folder: Path, shade: int, count: int = 3) -> Path:
    folder.mkdir(parents=True)
    for number in range(1, count + 1):
        page = Image.new("RGB", (32, 24), "white")
        page.paste((0, 0, 0), (shade, 4, shade + 9, 20))
        page.paste((255, 255, 255), (shade + 2, 6, shade + 5 + number % 2, 18))
        page.putpixel((31, number), (0, 0, 0))
        page.save(folder / f"a.{number:04d}.png")
    return folder


def redrawn(path: Path) -> None:
    page = Image.open(path)
    page.putpixel((0, 0), (0, 0, 0))
    page.save(path)


def shiage(*words: object, code: int = 0) -> None:
    with pytest.raises(SystemExit) as ended:
        main([str(word) for word in words])
    assert ended.value.code == code


def batch(*words: object, code: int = 0) -> None:
    shiage("batch", "flats", *words, "--workers", "1", "--json", code=code)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def done(tmp_path: Path) -> Path:
    """The first shot's results, in a folder and in an archive."""
    shot(tmp_path / "one", 4)
    shot(tmp_path / "two", 16)
    batch(tmp_path / "one", "-o", tmp_path / "out")
    batch(tmp_path / "one", "-o", tmp_path / "out.zip")
    return tmp_path


def test_another_shot_is_refused_in_a_sentence(done: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = contents(done / "out"), (done / "out.zip").read_bytes()
    two, out = done / "two", done / "out"
    capsys.readouterr()
    for words in (
        ["batch", "flats", two, "-o", out],
        ["batch", "flats", two, "-o", out, "--dry-run"],
        ["batch", "flats", two, "-o", out, "--frames", "2-3"],
        ["batch", "flats", two, "-o", done / "out.zip"],
        ["farm", "flats", two, "-o", out],
        ["watch", "flats", two, "-o", out, "--once", "--settle", "0"],
    ):
        shiage(*words, code=3)
        said = capsys.readouterr().err
        assert f"has results of {done / 'one'}, and those of {two} would replace them: " in said
        assert "Name another destination with -o" in said
    assert {name: data for name, data in contents(out).items() if not name.startswith(".")} == {
        name: data for name, data in before[0].items() if not name.startswith(".")
    }
    assert (done / "out.zip").read_bytes() == before[1]
    assert not (two / "_rejected").exists()


def test_the_same_shot_is_done_again_with_other_settings_and_with_other_drawings(done: Path) -> None:
    batch(done / "one", "-o", done / "out", "--set", "gap=7", "--output", "regions")
    redrawn(done / "one" / "a.0002.png")
    for out in (done / "out", done / "out.zip"):
        batch(done / "one", "-o", out)
    assert not (done / "out" / "_before").exists()
    assert not (done / "_before").exists()


def test_a_shot_that_was_moved_or_copied_is_the_same(done: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # Moved with its destination, and changed since.
    (done / "job").mkdir()
    for name in ("one", "out"):
        (done / name).rename(done / "job" / name)
    redrawn(done / "job" / "one" / "a.0002.png")
    batch(done / "job" / "one", "-o", done / "job" / "out")
    # A copy elsewhere, with the same drawings; then one of them is another.
    shutil.copytree(done / "job" / "one", done / "copy")
    as_it_was = (done / "copy" / "a.0003.png").read_bytes()
    redrawn(done / "copy" / "a.0003.png")
    capsys.readouterr()
    batch(done / "copy", "-o", done / "job" / "out", code=3)
    assert "would replace them: a.0003.png." in capsys.readouterr().err
    (done / "copy" / "a.0003.png").write_bytes(as_it_was)
    batch(done / "copy", "-o", done / "job" / "out", "--set", "gap=7")


def test_a_shot_s_archive_that_was_moved_along_is_guarded_from_who_comes_to_its_place(done: Path) -> None:
    (done / "job").mkdir()
    for name in ("one", "out.zip", ".out.zip.shiage.json"):
        (done / name).rename(done / "job" / name)
    batch(done / "job" / "one", "-o", done / "job" / "out.zip")
    before = (done / "job" / "out.zip").read_bytes()
    (done / "two").rename(done / "one")
    batch(done / "one", "-o", done / "job" / "out.zip", code=3)
    assert (done / "job" / "out.zip").read_bytes() == before


def test_a_link_that_leads_nowhere_is_set_aside(done: Path) -> None:
    (done / "d.zip").symlink_to("nowhere.zip")
    batch(done / "one", "-o", done / "d.zip")
    assert zipfile.is_zipfile(done / "d.zip")
    assert (done / "_before" / "d.zip").is_symlink()
    assert not (done / "nowhere.zip").exists()


def test_other_names_and_results_that_are_gone_are_in_nobody_s_way(done: Path) -> None:
    two = done / "two"
    for path in list(two.iterdir()):
        path.rename(two / path.name.replace("a.", "b."))
    batch(two, "-o", done / "out")
    assert len(list((done / "out").glob("*.png"))) == 6
    three = shot(done / "three", 20)
    for path in (done / "out").glob("a.*.png"):
        path.unlink()
    batch(three, "-o", done / "out")


def test_a_picture_that_comes_to_a_hot_folder_later_is_rejected(done: Path) -> None:
    hot, before = done / "hot", (done / "out" / "a.0001.png").read_bytes()
    hot.mkdir()
    shutil.copy(done / "two" / "a.0001.png", hot)
    frame = FrameSource("a.0001.png", hot / "a.0001.png", alone=False)
    with Runner(Asked(get("flats").spec, {}, {}, done / "out"), workers=1) as runner:
        with pytest.raises(BadInput, match="would replace them"):
            runner.check([frame])
        (event,) = runner.run([frame])
    assert event.state == "failed"
    assert f"has results of {done / 'one'}" in event.error
    assert (done / "out" / "a.0001.png").read_bytes() == before


def test_a_part_s_facts_lie_beside_the_whole_s(tmp_path: Path) -> None:
    keys, out = tmp_path / "keys", tmp_path / "out"
    keys.mkdir()
    for number, x in ((1, 6), (3, 20), (7, 40)):
        page = Image.new("RGB", (96, 64), "white")
        page.paste((200, 60, 50), (x, 20, x + 26, 44))
        page.save(keys / f"walk.{number:04d}.png")
    asked = ("batch", "inbetween", keys, "-o", out, "--set", "method=areas", "--workers", "1", "--output", "facts")
    shiage(*asked, "--set", "exposure=1")
    whole = (out / "facts" / "out.json").read_bytes()
    # The last frames are those that the whole's facts were written with.
    shiage(*asked, "--set", "times=0.25", "--frames", "3, 7")
    assert (out / "facts" / "out.json").read_bytes() == whole
    part = json.loads((out / "facts" / "out.3,7.json").read_text())
    assert [one["frames"] for one in part["drawings"]] == [4, 1]
    shiage(*asked, "--set", "exposure=1")
    assert (out / "facts" / "out.json").read_bytes() == whole
    assert [path.name for path in (out / "facts").iterdir()] == ["out.json"], "a part of an earlier run with others"
    assert sorted(path.name for path in out.glob("*.png")) == [f"walk.{n:04d}.png" for n in range(1, 8)]


def test_a_kill_before_a_film_or_archive_has_its_name_makes_the_former_one_nobody_s(done: Path) -> None:
    note, whole = done / ".out.zip.shiage.json", (done / "out.zip").read_bytes()
    told = json.loads(note.read_text())
    note.write_text(json.dumps(told | {"files": {"out.zip": "0" * 64}, "before": told["files"]}))
    batch(done / "one", "-o", done / "out.zip")
    assert (done / "out.zip").read_bytes() == whole
    assert not (done / "_before").exists()


def test_a_dry_run_names_what_would_be_set_aside(done: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (done / "out" / "a.0002.png").write_bytes(b"retouched")
    (done / "out.zip").write_bytes(b"packed by hand")
    for out, name in ((done / "out", "a.0002.png"), (done / "out.zip", "out.zip")):
        capsys.readouterr()
        batch(done / "one", "-o", out, "--dry-run")
        assert json.loads(capsys.readouterr().out)["aside"] == [name]
        shiage("batch", "flats", done / "one", "-o", out, "--dry-run")
        assert f"No batch wrote {name}: moved into _before/ first." in capsys.readouterr().out
        batch(done / "one", "-o", out)
    assert (done / "out" / "_before" / "a.0002.png").read_bytes() == b"retouched"
    assert (done / "_before" / "out.zip").read_bytes() == b"packed by hand"
    assert zipfile.is_zipfile(done / "out.zip")
