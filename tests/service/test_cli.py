"""The command line as a stranger uses it: real processes, real files, with and without a daemon."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from drawings import coloured_figure, figure, save
from shiage.cli import main
from shiage.client import Client, start
from shiage.errors import NotReady
from shiage.operations import registry


def shiage(*arguments: object, home: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "SHIAGE_HOME": str(home)}
    command = [sys.executable, "-m", "shiage", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=240)
    assert not check or done.returncode == 0, done.stderr
    return done


@pytest.fixture
def daemon(home: Path) -> Iterator[Client]:
    with start([sys.executable, "-m", "shiage"], home) as client:
        yield client
        client.shutdown(now=True)


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_help_is_quick_because_nothing_heavy_is_loaded() -> None:
    code = "import sys\nfrom shiage.cli import main\ntry:\n main(['--help'])\nfinally:\n print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for heavy in ("torch", "cv2", "numpy", "grpc", "rich"):
        assert f"'{heavy}'" not in done.stdout


def test_flats_into_a_file_and_into_a_folder(home: Path, tmp_path: Path) -> None:
    drawing = save(figure(), tmp_path / "drawing.png")
    shiage("run", "flats", drawing, "-o", tmp_path / "flats.png", home=home)
    picture = np.asarray(Image.open(tmp_path / "flats.png"))
    assert picture.shape == (240, 240, 4)
    assert picture[2, 2, 3] == 0, "paper stays transparent"
    assert picture[180, 120, 3] == 255, "the body is painted"
    assert tuple(picture[180, 120]) != tuple(picture[60, 120]), "head and body differ"
    shiage("run", "flats", drawing, "-o", tmp_path / "out", home=home)
    labels = np.asarray(Image.open(tmp_path / "out" / "regions.png"))
    assert labels.dtype == np.uint16
    assert labels.min() >= 1, "every pixel belongs to a region, lines included"
    assert len({labels[180, 120], labels[60, 120], labels[80, 105], labels[2, 2]}) == 4
    assert (tmp_path / "out" / "flats.png").read_bytes() == (tmp_path / "flats.png").read_bytes()
    shiage("run", "flats", drawing, "--flatten", "-o", tmp_path / "flat.png", home=home)
    assert np.asarray(Image.open(tmp_path / "flat.png").convert("RGBA"))[2, 2].tolist() == [255] * 4


def test_the_daemon_gives_the_same_bytes(daemon: Client, home: Path, tmp_path: Path) -> None:
    sketch = save(figure(), tmp_path / "sketch.png")
    design = save(coloured_figure(), tmp_path / "design.png")
    runs = {"flats": ["flats", sketch], "palette": ["transfer-palette", sketch, "--design", design]}
    for name, arguments in runs.items():
        here, there = tmp_path / f"{name}-here", tmp_path / f"{name}-there"
        shiage("run", *arguments, "--daemon", "never", "-o", here, home=home)
        shiage("run", *arguments, "--daemon", "always", "-o", there, home=home)
        assert files(here) == files(there)
        assert files(here)
    assert [job.operation for job in daemon.jobs()] == ["transfer-palette", "flats"]


def test_jobs_fetch_and_status(daemon: Client, home: Path, tmp_path: Path) -> None:
    drawing = save(figure(), tmp_path / "drawing.png")
    shiage("run", "flats", drawing, "-o", tmp_path / "a", home=home)
    listed = json.loads(shiage("jobs", "--json", home=home).stdout)["jobs"]
    assert [job["state"] for job in listed] == ["done"]
    assert listed[0]["title"] == "drawing.png"
    shiage("fetch", listed[0]["id"], "-o", tmp_path / "b", home=home)
    assert files(tmp_path / "a") == files(tmp_path / "b")
    status = json.loads(shiage("status", "--json", home=home).stdout)
    assert status["running"] is True
    assert status["pid"] == daemon.lock.pid
    findings = json.loads(shiage("doctor", "--json", home=home).stdout)["findings"]
    assert any(finding["name"] == "daemon" and str(daemon.lock.pid) in finding["found"] for finding in findings)


def test_what_is_fetched_replaces_nothing(daemon: Client, home: Path, tmp_path: Path) -> None:
    drawing = save(figure(), tmp_path / "drawing.png")
    before = drawing.read_bytes()
    shiage("run", "flats", drawing, "-o", tmp_path / "a", home=home)
    job = daemon.jobs()[0].id
    for out in (drawing, tmp_path / "a", tmp_path / "b.kra"):
        done = shiage("fetch", job, "-o", out, home=home, check=False)
        assert (done.returncode, "ame a" in done.stderr) == (3, True), done.stderr
    assert drawing.read_bytes() == before
    shiage("fetch", job, "-o", tmp_path / "flat.png", home=home)
    assert (tmp_path / "flat.png").is_file()


def test_status_and_jobs_without_a_daemon_say_what_to_do(home: Path) -> None:
    assert json.loads(shiage("status", "--json", home=home, check=False).stdout) == {"running": False}
    done = shiage("jobs", home=home, check=False)
    assert done.returncode == 8
    assert "shiage serve" in done.stderr


BAD = [
    (["flats", "none.png", "-o", "x.png"], 3, "No such file"),
    (["flats", "empty.png", "-o", "x.png"], 3, "an empty file"),
    (["flats", "drawing.png", "-o", "text.png/x"], 3, "in its way"),
    (["flats", "text.png", "-o", "x.png"], 3, "not a picture"),
    (["flats", "cut.png", "-o", "x.png"], 3, "damaged"),
    (["flats", "drawing.png", "--gap", "-5", "-o", "x.png"], 2, "gap"),
    (["flats", "blank.png", "-o", "x.png"], 3, "line"),
    (["flats", "drawing.png"], 3, "-o"),
    (["flats", "drawing.png", "drawing.png", "-o", "x.png"], 2, "no place"),
    (["flats", "drawing.png", "-o", "drawing.xyz"], 3, "suffix"),
    (["transfer-palette", "drawing.png", "--design", "drawing.png", "-o", "x.png"], 3, "colour"),
    (["transfer-palette", "drawing.png", "-o", "x.png"], 2, "design"),
    (["nothing", "drawing.png", "-o", "x.png"], 2, "nothing"),
]


@pytest.mark.parametrize("through", ["never", "always"])
def test_bad_input_is_one_sentence_and_leaves_nothing(home: Path, tmp_path: Path, through: str) -> None:
    work = tmp_path / "work"
    work.mkdir()
    save(figure(), work / "drawing.png")
    save(np.full((40, 40, 4), 255, np.uint8), work / "blank.png")
    (work / "text.png").write_text("I am no picture at all, whatever my name says.")
    (work / "cut.png").write_bytes((work / "drawing.png").read_bytes()[:400])
    (work / "drawing.xyz").write_text("")
    (work / "empty.png").write_text("")
    before = files(work)
    client = start([sys.executable, "-m", "shiage"], home) if through == "always" else None
    try:
        for arguments, code, word in BAD:
            placed = [str(work / a) if "." in a and not a.startswith("-") else a for a in arguments]
            done = shiage("run", *placed[:1], *placed[1:], "--daemon", through, home=home, check=False)
            assert done.returncode == code, (arguments, done.returncode, done.stderr)
            assert word in done.stderr, (arguments, done.stderr)
            assert "Traceback" not in done.stderr
            assert files(work) == before, arguments
    finally:
        if client is not None:
            client.shutdown(now=True)
            client.close()


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("run", "flats", "no.png", "-o", "x.png"), 3, "No such file"),
        (("run", "flats", "no.png", "-o", "x.png", "--gap", "wide"), 2, "'wide' is not a valid float"),
        (("jobs",), 8, "No Shiage daemon runs"),
    ],
)
def test_with_json_an_error_is_an_object(home: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    done = shiage(*arguments, "--json", home=home, check=False)
    error = json.loads(done.stdout)["error"]
    assert (done.returncode, error["exit_code"]) == (code, code)
    assert said in error["sentence"] and error["sentence"] in done.stderr
    assert error.keys() == {"status", "exit_code", "where", "sentence", "hint"}
    assert not shiage(*arguments, home=home, check=False).stdout


def test_with_json_notes_are_in_the_report(home: Path, tmp_path: Path) -> None:
    drawing = save(figure(), tmp_path / "drawing.png")
    arguments = ("run", "flats", drawing, "--dabs", drawing, "-o", tmp_path / "flats.png", "--json")
    done = shiage(*arguments, home=home)
    report = json.loads(done.stdout)
    assert len(report["notes"]) == 1 and f"Note: {report['notes'][0]}" in done.stderr
    assert report["files"] == [str(tmp_path / "flats.png")]


def test_a_result_never_replaces_its_input_and_has_a_name_that_can_be_written(home: Path, tmp_path: Path) -> None:
    drawing = save(figure(), tmp_path / "drawing.png")
    before = drawing.read_bytes()
    (tmp_path / "other.png").symlink_to(drawing)
    for out, said in (("drawing.png", "is an input"), ("other.png", "is an input"), ("flats.xcf", "no .xcf files")):
        done = shiage("run", "flats", drawing, "-o", tmp_path / out, home=home, check=False)
        assert done.returncode == 3
        assert said in done.stderr
    assert drawing.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir() if path != home) == ["drawing.png", "other.png"]


def test_a_folder_of_results_never_replaces_an_input_in_it(home: Path, tmp_path: Path) -> None:
    drawing = save(figure(), tmp_path / "flats.png")
    before = drawing.read_bytes()
    done = shiage("run", "flats", drawing, "-o", tmp_path, home=home, check=False)
    assert done.returncode == 3
    assert "flats.png: is an input" in done.stderr
    assert drawing.read_bytes() == before
    shiage("run", "flats", drawing, "-o", tmp_path / "sh010.v002", home=home)
    assert "flats.png" in files(tmp_path / "sh010.v002")


def test_every_operation_has_its_command_and_help(home: Path) -> None:
    listing = shiage("run", "--help", home=home).stdout
    for found in registry().values():
        assert found.spec.id in listing
    text = shiage("run", "flats", "--help", home=home).stdout
    for parameter in registry()["flats"].spec.parameters:
        assert f"--{parameter.name.replace('_', '-')}" in text
    described = json.loads(shiage("ops", "flats", "--json", home=home).stdout)
    assert described["id"] == "flats"
    assert described["parameters"]["properties"].keys() == {p.name for p in registry()["flats"].spec.parameters}


def test_stroke_files_go_in_and_come_out(home: Path, tmp_path: Path) -> None:
    """In-betweens of two stroke files into one stroke file, into a folder, and that file as the input of another run."""
    for name, shift, frame in (("a", 0.0, 1), ("b", 2.0, 9)):
        rings = [[[x + shift, y] for x, y in corners] for corners in (SQUARE, ROOF)]
        drawing = {"format": "shiage-strokes", "version": 1, "name": "House", "frame": frame}
        strokes = [{"points": points, "cyclic": True} for points in rings]
        (tmp_path / f"{name}.strokes.json").write_text(json.dumps(drawing | {"strokes": strokes}))
    keys = tmp_path / "a.strokes.json", tmp_path / "b.strokes.json"
    between = tmp_path / "out.strokes.json"
    shiage("run", "inbetween-strokes", *keys, "--count", 3, "-o", between, home=home)
    drawings = json.loads(between.read_text())["drawings"]
    assert [drawing["frame"] for drawing in drawings] == [3, 5, 7]
    assert drawings[1]["strokes"][0]["points"][0][:2] == pytest.approx([1.0, 0.0], abs=1e-4)
    shiage("run", "inbetween-strokes", *keys, "--count", 3, "-o", tmp_path / "all", home=home)
    assert "drawings/House.0005.strokes.json" in files(tmp_path / "all")

    coloured = json.loads(keys[0].read_text())
    coloured["materials"] = [{"name": "Ink"}, {"name": "Wall", "fill": [1, 0.8, 0.5, 1], "show_fill": True}]
    coloured["strokes"].append({"points": SQUARE, "cyclic": True, "material": 1, "fill": 1, "hide_line": True})
    (tmp_path / "coloured.strokes.json").write_text(json.dumps(coloured))
    options = ("--reference", tmp_path / "coloured.strokes.json", "-o", tmp_path / "fills.strokes.json")
    shiage("run", "propagate-colors-strokes", between, *options, home=home)
    fills = json.loads((tmp_path / "fills.strokes.json").read_text())["drawings"]
    assert [len(drawing["strokes"]) for drawing in fills] == [1, 1, 1]
    assert {drawing["materials"][0]["name"] for drawing in fills} == {"Wall"}
    refused = shiage("run", "inbetween-strokes", between, keys[1], "-o", tmp_path / "no", home=home, check=False)
    assert "has 3 drawings" in refused.stderr


SQUARE = [[0, 0], [1, 0], [1, 1], [0, 1]]
ROOF = [[0, 1.05], [1, 1.05], [0.5, 1.7]]


def test_somebody_without_a_home_is_told_what_to_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def no_entry() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("SHIAGE_HOME", raising=False)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setattr(Path, "home", no_entry)
    with pytest.raises(SystemExit) as ended:
        main(["jobs"])
    assert ended.value.code == NotReady.exit_code
    assert "SHIAGE_HOME" in capsys.readouterr().err


def test_a_daemon_that_hangs_is_not_taken_for_none(daemon: Client, home: Path, tmp_path: Path) -> None:
    drawing, pid = save(figure(), tmp_path / "drawing.png"), daemon.lock.pid
    os.kill(pid, signal.SIGSTOP)
    try:
        for command in ("status", "stop", "jobs"):
            done = shiage(command, home=home, check=False)
            assert (done.returncode, f"process {pid}" in done.stderr) == (8, True), done.stderr
        found = json.loads(shiage("doctor", "--json", home=home, check=False).stdout)["findings"]
        assert any(each["name"] == "daemon" and f"kill {pid}" in each["advice"] for each in found)
        done = shiage("run", "flats", drawing, "-o", tmp_path / "out", home=home)
        assert f"process {pid}" in done.stderr
        assert (tmp_path / "out" / "flats.png").is_file()
    finally:
        os.kill(pid, signal.SIGCONT)
    assert shiage("status", home=home).returncode == 0
