"""Batches whose result is one file: a video, a zip archive, a layered document."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from daemons import environment, lines, until
from documents import Sheet, flat, kra
from films import film, plain_frame, sound_of
from shiage.cli import main
from shiage.errors import BadInput
from shiage.values import Raster
from shiage.values.files import read_picture
from shiage.values.videos import Film, VideoReader, check_sound, look_into, write_video

RED = (200, 60, 30, 255)


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "shiage", "batch", *map(str, arguments)]


def batch(*arguments: object, code: int = 0) -> list[dict[str, object]]:
    asked = command(*arguments, "--workers", 1, "--json")
    done = subprocess.run(asked, env=environment(), capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == code, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Six frames with sound: on ones, then one that stands for three."""
    frames = [plain_frame((n * 40, 90, 90)) for n in range(6)]
    return film(tmp_path / "walk.mp4", frames, (0, 1000, 2000, 3000, 6000, 7000), sound=True)


def test_a_video_becomes_a_video(clip: Path, tmp_path: Path) -> None:
    out, trace, sheet = tmp_path / "out" / "done.mkv", tmp_path / "trace", tmp_path / "sheet.html"
    asked = ("invert", clip, "-o", out, "--set", f"trace={trace}")
    events = batch(*asked, "--sheet", sheet)
    assert [event["frame"] for event in events] == [f"walk.000{n}.png" for n in (1, 2, 3, 4, 7, 8)]
    given, made = look_into(clip), look_into(out)
    begin = made.stamps[0] * made.unit  # sound that begins before zero moves all in a .mkv
    times = [float(stamp * made.unit - begin) for stamp in made.stamps]
    assert np.allclose(times, [float(stamp * given.unit) for stamp in given.stamps], atol=0.001)
    assert [data for _, data in sound_of(out)] == [data for _, data in sound_of(clip)]
    before, after = VideoReader(given), VideoReader(made)
    for one, other in zip(given.stamps, made.stamps):
        assert np.array_equal(before.read(one).pixels[..., :3], 255 - after.read(other).pixels[..., :3])
    assert sorted(path.name for path in out.parent.iterdir()) == [".done.mkv.shiage.json", "done.mkv"]
    assert sheet.read_text().count("<figure") == 6

    drawn = sheet.read_text()
    sheet.unlink()
    assert {event["state"] for event in batch(*asked, "--sheet", sheet)} == {"skipped"}
    assert len(lines(trace)) == 6
    assert sheet.read_text() == drawn, "out of the video, to the byte"
    out.write_bytes(b"spoilt since")
    assert {event["state"] for event in batch(*asked)} == {"done"}
    assert look_into(out).stamps == made.stamps


def test_a_killed_batch_leaves_no_half_video_and_goes_on(clip: Path, tmp_path: Path) -> None:
    out, trace = tmp_path / "done.mkv", tmp_path / "trace"
    asked = ("soften", clip, "-o", out, "--set", "steps=12", "--set", "pause=0.02", "--set", f"trace={trace}")
    running = subprocess.Popen(command(*asked, "--workers", 1), env=environment(), stderr=subprocess.DEVNULL)
    try:
        until(lambda: len(lines(trace)) > 40, 120)
    finally:
        running.kill()
        running.wait()
    assert not out.exists()
    events = batch(*asked)
    assert {"done", "skipped"} == {event["state"] for event in events}
    assert len(look_into(out).stamps) == 6
    assert not (tmp_path / ".done.mkv.shiage").exists()


