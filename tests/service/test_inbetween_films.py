"""``shiage batch inbetween``: films, archives and folders in and out, worked out stretch by stretch."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from av import VideoFrame
from av.video.reformatter import VideoReformatter
from PIL import Image, PngImagePlugin

from films import film, sound_of
from shiage.cli import main
from shiage.values.videos import VideoReader, look_into

SIZE = (96, 64)
PAPER, RED = (240, 236, 225), (200, 60, 50)


def page(x: int) -> Image.Image:
    made = Image.new("RGB", SIZE, PAPER)
    made.paste(RED, (x, 20, x + 26, 44))
    return made


def other() -> Image.Image:
    made = Image.new("RGB", SIZE, (40, 60, 80))
    made.paste((240, 220, 20), (4, 6, 50, 30))
    made.paste((30, 160, 70), (50, 36, 90, 60))
    return made


def filmed(path: Path, pages: list[Image.Image], stamps: list[int]) -> Path:
    frames = [
        VideoReformatter().reformat(VideoFrame.from_image(one), format="yuv444p", dst_colorspace=1, dst_color_range=1)
        for one in pages
    ]
    return film(path, frames, stamps, sound=True)


@pytest.fixture(scope="module")
def between(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., subprocess.CompletedProcess[str]]:
    home = tmp_path_factory.mktemp("home")

    def run(*arguments: object, code: int = 0) -> subprocess.CompletedProcess[str]:
        words = [*map(str, arguments), "--set", "method=areas", "--workers", "1"]
        done = subprocess.run(
            command(*words), env={**os.environ, "SHIAGE_HOME": str(home)},
            capture_output=True, text=True, check=False, timeout=200,
        )  # fmt: skip
        assert done.returncode == code, done.stderr
        return done

    return run


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "shiage", "batch", "inbetween", *words]


def frames_in(path: Path) -> list[tuple[Fraction, np.ndarray]]:  # type: ignore[type-arg]
    video = look_into(path)
    reader = VideoReader(video)
    return [(stamp * video.unit, reader.read(stamp).pixels) for stamp in video.stamps]


def test_a_film_becomes_a_film(between: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> None:
    # On twos, then held longer, then a cut; at no steady rate.
    stamps = [0, 1000, 2000, 3000, 5000, 6000]
    pages = [page(6), page(6), page(22), page(22), page(40), other()]
    source = filmed(tmp_path / "clip.mp4", pages, stamps)
    out = tmp_path / "done" / "between.mkv"
    done = between(source, "-o", out, "--set", "count=3")
    assert "nothing was drawn before it" not in done.stderr or "clip.0007" in done.stderr
    given, made = frames_in(source), frames_in(out)
    start = made[0][0]  # the sound's beginning comes before the picture's
    times = [round(float(when - start) * 24, 1) for when, _ in made]
    assert times == [0, 0.5, 1, 1.5, 2, 2.8, 3.5, 4.2, 5, 6]
    assert "10 frames, 6 of them new" in done.stdout
    # What was given is as it was, to the bit.
    for place, number in ((0, 0), (2, 4), (4, 8), (5, 9)):
        assert np.array_equal(given[place][1], made[number][1])
    # No flicker: the paper of new frames is that of the given ones, and nothing is darker or lighter as a whole.
    assert all(np.array_equal(pixels[5, 5], made[0][1][5, 5]) for _, pixels in made[:9])
    levels = [pixels[..., :3].mean() for _, pixels in made[:9]]
    assert max(levels) - min(levels) < 0.6
    assert [packet for _, packet in sound_of(out)] == [packet for _, packet in sound_of(source)]
    again = between(source, "-o", out, "--set", "count=3")
    assert "0 done, 6 done before" in again.stdout


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_a_film_at_another_rate(
    between: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path, suffix: str
) -> None:
    source = filmed(tmp_path / "clip.mp4", [page(6 + 8 * n) for n in range(4)], [n * 1000 for n in range(4)])
    out = tmp_path / f"between{suffix}"
    done = between(source, "-o", out, "--set", "fps=48")
    assert "7 frames, 3 of them new, at 48 a second" in done.stdout
    made, video = frames_in(out), look_into(out)
    assert video.rate == 48
    assert [when * 48 for when, _ in made] == list(range(7))
    assert (video.colours.matrix, video.colours.range) == (1, 1)
    most = float(np.iinfo(made[0][1].dtype).max)
    given = np.mean([pixels[..., :3].mean() for _, pixels in frames_in(source)]) / 255
    levels = [pixels[..., :3].mean() / most for _, pixels in made]
    assert max(levels) - min(levels) < 0.6 / 255
    assert abs(levels[0] - given) < 0.5 / 255
    refused = between(source, "-o", tmp_path / "no.mp4", "--fps", 30, code=3)
    assert "has a rate of its own, 24 frames a second" in refused.stderr
    assert "--set fps=30" in refused.stderr


def test_killed_in_the_middle_it_goes_on(
    between: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    source = filmed(tmp_path / "clip.mp4", [page(4 + 3 * n) for n in range(14)], [n * 1000 for n in range(14)])
    whole, out = tmp_path / "whole.mkv", tmp_path / "killed.mkv"
    between(source, "-o", whole, "--set", "count=2")
    folder = tmp_path / ".killed.mkv.shiage" / "killed"
    words = [str(source), "-o", str(out), "--set", "count=2", "--set", "method=areas", "--workers", "1"]
    environment = {**os.environ, "SHIAGE_HOME": str(tmp_path / "home")}
    with subprocess.Popen(
        command(*words), env=environment, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        end = time.monotonic() + 120
        while len(list(folder.glob("*.png"))) < 4 and time.monotonic() < end:
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGKILL)
    assert not out.exists()
    lines = (folder / ".shiage-batch.jsonl").read_text().splitlines()
    assert 0 < len(lines) < 13
    done = between(source, "-o", out, "--set", "count=2")
    # A line is there before its files are.
    assert any(f"{n} done before" in done.stdout for n in (len(lines), len(lines) - 1))
    assert out.read_bytes() == whole.read_bytes()
    assert sorted(p.name for p in tmp_path.glob("*killed*")) == [".killed.mkv.shiage.json", "killed.mkv"]


def test_given_pictures_are_the_same_to_the_byte(
    between: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    keys = tmp_path / "keys"
    keys.mkdir()
    remark = PngImagePlugin.PngInfo()
    remark.add_text("Comment", "not to be lost")
    page(6).save(keys / "walk.0001.png", pnginfo=remark, compress_level=0)
    page(20).save(keys / "walk.0003.png")
    page(40).quantize(4).save(keys / "walk.0007.png")
    with zipfile.ZipFile(tmp_path / "keys.zip", "w") as archive:
        for file in keys.iterdir():
            archive.write(file, f"shot/{file.name}")
    between(keys, "-o", tmp_path / "out", "--set", "exposure=1", "--output", "facts")
    between(tmp_path / "keys.zip", "-o", tmp_path / "out.zip", "--set", "exposure=1", "--output", "facts")
    names = [f"walk.{n:04d}.png" for n in range(1, 8)]
    assert sorted(p.name for p in (tmp_path / "out").glob("*.png")) == names
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert sorted(archive.namelist()) == sorted(["shot/facts/out.json", *(f"shot/{name}" for name in names)])
        for name in names:
            assert archive.read(f"shot/{name}") == (tmp_path / "out" / name).read_bytes()
    for file in keys.iterdir():
        assert (tmp_path / "out" / file.name).read_bytes() == file.read_bytes()
    facts = json.loads((tmp_path / "out" / "facts" / "out.json").read_text())
    assert [one["key"] for one in facts["frames"]] == [True, False, True, False, False, False, True]
    assert [one["frames"] for one in facts["drawings"]] == [2, 4, 1]
    again = between(keys, "-o", tmp_path / "out", "--set", "exposure=1", "--output", "facts")
    assert "0 done, 3 done before" in again.stdout


def test_pictures_become_a_film_and_what_can_not_be_read_is_told(
    between: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    keys = tmp_path / "keys"
    keys.mkdir()
    for number, x in ((1, 6), (5, 20), (9, 40)):
        page(x).save(keys / f"walk.{number:04d}.jpg", quality=95)
    (keys / "walk.0007.jpg").write_bytes(b"\xff\xd8 torn")
    failed = between(keys, "-o", tmp_path / "walk.mkv", "--fps", "12", "--json", code=1)
    told = {one["frame"]: one for one in map(json.loads, failed.stdout.splitlines())}
    assert [name for name, one in told.items() if one["state"] == "failed"] == ["walk.0007.jpg"]
    assert (tmp_path / "walk.mkv").exists()
    (keys / "walk.0007.jpg").unlink()
    between(keys, "-o", tmp_path / "walk.mkv", "--fps", "12")
    assert [when * 12 for when, _ in frames_in(tmp_path / "walk.mkv")] == pytest.approx([0, 2, 4, 6, 8], abs=0.01)


def test_one_drawing_alone_is_refused_and_nothing_is_written(
    between: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    source = filmed(tmp_path / "still.mp4", [page(6)] * 3, [0, 1000, 2000])
    refused = between(source, "-o", tmp_path / "out.mkv", code=1)
    assert "There is one drawing only." in refused.stderr
    assert not (tmp_path / "out.mkv").exists()


def walk(folder: Path) -> Path:
    folder.mkdir()
    for number, x in ((1, 6), (3, 20), (7, 40)):
        page(x).save(folder / f"walk.{number:04d}.png")
    return folder


def test_a_folder_done_again_shows_one_run_and_what_others_drew_stays(
    between: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    keys, out = walk(tmp_path / "keys"), tmp_path / "out"
    between(keys, "-o", out, "--set", "exposure=1")
    (out / "walk.0005.png").write_bytes(b"drawn over by hand")
    (out / "walk.0099.png").write_bytes(b"the artist's own")
    other = tmp_path / "other"
    other.mkdir()
    for number, x in ((21, 6), (23, 20)):
        page(x).save(other / f"run.{number:04d}.png")
    between(other, "-o", out, "--set", "count=1")
    told = json.loads(between(keys, "-o", out, "--set", "times=0.25", "--dry-run", "--json").stdout)
    stale = [f"walk.{n:04d}.png" for n in (1, 2, 3, 6, 7)]
    assert told["stale"] == stale
    done = between(keys, "-o", out, "--set", "times=0.25")
    assert "Of an earlier run with other settings went: walk.0001.png" in done.stdout
    named = sorted(path.name for path in out.glob("*.png"))
    runs = [f"run.{n:04d}.png" for n in (21, 22, 23)]
    assert named == [*runs, "walk.0001.500.png", "walk.0004.png", "walk.0005.png", "walk.0099.png"]
    assert (out / "walk.0005.png").read_bytes() == b"drawn over by hand"
    again = between(keys, "-o", out, "--set", "exposure=1")
    assert "_before/walk.0005.png" in again.stdout + again.stderr
    assert (out / "_before" / "walk.0005.png").read_bytes() == b"drawn over by hand"
    assert Image.open(out / "walk.0005.png").size == page(0).size
    assert [path.name for path in (out / "_before").iterdir()] == ["walk.0005.png"]


def test_a_part_done_again_leaves_what_lies_behind_it(
    between: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    keys, out = walk(tmp_path / "keys"), tmp_path / "out"
    between(keys, "-o", out, "--set", "exposure=1")
    between(keys, "-o", out, "--set", "times=0.25", "--frames", "1,3")
    named = sorted(path.name for path in out.glob("*.png"))
    assert named == ["walk.0001.500.png", *(f"walk.{n:04d}.png" for n in range(3, 8))]


def test_what_an_earlier_run_made_is_not_taken_away_while_it_is_read(
    between: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    keys, masks, out = walk(tmp_path / "keys"), walk(tmp_path / "masks"), tmp_path / "out"
    between(keys, "-o", out, "--input", f"passes={masks}")
    before = {path: path.read_bytes() for path in out.rglob("*.png")}
    assert len(before) > 6
    for words in (["--dry-run"], []):
        refused = between(out / "passes", "-o", out, "--set", "count=1", *words, code=3)
        assert f"has results of {keys}, and those of {out / 'passes'} would replace them" in refused.stderr
    assert {path: path.read_bytes() for path in out.rglob("*.png")} == before


@pytest.mark.parametrize("dest", ["keys", "masks", "link"])
def test_results_never_go_where_drawings_are_read(
    between: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path, dest: str
) -> None:
    keys, masks = walk(tmp_path / "keys"), walk(tmp_path / "masks")
    (tmp_path / "link").symlink_to(keys, target_is_directory=True)
    before = {path: path.read_bytes() for path in keys.iterdir()}
    refused = between(keys, "-o", tmp_path / dest, "--input", f"passes={masks}", code=3)
    assert "is a folder that drawings are read from" in refused.stderr
    assert {path: path.read_bytes() for path in keys.iterdir()} == before


def test_passes_go_along_into_folders_and_films(
    between: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    keys, masks, depth = walk(tmp_path / "keys"), tmp_path / "masks", tmp_path / "depth"
    masks.mkdir()
    depth.mkdir()
    for number, x in ((1, 6), (3, 20), (7, 40)):
        mask = Image.new("L", SIZE, 0)
        mask.paste(255, (x, 20, x + 26, 44))
        mask.save(masks / f"m.{number:04d}.png")
        deep = np.full(SIZE[::-1], 1000, np.uint16)
        deep[20:44, x : x + 26] = 40000
        cv2.imwrite(str(depth / f"d.{number:04d}.png"), deep)
    asked = (keys, "--set", "exposure=1", "--input", f"passes={masks}", "--input", f"passes={depth}")
    between(*asked, "-o", tmp_path / "out")
    passes = tmp_path / "out" / "passes"
    names = [f"walk.{n:04d}.png" for n in range(1, 8)]
    assert [sorted(path.name for path in (passes / name).iterdir()) for name in ("masks", "depth")] == [names, names]
    assert (passes / "masks" / "walk.0003.png").read_bytes() == (masks / "m.0003.png").read_bytes()
    drawn = np.asarray(Image.open(tmp_path / "out" / "walk.0002.png").convert("RGB")).astype(int)
    moved = Image.open(passes / "masks" / "walk.0002.png")
    assert moved.mode == "L"
    red = np.abs(drawn - RED).max(2) < 30
    assert np.abs(np.asarray(moved)[red].astype(int) - 255).max() < 60
    deep = cv2.imread(str(passes / "depth" / "walk.0002.png"), cv2.IMREAD_UNCHANGED)
    assert (deep.dtype, deep.ndim) == (np.uint16, 2)
    between(*asked, "-o", tmp_path / "out.mkv")
    films = [look_into(tmp_path / name) for name in ("out.mkv", "out.masks.mkv", "out.depth.mkv")]
    assert len({film.stamps for film in films}) == 1
    assert [film.depth for film in films] == [8, 8, 16]
    # A film beside the result is one, too.
    (tmp_path / "out.masks.mkv").rename(tmp_path / "more.passes.mkv")
    taken = (tmp_path / "more.passes.mkv").read_bytes()
    words = ("-o", tmp_path / "more.mkv", "--input", f"passes={tmp_path / 'more.passes.mkv'}")
    refused = between(tmp_path / "out.mkv", *words, "--set", "count=1", code=3)
    assert "more.passes.mkv: is the source, and a result never replaces it." in refused.stderr
    assert (tmp_path / "more.passes.mkv").read_bytes() == taken
    (masks / "m.0007.png").unlink()
    refused = between(*asked, "-o", tmp_path / "again", code=3)
    assert "masks: has 2 frames, and the shot has 3." in refused.stderr
    assert not (tmp_path / "again").exists()


@pytest.mark.parametrize(
    ("names", "sizes", "sentence"),
    [
        (("a/x.1", "a/x.3", "b/y.1", "b/y.3"), (96,) * 4, "2 shots in it (a, b)"),
        (("a.1", "a.3", "b.1", "b.3"), (96,) * 4, "2 sequences in it (a.#, b.#)"),
        (("a.1", "a.3", "a.5"), (96, 80, 96), "a.1.png (96 x 64) and a.3.png (80 x 64) differ"),
    ],
)
def test_what_is_no_single_shot_is_refused_in_one_sentence(
    tmp_path: Path, names: tuple[str, ...], sizes: tuple[int, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "shots.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number, (name, width) in enumerate(zip(names, sizes, strict=True)):
            page(4 + 9 * number).resize((width, 64)).save(tmp_path / "one.png")
            archive.write(tmp_path / "one.png", f"{name}.png")
    with pytest.raises(SystemExit) as ended:
        main(["batch", "inbetween", str(path), "-o", str(tmp_path / "out"), "--set", "count=1"])
    assert ended.value.code == 3
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_file_s_name_is_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    keys = walk(tmp_path / "keys")
    with pytest.raises(SystemExit) as ended:
        main(["batch", "inbetween", str(keys), "-o", str(tmp_path / "between.avi"), "--set", "count=1"])
    assert ended.value.code == 3
    assert "writes no .avi file" in capsys.readouterr().err
