"""What is written beside the results goes over nothing that another made: contact sheets, templates, drawings of chains."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from drawings import figure, save
from shiage.cli import main

CHAIN = "steps: [{name: flat, operation: flats}]\noutputs: [flat.flats]\n"


@pytest.fixture
def shot(tmp_path: Path) -> Path:
    """A folder with a drawing, beside it a chain and what others made."""
    (tmp_path / "shot").mkdir()
    save(figure(), tmp_path / "shot" / "a.0001.png")
    (tmp_path / "night.yaml").write_text(CHAIN)
    for name in ("notes.html", "theirs.json", "h.svg", "h.txt"):
        (tmp_path / name).write_text("theirs")
    return tmp_path


def code_of(*arguments: object) -> int:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return int(ended.value.code or 0)


@pytest.mark.parametrize(
    ("asked", "there"),
    [
        ("batch flats {0}/shot -o {0}/out --sheet", "shot/a.0001.png"),
        ("batch flats {0}/shot -o {0}/out --sheet", "notes.html"),
        ("batch flats {0}/shot -o {0}/out --dry-run --sheet", "notes.html"),
        ("batch {0}/night.yaml {0}/shot -o {0}/out --sheet", "night.yaml"),
        ("batch {0}/night.yaml --graph", "h.svg"),
        ("batch {0}/night.yaml --graph", "h.txt"),
        ("farm flats {0}/shot -o {0}/out --template", "shot/a.0001.png"),
        ("farm flats {0}/shot -o {0}/out --template", "theirs.json"),
        ("farm {0}/night.yaml {0}/shot -o {0}/out --template", "night.yaml"),
    ],
)
def test_what_others_made_stays(shot: Path, asked: str, there: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = (shot / there).read_bytes()
    assert code_of(*asked.format(shot).split(), shot / there) == 3
    assert (shot / there).read_bytes() == before
    assert there in capsys.readouterr().err
    assert not (shot / "out").exists()


def test_a_place_below_a_file_is_told_before_the_work(shot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    drawing = shot / "shot" / "a.0001.png"
    for out in (drawing / "x.png", drawing / "x", drawing / "y" / "x.svg"):
        assert code_of("run", "clean-up", drawing, "-o", out, "--daemon", "never") == 3
        assert "in its way" in capsys.readouterr().err


def test_our_own_is_drawn_anew(shot: Path) -> None:
    for name in ("g.svg", "g.dot", "g.txt"):
        drawn = []
        for _ in range(2):
            assert code_of("batch", shot / "night.yaml", "--graph", shot / name) == 0
            drawn.append((shot / name).read_bytes())
        assert drawn[0] == drawn[1]
    for name in ("job.yaml", "job.json"):
        for _ in range(2):
            assert code_of("farm", "flats", shot / "shot", "-o", shot / "out", "--template", shot / name) == 0
    for _ in range(2):
        done = ("batch", "flats", shot / "shot", "-o", shot / "out", "--sheet", shot / "look.html", "--workers", 1)
        assert code_of(*done) == 0
    assert (shot / "look.html").read_text().count("<figure") == 1


def test_a_pipe_among_the_frames_is_no_frame(shot: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.mkfifo(shot / "shot" / "b.0002.png")
    assert code_of("batch", "flats", shot / "shot", "-o", shot / "out", "--workers", 1) == 1
    assert "is a pipe" in capsys.readouterr().err
    assert (shot / "out" / "a.0001.png").is_file()