def test_in_the_place_of_a_frame_that_failed_stands_another(tmp_path: Path) -> None:
    """So picture and sound stay together; the video is written, and it is told."""
    noise = np.random.default_rng(3)
    drawn = [Raster(noise.integers(0, 256, (64, 64, 4), np.uint8)) for _ in range(5)]
    source, out = tmp_path / "a.mkv", tmp_path / "out" / "b.mkv"
    write_video(source, [(n, 1, picture) for n, picture in enumerate(drawn)], Film())
    data = bytearray(source.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 400] = bytes(400)
    source.write_bytes(data)
    events = batch("invert", source, "-o", out, code=1)
    assert [event["state"] for event in events].count("failed") == 1
    (failed,) = [event for event in events if event["state"] == "failed"]
    assert "can't be decoded" in str(failed["error"])
    video = look_into(out)
    reader = VideoReader(video)
    made = [reader.read(stamp).pixels[..., :3] for stamp in video.stamps]
    assert np.array_equal(made[4], 255 - drawn[4].pixels[..., :3])
    place = int(str(failed["frame"])[2:6]) - 1
    assert np.array_equal(made[place], 255 - drawn[place - 1].pixels[..., :3])
    assert (tmp_path / "out" / ".b.mkv.shiage").is_dir(), "what is done stays for the next time"
    assert batch("invert", source, "-o", out, code=1)[0]["state"] == "skipped"


def test_a_zip_becomes_a_zip_and_what_failed_is_done_later(tmp_path: Path) -> None:
    def pack(third: bytes) -> None:
        with zipfile.ZipFile(tmp_path / "shot.zip", "w") as archive:
            for number in (1, 2):
                path = tmp_path / "a.png"
                Image.fromarray(np.full((8, 9, 4), number * 50, np.uint8)).save(path)
                archive.write(path, f"sh010/line/a.{number:04d}.png")
            archive.writestr("sh010/line/a.0003.png", third)
            archive.writestr("notes.txt", "for nobody")

    pack(b"not a picture")
    out, trace = tmp_path / "done.zip", tmp_path / "trace"
    asked = ("invert", tmp_path / "shot.zip", "-o", out, "--output", "facts", "--set", f"trace={trace}")
    batch(*asked, code=1)
    kept = {f"sh010/line/{name}" for n in (1, 2) for name in (f"a.{n:04d}.png", f"facts/a.{n:04d}.json")}
    assert set(zipfile.ZipFile(out).namelist()) == kept
    pack((tmp_path / "a.png").read_bytes())
    states = {event["frame"]: event["state"] for event in batch(*asked)}
    assert states == {"a.0001.png": "skipped", "a.0002.png": "skipped", "a.0003.png": "done"}
    assert len(lines(trace)) == 3
    with zipfile.ZipFile(out) as archive:
        assert set(archive.namelist()) == kept | {"sh010/line/a.0003.png", "sh010/line/facts/a.0003.json"}
        with Image.open(archive.open("sh010/line/a.0002.png")) as picture:
            assert picture.getpixel((0, 0)) == (155, 155, 155, 100)
    assert sorted(path.name for path in tmp_path.glob(".*")) == [".done.zip.shiage.json"]


def test_a_document_gets_layers_and_a_layer_can_be_the_source(tmp_path: Path) -> None:
    folder, out = tmp_path / "shot", tmp_path / "out"
    folder.mkdir()
    for number in (1, 2):
        page = [Sheet("lines", flat((80, 70), RED)), Sheet("paper", flat((80, 70), (255, 255, 255, 255)))]
        (folder / f"p.{number}.kra").write_bytes(kra((80, 70), page, flat((80, 70), (1, 2, 3, 255))))
    events = batch("invert", folder, "-o", out, "--layer", "lines", "--output", "facts")
    assert sorted(name for event in events for name in event["files"]) == [
        "facts/p.1.json", "facts/p.2.json", "p.1.kra", "p.2.kra"
    ]  # fmt: skip
    made = read_picture(out / "p.2.kra", "Shiage: Invert/Result")
    assert tuple(made.pixels[0, 0]) == (55, 195, 225, 255)
    assert tuple(read_picture(out / "p.2.kra", "lines").pixels[0, 0]) == RED
    (failed,) = batch("invert", folder / "p.1.kra", "-o", tmp_path / "none", "--layer", "ink", code=1)
    assert "It has: lines, paper" in str(failed["error"])


