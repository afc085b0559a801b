"""Results never fall among what is read, by whatever name it is called."""

from __future__ import annotations

from pathlib import Path

import pytest

from shiage.batch import FrameSource
from shiage.batch.parts import folders_of
from shiage.batch.places import check_apart, identity
from shiage.batch.watch import check_folders
from shiage.errors import BadInput


def drawings(folder: Path, *names: str) -> list[FrameSource]:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b"drawn")
    return [FrameSource(name, folder / name) for name in names]


def test_a_folder_of_another_output_may_not_be_one_that_is_read(tmp_path: Path) -> None:
    shot, out = drawings(tmp_path / "shot", "a.png"), tmp_path / "out"
    passes = drawings(out / "passes" / "depth", "a.png")
    check_apart(out, ["passes"], [*shot, *passes], [])
    with pytest.raises(BadInput, match="drawings are read from"):
        check_apart(out, ["passes", "passes/depth"], [*shot, *passes], [])


def test_a_shot_of_links_is_read_where_they_lead(tmp_path: Path) -> None:
    (real,) = drawings(tmp_path / "published", "a.png")
    (tmp_path / "shot").mkdir()
    (tmp_path / "shot" / "a.png").symlink_to(real.path)
    linked = [FrameSource("a.png", tmp_path / "shot" / "a.png")]
    check_apart(tmp_path / "out", [], linked, [])
    with pytest.raises(BadInput, match="drawings are read from"):
        check_apart(tmp_path / "published", [], linked, [])


@pytest.mark.parametrize("place", ["out", "out/flats", "link"])
def test_a_file_that_is_given_is_not_replaced(tmp_path: Path, place: str) -> None:
    shot, out = drawings(tmp_path / "shot", "a.png"), tmp_path / "out"
    drawings(out / "flats", "a.png")
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / "a.png").symlink_to(out / "flats" / "a.png")
    drawings(out, "a.png")
    given = [tmp_path / place / "a.png"]
    with pytest.raises(BadInput, match="is read from this folder"):
        check_apart(out, ["flats"], shot, given)
    with pytest.raises(BadInput, match="is read from this folder"):
        check_folders(tmp_path / "shot", out, ["flats"], given)
    check_apart(tmp_path / "other", ["flats"], shot, given)


@pytest.mark.parametrize("name", ["out.zip", "out.mkv"])
def test_a_hot_folder_has_a_folder_for_its_results(tmp_path: Path, name: str) -> None:
    drawings(tmp_path / "shot", "a.png")
    with pytest.raises(BadInput, match="is one file"):
        check_folders(tmp_path / "shot", tmp_path / name)


def test_a_file_is_one_by_any_of_its_names(tmp_path: Path) -> None:
    (drawn,) = drawings(tmp_path / "shot", "Walk.png")
    (tmp_path / "shot" / "walk.png").hardlink_to(drawn.path)
    assert identity(tmp_path / "shot" / "walk.png") == identity(drawn.path)
    assert identity(tmp_path / "shot" / ".." / "new") == identity(tmp_path / "new") != identity(tmp_path / "shot")


def test_folders_of_passes_stay_in_their_ports_and_apart() -> None:
    assert folders_of("passes", [".."]) == ["passes"]
    assert folders_of("passes", ["..", "", "Depth", "depth", "."]) == [
        "passes/1",
        "passes/2",
        "passes/Depth",
        "passes/depth-4",
        "passes/5",
    ]