def test_a_dry_run_says_everything_and_writes_nothing(clip: Path, tmp_path: Path) -> None:
    chain = tmp_path / "twice.yaml"
    chain.write_text("steps: [invert, {name: back, operation: invert, inputs: {drawing: invert.result}}]\n")
    before = sorted(tmp_path.rglob("*"))
    told = subprocess.run(
        command(chain, clip, "-o", tmp_path / "out" / "a.mkv", "--dry-run"),
        env=environment(), capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    assert "6 frames (1-4,7-8)" in told.stdout
    assert "6 to do, 0 done before" in told.stdout
    assert "invert: result -> drawing" in told.stdout
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("flats", "CLIP", "-o", "OUT", "--output", "facts"), "'facts' gives facts, which no video holds."),
        (("flats", "CLIP", "-o", "CLIP"), "is the source"),
        (("flats", "CLIP", "-o", "OUT", "--fps", "0"), "is no rate"),
        (("flats", "CLIP", "-o", "OUT", "--layer", "ink"), "has no layers"),
        (("flats", "CLIP"), "-o DEST"),
        (("flats", "--graph", "-"), "is no chain"),
        (("flats", "CLIP", "-o", "OUT", "--engine", "cloud"), "is local, ray"),
    ],
)
def test_what_cannot_be_written_is_said_before_anything_runs(
    clip: Path, tmp_path: Path, arguments: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    names = {"CLIP": str(clip), "OUT": str(tmp_path / "out" / "a.mkv")}
    with pytest.raises(SystemExit) as ended:
        main(["batch", *(names.get(argument, argument) for argument in arguments)])
    assert ended.value.code in (2, 3)
    assert sentence in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_pictures_without_a_place_in_a_video_are_told_of_and_kept(clip: Path, tmp_path: Path) -> None:
    out, chain = tmp_path / "done.mkv", tmp_path / "more.yaml"
    steps = "parameters: {exposure: 1, cuts: false, method: areas}"
    chain.write_text(f"steps: [{{name: more, operation: inbetween, {steps}}}]\noutputs: [more.frames]\n")
    done = subprocess.run(
        command(chain, clip, "-o", out, "--workers", 1),
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    assert done.returncode == BadInput.exit_code, done.stderr
    assert "2 pictures more" in done.stderr
    assert not out.exists()
    assert len(list((tmp_path / ".done.mkv.shiage").rglob("*.png"))) == 8


def test_frames_of_two_sizes_make_no_video(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number, size in enumerate([(8, 9), (9, 8)]):
        Image.new("RGB", size).save(tmp_path / f"a.{number}.png")
    with pytest.raises(SystemExit) as ended:
        main(["batch", "flats", str(tmp_path / "*.png"), "-o", str(tmp_path / "a.mkv")])
    assert ended.value.code == 3
    assert "a.0.png (8 x 9) and a.1.png (9 x 8) differ" in capsys.readouterr().err


def test_a_farm_writes_into_folders(clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["farm", "flats", str(clip), "-o", str(tmp_path / "a.mkv")])
    assert ended.value.code == 3
    assert "is one file" in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        main(["farm", "flats", str(clip), "-o", str(tmp_path / "out"), "--chunk", "2", "--template", "-"])
    assert ended.value.code == 0
    assert "- 1-2\n      - 3-4\n      - 7-8" in capsys.readouterr().out


def test_sound_that_does_not_fit_is_said_before_anything_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = tmp_path / "a.mkv"
    with av.open(str(source), "w") as out:
        stream, voice = out.add_stream("ffv1", rate=24), out.add_stream("tta", rate=48000)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        out.mux(stream.encode(plain_frame(RED[:3])))
        out.mux(stream.encode(None))
        tone = av.AudioFrame.from_ndarray(np.zeros((1, 2048), np.int16), format="s16", layout="stereo")
        tone.sample_rate = 48000
        out.mux(voice.encode(tone))
        out.mux(voice.encode(None))
    with pytest.raises(SystemExit):
        main(["batch", "flats", str(source), "-o", str(tmp_path / "b.mov")])
    assert "(tta) can't be kept in a .mov" in capsys.readouterr().err


@pytest.mark.parametrize(("codec", "layout"), [("pcm_s16le", "stereo"), ("pcm_s24le", "5.1"), ("pcm_mulaw", "mono")])
def test_an_mp4_gets_pcm_as_aac_and_it_is_said_beforehand(tmp_path: Path, codec: str, layout: str) -> None:
    source, out = tmp_path / "a.mov", tmp_path / "b.mp4"
    channels = {"mono": 1, "stereo": 2, "5.1": 6}[layout]
    rate = 8000 if codec == "pcm_mulaw" else 48000
    kind, packed = (np.int32, "s32") if codec == "pcm_s24le" else (np.int16, "s16")
    with av.open(str(source), "w") as film_:
        stream, voice = film_.add_stream("libx264", rate=24), film_.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        voice.layout = layout
        for n in range(6):
            frame = plain_frame((n * 40, 90, 90))
            frame.pts, frame.time_base = n, Fraction(1, 24)
            film_.mux(stream.encode(frame))
        film_.mux(stream.encode(None))
        wave = np.sin(np.arange(rate // 4) / 9) * np.iinfo(kind).max * 0.3
        tone = av.AudioFrame.from_ndarray(np.repeat(wave.astype(kind), channels)[None], format=packed, layout=layout)
        tone.sample_rate, tone.pts, tone.time_base = rate, 0, Fraction(1, rate)
        film_.mux(voice.encode(tone))
        film_.mux(voice.encode(None))
    video = look_into(source)
    assert check_sound(video, ".mov") == ""
    assert f"({codec}) as it is: it becomes AAC" in check_sound(video, ".mp4")
    reader = VideoReader(video)
    frames = [(stamp, 1, reader.read(stamp)) for stamp in video.stamps]
    write_video(out, frames, Film(video.rate, video.unit, sound=video))
    with av.open(str(out)) as made:
        heard = [frame.to_ndarray() for frame in made.decode(audio=0)]
        track = made.streams.audio[0]
        assert (track.codec_context.name, track.layout.name, track.rate) == ("aac", layout, rate)
    level = np.concatenate(heard, 1).astype(np.float64)
    assert level.shape[1] == pytest.approx(rate // 4, abs=1024)
    assert np.sqrt((level[:, rate // 16 : rate // 8] ** 2).mean()) == pytest.approx(0.3 / 2**0.5, rel=0.1)
    part = Film(video.rate, video.unit, sound=video, begin=Fraction(1, 12), end=Fraction(1, 6))
    write_video(out, frames[2:4], part)
    assert 0 < float(sound_of(out)[-1][0]) < 0.2


def test_run_names_the_command_that_writes_films(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "a film.mp4"
    with pytest.raises(SystemExit) as ended:
        main(["run", "inbetween", str(clip), "-o", str(out)])
    assert ended.value.code == 3
    assert f"`shiage batch inbetween {clip} -o '{out}'` does" in capsys.readouterr().err


def test_a_result_never_replaces_what_it_is_made_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shot, keys = tmp_path / "shot", tmp_path / "keys"
    for folder in (shot, keys):
        folder.mkdir()
        Image.new("RGB", (8, 9)).save(folder / "a.0001.png")
    key = f"reference={keys / 'a.0001.png'}"
    for words in (
        ["batch", "flats", str(shot), "-o", str(shot)],
        ["batch", "flats", str(shot / "*.png"), "-o", str(shot / ".." / "shot")],
        ["batch", "propagate-colors", str(shot), "-o", str(keys), "--input", key],
        ["farm", "flats", str(shot), "-o", str(shot)],
        ["watch", "flats", str(shot), "-o", str(shot), "--once"],
    ):
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 3, words
        assert "Name another folder with -o" in capsys.readouterr().err
    assert [path.name for path in (*shot.iterdir(), *keys.iterdir())] == ["a.0001.png"] * 2
